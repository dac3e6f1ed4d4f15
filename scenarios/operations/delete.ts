import { z } from 'zod'
import { isNamespaced } from '../manifests/check-object.js'
import { duration, integer, list, namespace, plainText, section } from '../schema/fields.js'
import { checkMeant } from './objects-meant.js'
import { defineOperation } from './operation.js'

/** Deletion by name or selector; who is gone by then is passed over. */
export const deleteObjects = defineOperation({
  op: 'delete',
  schema: section({
    op: z.literal('delete'),
    at: duration().describe('When.'),
    kind: plainText().describe('`Pod`, `Node`, or any other kind.'),
    namespace: namespace().default('default').describe('Where the objects lie, if their kind lies in one.'),
    names: list(plainText()).optional().describe('Which.'),
    selector: plainText().optional().describe('Instead of names: a label selector such as `app=web`.'),
    count: integer(1, 1e9).optional().describe('Only so many of those selected, in order of their names.'),
    gracePeriodSeconds: integer(0, 1e9).optional().describe("Instead of the pods' own grace period."),
    propagation: z
      .enum(['Background', 'Foreground', 'Orphan'])
      .optional()
      .describe('What becomes of what the objects own; absent: it is collected afterwards.'),
  }).describe('Deletes objects.'),
  translate(entry, path, assembly) {
    const { at, kind, namespace: where, names, selector, count, gracePeriodSeconds, propagation } = entry
    checkMeant({ names, selector }, kind, where, path, assembly)
    assembly.operate({
      op: 'delete',
      at,
      kind,
      namespace: isNamespaced(kind) ? where : '',
      names: names ?? [],
      ...(selector === undefined ? {} : { selector }),
      ...(count === undefined ? {} : { count }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagation === undefined ? {} : { propagation }),
    })
  },
})
