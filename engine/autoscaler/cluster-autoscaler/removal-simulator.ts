/**
 * Would the pods of a node find a place elsewhere if it went? What one simulation moved stays moved for the next; the
 * node itself stays as an empty one that nobody may go to until all its pods have a place, and then leaves.
 *
 * Upstream: simulator/cluster.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import { type Taint, TaintEffect } from '../../model/taints.js'
import type { NodeId, PodId, TaintSetId } from '../../state/ids.js'
import { PlacementHints } from '../placement-hints.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { BlockingReason, DrainRules } from './drain-rules.js'

/** Upstream: utils/taints/taints.go of cluster-autoscaler 1.36.1. The value is the time in whole seconds. */
export const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler'

/** Why a node cannot be removed, in upstream's words. */
export const UnremovableReason = {
  ScaleDownDisabledAnnotation: 'ScaleDownDisabledAnnotation',
  ScaleDownUnreadyDisabled: 'ScaleDownUnreadyDisabled',
  NotAutoscaled: 'NotAutoscaled',
  NotUnneededLongEnough: 'NotUnneededLongEnough',
  NotUnreadyLongEnough: 'NotUnreadyLongEnough',
  NodeGroupMinSizeReached: 'NodeGroupMinSizeReached',
  MinimalResourceLimitExceeded: 'MinimalResourceLimitExceeded',
  CurrentlyBeingDeleted: 'CurrentlyBeingDeleted',
  NotUnderutilized: 'NotUnderutilized',
  RecentlyUnremovable: 'RecentlyUnremovable',
  NoPlaceToMovePods: 'NoPlaceToMovePods',
  BlockedByPod: 'BlockedByPod',
  BlockedByOnCompletionPod: 'BlockedByOnCompletionPod',
  UnexpectedError: 'UnexpectedError',
} as const
export type UnremovableReason = (typeof UnremovableReason)[keyof typeof UnremovableReason]

export interface NodeToBeRemoved {
  readonly node: NodeId
  readonly podsToReschedule: readonly PodId[]
  readonly daemonSetPods: readonly PodId[]
  readonly onCompletionPods: readonly PodId[]
  /** Its pods could not all be evicted at the same time. */
  readonly isRisky: boolean
}

export interface UnremovableNode {
  readonly node: NodeId
  readonly reason: UnremovableReason
  readonly blocking?: { readonly pod: PodId; readonly reason: BlockingReason } | undefined
}

export type RemovalAnswer =
  | { readonly removable: NodeToBeRemoved; readonly unremovable?: undefined }
  | { readonly unremovable: UnremovableNode; readonly removable?: undefined }

export class RemovalSimulator {
  readonly #cluster: SimulatedCluster
  readonly #rules: DrainRules
  readonly #hints: PlacementHints

  constructor(cluster: SimulatedCluster, rules: DrainRules) {
    this.#cluster = cluster
    this.#rules = rules
    this.#hints = new PlacementHints(cluster)
  }

  /** @param destinations the nodes that pods may be moved to. */
  simulate(node: NodeId, destinations: ReadonlySet<NodeId>, now: SimTime): RemovalAnswer {
    const cluster = this.#cluster
    const { pods, daemonSetPods, onCompletionPods, blocking } = this.#rules.podsToMove(node, now)
    if (blocking !== undefined) {
      return { unremovable: { node, reason: UnremovableReason.BlockedByPod, blocking } }
    }
    cluster.fork()
    const isPlaced = this.#moveAll(node, pods, destinations, now)
    if (!isPlaced) {
      cluster.revert()
      return { unremovable: { node, reason: UnremovableReason.NoPlaceToMovePods } }
    }
    cluster.removeNode(node)
    cluster.commit()
    return { removable: { node, podsToReschedule: pods, daemonSetPods, onCompletionPods, isRisky: false } }
  }

  dropOldHints(): void {
    this.#hints.dropOld()
  }

  #moveAll(node: NodeId, pods: readonly PodId[], destinations: ReadonlySet<NodeId>, now: SimTime): boolean {
    const cluster = this.#cluster
    const { nodes, taintSets } = cluster.state
    for (const pod of pods) cluster.unplace(pod)
    // Spreading counts the node as a domain until it is gone, but none of its pods.
    for (const pod of cluster.podsOn(node).slice()) cluster.unplace(pod)
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    cluster.setTaints(node, cluster.state.taintsId([...taints, toBeDeletedTaint(now)]))
    const isCandidate = (candidate: NodeId): boolean => candidate !== node && destinations.has(candidate)
    return this.#hints.placeAll(pods, isCandidate) === pods.length
  }
}

export function toBeDeletedTaint(microsSince1970: number): Taint {
  const seconds = Math.floor(microsSince1970 / SECOND)
  return { key: TO_BE_DELETED, value: String(seconds), effect: TaintEffect.NoSchedule }
}
