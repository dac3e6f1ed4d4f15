/**
 * The StatefulSet controller: pods with stable names and claims, brought up, scaled down and updated in
 * order.
 *
 * Upstream: pkg/controller/statefulset/stateful_set.go and stateful_set_control.go (1.36).
 * Simplified: the check that own writes have been seen (StaleControllerConsistencyStatefulSet) is left
 * out: a pod that is not listed yet is asked for again, and the server says that it is there. A claim
 * deleted under a pending pod is noticed when it goes, not when the scheduler has written to the pod.
 */
import type { PodDraft } from '../../apiserver/pod-draft.js'
import { isRefused, Result } from '../../apiserver/result.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import type { StatefulSetSpec, StatefulSetStatus } from '../../model/workloads.js'
import { Change, Source } from '../../state/change-log.js'
import { type NamespaceId, NONE, type ObjectId, Phase, type PodId } from '../../state/ids.js'
import { claimEveryPod } from '../claim-pods.js'
import {
  type ControllerContext,
  DONE,
  defineController,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
  WORKING,
} from '../controller.js'
import { claimRevisions } from '../controller-revisions.js'
import { untilNextAvailable } from '../pod-availability.js'
import type { BatchOutcome, PodEventTexts, PodSource } from '../pod-control.js'
import { ordinalOf, podNameOf, statefulTemplate } from './stateful-pods.js'
import { findRevisions, truncateHistory } from './stateful-set-revisions.js'
import { isNews, withRolloutCompleted } from './stateful-set-status.js'
import { StatefulSetSync } from './stateful-set-sync.js'

const KIND = 'StatefulSet'
const CLAIM = 'PersistentVolumeClaim'
const { Added, Deleted, Deleting, Spec, Status, Labels, Ownership, Ready } = Change

export const statefulset = defineController({
  name: 'statefulset',
  source: 'statefulset-controller',
  args: {},
  workers: CONTROLLER_WORKERS.statefulset,
  watches: [
    {
      source: Source.Objects,
      kind: KIND,
      // The own status, too: with the current revision the history that may go changes.
      fields: Added | Deleted | Deleting | Spec | Status,
      key: (_, row) => row,
    },
    {
      source: Source.Pods,
      fields: Added | Deleted | Deleting | Labels | Ownership | Change.Phase | Ready,
      onlyWith: KIND,
    },
    { source: Source.Objects, kind: CLAIM, fields: Deleted },
  ],
  create: context => new StatefulSetReconciler(context),
})

/** What a sync does next when its requests have been answered. */
interface UnderWay {
  readonly sync: StatefulSetSync
  readonly isCreating: boolean
}

class StatefulSetReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #underWay = new Map<number, UnderWay>()

  constructor(context: ControllerContext) {
    this.#context = context
  }

  changed(source: Source, row: number, fields: number): void {
    if (source === Source.Objects) this.#claimGone(row as ObjectId)
    else this.#podChanged(row, fields)
  }

  #podChanged(row: number, fields: number): void {
    const { state, queue } = this.#context
    const { pods } = state
    const owner = pods.owner[row]
    if (owner === NONE) {
      const mayMatch = Added | Labels | Ownership
      if ((fields & Deleted) === 0 && (fields & mayMatch) !== 0) this.#orphanChanged(row as PodId)
      return
    }
    if (state.objects.object[owner]?.kind === KIND) queue.add(owner)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const context = this.#context
    const { objects } = context.state
    const id = key as ObjectId
    if (!objects.exists(id) || objects.get(id).kind !== KIND) return DONE
    const { meta, spec, status } = objects.get<StatefulSetSpec, StatefulSetStatus>(id)
    const matcher = context.labels.of(spec.selector)
    const revisions = claimRevisions(context, KIND, meta, matcher)
    const isMember = (pod: PodId): boolean =>
      ordinalOf(meta.name, context.state.pods.name[pod] as string) !== undefined
    const pods = claimEveryPod(context, id, matcher, isMember)
    const found = findRevisions(context, meta, spec, status, revisions)
    if (found === undefined) return RETRY
    const sync = new StatefulSetSync(context, id, found, { pods, revisions }, now)
    if (meta.deletionAt !== NEVER) return this.#finish(sync, now)
    const goesOn = sync.planReplicas()
    if (sync.missing.length === 0) {
      if (goesOn) sync.planTheRest()
      return this.#delete(key, sync, now)
    }
    this.#underWay.set(key, { sync, isCreating: true })
    const texts = textsOf(meta.name)
    context.pods.create(key, id, sync.missing.length, this.#source(sync), { texts })
    return WORKING
  }

  resume(key: number, outcome: BatchOutcome, now: SimTime): ReconcileResult {
    const { sync, isCreating } = this.#underWay.get(key) as UnderWay
    this.#underWay.delete(key)
    const { objects } = this.#context.state
    if (!objects.exists(sync.id) || objects.get(sync.id).meta.uid !== sync.meta.uid) return DONE
    if (outcome.refused > 0) sync.hasFailed = true
    if (!isCreating) return this.#finish(sync, now)
    const isParallel = sync.spec.podManagementPolicy === 'Parallel'
    if (isParallel && !sync.hasFailed) sync.planTheRest()
    return this.#delete(key, sync, now)
  }

  #source(sync: StatefulSetSync): PodSource {
    const { pods } = this.#context
    const { meta, spec, missing, claims } = sync
    return {
      fill: (draft: PodDraft, index) => {
        const ordinal = missing[index]
        const revision = sync.revisionFor(ordinal)
        const template = statefulTemplate(meta.name, spec.volumeClaimTemplates, revision, ordinal)
        pods.fillFromTemplate(draft, template)
        draft.name = podNameOf(meta.name, ordinal)
        draft.ordinal = ordinal
      },
      answered: (index, created) => {
        if (created === Result.AlreadyExists) return
        // The pod that upstream has at hand here has no UID yet.
        const isSet = claims.correctOwners(missing[index], NONE as PodId)
        if (!isSet || isRefused(created)) sync.hasFailed = true
      },
    }
  }

  #delete(key: number, sync: StatefulSetSync, now: SimTime): ReconcileResult {
    const { state, pods } = this.#context
    const going = sync.going.filter(({ pod, uid }) => state.pods.uid[pod] === uid).map(({ pod }) => pod)
    if (going.length === 0) return this.#finish(sync, now)
    this.#underWay.set(key, { sync, isCreating: false })
    pods.delete(key, sync.id, going, textsOf(sync.meta.name))
    return WORKING
  }

  #finish(sync: StatefulSetSync, now: SimTime): ReconcileResult {
    const context = this.#context
    const { state, api } = context
    const { id, spec, meta, found, revisions } = sync
    const next = withRolloutCompleted(sync.status, spec)
    let isWell = !sync.hasFailed
    if (isNews(state.objects.get<unknown, StatefulSetStatus>(id).status, next)) {
      context.charge()
      if (api.objects.updateStatus(id, next) !== Result.Ok) isWell = false
    }
    const live = new Set([found.current.name, found.update.name, ...sync.podRevisions])
    if (!truncateHistory(context, revisions, live, spec.revisionHistoryLimit)) isWell = false
    if (!isWell) return RETRY
    const { minReadySeconds, replicas } = spec
    if (minReadySeconds === 0 || next.availableReplicas === replicas || meta.deletionAt !== NEVER) return DONE
    const wait = untilNextAvailable(state.pods, sync.pods, minReadySeconds, context.clock, now)
    return requeueAfter(wait ?? minReadySeconds * SECOND)
  }

  /** A claim that somebody deleted is made anew while its pod is pending. */
  #claimGone(claim: ObjectId): void {
    const { state, queue } = this.#context
    const { meta } = state.objects.get(claim)
    const end = /^(?:.*)-\d+$/.test(meta.name) ? meta.name.lastIndexOf('-') : 0
    for (const id of state.objects.ofKind(KIND)) {
      const { meta: set, spec } = state.objects.get<StatefulSetSpec>(id)
      if (set.namespace !== meta.namespace || !meta.name.slice(0, end).endsWith(`-${set.name}`)) continue
      const pod = state.pods.find(state.namespaceId(set.namespace), set.name + meta.name.slice(end))
      if (pod === undefined || state.pods.phase[pod] !== Phase.Pending) continue
      if (spec.volumeClaimTemplates.length > 0) queue.add(id)
    }
  }

  #orphanChanged(pod: PodId): void {
    const { state, queue, labels } = this.#context
    const { pods } = state
    if (pods.isTerminating(pod)) return
    const namespace = state.namespaces.get(pods.namespace[pod] as NamespaceId)
    for (const id of state.objects.ofKind(KIND)) {
      const { meta, spec } = state.objects.get<StatefulSetSpec>(id)
      if (meta.namespace === namespace && labels.of(spec.selector).matches(pods.labelsOf(pod))) queue.add(id)
    }
  }
}

function textsOf(set: string): PodEventTexts {
  const text = (verb: string, pod: string): string => `${verb} Pod ${pod} in StatefulSet ${set}`
  return {
    created: pod => `${text('Create', pod)} successful`,
    creationFailed: (pod, result, said) =>
      result === Result.AlreadyExists ? undefined : `${text('Create', pod)} failed error: ${said}`,
    deleted: pod => `${text('Delete', pod)} successful`,
    deletionFailed: (pod, result) => {
      const why = result === Result.NotFound ? 'not found' : 'the server refused the request'
      return `${text('Delete', pod)} failed error: pods "${pod}" ${why}`
    },
  }
}
