/**
 * Which pods go first when there are too many: unassigned, then pending, then not ready, then of lower deletion cost,
 * then on nodes with more pods of the same workload, then the more recently ready by powers of two, then those with
 * more restarts, then the younger by powers of two. What is equal up to a power of two goes by UID, which is random;
 * what is equal altogether stays in the order of the informer's index, which is random, too, when it is not small.
 *
 * Upstream: pkg/controller/controller_utils.go ActivePodsWithRanks; replicaset/replica_set.go getPodsToDelete (1.36).
 * Simplified: restarts are counted for the pod as a whole, sidecars included.
 */
import type { SimTime } from '../../kernel/time.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, Phase, type PodId } from '../../state/ids.js'

export const POD_DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

const PHASE_ORDER: Readonly<Record<number, number>> = {
  [Phase.Pending]: 0,
  [Phase.Unknown]: 1,
  [Phase.Running]: 2,
}
const NANOSECONDS = 1000
/** A Go map of no more entries is read in the order they came in, mostly; a larger one in any order. */
const ORDERED_INDEX = 8
const LEAST_COST = -(2 ** 31)
const HIGHEST_COST = 2 ** 31 - 1

export interface DeletionView {
  readonly state: ClusterState
  readonly clock: WallClock
  readonly now: SimTime
  /** Active pods of the workload's ReplicaSets on each node; how many share the pod's node is its rank. */
  readonly ranks: ReadonlyMap<number, number>
  /** Random, fixed number of a pod, as UIDs are. */
  readonly uidOrder: (pod: PodId) => number
}

/** What of a pod decides when it goes: read once, as sorting compares it many times. */
interface Candidate {
  readonly pod: PodId
  readonly uidOrder: number
  readonly assigned: number
  readonly phase: number
  readonly ready: number
  readonly cost: number
  readonly rank: number
  readonly restarts: number
  /** Since when it is ready, and exists. */
  readonly readySince: Since
  readonly createdSince: Since
}

interface Since {
  readonly second: SimTime
  /** The power of two of the age. */
  readonly age: number
}

/** The first `count` pods to go, in this order; all of them as they are when all go. */
export function podsToDelete(view: DeletionView, pods: readonly PodId[], count: number): PodId[] {
  if (count >= pods.length) return [...pods]
  const candidates = candidatesOf(view, pods)
  if (pods.length > ORDERED_INDEX) candidates.sort(byUid)
  candidates.sort(compare)
  const first: PodId[] = []
  for (let i = 0; i < count; i++) first.push(candidates[i].pod)
  return first
}

function candidatesOf(view: DeletionView, pods: readonly PodId[]): Candidate[] {
  const { state, ranks, uidOrder } = view
  const { node, phase, ready, restarts, readyAt, createdAt, template } = state.pods
  const candidates: Candidate[] = []
  let lastTemplate = NONE
  let cost = 0
  for (let i = 0; i < pods.length; i++) {
    const pod = pods[i]
    if (template[pod] !== lastTemplate) {
      lastTemplate = template[pod]
      cost = deletionCost(state, pod)
    }
    candidates.push({
      pod,
      uidOrder: uidOrder(pod),
      assigned: node[pod] === NONE ? 0 : 1,
      phase: PHASE_ORDER[phase[pod]],
      ready: ready[pod],
      cost,
      rank: ranks.get(node[pod]) ?? 0,
      restarts: restarts[pod],
      readySince: ready[pod] === 1 ? sinceOf(view, readyAt[pod]) : NEVER_READY,
      createdSince: sinceOf(view, createdAt[pod]),
    })
  }
  return candidates
}

const NEVER_READY: Since = { second: 0, age: 0 }

function sinceOf({ clock, now }: DeletionView, at: SimTime): Since {
  const second = clock.wholeSecond(at)
  return { second, age: logarithm(now - second) }
}

function byUid(a: Candidate, b: Candidate): number {
  return a.uidOrder - b.uidOrder
}

/** Counts active pods by node, for the ranks of {@link DeletionView}. */
export function countByNode(counts: Map<number, number>, { pods }: ClusterState, pod: PodId): void {
  if (pods.isFinished(pod) || pods.isTerminating(pod)) return
  const node = pods.node[pod]
  counts.set(node, (counts.get(node) ?? 0) + 1)
}

function compare(a: Candidate, b: Candidate): number {
  return (
    a.assigned - b.assigned ||
    a.phase - b.phase ||
    a.ready - b.ready ||
    a.cost - b.cost ||
    b.rank - a.rank ||
    compareAges(a, a.readySince, b, b.readySince) ||
    b.restarts - a.restarts ||
    compareAges(a, a.createdSince, b, b.createdSince)
  )
}

/** The younger first, when their ages differ by a power of two or more; else by UID; 0 when of one second. */
function compareAges(a: Candidate, sinceA: Since, b: Candidate, sinceB: Since): number {
  if (sinceA.second === sinceB.second) return 0
  return sinceA.age - sinceB.age || byUid(a, b)
}

/** The power of two of an age in nanoseconds, -1 for none. */
function logarithm(age: SimTime): number {
  return age > 0 ? Math.floor(Math.log2(age * NANOSECONDS)) : -1
}

/** The cost written on the pod, 0 when there is none or it is no number as upstream wants it. */
function deletionCost({ pods, templates }: ClusterState, pod: PodId): number {
  const text = templates.get(pods.templateOf(pod)).annotations[POD_DELETION_COST]
  if (text === undefined || !/^(?:0|[1-9]\d*|-\d+)$/.test(text)) return 0
  const cost = Number(text)
  return cost >= LEAST_COST && cost <= HIGHEST_COST ? cost : 0
}
