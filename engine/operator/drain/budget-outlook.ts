/**
 * What a disruption budget will make of evictions as long as nobody changes it or its workload: whether it
 * can ever allow one, even with every pod healthy, and whether pods that are stuck keep it from doing so.
 *
 * Upstream: pkg/controller/disruption/disruption.go (updatePdbStatus, getExpectedPodCount), as its status
 * says (1.36).
 * Simplified: of the workloads that a budget covers, those with a pod on the node in question are looked at;
 * a pod is stuck when it is backing off, fits nowhere, lies on a lost node, or has not been ready for ten
 * minutes.
 */
import type { Budget } from '../../apiserver/matching-budgets.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import {
  ALWAYS_ALLOW,
  DISRUPTION_ALLOWED,
  type PodDisruptionBudgetSpec,
  SYNC_FAILED,
} from '../../model/pod-disruption-budget.js'
import type { Blocker } from '../../record/disruption/observed-drain.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type ObjectId, type PodId, type ReasonId, Status } from '../../state/ids.js'

/** Which of the pods at hand it keeps for ever, and why. */
export interface Outlook {
  readonly kind: Blocker['kind']
  readonly kept: readonly PodId[]
  readonly reason: string
}

/** progressDeadlineSeconds of a Deployment: what takes longer is not on its way any more. */
const LONG_UNREADY: SimTime = 600 * SECOND
const BACKING_OFF = new Set(['CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'RunContainerError'])
/** Stuck pods that are named in a reason. */
const NAMED = 3

interface Scaled {
  readonly replicas?: number
}

/**
 * @param here the pods of one node that the budget covers, none of them pending, finished or on its way out
 */
export function budgetOutlook(
  state: ClusterState,
  budget: Budget,
  here: readonly PodId[],
  now: SimTime,
): Outlook | undefined {
  const { meta, spec, status } = budget
  if (status.observedGeneration < meta.generation) return undefined
  const denial = status.conditions.find(({ type }) => type === DISRUPTION_ALLOWED)
  if (status.disruptionsAllowed === 0 && denial?.reason === SYNC_FAILED) {
    const kept = here.filter(pod => isAsked(state, budget, pod))
    return { kind: 'budget cannot be computed', kept, reason: `its sync fails: ${denial.message}` }
  }
  const most = mostHealthy(state, budget, here)
  const { desiredHealthy } = status
  if (desiredHealthy >= most) {
    const kept = here.filter(pod => isAsked(state, budget, pod))
    const reason = `${wish(spec)} wants ${desiredHealthy} healthy pods, and there are never more than ${most}`
    return { kind: 'budget allows nothing', kept, reason }
  }
  if (status.disruptionsAllowed > 0) return undefined
  const stuck = stuckPods(state, here, now).filter(pod => !here.includes(pod) || isAsked(state, budget, pod))
  if (desiredHealthy < most - stuck.length) return undefined
  const names = stuck.slice(0, NAMED).map(pod => `${state.pods.name[pod]} ${whyStuck(state, pod)}`)
  if (stuck.length > NAMED) names.push(`and ${stuck.length - NAMED} more`)
  const reason =
    `${wish(spec)} wants ${desiredHealthy} healthy pods, and no more than ${most - stuck.length} can be: ` +
    names.join(', ')
  return { kind: 'unhealthy pods', kept: here.filter(pod => isAsked(state, budget, pod)), reason }
}

function wish({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec): string {
  return maxUnavailable === undefined ? `minAvailable ${minAvailable}` : `maxUnavailable ${maxUnavailable}`
}

/** Whether the budget has a say about the pod now: one that is not ready may go while enough others are. */
function isAsked({ pods }: ClusterState, { spec, status }: Budget, pod: PodId): boolean {
  if (pods.ready[pod] === 1) return true
  if (spec.unhealthyPodEvictionPolicy === ALWAYS_ALLOW) return false
  return status.currentHealthy < status.desiredHealthy || status.desiredHealthy === 0
}

/** Pods that may be missing when all others are healthy. */
export function slackOf(state: ClusterState, budget: Budget, here: readonly PodId[]): number {
  return Math.max(0, mostHealthy(state, budget, here) - budget.status.desiredHealthy)
}

/** Healthy pods that there would be with all that are wanted ready. */
function mostHealthy(state: ClusterState, { spec, status }: Budget, here: readonly PodId[]): number {
  const { pods } = state
  const isPlainNumber = spec.maxUnavailable === undefined && typeof spec.minAvailable === 'number'
  if (!isPlainNumber) return status.expectedPods + here.filter(pod => pods.owner[pod] === NONE).length
  let wanted = 0
  for (const owner of ownersOf(state, here)) wanted += replicasOf(state, owner)
  return Math.max(status.expectedPods, wanted)
}

function ownersOf({ pods }: ClusterState, here: readonly PodId[]): Set<ObjectId> {
  return new Set(here.filter(pod => pods.owner[pod] !== NONE).map(pod => pods.owner[pod] as ObjectId))
}

/** The wanted size of a controller, or of the Deployment above it. */
function replicasOf({ objects }: ClusterState, owner: ObjectId): number {
  const { kind, meta, spec } = objects.get<Scaled>(owner)
  const above = meta.owners.find(({ controller }) => controller)
  const deployment = kind === 'ReplicaSet' && above !== undefined ? objects.findByUid(above.uid) : undefined
  const scaled = deployment === undefined ? spec : objects.get<Scaled>(deployment).spec
  return scaled.replicas ?? 0
}

/** Pods of the same workloads that will not get ready as things are. */
function stuckPods(state: ClusterState, here: readonly PodId[], now: SimTime): PodId[] {
  const { pods, objects } = state
  const stuck: PodId[] = []
  for (const owner of ownersOf(state, here)) {
    for (let row = objects.firstPod[owner]; row !== NONE; row = pods.nextOfOwner[row]) {
      const pod = row as PodId
      if (pods.ready[pod] === 1 || pods.isTerminating(pod) || pods.isFinished(pod)) continue
      const since = pods.readyAt[pod] === NEVER ? pods.createdAt[pod] : pods.readyAt[pod]
      if (whyStuck(state, pod) !== NOT_READY || now - since >= LONG_UNREADY) stuck.push(pod)
    }
  }
  return stuck
}

const NOT_READY = 'is not ready'

function whyStuck({ pods, nodes, reasons }: ClusterState, pod: PodId): string {
  const node = pods.nodeOf(pod)
  if (node === NONE) return pods.unschedulableReason[pod] === NONE ? NOT_READY : 'fits nowhere'
  if (!nodes.exists(node) || nodes.ready[node] !== Status.True) return 'lies on a lost node'
  const waiting = pods.waiting[pod]
  const reason = waiting === NONE ? '' : reasons.get(waiting as ReasonId)
  return BACKING_OFF.has(reason) ? `is in ${reason}` : NOT_READY
}
