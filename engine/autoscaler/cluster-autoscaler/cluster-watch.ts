/**
 * What the autoscaler sees of the cluster: a copy in its simulated cluster, brought up to date with what has changed
 * since the last loop, and the pods that are waiting for a node.
 *
 * Upstream: listPods of core/static_autoscaler.go and ArrangePodsBySchedulability of utils/kubernetes/listers.go of
 * cluster-autoscaler 1.36.1.
 * Simplified: no scheduler is bypassed.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import { Change, Source } from '../../state/change-log.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'
import { ClusterCopy } from '../cluster-copy.js'
import { type Controller, type ControllerOf, ownerOf } from '../controlled-pods.js'
import type { SimulatedCluster } from '../simulated-cluster.js'

const POD_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Deleting |
  Change.Labels |
  Change.Bound |
  Change.Phase |
  Change.Nominated |
  Change.Spec |
  Change.Conditions |
  Change.Ownership
const NODE_CHANGES =
  Change.Added |
  Change.Deleted |
  Change.Labels |
  Change.Taints |
  Change.Unschedulable |
  Change.Allocatable |
  Change.NodeReady |
  Change.Pressure |
  Change.Annotations
const OBJECT_CHANGES = Change.Added | Change.Deleted | Change.Spec | Change.Status
/** Kinds whose changes can make or remove a reason to keep a node. */
const WATCHED_KINDS = new Set(['PodDisruptionBudget', 'DaemonSet', 'ReplicaSet', 'StatefulSet', 'Job'])

/** How long ago a pod may have become unschedulable and still start a loop. Upstream: maxPodChangeAge. */
const RECENT = 10 * SECOND

export interface WatchListener {
  /** Something has changed that a loop may look at. */
  readonly changed: () => void
  /** A pod has been found unschedulable. */
  readonly unschedulable: () => void
  /** A row of the simulated cluster is given up. */
  readonly nodeGone: (node: NodeId) => void
  readonly daemonSetsChanged: () => void
}

export interface WatchSettings {
  readonly api: ApiServer
  readonly informer: Informer
  readonly cluster: SimulatedCluster
  readonly expendablePodsPriorityCutoff: number
  readonly now: () => SimTime
  readonly listener: WatchListener
}

export class ClusterWatch {
  readonly copy: ClusterCopy
  readonly #settings: WatchSettings
  readonly #dirtyPods = new Set<PodId>()
  readonly #dirtyNodes = new Set<NodeId>()
  /** Unschedulable pods of the store, and since when they are. */
  readonly #pending = new Map<PodId, SimTime>()
  /** Controllers of pods that are tried out and stand for others. */
  readonly standIns = new Map<PodId, Controller | undefined>()

  readonly controllerOf: ControllerOf = pod => this.#controllerOf(pod)

  constructor(settings: WatchSettings) {
    const { api, informer, cluster } = settings
    this.#settings = settings
    this.copy = new ClusterCopy(api.state, cluster)
    informer.subscribe(Source.Pods, POD_CHANGES, (row, fields) => this.#podChanged(row as PodId, fields))
    informer.subscribe(Source.Nodes, NODE_CHANGES, (row, fields) => this.#nodeChanged(row as NodeId, fields))
    informer.subscribe(Source.Objects, OBJECT_CHANGES, (row, fields) =>
      this.#objectChanged(row as ObjectId, fields),
    )
  }

  /** Brings the copy up to date. */
  sync(): void {
    const { nodes, pods } = this.#settings.api.state
    for (const node of this.#dirtyNodes) if (nodes.exists(node)) this.copy.putNode(node)
    this.#dirtyNodes.clear()
    for (const pod of this.#dirtyPods) if (pods.exists(pod)) this.#syncPod(pod)
    this.#dirtyPods.clear()
  }

  /** Copies of the pods that are waiting for a node, oldest first. */
  pendingPods(): PodId[] {
    const { pods } = this.#settings.api.state
    const waiting = [...this.#pending.keys()].sort((a, b) => pods.uid[a] - pods.uid[b])
    return waiting.map(pod => this.copy.podOf(pod) as PodId)
  }

  #syncPod(pod: PodId): void {
    const { api, expendablePodsPriorityCutoff } = this.#settings
    const { pods } = api.state
    const isExpendable = pods.priority[pod] < expendablePodsPriorityCutoff
    const isBound = pods.node[pod] !== NONE
    const isNominated = !isBound && pods.nominatedNode[pod] !== NONE && !pods.isTerminating(pod)
    const isWaiting = this.#isUnschedulable(pod) && !isNominated
    if (!isWaiting || isExpendable) this.#pending.delete(pod)
    else if (!this.#pending.has(pod)) this.#pending.set(pod, this.#settings.now())
    const isKept = !pods.isFinished(pod) && !isExpendable && (isBound || isNominated || isWaiting)
    if (isKept) this.copy.putPod(pod)
    else this.copy.dropPod(pod)
  }

  #isUnschedulable(pod: PodId): boolean {
    const { pods } = this.#settings.api.state
    return pods.node[pod] === NONE && !pods.isTerminating(pod) && pods.unschedulableReason[pod] !== NONE
  }

  #podChanged(pod: PodId, fields: number): void {
    const { listener } = this.#settings
    if ((fields & Change.Deleted) !== 0) {
      this.#dirtyPods.delete(pod)
      this.#pending.delete(pod)
      this.copy.dropPod(pod)
      listener.changed()
      return
    }
    const wasKnown = this.copy.podOf(pod) !== undefined
    const isUnschedulable = this.#isUnschedulable(pod)
    // A pod that the scheduler has not looked at yet is nobody's business.
    if (!wasKnown && !isUnschedulable && this.#settings.api.state.pods.node[pod] === NONE) return
    this.#dirtyPods.add(pod)
    // A verdict that only changes its words has been heard of before.
    const since = this.#pending.get(pod) ?? this.#settings.now()
    const isNews = isUnschedulable && (fields & Change.Conditions) !== 0
    if (isNews && this.#settings.now() - since <= RECENT) listener.unschedulable()
    else listener.changed()
  }

  #nodeChanged(node: NodeId, fields: number): void {
    const { listener } = this.#settings
    if ((fields & Change.Deleted) === 0) this.#dirtyNodes.add(node)
    else {
      this.#dirtyNodes.delete(node)
      const copy = this.copy.nodeOf(node)
      if (copy !== undefined) listener.nodeGone(copy)
      this.copy.dropNode(node)
    }
    listener.changed()
  }

  #objectChanged(id: ObjectId, fields: number): void {
    const { api, listener } = this.#settings
    const object = api.state.objects.object[id]
    if (object === undefined || !WATCHED_KINDS.has(object.kind)) return
    const isStatus = (fields & ~Change.Status) === 0
    if (isStatus && object.kind !== 'PodDisruptionBudget') return
    if (object.kind === 'DaemonSet') listener.daemonSetsChanged()
    listener.changed()
  }

  #controllerOf(pod: PodId): Controller | undefined {
    if (this.standIns.has(pod)) return this.standIns.get(pod)
    const { api } = this.#settings
    const original = this.copy.originalPod(pod)
    if (original === undefined) return undefined
    if (!api.pods.references.hasOthers(original)) return ownerOf(api.state, original)
    return api.pods.references.of(original).find(({ controller }) => controller)
  }
}
