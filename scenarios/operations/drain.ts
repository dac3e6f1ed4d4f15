import { z } from 'zod'
import { NEVER } from '../../engine/index.js'
import { duration, section } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** `kubectl drain --ignore-daemonsets --force`. */
export const drain = defineOperation({
  op: 'drain',
  schema: section({
    op: z.literal('drain'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
    retryAfter: duration({ positive: true }).prefault('5s').describe('Wait after a refused eviction.'),
    timeout: duration({ positive: true })
      .optional()
      .describe('The drain of one node is given up after this time; absent: not at all.'),
    cordonAllFirst: z
      .boolean()
      .default(false)
      .describe('Whether all nodes are cordoned before the first one is drained.'),
  }).describe('Cordons nodes and evicts their pods, one node after another.'),
  translate({ at, nodes, retryAfter, timeout = NEVER, cordonAllFirst }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'drain', at, nodes, retryAfter, timeout, cordonAllFirst })
  },
})
