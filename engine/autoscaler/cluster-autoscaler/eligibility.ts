/**
 * Which nodes are worth simulating their removal: those that are hardly used and that nothing forbids to remove.
 *
 * Upstream: core/scaledown/eligibility/eligibility.go, utils/kubernetes/ready.go and IsNodeBeingDeleted of
 * core/scaledown/actuation/delete_in_batch.go of cluster-autoscaler 1.36.1.
 * Simplified: no node counts by its GPUs.
 */
import { MINUTE, SECOND, type SimTime } from '../../kernel/time.js'
import { NodeTaint } from '../../model/node-conditions.js'
import { type NodeId, Status, type TaintSetId } from '../../state/ids.js'
import type { ControllerOf } from '../controlled-pods.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { NodeGroups } from './node-group.js'
import { TO_BE_DELETED, UnremovableReason } from './removal-simulator.js'
import type { UnremovableNodes } from './unremovable-nodes.js'
import { nodeUtilization } from './utilization.js'

export const SCALE_DOWN_DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled'

/** A deletion that has not come about after so long has failed. */
const MAX_NODE_DELETION = 5 * MINUTE
const NOT_READY_TAINTS: ReadonlySet<string> = new Set([
  NodeTaint.NotReady,
  NodeTaint.DiskPressure,
  NodeTaint.NetworkUnavailable,
])

export interface EligibilityOptions {
  readonly utilizationThreshold: number
  readonly ignoreDaemonSetsUtilization: boolean
  readonly ignoreMirrorPodsUtilization: boolean
  readonly scaleDownUnreadyEnabled: boolean
}

/** What the simulated cluster does not know of its nodes and pods. */
export interface ClusterFacts {
  readonly controllerOf: ControllerOf
  readonly groups: NodeGroups
  readonly isScaleDownDisabled: (node: NodeId) => boolean
  /** Microseconds since 1970 at virtual time 0. */
  readonly epochMicros: number
}

/** Answers the candidates that may be unneeded, in their order; the others go to the unremovable ones. */
export function eligibleNodes(
  cluster: SimulatedCluster,
  candidates: readonly NodeId[],
  facts: ClusterFacts,
  options: EligibilityOptions,
  unremovable: UnremovableNodes,
  now: SimTime,
): NodeId[] {
  const eligible: NodeId[] = []
  for (const node of candidates) {
    const reason = unremovable.isRecent(node)
      ? UnremovableReason.RecentlyUnremovable
      : reasonAgainst(cluster, node, facts, options, now)
    if (reason === undefined) eligible.push(node)
    else unremovable.add({ node, reason })
  }
  return eligible
}

function reasonAgainst(
  cluster: SimulatedCluster,
  node: NodeId,
  { controllerOf, groups, isScaleDownDisabled, epochMicros }: ClusterFacts,
  options: EligibilityOptions,
  now: SimTime,
): UnremovableReason | undefined {
  if (isBeingDeleted(cluster, node, epochMicros + now)) return UnremovableReason.CurrentlyBeingDeleted
  if (isScaleDownDisabled(node)) return UnremovableReason.ScaleDownDisabledAnnotation
  if (groups.of(node) === undefined) return UnremovableReason.NotAutoscaled
  const { ignoreDaemonSetsUtilization, ignoreMirrorPodsUtilization } = options
  const leftOut = {
    ignoreDaemonSets: ignoreDaemonSetsUtilization,
    ignoreMirrorPods: ignoreMirrorPodsUtilization,
  }
  const used = nodeUtilization(cluster, node, controllerOf, leftOut, now)
  if (used === undefined) return UnremovableReason.UnexpectedError
  if (!options.scaleDownUnreadyEnabled && !isNodeReady(cluster, node)) {
    return UnremovableReason.ScaleDownUnreadyDisabled
  }
  return used.utilization > options.utilizationThreshold ? UnremovableReason.NotUnderutilized : undefined
}

/** Ready for the autoscaler: no condition and no taint says otherwise. */
export function isNodeReady(cluster: SimulatedCluster, node: NodeId): boolean {
  const { nodes, taintSets } = cluster.state
  if (nodes.hasConditions[node] === 0 || nodes.ready[node] !== Status.True) return false
  if (nodes.diskPressure[node] === Status.True || nodes.networkUnavailable[node] === Status.True) return false
  return !taintSets.get(nodes.taints[node] as TaintSetId).some(({ key }) => NOT_READY_TAINTS.has(key))
}

/** Its deletion has begun, not too long ago. The mark on the node has the time of day. */
function isBeingDeleted(cluster: SimulatedCluster, node: NodeId, microsSince1970: number): boolean {
  const { nodes, taintSets } = cluster.state
  const taint = taintSets.get(nodes.taints[node] as TaintSetId).find(({ key }) => key === TO_BE_DELETED)
  if (taint === undefined) return false
  const since = Number(taint.value)
  return Number.isInteger(since) && microsSince1970 - since * SECOND < MAX_NODE_DELETION
}
