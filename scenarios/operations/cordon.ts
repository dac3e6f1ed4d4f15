import { z } from 'zod'
import { duration, section } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** Marks nodes as unschedulable; their pods stay. */
export const cordon = defineOperation({
  op: 'cordon',
  schema: section({
    op: z.literal('cordon'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
  }).describe('Marks nodes as unschedulable.'),
  translate({ at, nodes }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'cordon', at, nodes })
  },
})
