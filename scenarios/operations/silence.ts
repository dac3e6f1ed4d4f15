import { z } from 'zod'
import { duration, section } from '../schema/fields.js'
import { nodeNames, requireNodes } from './node-names.js'
import { defineOperation } from './operation.js'

/** Kubelets that are heard of no more. */
export const killNode = defineOperation({
  op: 'killNode',
  schema: section({
    op: z.literal('killNode'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
  }).describe('Kubelets fall silent: no lease, no status, no reaction to pods.'),
  translate({ at, nodes }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'kill-node', at, nodes })
  },
})

/** Kubelets that come back. */
export const reviveNode = defineOperation({
  op: 'reviveNode',
  schema: section({
    op: z.literal('reviveNode'),
    at: duration().describe('When.'),
    nodes: nodeNames(),
  }).describe('Silent kubelets come back and catch up.'),
  translate({ at, nodes }, path, assembly) {
    requireNodes(nodes, path, assembly)
    assembly.operate({ op: 'revive-node', at, nodes })
  },
})
