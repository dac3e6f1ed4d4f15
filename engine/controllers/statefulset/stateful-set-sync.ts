/**
 * One look of the StatefulSet controller at a set: decides which pods to create, delete or correct. In
 * order (OrderedReady) the first pod that is not as it should be ends the round; in Parallel all are dealt
 * with at once, and only a rolling update goes one by one.
 *
 * Upstream: updateStatefulSet of pkg/controller/statefulset/stateful_set_control.go (1.36), its gate
 * MaxUnavailableStatefulSet off as by default.
 * Simplified: in Parallel all creations come before all deletions, where upstream goes through the pods by
 * ordinal.
 */
import { type EventType, subjectOf } from '../../apiserver/event-recorder.js'
import type { SimTime } from '../../kernel/time.js'
import type { ObjectMeta } from '../../model/api-object.js'
import type { StatefulSetSpec, StatefulSetStatus } from '../../model/workloads.js'
import { NONE, type ObjectId, Phase, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { Revision } from '../controller-revisions.js'
import { isAvailable } from '../pod-availability.js'
import { StatefulClaims } from './stateful-claims.js'
import {
  hasIdentity,
  hasStorage,
  identityLabels,
  isInRange,
  isRunningAndReady,
  isUnavailable,
  ordinalOf,
  podNameOf,
  revisionNameOf,
} from './stateful-pods.js'
import type { StatefulSetRevisions } from './stateful-set-revisions.js'
import { countPods } from './stateful-set-status.js'

export class StatefulSetSync {
  readonly id: ObjectId
  readonly meta: ObjectMeta
  readonly spec: StatefulSetSpec
  readonly claims: StatefulClaims
  readonly pods: readonly PodId[]
  readonly revisions: readonly Revision[]
  readonly found: StatefulSetRevisions
  /** Names of the revisions the pods were made from. */
  readonly podRevisions: ReadonlySet<string>
  /** Taken from the pods before anything was asked for. */
  status: StatefulSetStatus
  /** Ordinals of pods to create. */
  readonly missing: number[] = []
  /** Pods to delete, the same one perhaps twice, and their UIDs. */
  readonly going: { readonly pod: PodId; readonly uid: number }[] = []
  hasFailed = false

  readonly #context: ControllerContext
  readonly #now: SimTime
  /** The set's pods by position, NONE for those that do not exist. */
  readonly #replicas: PodId[]
  /** Pods the set does not want, the highest ordinal first. */
  readonly #condemned: PodId[]
  readonly #firstUnavailable: PodId

  constructor(
    context: ControllerContext,
    id: ObjectId,
    found: StatefulSetRevisions,
    members: { readonly pods: readonly PodId[]; readonly revisions: readonly Revision[] },
    now: SimTime,
  ) {
    const { meta, spec, status } = context.state.objects.get<StatefulSetSpec, StatefulSetStatus>(id)
    this.#context = context
    this.#now = now
    this.id = id
    this.meta = meta
    this.spec = spec
    this.pods = members.pods
    this.revisions = members.revisions
    this.found = found
    this.podRevisions = new Set(members.pods.map(pod => revisionNameOf(context.state, pod)))
    this.claims = new StatefulClaims(context, id, meta, spec)
    const { collisionCount } = found
    const next: StatefulSetStatus = {
      ...status,
      observedGeneration: meta.generation,
      currentRevision: found.current.name,
      updateRevision: found.update.name,
      ...(collisionCount === undefined ? {} : { collisionCount }),
    }
    const { state, clock } = context
    const { minReadySeconds } = spec
    this.status = countPods(next, { state, clock, now, minReadySeconds, pods: members.pods })
    this.#replicas = new Array<PodId>(spec.replicas).fill(NONE as PodId)
    this.#condemned = []
    for (const pod of members.pods) {
      const ordinal = this.#ordinalOf(pod)
      if (isInRange(spec, ordinal)) this.#replicas[ordinal - spec.ordinals.start] = pod
      else this.#condemned.push(pod)
    }
    this.#condemned.sort((a, b) => this.#ordinalOf(b) - this.#ordinalOf(a))
    this.#firstUnavailable = this.#findFirstUnavailable()
  }

  /** What the living pods need. False: nothing else may be done in this round. */
  planReplicas(): boolean {
    for (let i = 0; i < this.#replicas.length; i++) {
      const goesOn = this.#planReplica(i)
      if (!goesOn && this.#isOrdered) return false
      if (this.hasFailed) return false
    }
    return true
  }

  /** After the pods have been created: scale down, then the next step of an update. */
  planTheRest(): void {
    if (!this.#planCondemned() || this.spec.updateStrategy.type === 'OnDelete') return
    const first = this.spec.updateStrategy.rollingUpdate?.partition ?? 0
    for (let i = this.#replicas.length - 1; i >= first; i--) {
      const pod = this.#replicas[i]
      // A pod asked for in this round is new, and not available yet.
      if (pod === NONE) return
      const { pods } = this.#context.state
      const isOld = revisionNameOf(this.#context.state, pod) !== this.found.update.name
      if (isOld && !pods.isTerminating(pod)) {
        this.#delete(pod)
        this.status = { ...this.status, currentReplicas: this.status.currentReplicas - 1 }
        return
      }
      if (this.#isUnavailable(pod)) return
    }
  }

  /** From which revision the pod of this ordinal is made: below the partition from the current one. */
  revisionFor(ordinal: number): Revision {
    const { updateStrategy, ordinals } = this.spec
    const { rollingUpdate, type } = updateStrategy
    const { currentReplicas } = this.#context.state.objects.get<unknown, StatefulSetStatus>(this.id).status
    const kept = rollingUpdate?.partition ?? (type === 'RollingUpdate' ? currentReplicas : 0)
    return ordinal < ordinals.start + kept ? this.found.current : this.found.update
  }

  event(type: EventType, reason: string, message: string): void {
    this.#context.events.record(subjectOf(this.#context.state.objects.get(this.id)), type, reason, message)
  }

  get #isOrdered(): boolean {
    return this.spec.podManagementPolicy !== 'Parallel'
  }

  /** Whether the round may go on with the next pod. */
  #planReplica(i: number): boolean {
    const { pods } = this.#context.state
    const pod = this.#replicas[i]
    const ordinal = this.spec.ordinals.start + i
    if (pod === NONE) {
      this.#planCreation(ordinal)
      return false
    }
    if (pods.isFinished(pod)) {
      // Its successor comes when the object is gone.
      if (!pods.isTerminating(pod)) this.#delete(pod)
      return false
    }
    if (pods.phase[pod] === Phase.Pending && !this.#completeClaims(ordinal, pod)) return false
    if (this.#isOrdered) {
      if (pods.isTerminating(pod) || !isRunningAndReady(pods, pod)) return false
      const { clock } = this.#context
      if (!isAvailable(pods, pod, this.spec.minReadySeconds, clock, this.#now)) return false
    }
    return this.#correct(pod, ordinal)
  }

  #planCreation(ordinal: number): void {
    if (this.claims.areStale(ordinal)) return
    const error = this.claims.createMissing(ordinal)
    if (error === undefined) {
      this.missing.push(ordinal)
      return
    }
    this.hasFailed = true
    this.event('Warning', 'FailedCreate', this.#failureText('Create', ordinal, error))
  }

  #completeClaims(ordinal: number, pod: PodId): boolean {
    const isDone = this.claims.createMissing(ordinal) === undefined && this.claims.correctOwners(ordinal, pod)
    if (!isDone) this.hasFailed = true
    return isDone
  }

  /** Restores identity, storage and the owners of claims. Whether the round may go on. */
  #correct(pod: PodId, ordinal: number): boolean {
    const { state, api } = this.#context
    const { volumeClaimTemplates } = this.spec
    const { name } = this.meta
    const isNamed = hasIdentity(state, pod, name, ordinal)
    const isMounted = hasStorage(state, pod, volumeClaimTemplates, name, ordinal)
    const isOwned = this.claims.areOwnersRight(ordinal, pod)
    if (isNamed && isMounted && isOwned) return true
    if (!isMounted) {
      const error = this.claims.createMissing(ordinal) ?? 'pod updates may not change the volumes'
      this.hasFailed = true
      this.event('Warning', 'FailedUpdate', this.#failureText('Update', ordinal, error))
      return false
    }
    if (!isOwned) this.claims.correctOwners(ordinal, pod)
    this.#context.charge()
    if (!isNamed) {
      const labels = { ...state.labelSets.get(state.pods.labelsOf(pod)), ...identityLabels(name, ordinal) }
      api.pods.patchLabels(pod, state.pods.uid[pod], state.labelsId(labels))
    }
    const podName = podNameOf(name, ordinal)
    this.event('Normal', 'SuccessfulUpdate', `Update Pod ${podName} in StatefulSet ${name} successful`)
    return true
  }

  /** Whether the round may go on to the rolling update. */
  #planCondemned(): boolean {
    const { pods } = this.#context.state
    for (const pod of this.#condemned) {
      const ordinal = this.#ordinalOf(pod)
      if (this.claims.areOwnersRight(ordinal, pod) || this.claims.correctOwners(ordinal, pod)) continue
      this.hasFailed = true
      return false
    }
    for (const pod of this.#condemned) {
      if (pods.isTerminating(pod)) {
        if (this.#isOrdered) return false
        continue
      }
      if (this.#isOrdered && pod !== this.#firstUnavailable) {
        if (!isRunningAndReady(pods, pod) || this.#isUnavailable(pod)) return false
      }
      this.#delete(pod)
      if (this.#isOrdered) return false
    }
    return true
  }

  #delete(pod: PodId): void {
    this.going.push({ pod, uid: this.#context.state.pods.uid[pod] })
  }

  #findFirstUnavailable(): PodId {
    for (const pod of this.#replicas) if (pod === NONE || this.#isUnavailable(pod)) return pod
    return this.#condemned.findLast(pod => this.#isUnavailable(pod)) ?? (NONE as PodId)
  }

  #isUnavailable(pod: PodId): boolean {
    const { state, clock } = this.#context
    return isUnavailable(state.pods, pod, this.spec.minReadySeconds, clock, this.#now)
  }

  #ordinalOf(pod: PodId): number {
    return ordinalOf(this.meta.name, this.#context.state.pods.name[pod] as string) ?? NONE
  }

  #failureText(verb: string, ordinal: number, error: string): string {
    const { name } = this.meta
    return `${verb} Pod ${podNameOf(name, ordinal)} in StatefulSet ${name} failed error: ${error}`
  }
}
