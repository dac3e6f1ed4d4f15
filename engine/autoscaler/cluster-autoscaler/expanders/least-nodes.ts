/**
 * The group that would need the fewest nodes.
 * Upstream: expander/leastnodes/leastnodes.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { type Expander, lowest } from '../expander.js'

export const leastNodes: Expander = {
  name: 'least-nodes',
  about: 'the group that needs the fewest nodes',
  best: options =>
    lowest(
      options.filter(({ nodeCount }) => nodeCount > 0),
      ({ nodeCount }) => nodeCount,
    ),
}
