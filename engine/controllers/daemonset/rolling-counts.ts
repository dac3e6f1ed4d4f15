/**
 * How many pods of a DaemonSet a rolling update may have beside, and how many it may do without. Shares
 * are rounded up, both of them.
 *
 * Upstream: SurgeCount and UnavailableCount of pkg/controller/daemon/util/daemonset_util.go,
 * updatedDesiredNodeCounts of pkg/controller/daemon/update.go (1.36).
 * Simplified: nothing known.
 */
import { type IntOrPercent, Rounding, resolveIntOrPercent } from '../../model/int-or-percent.js'
import type { DaemonSetUpdateStrategy } from '../../model/workloads.js'

export interface RollingCounts {
  readonly maxSurge: number
  readonly maxUnavailable: number
}

export function rollingCounts(strategy: DaemonSetUpdateStrategy, desired: number): RollingCounts {
  if (strategy.type !== 'RollingUpdate') return { maxSurge: 0, maxUnavailable: 0 }
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate
  return { maxSurge: share(maxSurge, desired), maxUnavailable: share(maxUnavailable, desired) }
}

/** As {@link rollingCounts}, but an update that could never begin may do without one pod. */
export function workableCounts(strategy: DaemonSetUpdateStrategy, desired: number): RollingCounts {
  const counts = rollingCounts(strategy, desired)
  const isStuck = desired > 0 && counts.maxSurge === 0 && counts.maxUnavailable === 0
  return isStuck ? { maxSurge: 0, maxUnavailable: 1 } : counts
}

/** Whether two pods may stand on one node for a while. */
export function allowsSurge(strategy: DaemonSetUpdateStrategy): boolean {
  return rollingCounts(strategy, 1).maxSurge > 0
}

function share(value: IntOrPercent, desired: number): number {
  // Validation has refused what cannot be read.
  return resolveIntOrPercent(value, desired, Rounding.Up) ?? 0
}
