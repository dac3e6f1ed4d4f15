import type { WallClock } from '../../model/wall-clock.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { CycleFailure, PreemptionCandidate } from '../framework/interface.js'
import type { Snapshot } from '../framework/snapshot.js'
import { splitByBudgets } from './disruption-budgets.js'
import { compareImportance } from './pick-candidate.js'

/** Why a node is no candidate: nobody there is less important, or the pod does not fit even without them. */
export type DryRun = PreemptionCandidate | 'no victims' | 'does not fit'

/**
 * Finds the fewest pods that must go from a node so that the pod fits: takes off everything of lower priority, then
 * puts back whatever the pod fits beside, first pods whose eviction a budget forbids, then the others, the most
 * important ones first. Works on the overlay row and leaves it as it was.
 *
 * Upstream: SelectVictimsOnNode of pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go (1.36).
 * Simplified: nothing known.
 */
export function selectVictims(
  snapshot: Snapshot,
  failure: CycleFailure,
  pod: PodId,
  node: NodeId,
  clock: WallClock,
): DryRun {
  const { pods } = snapshot.state
  const lower: PodId[] = []
  for (let other = snapshot.firstPod[node]; other !== NONE; other = snapshot.nextPod.values[other]) {
    if (pods.priority[other] < pods.priority[pod]) lower.push(other as PodId)
  }
  if (lower.length === 0) return 'no victims'
  snapshot.copyToOverlay(node)
  for (const other of lower) failure.removeFromOverlay(other)
  if (!failure.passes(snapshot.overlay)) {
    for (const other of lower) failure.addToOverlay(other)
    return 'does not fit'
  }
  // The list begins with the pod placed last; of equally important pods the one placed first is put back first.
  lower.reverse()
  lower.sort((first, second) => compareImportance(pods, clock, first, second))
  const { violating, allowed } = splitByBudgets(snapshot.state, lower)
  const victims: PodId[] = []
  const reprieve = (other: PodId): boolean => {
    failure.addToOverlay(other)
    if (failure.passes(snapshot.overlay)) return true
    failure.removeFromOverlay(other)
    victims.push(other)
    return false
  }
  let pdbViolations = 0
  for (const other of violating) if (!reprieve(other)) pdbViolations++
  for (const other of allowed) reprieve(other)
  for (const other of victims) failure.addToOverlay(other)
  victims.sort((first, second) => compareImportance(pods, clock, first, second))
  return { node, victims, pdbViolations }
}
