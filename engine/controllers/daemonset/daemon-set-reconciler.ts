/**
 * Brings a DaemonSet closer to its spec: first the pods of each node are put right, then, when all that
 * has been seen, the rolling update takes a step, and the status is written whatever came of it.
 *
 * Upstream: syncDaemonSet, manage and syncNodes of pkg/controller/daemon/daemon_controller.go (1.36).
 * Simplified: see daemonset.ts.
 */
import { subjectOf } from '../../apiserver/event-recorder.js'
import type { PodDraft } from '../../apiserver/pod-draft.js'
import { Result } from '../../apiserver/result.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { DAEMON_SET_BURST } from '../../model/defaults.js'
import type { DaemonSetSpec, DaemonSetStatus } from '../../model/workloads.js'
import { Change, Source } from '../../state/change-log.js'
import { type NamespaceId, NONE, type NodeId, type ObjectId, type PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  WORKING,
} from '../controller.js'
import { controllerOf } from '../owned-objects.js'
import type { BatchOutcome, PodSource } from '../pod-control.js'
import { cleanUpHistory, constructHistory, type DaemonHistory } from './daemon-history.js'
import { type PlacementChange, placementChange } from './daemon-placement.js'
import { rollingChange } from './daemon-rolling-update.js'
import { daemonStatus, sameCounts } from './daemon-status.js'
import { daemonTemplate, PinnedNodes, pinnedTemplate } from './daemon-template.js'
import { DaemonView } from './daemon-view.js'
import { FailedPodsBackoff } from './failed-pods-backoff.js'
import { Eligibility, eligibility } from './node-eligibility.js'
import { VerdictsOfSets } from './node-verdicts.js'

const KIND = 'DaemonSet'

/** A sync whose pod requests are under way. */
interface UnderWay {
  readonly id: ObjectId
  readonly uid: number
  readonly history: DaemonHistory
  /** Putting nodes right comes before the rolling update. */
  readonly isRolling: boolean
  isCreating: boolean
  remove: { readonly pod: PodId; readonly uid: number }[]
  hasFailed: boolean
}

export class DaemonSetReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #underWay = new Map<number, UnderWay>()
  readonly #backoff = new FailedPodsBackoff()
  readonly #verdicts: VerdictsOfSets
  readonly #pinned: PinnedNodes
  /** The last one made: several steps of a sync mostly look at the same. */
  #view: DaemonView | undefined

  constructor(context: ControllerContext) {
    this.#context = context
    this.#verdicts = new VerdictsOfSets(context.state)
    this.#pinned = new PinnedNodes(context.state)
  }

  changed(source: Source, row: number, fields: number): void {
    if (source === Source.Pods) this.#podChanged(row as PodId, fields)
    else if (source === Source.Nodes) this.#nodeChanged(row as NodeId)
    else this.#revisionGone(row as ObjectId)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state, expectations, labels, events } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== KIND) {
      expectations.delete(key)
      this.#verdicts.forget(id)
      return DONE
    }
    const { meta, spec } = state.objects.get<DaemonSetSpec>(id)
    if (labels.of(spec.selector).isEverything) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.'
      events.record(subjectOf(state.objects.get(id)), 'Warning', 'SelectingAll', message)
      return DONE
    }
    if (meta.deletionAt !== NEVER) return DONE
    const history = constructHistory(this.#context, id)
    if (history === undefined) return RETRY
    if (!expectations.satisfied(key, now)) return this.#report(id, history, false, now) ? DONE : RETRY
    return this.#putRight(id, history, now)
  }

  resume(key: number, outcome: BatchOutcome, now: SimTime): ReconcileResult {
    const sync = this.#underWay.get(key) as UnderWay
    this.#underWay.delete(key)
    const { expectations, state } = this.#context
    if (sync.isCreating) {
      for (let i = outcome.accepted; i < outcome.wanted; i++) expectations.creationObserved(key)
    }
    if (outcome.refused > 0) sync.hasFailed = true
    if (!state.objects.exists(sync.id) || state.objects.get(sync.id).meta.uid !== sync.uid) return DONE
    if (sync.isCreating && this.#remove(key, sync)) return WORKING
    return this.#goOn(key, sync, now)
  }

  #putRight(id: ObjectId, history: DaemonHistory, now: SimTime): ReconcileResult {
    const { state, queue, events } = this.#context
    const view = this.#viewOf(id, history.hash, now)
    this.#backoff.forgetOld(now)
    const { status } = state.objects.get<DaemonSetSpec, DaemonSetStatus>(id)
    const change = placementChange({
      state,
      view,
      backoff: this.#backoff,
      observedGeneration: status.observedGeneration,
      requeueAfter: delay => queue.addAfter(id, delay),
      event: (type, reason, message) =>
        events.record(subjectOf(state.objects.get(id)), type, reason, message),
    })
    return this.#ask(view, history, false, change)
  }

  #viewOf(id: ObjectId, hash: string, now: SimTime): DaemonView {
    if (this.#view?.isStill(id, hash, now) === true) return this.#view
    const { spec } = this.#context.state.objects.get<DaemonSetSpec>(id)
    const verdicts = this.#verdicts.of(id, spec.template)
    this.#view = new DaemonView(this.#context, { verdicts, pinned: this.#pinned }, id, hash, now)
    return this.#view
  }

  /** Sends the requests for a change, creations first. */
  #ask(
    view: DaemonView,
    history: DaemonHistory,
    isRolling: boolean,
    { create, remove }: PlacementChange,
  ): ReconcileResult {
    const { expectations, pods, state } = this.#context
    const { id, meta, spec, now } = view
    const names = create.slice(0, DAEMON_SET_BURST)
    const { uid } = state.pods
    const going = remove.slice(0, DAEMON_SET_BURST).map(pod => ({ pod, uid: uid[pod] }))
    const goingUids = going.map(pod => pod.uid)
    expectations.expect(id, names.length, goingUids, now)
    const isCreating = names.length > 0
    const sync: UnderWay = {
      id,
      uid: meta.uid,
      history,
      isRolling,
      isCreating,
      remove: going,
      hasFailed: false,
    }
    if (isCreating) {
      this.#underWay.set(id, sync)
      pods.create(id, id, names.length, this.#source(spec, history.hash, names))
      return WORKING
    }
    return this.#remove(id, sync) ? WORKING : this.#goOn(id, sync, now)
  }

  #source(spec: DaemonSetSpec, hash: string, names: readonly string[]): PodSource {
    const { pods } = this.#context
    const template = daemonTemplate(spec.template, hash)
    return {
      fill: (draft: PodDraft, index) => pods.fillFromTemplate(draft, pinnedTemplate(template, names[index])),
    }
  }

  /** Whether there is anything to delete. */
  #remove(key: number, sync: UnderWay): boolean {
    const { state, pods, expectations } = this.#context
    const going: PodId[] = []
    for (const { pod, uid } of sync.remove) {
      if (state.pods.uid[pod] === uid && state.pods.exists(pod)) going.push(pod)
      else expectations.deletionObserved(key, uid)
    }
    if (going.length === 0) return false
    sync.isCreating = false
    this.#underWay.set(key, sync)
    pods.delete(key, sync.id, going)
    return true
  }

  /** After the requests of a step: the rolling update if all has been seen, else the end. */
  #goOn(key: number, sync: UnderWay, now: SimTime): ReconcileResult {
    const { state, expectations } = this.#context
    const { spec } = state.objects.get<DaemonSetSpec>(sync.id)
    let isWell = !sync.hasFailed
    if (isWell && !sync.isRolling && expectations.satisfied(key, now)) {
      if (spec.updateStrategy.type === 'RollingUpdate') {
        const view = this.#viewOf(sync.id, sync.history.hash, now)
        return this.#ask(view, sync.history, true, rollingChange(view))
      }
    }
    if (isWell) {
      const { pods } = this.#viewOf(sync.id, sync.history.hash, now)
      isWell = cleanUpHistory(this.#context, sync.history.old, pods, spec.revisionHistoryLimit)
    }
    return this.#report(sync.id, sync.history, true, now) && isWell ? DONE : RETRY
  }

  /** Writes the status if it tells anything new. Whether the server took it. */
  #report(id: ObjectId, history: DaemonHistory, isProcessed: boolean, now: SimTime): boolean {
    const context = this.#context
    const { state, api, queue } = context
    const { meta, spec, status } = state.objects.get<DaemonSetSpec, DaemonSetStatus>(id)
    const next = daemonStatus(this.#viewOf(id, history.hash, now), status)
    const isSame = sameCounts(status, next)
    let isTaken = true
    if (!isSame || status.observedGeneration < meta.generation) {
      context.charge()
      const observedGeneration = isProcessed ? meta.generation : status.observedGeneration
      if (!isSame || observedGeneration !== status.observedGeneration) {
        isTaken = api.objects.updateStatus(id, { ...next, observedGeneration }) === Result.Ok
      }
    }
    if (isTaken && spec.minReadySeconds > 0 && next.numberReady !== next.numberAvailable) {
      queue.addAfter(id, spec.minReadySeconds * SECOND)
    }
    return isTaken
  }

  #podChanged(pod: PodId, fields: number): void {
    const { state, expectations, queue } = this.#context
    const { pods } = state
    const owner = pods.owner[pod] as ObjectId
    if (owner === NONE) {
      const mayMatch = Change.Added | Change.Labels | Change.Ownership
      if ((fields & Change.Deleted) === 0 && (fields & mayMatch) !== 0) this.#orphanChanged(pod)
      return
    }
    if (state.objects.object[owner]?.kind !== KIND) return
    const isGoing = (fields & (Change.Deleted | Change.Deleting)) !== 0 || pods.isTerminating(pod)
    if (isGoing) expectations.deletionObserved(owner, pods.uid[pod])
    if ((fields & Change.Added) !== 0) expectations.creationObserved(owner)
    queue.add(owner)
    if (isGoing || (fields & Change.Ready) === 0 || pods.ready[pod] === 0) return
    const { minReadySeconds } = state.objects.get<DaemonSetSpec>(owner).spec
    // Upstream adds a second against clocks that differ by milliseconds.
    if (minReadySeconds > 0) queue.addAfter(owner, (minReadySeconds + 1) * SECOND)
  }

  /** Wakes the sets that want a pod on the node and have none, or have one and want none. */
  #nodeChanged(node: NodeId): void {
    const { state, informer, queue } = this.#context
    if (!state.nodes.exists(node)) return
    const { nextOnNode, owner } = state.pods
    const present = new Set<number>()
    for (let pod = state.nodes.firstPod[node]; pod !== NONE; pod = nextOnNode[pod]) present.add(owner[pod])
    for (const id of state.objects.ofKind(KIND)) {
      if (!informer.sees(state.objects.createdSequence[id], 0)) continue
      const { spec, status } = state.objects.get<DaemonSetSpec, DaemonSetStatus>(id)
      const verdict = eligibility(state, node, spec.template)
      const isConcerned = present.has(id)
        ? verdict === Eligibility.None || status.numberMisscheduled > 0
        : verdict === Eligibility.Run
      if (isConcerned) queue.add(id)
    }
  }

  #revisionGone(id: ObjectId): void {
    const { state, queue } = this.#context
    const controller = controllerOf(state.objects.get(id).meta.owners)
    if (controller?.kind !== KIND) return
    const owner = state.objects.findByUid(controller.uid)
    if (owner !== undefined) queue.add(owner)
  }

  #orphanChanged(pod: PodId): void {
    const { state, queue, labels } = this.#context
    const { pods } = state
    if (pods.isTerminating(pod)) return
    const namespace = state.namespaces.get(pods.namespace[pod] as NamespaceId)
    for (const id of state.objects.ofKind(KIND)) {
      const { meta, spec } = state.objects.get<DaemonSetSpec>(id)
      if (meta.namespace === namespace && labels.of(spec.selector).matches(pods.labelsOf(pod))) queue.add(id)
    }
  }
}
