import { eachNode } from './each-node.js'
import { defineOperation } from './operation.js'

/**
 * Cordon marks nodes as unschedulable, uncordon takes the mark away.
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain/cordon.go (1.36).
 * Simplified: nothing known.
 */
export const cordon = defineOperation('cordon', context => ({ nodes }) => {
  eachNode(context, 'cordon', nodes, node => context.api.nodes.patchUnschedulable(node, true))
  return { nodes }
})

export const uncordon = defineOperation('uncordon', context => ({ nodes }) => {
  eachNode(context, 'uncordon', nodes, node => context.api.nodes.patchUnschedulable(node, false))
  return { nodes }
})
