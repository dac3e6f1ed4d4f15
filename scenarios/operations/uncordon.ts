import { z } from 'zod'
import { duration, section } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** Takes back a cordon. */
export const uncordon = defineOperation({
  op: 'uncordon',
  schema: section({
    op: z.literal('uncordon'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
  }).describe('Marks nodes as schedulable again.'),
  translate({ at, nodes }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'uncordon', at, nodes })
  },
})
