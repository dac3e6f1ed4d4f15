import type { Kernel } from '../kernel/kernel.js'
import { NEVER, SECOND } from '../kernel/time.js'
import type { OwnerReference } from '../model/api-object.js'
import { DEFAULT_GRACE_PERIOD_SECONDS } from '../model/defaults.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import {
  type LabelSetId,
  NONE,
  type NodeId,
  type ObjectId,
  Phase,
  type PodId,
  type ReasonId,
  type TemplateId,
} from '../state/ids.js'
import { linkToNode, linkToOwner, unlinkFromNode, unlinkFromOwner } from '../state/pod-lists.js'
import type { EvictedMemory, PodResize, Termination } from '../state/pods.js'
import type { PodAdmission } from './admission/admitted-pod.js'
import type { PodWebhook } from './admission/pod-webhook.js'
import type { Propagation } from './deletion-finalizers.js'
import type { PodDraft } from './pod-draft.js'
import { PodFinalizers } from './pod-finalizers.js'
import type { PodObserver } from './pod-observer.js'
import { PodReferences } from './pod-references.js'
import { type Created, Result } from './result.js'

/**
 * Pods as the API server keeps them: the one writer of the pod table.
 * Every accepted write appends one entry to the change log; a write that would change nothing is accepted silently.
 *
 * Upstream: pkg/registry/core/pod (strategy, storage, bind, graceful deletion) and
 * staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (1.36).
 * Simplified: one resource version per table row instead of a global revision on every object kind.
 */
export class PodRegistry {
  #kernel: Kernel
  #state: ClusterState
  #observers: PodObserver[] = []
  /** What the latest refused request was answered with; whoever refuses writes it. */
  refusal = ''
  /** Absent: pods are stored as they come. */
  admission: PodAdmission | undefined
  /** Asked one after another about every new pod, by admission. */
  readonly webhooks: PodWebhook[] = []
  readonly references: PodReferences
  readonly #finalizers = new PodFinalizers()

  constructor(kernel: Kernel, state: ClusterState) {
    this.#kernel = kernel
    this.#state = state
    this.references = new PodReferences(state)
  }

  observe(observer: PodObserver): void {
    this.#observers.push(observer)
  }

  create(draft: PodDraft, priority: number): Created<PodId> {
    const { pods } = this.#state
    if (pods.find(draft.namespace, draft.name) !== undefined) return Result.AlreadyExists
    const admitted = this.admission?.admitPod(draft) ?? { template: draft.template, priority }
    if ('result' in admitted) {
      this.refusal = admitted.message
      return admitted.result
    }
    const pod = pods.add(draft.namespace, draft.name)
    pods.uid[pod] = this.#state.nextUid()
    pods.template[pod] = admitted.template
    pods.labels[pod] = draft.labels
    pods.owner[pod] = draft.owner
    pods.ordinal[pod] = draft.ordinal
    pods.priority[pod] = admitted.priority
    pods.runFor[pod] = draft.runFor
    pods.indexFailures[pod] = draft.indexFailures
    pods.indexIgnoredFailures[pod] = draft.indexIgnoredFailures
    pods.createdAt[pod] = this.#kernel.now
    this.#finalizers.set(pod, draft.finalizers)
    this.references.drop(pod)
    if (draft.references.length > 0) this.references.keep(pod, draft.references)
    if (draft.owner !== NONE) linkToOwner(this.#state, pod, draft.owner)
    if (draft.node !== NONE) this.#place(pod, draft.node)
    pods.createdSequence[pod] = this.#write(pod, Change.Added | (draft.node === NONE ? 0 : Change.Bound))
    for (const observer of this.#observers) observer.podCreated(pod)
    return pod
  }

  /**
   * The pods/binding subresource. Conflict: the pod has a node already or is being deleted; NotFound: pod or node
   * is gone, which the scheduler cannot know before it asks.
   */
  bind(pod: PodId, uid: number, node: NodeId): Result {
    const { pods, nodes } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    if (pods.node[pod] !== NONE || pods.deletionAt[pod] !== NEVER) return Result.Conflict
    if (!nodes.exists(node)) return Result.NotFound
    this.#place(pod, node)
    pods.nominatedNode[pod] = NONE
    pods.unschedulableReason[pod] = NONE
    this.#write(pod, Change.Bound | Change.Conditions)
    return Result.Ok
  }

  /** Sets PodScheduled=False with a message, and the nominated node (NONE clears it). */
  patchUnschedulable(pod: PodId, uid: number, message: ReasonId, nominatedNode: NodeId): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    let fields = 0
    if (pods.unschedulableReason[pod] !== message) fields |= Change.Conditions
    if (pods.nominatedNode[pod] !== nominatedNode) fields |= Change.Nominated
    pods.unschedulableReason[pod] = message
    pods.nominatedNode[pod] = nominatedNode
    if (fields !== 0) this.#write(pod, fields)
    return Result.Ok
  }

  /** Sets the nominated node alone, NONE to clear it. */
  patchNominated(pod: PodId, uid: number, node: NodeId): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    if (pods.nominatedNode[pod] === node) return Result.Ok
    pods.nominatedNode[pod] = node
    this.#write(pod, Change.Nominated)
    return Result.Ok
  }

  /** The kubelet saw the pod: `status.startTime`. */
  patchStarted(pod: PodId): void {
    this.#state.pods.startedAt[pod] = this.#kernel.now
    this.#write(pod, Change.Conditions)
  }

  /** Phase and Ready condition as the kubelet reports them together. */
  patchPhase(pod: PodId, phase: Phase, ready: boolean): void {
    const { pods } = this.#state
    const now = this.#kernel.now
    let fields = 0
    if (pods.phase[pod] !== phase) {
      const finished = phase === Phase.Succeeded || phase === Phase.Failed
      if (phase === Phase.Running && pods.runningAt[pod] === NEVER) pods.runningAt[pod] = now
      if (finished) {
        pods.finishedAt[pod] = now
        this.#release(pod)
      }
      pods.phase[pod] = phase
      fields |= Change.Phase
    }
    if ((pods.ready[pod] === 1) !== ready) {
      pods.ready[pod] = ready ? 1 : 0
      pods.readyAt[pod] = now
      fields |= Change.Ready
    }
    if (fields !== 0) this.#write(pod, fields)
  }

  patchReason(pod: PodId, reason: ReasonId, message = ''): void {
    const { pods } = this.#state
    if (pods.reason[pod] === reason && (pods.message[pod] ?? '') === message) return
    pods.reason[pod] = reason
    if (message !== '') pods.message[pod] = message
    this.#write(pod, Change.Conditions)
  }

  /** How a container ended, in place of what was known of it. */
  patchTermination(pod: PodId, termination: Termination): void {
    const { terminations } = this.#state.pods
    const others = terminations[pod]?.filter(({ container }) => container !== termination.container) ?? []
    terminations[pod] = [...others, termination]
    this.#write(pod, Change.Restarts)
  }

  patchEvictedFor(pod: PodId, memory: EvictedMemory): void {
    this.#state.pods.evictedFor[pod] = memory
    this.#write(pod, Change.Restarts)
  }

  patchRestarts(pod: PodId, restarts: number, waiting: ReasonId): void {
    this.#state.pods.restarts[pod] = restarts
    this.#state.pods.waiting[pod] = waiting
    this.#write(pod, Change.Restarts)
  }

  /**
   * Graceful deletion. A pod that never reached a node, or that has finished, goes at once; otherwise the kubelet is
   * given the grace period and removes the object when the containers have stopped. A second request can only
   * shorten the wait.
   */
  delete(pod: PodId, uid: number, gracePeriodSeconds?: number, propagation?: Propagation): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    this.#finalizers.propagate(pod, propagation)
    const now = this.#kernel.now
    let grace = gracePeriodSeconds ?? this.#gracePeriodOf(pod)
    if (pods.node[pod] === NONE || pods.isFinished(pod)) grace = 0
    if (pods.deletionAt[pod] === NEVER) {
      pods.gracePeriodSeconds[pod] = grace
      pods.deletionAt[pod] = now + grace * SECOND
      // Written even if the object goes at once: watchers see the request, then the removal.
      this.#write(pod, Change.Deleting)
      if (grace > 0 || this.#finalizers.has(pod)) return Result.Ok
    } else if (grace > 0) {
      if (grace >= pods.gracePeriodSeconds[pod]) return Result.Ok
      pods.deletionAt[pod] -= (pods.gracePeriodSeconds[pod] - grace) * SECOND
      pods.gracePeriodSeconds[pod] = grace
      this.#write(pod, Change.Deleting)
      return Result.Ok
    } else if (this.#finalizers.has(pod)) {
      if (pods.gracePeriodSeconds[pod] === 0) return Result.Ok
      pods.gracePeriodSeconds[pod] = 0
      this.#write(pod, Change.Deleting)
      return Result.Ok
    }
    this.#remove(pod)
    return Result.Ok
  }

  /** Sets the DisruptionTarget condition to True with this reason, or takes it back (NONE). */
  patchDisruption(pod: PodId, reason: ReasonId): void {
    const { disruption, disruptedAt } = this.#state.pods
    if (disruption[pod] === reason) return
    if (disruption[pod] === NONE || (reason as number) === NONE) disruptedAt[pod] = this.#kernel.now
    disruption[pod] = reason
    this.#write(pod, Change.Conditions)
  }

  finalizers(pod: PodId): readonly string[] {
    return this.#finalizers.of(pod)
  }

  /** Replaces the finalizers; taking the last one from a pod whose grace is over removes the object. */
  patchFinalizers(pod: PodId, finalizers: readonly string[]): void {
    if (finalizers.length > 0) {
      this.#finalizers.set(pod, finalizers)
      this.#write(pod, Change.Ownership)
      return
    }
    if (!this.#finalizers.delete(pod)) return
    const { pods } = this.#state
    if (pods.deletionAt[pod] !== NEVER && pods.gracePeriodSeconds[pod] === 0) this.#remove(pod)
    else this.#write(pod, Change.Ownership)
  }

  /** Sets or clears (NONE) the controlling owner reference. */
  patchOwner(pod: PodId, uid: number, owner: ObjectId): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    if (pods.owner[pod] === owner) return Result.Ok
    this.references.drop(pod)
    this.#setOwner(pod, owner)
    this.#write(pod, Change.Ownership)
    return Result.Ok
  }

  /** Replaces all owner references. */
  patchReferences(pod: PodId, uid: number, owners: readonly OwnerReference[]): Result {
    if (!this.#is(pod, uid)) return Result.NotFound
    this.#setOwner(pod, this.references.controllerAmong(owners))
    this.references.keep(pod, owners)
    this.#write(pod, Change.Ownership)
    return Result.Ok
  }

  #setOwner(pod: PodId, owner: ObjectId): void {
    const { pods } = this.#state
    if (pods.owner[pod] === owner) return
    if (pods.owner[pod] !== NONE) unlinkFromOwner(this.#state, pod)
    pods.owner[pod] = owner
    if (owner !== NONE) linkToOwner(this.#state, pod, owner)
  }

  patchTemplate(pod: PodId, uid: number, template: TemplateId): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    if (pods.template[pod] === template) return Result.Ok
    this.#setTemplate(pod, template)
    this.#write(pod, Change.Spec | Change.Annotations)
    return Result.Ok
  }

  /** How far a resize has come, undefined when it is over. @param template what the pod counts for meanwhile */
  patchResize(pod: PodId, resize: PodResize | undefined, template: TemplateId): void {
    this.#state.pods.resizes[pod] = resize
    this.#setTemplate(pod, template)
    this.#write(pod, Change.Spec | Change.Conditions)
  }

  #setTemplate(pod: PodId, template: TemplateId): void {
    const { pods, requests } = this.#state
    const node = pods.node[pod] as NodeId
    const isCharged = node !== NONE && !pods.isFinished(pod)
    if (isCharged) requests.charge(pod, node, -1)
    pods.template[pod] = template
    if (isCharged) requests.charge(pod, node, 1)
  }

  patchLabels(pod: PodId, uid: number, labels: LabelSetId): Result {
    const { pods } = this.#state
    if (!this.#is(pod, uid)) return Result.NotFound
    if (pods.labels[pod] === labels) return Result.Ok
    pods.labels[pod] = labels
    this.#write(pod, Change.Labels)
    return Result.Ok
  }

  #gracePeriodOf(pod: PodId): number {
    const { spec } = this.#state.templates.get(this.#state.pods.templateOf(pod))
    return spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS
  }

  #is(pod: PodId, uid: number): boolean {
    const { pods } = this.#state
    return pods.uid[pod] === uid && pods.exists(pod)
  }

  #place(pod: PodId, node: NodeId): void {
    const state = this.#state
    state.pods.node[pod] = node
    state.pods.scheduledAt[pod] = this.#kernel.now
    linkToNode(state, pod, node)
    state.requests.charge(pod, node, 1)
  }

  /** The requests of a finished or removed pod count no longer, once. */
  #release(pod: PodId): void {
    const node = this.#state.pods.node[pod] as NodeId
    if (node !== NONE && !this.#state.pods.isFinished(pod)) this.#state.requests.charge(pod, node, -1)
  }

  #remove(pod: PodId): void {
    const state = this.#state
    this.#release(pod)
    for (const observer of this.#observers) observer.podRemoved(pod)
    if (state.pods.node[pod] !== NONE) unlinkFromNode(state, pod)
    if (state.pods.owner[pod] !== NONE) unlinkFromOwner(state, pod)
    state.pods.removeName(pod)
    this.#finalizers.delete(pod)
    state.pods.deletedSequence[pod] = state.log.end
    this.#write(pod, Change.Deleted)
  }

  #write(pod: PodId, fields: number): number {
    const state = this.#state
    const sequence = state.log.end
    state.pods.resourceVersion[pod] = sequence
    state.log.append(Source.Pods, pod, fields, this.#kernel.now)
    return sequence
  }
}
