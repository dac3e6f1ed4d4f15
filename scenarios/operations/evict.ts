import { z } from 'zod'
import { duration, list, namespace, plainText, section } from '../schema/fields.js'
import { checkMeant } from './objects-meant.js'
import { defineOperation } from './operation.js'

/** Evictions without retry, which budgets may refuse. */
export const evict = defineOperation({
  op: 'evict',
  schema: section({
    op: z.literal('evict'),
    at: duration().describe('When.'),
    namespace: namespace().default('default').describe('Namespace of the pods.'),
    names: list(plainText()).optional().describe('Names of pods.'),
    selector: plainText().optional().describe('Instead of names: a label selector such as `app=web`.'),
  }).describe('Asks for the eviction of pods, one after another; PodDisruptionBudgets may refuse.'),
  translate({ at, namespace: where, names, selector }, path, assembly) {
    checkMeant({ names, selector }, 'Pod', where, path, assembly)
    assembly.operate({
      op: 'evict',
      at,
      namespace: where,
      names: names ?? [],
      ...(selector === undefined ? {} : { selector }),
    })
  },
})
