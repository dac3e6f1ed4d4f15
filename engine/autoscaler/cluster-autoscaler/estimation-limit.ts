/**
 * How many nodes one estimation may add: the least of what the flags, the group with its similar ones, and the cluster
 * allow. A limit of 0 is none; a negative one lets no node be added at all.
 *
 * Upstream: estimator/threshold_based_limiter.go, static_threshold.go, sng_capacity_threshold.go and
 * cluster_capacity_threshold.go of cluster-autoscaler 1.36.1.
 * Simplified: estimations have no time limit; virtual ones take none.
 */
import type { NodeGroup } from './node-group.js'

export interface EstimationContext {
  readonly group: NodeGroup
  readonly similarGroups: readonly NodeGroup[]
  readonly maxNodesPerScaleUp: number
  /** 0: none. */
  readonly maxNodesTotal: number
  readonly currentNodeCount: number
}

const NOTHING = -1

export class EstimationLimit {
  readonly #most: number
  #added = 0

  constructor(context: EstimationContext) {
    const { maxNodesPerScaleUp, maxNodesTotal, currentNodeCount, group, similarGroups } = context
    let capacity = 0
    for (const { maxSize, targetSize } of [group, ...similarGroups])
      capacity += Math.max(0, maxSize - targetSize)
    const left = maxNodesTotal - currentNodeCount
    const inCluster = maxNodesTotal === 0 ? 0 : left <= 0 ? NOTHING : left
    this.#most = [maxNodesPerScaleUp, capacity === 0 ? NOTHING : capacity, inCluster].reduce(lesser, 0)
  }

  /** Asked for right before each node. */
  takeOne(): boolean {
    if (this.#most < 0 || (this.#most > 0 && this.#added >= this.#most)) return false
    this.#added++
    return true
  }
}

function lesser(a: number, b: number): number {
  if (a < 0 || b < 0) return NOTHING
  return (a === 0 || a > b) && b > 0 ? b : a
}
