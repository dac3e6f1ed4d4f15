import { z } from 'zod'
import { duration, list, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** Takes back a cordon. */
export const uncordon = defineOperation({
  op: 'uncordon',
  schema: section({
    op: z.literal('uncordon'),
    at: duration().describe('When.'),
    nodes: list(plainText()).describe('Names of nodes.'),
  }).describe('Marks nodes as schedulable again.'),
  translate({ at, nodes }, path, assembly) {
    for (const [i, name] of nodes.entries()) assembly.requireObject('Node', '', name, [...path, 'nodes', i])
    assembly.operate({ op: 'uncordon', at, nodes })
  },
})
