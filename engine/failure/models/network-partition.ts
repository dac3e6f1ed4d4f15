import { defineFailure } from '../failure-model.js'

/**
 * Nodes that are cut off from the control plane: leases and statuses stop, containers go on, and what was asked of
 * their pods meanwhile is done when the network is back.
 *
 * Upstream: what happens to real networks; no file of Kubernetes.
 * Simplified: traffic between pods is not cut.
 */
export const networkPartition = defineFailure({
  name: 'network-partition',
  about: 'Nodes are cut off from the control plane while their containers go on.',
  subjects: ['nodes', 'domains'],
  args: {},
  create: ({ outages }) => ({
    strike({ nodes }) {
      for (const node of nodes) outages.silence(node)
    },
    mend({ nodes }) {
      for (const node of nodes) outages.revive(node)
    },
  }),
})
