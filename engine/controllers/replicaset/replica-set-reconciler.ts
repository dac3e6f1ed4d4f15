/**
 * Keeps the number of pods of a ReplicaSet or ReplicationController: creates missing ones in slow-start batches,
 * deletes surplus ones in the order of `podsToDelete`, and reports what it has. While its own writes have not come
 * back by the watch it counts nothing.
 *
 * Upstream: pkg/controller/replicaset/replica_set.go, pkg/controller/replication (1.36).
 * Simplified: the check that own writes have been seen (StaleControllerConsistencyReplicaSet) is left to the
 * expectations: fields are always fresh here, so a status of its own is never stale.
 */
import type { PodDraft } from '../../apiserver/pod-draft.js'
import { Result } from '../../apiserver/result.js'
import { type KeyedDraws, Streams } from '../../kernel/rng.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { REPLICA_SET_BURST } from '../../model/defaults.js'
import type { LabelSelector } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'
import type {
  PodTemplateSpec,
  ReplicaSetSpec,
  ReplicaSetStatus,
  ReplicationControllerSpec,
} from '../../model/workloads.js'
import { Change, type Source } from '../../state/change-log.js'
import { type NamespaceId, NONE, type ObjectId, type PodId } from '../../state/ids.js'
import { type ClaimedPods, claimPods } from '../claim-pods.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
  WORKING,
} from '../controller.js'
import type { LabelMatcher } from '../label-matches.js'
import { controllerOf } from '../owned-objects.js'
import { untilNextAvailable } from '../pod-availability.js'
import type { BatchOutcome, PodSource } from '../pod-control.js'
import { countByNode, podsToDelete } from './pods-to-delete.js'
import { calculateStatus, sameStatus, withFailure } from './replica-set-status.js'

type Spec = ReplicaSetSpec | ReplicationControllerSpec

/** What a sync found, and still needs when its pod requests have been answered. */
interface Found {
  /** From the pods as they were before the requests. */
  readonly status: ReplicaSetStatus
  /** When the next of the pods becomes available by itself; NEVER when none does. */
  readonly nextAvailableAt: SimTime
  readonly isCreating: boolean
  /** Of the object when its pods were counted. */
  readonly version: number
}

export class ReplicaSetReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #kind: string
  readonly #pending = new Map<number, Found>()
  readonly #uidDraws: KeyedDraws

  constructor(context: ControllerContext, kind: string) {
    this.#context = context
    this.#kind = kind
    this.#uidDraws = new Streams(context.kernel.seed).keyed('pod-uids')
  }

  changed(_: Source, row: number, fields: number): void {
    const { state, expectations, queue } = this.#context
    const { pods } = state
    const owner = pods.owner[row]
    if (owner === NONE) {
      const mayMatch = Change.Added | Change.Labels | Change.Ownership
      if ((fields & Change.Deleted) === 0 && (fields & mayMatch) !== 0) this.#orphanChanged(row as PodId)
      return
    }
    if (state.objects.object[owner]?.kind !== this.#kind) return
    const isGoing = (fields & (Change.Deleted | Change.Deleting)) !== 0 || pods.isTerminating(row as PodId)
    if (isGoing) expectations.deletionObserved(owner, pods.uid[row])
    if ((fields & Change.Added) !== 0) expectations.creationObserved(owner)
    queue.add(owner)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state, expectations } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== this.#kind) {
      expectations.delete(key)
      return DONE
    }
    const { meta, spec } = state.objects.get<Spec>(id)
    const needsSync = expectations.satisfied(key, now)
    const claimed = claimPods(this.#context, id, this.#matcher(spec.selector))
    const surplus = claimed.active.length - spec.replicas
    const found = this.#find(id, claimed, surplus < 0, now)
    if (!needsSync || meta.deletionAt !== NEVER || surplus === 0)
      return this.#report(id, found, undefined, now)
    this.#pending.set(key, found)
    if (surplus < 0) this.#create(id, spec.template, Math.min(-surplus, REPLICA_SET_BURST), now)
    else this.#delete(id, claimed.active, Math.min(surplus, REPLICA_SET_BURST), now)
    return WORKING
  }

  resume(key: number, outcome: BatchOutcome, now: SimTime): ReconcileResult {
    const found = this.#pending.get(key) as Found
    this.#pending.delete(key)
    const { expectations, state } = this.#context
    const id = key as ObjectId
    if (found.isCreating) {
      for (let i = outcome.accepted; i < outcome.wanted; i++) expectations.creationObserved(key)
    }
    if (!state.objects.exists(id) || state.objects.get(id).kind !== this.#kind) return DONE
    return this.#report(id, found, outcome.refused > 0 ? outcome.message : undefined, now)
  }

  #find(id: ObjectId, claimed: ClaimedPods, isCreating: boolean, now: SimTime): Found {
    const context = this.#context
    const { meta, spec, status: before } = context.state.objects.get<Spec, ReplicaSetStatus>(id)
    const status = calculateStatus(context, spec, before, claimed, now)
    const { minReadySeconds } = spec
    let nextAvailableAt = NEVER
    if (minReadySeconds > 0 && status.readyReplicas !== status.availableReplicas) {
      const wait = untilNextAvailable(context.state.pods, claimed.active, minReadySeconds, context.clock, now)
      nextAvailableAt = now + (wait ?? minReadySeconds * SECOND)
    }
    return { status, nextAvailableAt, isCreating, version: meta.resourceVersion }
  }

  #create(id: ObjectId, template: PodTemplateSpec, count: number, now: SimTime): void {
    const { expectations, pods } = this.#context
    expectations.expectCreations(id, count, now)
    const source: PodSource = {
      fill: (draft: PodDraft) => pods.fillFromTemplate(draft, template),
    }
    pods.create(id, id, count, source)
  }

  #delete(id: ObjectId, active: readonly PodId[], count: number, now: SimTime): void {
    const { state, expectations, clock, pods } = this.#context
    const view = {
      state,
      clock,
      now,
      ranks: this.#ranks(id),
      uidOrder: (pod: PodId) => this.#uidDraws.atName(state.pods.name[pod] as string),
    }
    const going = podsToDelete(view, active, count)
    const uids = going.map(pod => state.pods.uid[pod])
    expectations.expectDeletions(id, uids, now)
    pods.delete(id, id, going)
  }

  /** Pods on each node of all ReplicaSets with the same controller; without one nothing is ranked. */
  #ranks(id: ObjectId): Map<number, number> {
    const { state, owned, informer } = this.#context
    const counts = new Map<number, number>()
    const controller = controllerOf(state.objects.get(id).meta.owners)
    if (controller === undefined) return counts
    const { nextOfOwner, createdSequence } = state.pods
    for (const related of owned.of(controller.uid, this.#kind)) {
      for (let pod = state.objects.firstPod[related]; pod !== NONE; pod = nextOfOwner[pod]) {
        if (informer.sees(createdSequence[pod], 0)) countByNode(counts, state, pod as PodId)
      }
    }
    return counts
  }

  #report(id: ObjectId, found: Found, failure: string | undefined, now: SimTime): ReconcileResult {
    const context = this.#context
    const { state, api, clock } = context
    const { meta, status } = state.objects.get<Spec, ReplicaSetStatus>(id)
    const reason = found.isCreating ? 'FailedCreate' : 'FailedDelete'
    const calculated = withFailure(found.status, reason, failure, clock.wholeSecond(now))
    if (!sameStatus(status, calculated) || meta.generation !== status.observedGeneration) {
      // Changed since the sync began: the update conflicts, the object is read again, and then it works.
      if (meta.resourceVersion !== found.version) context.charge(2)
      context.charge()
      const { generation } = meta
      const isObserved = calculated.observedGeneration === generation
      const written = isObserved
        ? calculated
        : Object.assign({}, calculated, { observedGeneration: generation })
      if (api.objects.updateStatus(id, written) !== Result.Ok) return RETRY
    }
    if (failure !== undefined) return RETRY
    return found.nextAvailableAt === NEVER ? DONE : requeueAfter(Math.max(1, found.nextAvailableAt - now))
  }

  /** A pod nobody controls may be adopted by any ReplicaSet that selects it. */
  #orphanChanged(pod: PodId): void {
    const { state, queue } = this.#context
    const { pods } = state
    if (pods.isTerminating(pod)) return
    const namespace = state.namespaces.get(pods.namespace[pod] as NamespaceId)
    for (const id of state.objects.ofKind(this.#kind)) {
      const { meta, spec } = state.objects.get<Spec>(id)
      if (meta.namespace !== namespace) continue
      if (this.#matcher(spec.selector).matches(pods.labelsOf(pod))) queue.add(id)
    }
  }

  #matcher(selector: LabelSelector | Labels): LabelMatcher {
    const { labels } = this.#context
    return this.#kind === 'ReplicaSet' ? labels.of(selector) : labels.ofLabels(selector as Labels)
  }
}
