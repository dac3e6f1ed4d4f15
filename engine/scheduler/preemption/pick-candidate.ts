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
  let bestSum = 0
  let bestStart = 0
  for (const candidate of candidates) {
    const { victims, pdbViolations } = candidate
    const [first] = best
    // Each criterion is looked at only among equals by those before it.
    const order =
      first === undefined
        ? -1
        : pdbViolations - first.pdbViolations ||
          pods.priority[victims[0]] - pods.priority[first.victims[0]] ||
          sumOfPriorities(pods, victims) - bestSum ||
          victims.length - first.victims.length ||
          bestStart - earliestStart(pods, victims, clock)
    if (order > 0) continue
    if (order === 0) {
      best.push(candidate)
      continue
    }
    best = [candidate]
    bestSum = sumOfPriorities(pods, victims)
    bestStart = earliestStart(pods, victims, clock)
  }
  return best
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
