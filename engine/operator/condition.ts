import { Status } from '../state/ids.js'
import { eachNode } from './each-node.js'
import { defineOperation } from './operation.js'

/**
 * Makes kubelets report a node condition while they go on heartbeating.
 * Upstream: pkg/kubelet/nodestatus/setters.go (1.36) sets the conditions that are set here by hand.
 * Simplified: nothing known.
 */
export const condition = defineOperation('condition', context => ({ nodes, type, status, reason }) => {
  eachNode(context, 'condition', nodes, node =>
    context.agents.reportCondition(node, type, Status[status], reason),
  )
  return { nodes, type, status, reason }
})
