import type { SimTime } from '../kernel/time.js'
import type { SchedulerCosts } from '../model/defaults.js'
import type { SchedulingCycle } from './scheduling-cycle.js'

/**
 * Virtual time that the cycle just run takes the scheduler: what it touched, at the calibrated cost of each.
 *
 * Upstream: measured on the scheduler of release 1.36.3; see model/defaults.ts.
 * Simplified: the cost of a plugin does not depend on which plugin it is, but for those that count all nodes.
 */
export function cycleDuration(cycle: SchedulingCycle, nodeCount: number, costs: SchedulerCosts): SimTime {
  const scored = cycle.scored ? cycle.feasible.length : 0
  const counted = cycle.countsAllNodes ? nodeCount : 0
  return Math.round(
    costs.perPodMicros +
      costs.perNodeMicros * nodeCount +
      costs.perNodePrefilteredMicros * counted +
      costs.perNodeFilteredMicros * cycle.examined +
      costs.perNodeScoredMicros * scored,
  )
}
