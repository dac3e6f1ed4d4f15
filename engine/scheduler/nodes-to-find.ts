/** Below this many nodes all are examined, and no search ends with fewer feasible ones. */
const MIN_FEASIBLE_NODES = 100
const MIN_PERCENTAGE = 5

/**
 * How many feasible nodes end the search. `percentage` 0 adapts: 50 % less one point per 125 nodes, at least 5 %.
 *
 * Upstream: numFeasibleNodesToFind of pkg/scheduler/schedule_one.go (1.36).
 * Simplified: nothing known.
 */
export function nodesToFind(percentage: number, nodeCount: number): number {
  if (nodeCount < MIN_FEASIBLE_NODES || percentage >= 100) return nodeCount
  const share = percentage === 0 ? Math.max(50 - Math.trunc(nodeCount / 125), MIN_PERCENTAGE) : percentage
  return Math.max(Math.trunc((nodeCount * share) / 100), MIN_FEASIBLE_NODES)
}
