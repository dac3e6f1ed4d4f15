import type { SimTime } from '../kernel/time.js'
import { Change } from '../state/change-log.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type PodId,
  type TemplateId,
} from '../state/ids.js'
import type { AttachedColumn } from '../state/table.js'
import { Action, type EventResource, type PodVersion } from './framework/interface.js'
import type { Nominator } from './framework/nominator.js'
import type { Snapshot } from './framework/snapshot.js'
import type { PodGroups } from './groups/pod-groups.js'
import { isKnownNode } from './node-changes.js'
import { podChanges } from './pod-changes.js'
import type { SchedulingQueue } from './queue/scheduling-queue.js'

export interface PodEventSettings {
  readonly snapshot: Snapshot
  readonly queue: SchedulingQueue
  readonly nominator: Nominator
  /** A pod whose binding is under way was deleted. True: its cycle has been made to fail and will call `forget`. */
  readonly rejectWaiting?: (pod: PodId) => boolean
  /** Kept where a profile schedules pods in groups. */
  readonly groups?: PodGroups | undefined
}

/** What the informer last said of a pod. */
const Seen = { Never: 0, Pending: 1, Assigned: 2 } as const

/**
 * Pods as the scheduler hears of them: those without a node go to the queue, those with one count on it, also before
 * the informer says so when the scheduler assumes them there. A finished pod counts as removed.
 *
 * Upstream: addPod, updatePod and deletePod of pkg/scheduler/eventhandlers.go, AssumePod, ForgetPod and their like of
 * pkg/scheduler/backend/cache/cache.go (1.36).
 * Simplified: an assumed pod does not expire.
 */
export class PodEvents {
  static readonly FIELDS: number =
    Change.Added |
    Change.Deleted |
    Change.Deleting |
    Change.Labels |
    Change.Spec |
    Change.Status |
    Change.Bound |
    Change.Phase |
    Change.Nominated
  readonly #snapshot: Snapshot
  readonly #queue: SchedulingQueue
  readonly #nominator: Nominator
  readonly #rejectWaiting: (pod: PodId) => boolean
  readonly #groups: PodGroups | undefined
  readonly #seen: AttachedColumn<Uint8Array>
  readonly #template: AttachedColumn<Int32Array>
  readonly #labels: AttachedColumn<Int32Array>
  readonly #nominatedNode: AttachedColumn<Int32Array>
  /** 1 while the pod counts on a node that the informer does not know it has. */
  readonly #assumed: AttachedColumn<Uint8Array>

  constructor({ snapshot, queue, nominator, groups, rejectWaiting = () => false }: PodEventSettings) {
    this.#groups = groups
    this.#snapshot = snapshot
    this.#queue = queue
    this.#nominator = nominator
    this.#rejectWaiting = rejectWaiting
    const { pods } = snapshot.state
    this.#seen = pods.attach(Uint8Array, Seen.Never)
    this.#template = pods.attach(Int32Array, NONE)
    this.#labels = pods.attach(Int32Array, NONE)
    this.#nominatedNode = pods.attach(Int32Array, NONE)
    this.#assumed = pods.attach(Uint8Array, 0)
  }

  handle(pod: PodId, fields: number, now: SimTime): void {
    const { pods } = this.#snapshot.state
    const seen = this.#seen.values[pod]
    const isGone = (fields & Change.Deleted) !== 0 || pods.isFinished(pod)
    if (this.#groups !== undefined) {
      if (isGone) this.#groups.remove(pod)
      else this.#groups.add(pod)
    }
    if (isGone) {
      if (seen === Seen.Pending) this.#pendingRemoved(pod, now)
      else if (seen === Seen.Assigned) this.#assignedRemoved(pod, now)
      this.#seen.values[pod] = Seen.Never
    } else if (seen === Seen.Assigned) this.#assignedUpdated(pod, fields, now)
    else if (pods.node[pod] !== NONE) this.#assigned(pod, seen === Seen.Pending, now)
    else if (seen === Seen.Pending) this.#pendingUpdated(pod, fields, now)
    else this.#pendingAdded(pod, now)
  }

  isAssumed(pod: PodId): boolean {
    return this.#assumed.values[pod] === 1
  }

  /** The scheduler has chosen a node: the pod counts there from now on. */
  assume(pod: PodId, node: NodeId): void {
    this.#nominator.delete(pod)
    this.#snapshot.addPod(pod, node)
    this.#assumed.values[pod] = 1
  }

  /** Takes back an assumption that nobody has heard of. */
  release(pod: PodId): void {
    this.#takeOff(pod)
  }

  /** The binding of a pod assumed on a node failed: its room is free again, for all pods but itself. */
  forget(pod: PodId, node: NodeId, now: SimTime): void {
    if (!this.isAssumed(pod)) return
    const oldPod = this.#version(pod, node)
    this.#takeOff(pod)
    this.#freed(pod, oldPod, now, other => other !== pod)
  }

  #pendingAdded(pod: PodId, now: SimTime): void {
    this.#remember(pod, Seen.Pending)
    if (this.#queue.isResponsibleFor(pod)) this.#queue.add(pod, now)
    // Without groups upstream tells nobody of pods that wait.
    if (this.#groups === undefined || !this.#queue.isAwaited('UnscheduledPod', Action.Add)) return
    const newPod = this.#version(pod, NONE as NodeId)
    this.#queue.moveAll({ resource: 'UnscheduledPod', action: Action.Add, pod, newPod }, now)
  }

  #pendingUpdated(pod: PodId, fields: number, now: SimTime): void {
    const oldPod = this.#version(pod, NONE as NodeId)
    this.#remember(pod, Seen.Pending)
    if (!this.#queue.isResponsibleFor(pod)) return
    if (this.isAssumed(pod)) {
      if ((fields & Change.Deleting) !== 0) this.#assumedDeleted(pod, now)
      return
    }
    const newPod = this.#version(pod, NONE as NodeId)
    const action = podChanges(this.#snapshot.state, oldPod, newPod, (fields & Change.Status) !== 0)
    this.#queue.update(pod, { resource: 'UnscheduledPod', action, pod, oldPod, newPod }, now)
    if (oldPod.nominatedNode !== NONE && oldPod.nominatedNode !== newPod.nominatedNode) {
      this.#promiseEnded(pod, oldPod, now)
    }
  }

  #pendingRemoved(pod: PodId, now: SimTime): void {
    const oldPod = this.#version(pod, NONE as NodeId)
    if (!this.#queue.isResponsibleFor(pod)) return
    this.#queue.delete(pod, now)
    if (this.isAssumed(pod)) this.#assumedDeleted(pod, now)
    else if (oldPod.nominatedNode !== NONE) this.#promiseEnded(pod, oldPod, now)
  }

  /** What an assumed pod holds is given back at once; its binding goes on and will fail. */
  #assumedDeleted(pod: PodId, now: SimTime): void {
    const oldPod = this.#version(pod, this.#snapshot.nodeOf.values[pod] as NodeId)
    if (!this.#rejectWaiting(pod)) this.#takeOff(pod)
    this.#freed(pod, oldPod, now)
  }

  /** Pods no more important than this one took its nomination for a pod that is there. */
  #promiseEnded(pod: PodId, oldPod: PodVersion, now: SimTime): void {
    const { priority } = this.#snapshot.state.pods
    this.#freed(pod, oldPod, now, other => priority[other] <= priority[pod])
  }

  /** The pod has a node: the one it was assumed on, or one that somebody else chose. */
  #assigned(pod: PodId, wasPending: boolean, now: SimTime): void {
    const node = this.#snapshot.state.pods.nodeOf(pod)
    const countedOn = this.#snapshot.nodeOf.values[pod]
    this.#assumed.values[pod] = 0
    if (countedOn !== node) {
      if (countedOn !== NONE) this.#snapshot.removePod(pod)
      this.#count(pod, node)
    }
    this.#remember(pod, Seen.Assigned)
    const resource: EventResource = 'AssignedPod'
    if (this.#queue.isAwaited(resource, Action.Add)) {
      this.#queue.moveAll({ resource, action: Action.Add, pod, newPod: this.#version(pod, node) }, now)
    }
    if (wasPending && this.#queue.isResponsibleFor(pod)) this.#queue.delete(pod, now)
  }

  #assignedUpdated(pod: PodId, fields: number, now: SimTime): void {
    const { state } = this.#snapshot
    const node = state.pods.nodeOf(pod)
    const oldPod = this.#version(pod, node)
    this.#remember(pod, Seen.Assigned)
    const newPod = this.#version(pod, node)
    if (this.#snapshot.nodeOf.values[pod] !== NONE) {
      if ((fields & Change.Deleting) !== 0) this.#snapshot.markTerminating(pod)
      if (oldPod.template !== newPod.template || oldPod.labels !== newPod.labels) {
        this.#snapshot.removePod(pod)
        this.#count(pod, node)
      }
    }
    const action = podChanges(state, oldPod, newPod, (fields & Change.Status) !== 0)
    if (!this.#queue.isAwaited('AssignedPod', action)) return
    this.#queue.moveAll({ resource: 'AssignedPod', action, pod, oldPod, newPod }, now)
  }

  #assignedRemoved(pod: PodId, now: SimTime): void {
    const oldPod = this.#version(pod, this.#snapshot.state.pods.nodeOf(pod))
    if (this.#snapshot.nodeOf.values[pod] !== NONE) this.#snapshot.removePod(pod)
    this.#freed(pod, oldPod, now)
  }

  #freed(pod: PodId, oldPod: PodVersion, now: SimTime, admits?: (pod: PodId) => boolean): void {
    if (!this.#queue.isAwaited('AssignedPod', Action.Delete)) return
    this.#queue.moveAll({ resource: 'AssignedPod', action: Action.Delete, pod, oldPod }, now, admits)
  }

  /** A pod on a node that is gone, or not here yet, counts nowhere. */
  #count(pod: PodId, node: NodeId): void {
    if (isKnownNode(this.#snapshot, node)) this.#snapshot.addPod(pod, node)
  }

  #takeOff(pod: PodId): void {
    this.#assumed.values[pod] = 0
    if (this.#snapshot.nodeOf.values[pod] !== NONE) this.#snapshot.removePod(pod)
  }

  #remember(pod: PodId, seen: number): void {
    const { pods } = this.#snapshot.state
    this.#seen.values[pod] = seen
    this.#template.values[pod] = pods.template[pod]
    this.#labels.values[pod] = pods.labels[pod]
    this.#nominatedNode.values[pod] = pods.nominatedNode[pod]
  }

  /** The pod as it was last seen. */
  #version(pod: PodId, node: NodeId): PodVersion {
    return {
      template: this.#template.values[pod] as TemplateId,
      labels: this.#labels.values[pod] as LabelSetId,
      namespace: this.#snapshot.state.pods.namespace[pod] as NamespaceId,
      node,
      nominatedNode: this.#nominatedNode.values[pod] as NodeId,
    }
  }
}
