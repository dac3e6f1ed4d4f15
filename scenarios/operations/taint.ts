import { z } from 'zod'
import { duration, list, plainText, section, taints } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** `kubectl taint --overwrite`. */
export const taint = defineOperation({
  op: 'taint',
  schema: section({
    op: z.literal('taint'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
    add: taints().prefault([]).describe('Taints to set: `key`, `value`, `effect`.'),
    remove: list(plainText())
      .default([])
      .describe('Taints to take away: `key`, `key:effect` or `key=value:effect`.'),
  }).describe('Sets taints of nodes and takes them away.'),
  translate({ at, nodes, add, remove }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'taint', at, nodes, add, remove })
  },
})
