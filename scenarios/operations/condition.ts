import { z } from 'zod'
import { duration, plainText, section } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** A node condition that kubelets report. */
export const condition = defineOperation({
  op: 'condition',
  schema: section({
    op: z.literal('condition'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
    type: z
      .enum(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'])
      .describe('Type of the condition.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('What it is from now on.'),
    reason: plainText().default('SetByScenario').describe('Its reason.'),
  }).describe('Makes kubelets report a condition of their nodes while they go on heartbeating.'),
  translate({ at, nodes, type, status, reason }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'condition', at, nodes, type, status, reason })
  },
})
