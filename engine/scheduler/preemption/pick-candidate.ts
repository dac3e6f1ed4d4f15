import type { WallClock } from '../../model/wall-clock.js'
import type { PodId } from '../../state/ids.js'
import type { PodTable } from '../../state/pods.js'
import type { PreemptionCandidate } from '../framework/interface.js'

/** Keeps every priority in the sum positive, so that more victims never look cheaper. */
const PRIORITY_OFFSET = 2 ** 31

/**
 * The candidates that are equally good after every criterion, in the given order: fewest budget violations, least
 * important first victim, smallest sum of priorities, fewest victims, latest start of the longest running one among
 * the most important victims.
 *
 * Upstream: pickOneNodeForPreemption of pkg/scheduler/framework/preemption/preemption.go (1.36).
 * Simplified: nothing known.
 */
export function bestCandidates(
  pods: PodTable,
  candidates: readonly PreemptionCandidate[],
  clock: WallClock,
): PreemptionCandidate[] {
  let best: PreemptionCandidate[] = []
  for (const candidate of candidates) {
    const order = best.length === 0 ? -1 : compareCost(pods, clock, candidate, best[0])
    if (order < 0) best = [candidate]
    else if (order === 0) best.push(candidate)
  }
  return best
}

/** Negative when the first candidate costs less; each criterion is looked at only among equals by those before it. */
function compareCost(
  pods: PodTable,
  clock: WallClock,
  first: PreemptionCandidate,
  second: PreemptionCandidate,
): number {
  const a = first.victims
  const b = second.victims
  return (
    first.pdbViolations - second.pdbViolations ||
    pods.priority[a[0]] - pods.priority[b[0]] ||
    sumOfPriorities(pods, a) - sumOfPriorities(pods, b) ||
    a.length - b.length ||
    earliestStart(pods, b, clock) - earliestStart(pods, a, clock)
  )
}

/** Whether the first pod is the more important one: by priority, then by the earlier start. */
export function compareImportance(pods: PodTable, clock: WallClock, first: PodId, second: PodId): number {
  return (
    pods.priority[second] - pods.priority[first] ||
    clock.wholeSecond(pods.startedAt[first]) - clock.wholeSecond(pods.startedAt[second])
  )
}

function sumOfPriorities(pods: PodTable, victims: readonly PodId[]): number {
  let sum = 0
  for (const victim of victims) sum += pods.priority[victim] + PRIORITY_OFFSET
  return sum
}

/** Earliest start among the victims of the highest priority; a pod that has not started counts as starting now. */
function earliestStart(pods: PodTable, victims: readonly PodId[], clock: WallClock): number {
  let highest = -Infinity
  let earliest = Infinity
  for (const victim of victims) {
    const priority = pods.priority[victim]
    if (priority > highest) {
      highest = priority
      earliest = pods.startedAt[victim]
    } else if (priority === highest) earliest = Math.min(earliest, pods.startedAt[victim])
  }
  return clock.wholeSecond(earliest)
}
