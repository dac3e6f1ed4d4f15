import { z } from 'zod'
import { isNamespaced } from '../manifests/check-object.js'
import { duration, integer, list, namespace, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** Deletion by name; who is gone by then is passed over. */
export const deleteObjects = defineOperation({
  op: 'delete',
  schema: section({
    op: z.literal('delete'),
    at: duration().describe('When.'),
    kind: plainText().describe('`Pod`, `Node`, or any other kind.'),
    namespace: namespace().default('default').describe('Where the objects lie, if their kind lies in one.'),
    names: list(plainText()).describe('Which.'),
    gracePeriodSeconds: integer(0, 1e9).optional().describe("Instead of the pods' own grace period."),
  }).describe('Deletes objects.'),
  translate({ at, kind, namespace: where, names, gracePeriodSeconds }, path, assembly) {
    for (const [i, name] of names.entries()) assembly.requireObject(kind, where, name, [...path, 'names', i])
    assembly.operate({
      op: 'delete',
      at,
      kind,
      namespace: isNamespaced(kind) ? where : '',
      names,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    })
  },
})
