import { NEVER } from '../../kernel/time.js'
import type { WallClock } from '../../model/wall-clock.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { CycleFailure, PreemptionCandidate } from '../framework/interface.js'
import type { Snapshot } from '../framework/snapshot.js'
import type { RejectionId } from '../framework/status.js'
import type { DisruptionBudgets } from './disruption-budgets.js'
import { compareImportance } from './pick-candidate.js'

/** Nobody on the node is less important. */
export const NO_VICTIMS = 0

/** A candidate, or why the node is none: nobody to remove, or the rejection that stays even without them. */
export type DryRun = PreemptionCandidate | RejectionId | typeof NO_VICTIMS

/**
 * Finds the fewest pods that must go from a node so that the pod fits: takes off everything of lower priority, then
 * puts back whatever the pod fits beside, first pods whose eviction a budget forbids, then the others, the most
 * important ones first. Works on the overlay row and leaves it as it was.
 *
 * Upstream: SelectVictimsOnNode of pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go (1.36).
 * Simplified: nothing known.
 */
export class DryRuns {
  readonly #snapshot: Snapshot
  readonly #clock: WallClock
  readonly #budgets: DisruptionBudgets
  /** Whether the last result can change only with the node's row, its nominations and the budgets. */
  isLasting = false

  constructor(snapshot: Snapshot, clock: WallClock, budgets: DisruptionBudgets) {
    this.#snapshot = snapshot
    this.#clock = clock
    this.#budgets = budgets
  }

  run(failure: CycleFailure, pod: PodId, node: NodeId): DryRun {
    const snapshot = this.#snapshot
    const lower = this.#lessImportant(pod, node)
    this.isLasting = true
    if (lower.length === 0) return NO_VICTIMS
    snapshot.copyToOverlay(node)
    for (const other of lower) failure.removeFromOverlay(other)
    if (failure.passes(snapshot.overlay)) return this.#reprieve(failure, node, lower)
    for (const other of lower) failure.addToOverlay(other)
    return failure.nodes.reason[snapshot.overlay] as RejectionId
  }

  /** The list of a node begins with the pod placed last. */
  #lessImportant(pod: PodId, node: NodeId): PodId[] {
    const { state, firstPod, nextPod } = this.#snapshot
    const { priority } = state.pods
    const lower: PodId[] = []
    for (let other = firstPod[node]; other !== NONE; other = nextPod.values[other]) {
      if (priority[other] < priority[pod]) lower.push(other as PodId)
    }
    return lower
  }

  #reprieve(failure: CycleFailure, node: NodeId, lower: PodId[]): PreemptionCandidate {
    const { state, overlay } = this.#snapshot
    const { pods } = state
    // Of equally important pods the one placed first is put back first.
    lower.reverse()
    lower.sort((first, second) => compareImportance(pods, this.#clock, first, second))
    // Only the start of a pod comes to the store before the scheduler is told of anything.
    for (const other of lower) if (pods.startedAt[other] === NEVER) this.isLasting = false
    const { violating, allowed } = this.#budgets.split(lower)
    const victims: PodId[] = []
    let pdbViolations = 0
    for (const group of [violating, allowed]) {
      for (const other of group) {
        failure.addToOverlay(other)
        if (failure.passes(overlay)) continue
        failure.removeFromOverlay(other)
        victims.push(other)
        if (group === violating) pdbViolations++
      }
    }
    for (const other of victims) failure.addToOverlay(other)
    victims.sort((first, second) => compareImportance(pods, this.#clock, first, second))
    return { node, victims, pdbViolations }
  }
}
