import { z } from 'zod'
import { duration, list, plainText, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** Marks nodes as unschedulable; their pods stay. */
export const cordon = defineOperation({
  op: 'cordon',
  schema: section({
    op: z.literal('cordon'),
    at: duration().describe('When.'),
    nodes: list(plainText()).describe('Names of nodes.'),
  }).describe('Marks nodes as unschedulable.'),
  translate({ at, nodes }, path, assembly) {
    for (const [i, name] of nodes.entries()) assembly.requireObject('Node', '', name, [...path, 'nodes', i])
    assembly.operate({ op: 'cordon', at, nodes })
  },
})
