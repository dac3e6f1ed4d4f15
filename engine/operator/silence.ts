import { SECOND } from '../kernel/time.js'
import { eachNode } from './each-node.js'
import { defineOperation } from './operation.js'

/**
 * A kubelet falls silent, as when its machine dies or loses its network, and comes back.
 * Upstream: what nodes do; no file of Kubernetes.
 * Simplified: the containers go on all the while.
 */
export const killNode = defineOperation('kill-node', context => ({ nodes }) => {
  const { kernel, api, agents } = context
  const secondsSinceLastLease: Record<string, number> = {}
  eachNode(context, 'kill-node', nodes, (node, name) => {
    secondsSinceLastLease[name] = (kernel.now - api.state.leases.lastRenewal(node, kernel.now)) / SECOND
    agents.silence(node)
  })
  return { nodes, secondsSinceLastLease }
})

export const reviveNode = defineOperation('revive-node', context => ({ nodes }) => {
  eachNode(context, 'revive-node', nodes, node => context.agents.revive(node))
  return { nodes }
})
