import type { ObjectRegistry } from '../../apiserver/object-registry.js'
import type { SimTime } from '../../kernel/time.js'
import type { Labels } from '../../model/pod-spec.js'
import type { PodTemplate } from '../../model/pod-template.js'
import type { ExpectedPods } from '../../model/typical-pods.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type {
  LabelSetId,
  NamespaceId,
  NodeId,
  ObjectId,
  PodId,
  TaintSetId,
  TemplateId,
} from '../../state/ids.js'
import type { NodeList } from './node-list.js'
import type { PodShape } from './pod-shape.js'
import type { Snapshot } from './snapshot.js'
import type { Code, Rejection, RejectionId, Verdict } from './status.js'

/**
 * The extension points of the scheduler. A plugin is a name, arguments and those of these points it needs.
 *
 * Points that look at nodes get them as a batch: `filter` narrows the list, `score` fills one number per node of the
 * list. What a plugin works out in preFilter or preScore it keeps in its own closure: cycles run one after another.
 *
 * Upstream: staging/src/k8s.io/kube-scheduler/framework/interface.go (1.36).
 * Simplified: Permit plugins cannot hold a pod back without a timeout.
 */
export interface SchedulerPlugin {
  /** May the pod enter the active queue? A rejection gates it until one of the plugin's events arrives. */
  preEnqueue?(pod: PodId): Verdict
  /** The pods that are scheduled together with this one; undefined for a pod on its own. */
  groupOf?(pod: PodId): GroupOfPods | undefined
  /** Order of the active queue: negative when the first pod goes first. */
  less?(first: QueuedPod, second: QueuedPod): number
  /** Looks at the pod as a whole. SKIP leaves the plugin's filter out of this cycle. */
  preFilter?(cycle: Cycle): Verdict
  /** Narrows the list in place, in any number of calls a cycle, on any nodes, the overlay row among them. */
  filter?(cycle: Cycle, nodes: NodeList): void
  /**
   * Whether what `filter` says of this pod and a node follows from the pod's template and the node's row alone. It is
   * then not asked again while the row keeps its version. Absent: no.
   */
  followsRow?(shape: PodShape): boolean
  /** What the plugin keeps of a cycle changes as if `pod` were on `node`; `removePod` takes it off again. */
  addPod?(cycle: Cycle, pod: PodId, node: NodeId): void
  removePod?(cycle: Cycle, pod: PodId, node: NodeId): void
  /** No node passed: tries to make room. */
  postFilter?(cycle: Cycle, failure: CycleFailure): PostFilterResult
  /** SKIP leaves the plugin's score out of this cycle. */
  preScore?(cycle: Cycle, nodes: NodeList): Verdict
  /** Writes the score of `nodes.ids[i]` to `scores[i]`, any number; `normalize` brings them to 0..100. */
  score?(cycle: Cycle, nodes: NodeList, scores: Float64Array): void
  normalize?(cycle: Cycle, nodes: NodeList, scores: Float64Array): void
  /** Scores follow from the pod's template and the node's row alone, and so does whether there are any. */
  readonly scoresRow?: true
  /** The score, normalized, that all nodes have alike in this cycle; undefined: they may differ. */
  uniformScore?(cycle: Cycle): number | undefined
  reserve?(cycle: Cycle, node: NodeId): Verdict
  /** Undoes `reserve`; called also when it was never reached. */
  unreserve?(pod: PodId, node: NodeId): void
  /** Answers OK, a rejection, or how long the pod may wait for somebody to allow it. */
  permit?(cycle: Cycle, node: NodeId): Verdict | { readonly waitAtMost: SimTime }
  /** Whether preBind has anything to do for this pod; a plugin without it is asked nothing. */
  preBindPreFlight?(pod: PodId, node: NodeId): boolean
  /** Prepares the binding: done, not yet (look again at a time), or a rejection. */
  preBind?(pod: PodId, node: NodeId, now: SimTime): Verdict | { readonly lookAgainAt: SimTime }
  /** True when the plugin binds the pod itself. The default binder posts the binding. */
  bind?(pod: PodId, node: NodeId): boolean
  postBind?(pod: PodId, node: NodeId): void
  /** What could make a pod schedulable that this plugin rejected. */
  readonly events?: readonly EventRegistration[]
}

/** Pods that go through one cycle together. */
export interface GroupOfPods {
  /** All of them, those that have a node too. */
  readonly members: ReadonlySet<PodId>
  /** How many must have a node before any of them is bound; 0: each for itself. */
  readonly minCount: number
}

/** One pod in the queue as PrioritySort sees it. */
export interface QueuedPod {
  readonly pod: PodId
  readonly priority: number
  /** When the pod entered the queue this time. */
  readonly queuedAt: SimTime
}

/** One scheduling cycle, handed to every point. */
export interface Cycle {
  readonly pod: PodId
  readonly shape: PodShape
  readonly snapshot: Snapshot
  /** PreFilter restricts the search to these nodes; several restrictions intersect. */
  restrictTo(nodeNames: ReadonlySet<string>): void
  /** Set by a plugin that would count pods over all nodes for this pod: it costs virtual time. */
  countsAllNodes: boolean
}

/**
 * While the sum of both numbers of a node stays, a dry run there comes to the same for every pod of the template and
 * priority, as far as pods, amounts and nominations decide; but not for a pod that is nominated there itself.
 */
export interface RowVersions {
  /** By node id, from 1 on. */
  readonly rows: Int32Array
  readonly nominations: Int32Array
  /** Where the pod itself is nominated, NONE if nowhere. */
  readonly own: NodeId
}

/** What PostFilter is told: the nodes whose rejection preemption may lift, and all the rejections. */
export interface CycleFailure {
  /** All nodes of the cluster, examined or not. */
  readonly nodeCount: number
  /** Nodes examined and rejected, in the order of the search. */
  readonly nodes: NodeList
  codeOf(node: NodeId): Code
  /** Undefined when filters of this cycle look at more than the row of a node. */
  readonly versions: RowVersions | undefined
  /** Runs the filters of the cycle on one row, with and without the pods nominated to its node. */
  passes(row: NodeId): boolean
  /** For a dry run, after `snapshot.copyToOverlay(node)`: a pod comes to the overlay row or leaves it. */
  addToOverlay(pod: PodId): void
  /** Whoever takes pods off the overlay puts the same ones back before the next copy. */
  removeFromOverlay(pod: PodId): void
}

export interface PostFilterResult {
  /** Where room is being made, or undefined when there is none to be had. */
  readonly nominatedNode?: NodeId
  /** No room is to be had anywhere: an earlier nomination of the pod is over. Without it an earlier one stays. */
  readonly clearsNomination?: true
  /** Victims by decreasing importance, to be deleted by the scheduler. */
  readonly victims?: readonly PodId[]
  /** Every node on which room could be made, for explanations. */
  readonly candidates?: readonly PreemptionCandidate[]
  /** An internal failure: no further plugin is asked. */
  readonly failed?: true
  /** Put behind the pod's message when nothing was nominated. */
  readonly message: string
}

/** A node where the pod would fit without its victims. */
export interface PreemptionCandidate {
  readonly node: NodeId
  readonly victims: readonly PodId[]
  /** Victims whose eviction a disruption budget would not allow. */
  readonly pdbViolations: number
}

/** What an event is about. Upstream: EventResource. */
export type EventResource =
  | 'Pod'
  | 'AssignedPod'
  | 'UnscheduledPod'
  | 'Node'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'StorageClass'
  | 'CSINode'
  | 'CSIDriver'
  | 'VolumeAttachment'
  | 'CSIStorageCapacity'
  | 'ResourceClaim'
  | 'ResourceSlice'
  | 'DeviceClass'
  | 'Workload'
  | 'PodGroup'

/** What happened, as bits. Upstream: ActionType. */
export const Action = {
  Add: 1 << 0,
  Delete: 1 << 1,
  UpdateNodeAllocatable: 1 << 2,
  UpdateNodeLabel: 1 << 3,
  UpdateNodeTaint: 1 << 4,
  UpdateNodeCondition: 1 << 5,
  UpdateNodeAnnotation: 1 << 6,
  UpdateNodeDeclaredFeature: 1 << 7,
  UpdatePodLabel: 1 << 8,
  UpdatePodScaleDown: 1 << 9,
  UpdatePodToleration: 1 << 10,
  UpdatePodSchedulingGatesEliminated: 1 << 11,
  UpdatePodGeneratedResourceClaim: 1 << 12,
  /** Any update of a resource that has no finer bits. */
  Update: 1 << 13,
} as const

/**
 * One change as the scheduler's informer saw it, with the old values that the store no longer has. Fields that do not
 * concern the resource are absent.
 */
export interface ClusterEvent {
  readonly resource: EventResource
  /** One bit, or several when one write changed several things. */
  readonly action: number
  readonly pod?: PodId
  readonly oldPod?: PodVersion
  readonly newPod?: PodVersion
  readonly node?: NodeId
  readonly oldNode?: NodeVersion
  readonly newNode?: NodeVersion
  readonly object?: ObjectId
  readonly oldObject?: ObjectVersion
  readonly newObject?: ObjectVersion
}

export interface PodVersion {
  readonly template: TemplateId
  readonly labels: LabelSetId
  readonly namespace: NamespaceId
  /** Where the pod runs or is assumed to, NONE while it has no node. */
  readonly node: NodeId
  /** Where room is promised to it, NONE if nowhere. */
  readonly nominatedNode: NodeId
}

export interface NodeVersion {
  readonly labels: LabelSetId
  readonly taints: TaintSetId
  readonly unschedulable: boolean
  /** By resource column; absent amounts are 0. */
  readonly allocatable: Float64Array
}

/** An object that is neither pod nor node. Spec and status have the fields of its kind. */
export interface ObjectVersion {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly spec: unknown
  readonly status: unknown
}

export interface EventRegistration {
  readonly resource: EventResource
  /** Bits of {@link Action}. */
  readonly actions: number
  /** Whether the event may help this pod; absent: it always may. */
  readonly hint?: (pod: PodId, event: ClusterEvent) => boolean
}

/** What a plugin is made with. */
export interface FrameworkHandle {
  readonly state: ClusterState
  readonly snapshot: Snapshot
  /** Interns a rejection of this plugin; `code` defaults to Unschedulable. */
  reason(text: string | readonly string[], code?: Code): RejectionId
  rejection(id: RejectionId): Rejection
  shapeOf(pod: PodId): PodShape
  templateOf(shape: PodShape): PodTemplate
  now(): SimTime
  /** What API timestamps, of whole seconds, make of a time. */
  readonly clock: WallClock
  /** A seeded number in [0, 1) about this attempt of the pod; `index` tells several apart. */
  draw(pod: PodId, index?: number): number
  /** The pods that the run's traces and operations will bring, for policies that know their workload. */
  readonly workload: () => readonly ExpectedPods[]
  /** Objects as the API server keeps them, to be written when a pod is about to be bound. */
  readonly objects: ObjectRegistry
}
