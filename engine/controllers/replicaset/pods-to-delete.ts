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

/** The first `count` pods to go, in this order; all of them as they are when all go. */
export function podsToDelete(view: DeletionView, pods: readonly PodId[], count: number): PodId[] {
  if (count >= pods.length) return [...pods]
  const costs = new Map(pods.map(pod => [pod, deletionCost(view.state, pod)]))
  const cost = (pod: PodId): number => costs.get(pod) ?? 0
  const drawn = withKnownOrder(view)
  const indexed = pods.length <= ORDERED_INDEX ? pods : pods.toSorted((a, b) => byUid(drawn, a, b))
  return indexed.toSorted((a, b) => compare(drawn, cost, a, b)).slice(0, count)
}

/** Sorting asks for a pod's number many times. */
function withKnownOrder(view: DeletionView): DeletionView {
  const known = new Map<PodId, number>()
  const uidOrder = (pod: PodId): number => {
    let order = known.get(pod)
    if (order === undefined) {
      order = view.uidOrder(pod)
      known.set(pod, order)
    }
    return order
  }
  return { ...view, uidOrder }
}

function byUid({ uidOrder }: DeletionView, a: PodId, b: PodId): number {
  return uidOrder(a) - uidOrder(b)
}

/** Counts active pods by node, for the ranks of {@link DeletionView}. */
export function countByNode(counts: Map<number, number>, { pods }: ClusterState, pod: PodId): void {
  if (pods.isFinished(pod) || pods.isTerminating(pod)) return
  const node = pods.node[pod]
  counts.set(node, (counts.get(node) ?? 0) + 1)
}

function compare(view: DeletionView, cost: (pod: PodId) => number, a: PodId, b: PodId): number {
  const { node, phase, ready, restarts, readyAt, createdAt } = view.state.pods
  const isAssigned = (pod: PodId): number => (node[pod] === NONE ? 0 : 1)
  const rank = (pod: PodId): number => view.ranks.get(node[pod]) ?? 0
  const first =
    isAssigned(a) - isAssigned(b) ||
    PHASE_ORDER[phase[a]] - PHASE_ORDER[phase[b]] ||
    ready[a] - ready[b] ||
    cost(a) - cost(b) ||
    rank(b) - rank(a)
  if (first !== 0) return first
  const byReadiness = ready[a] === 1 ? compareAges(view, readyAt, a, b) : 0
  return byReadiness || restarts[b] - restarts[a] || compareAges(view, createdAt, a, b)
}

/** The younger first, when their ages differ by a power of two or more; else by UID; 0 when of one second. */
function compareAges(view: DeletionView, times: Float64Array, a: PodId, b: PodId): number {
  const { clock, now } = view
  const timeA = clock.wholeSecond(times[a])
  const timeB = clock.wholeSecond(times[b])
  if (timeA === timeB) return 0
  return logarithm(now - timeA) - logarithm(now - timeB) || byUid(view, a, b)
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
