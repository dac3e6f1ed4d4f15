/**
 * Brings a Job to its end: keeps as many pods as it may have at a time, counts those that ended, and says
 * when it is complete, failed or suspended. A sync has up to four steps, each waiting for the requests of the
 * one before: pods are created or deleted, the status is written, finalizers are taken, the status is written
 * again.
 *
 * Upstream: pkg/controller/job/job_controller.go syncJob, manageJob (1.36).
 * Simplified: the completion index is no label of the pod, and pods of a CronJob's Jobs do not carry their
 * Job's name and UID as labels: sets of labels are interned, and one a pod, or one a run, would cost more
 * than the pods.
 */

import { subjectOf } from '../../apiserver/event-recorder.js'
import type { PodDraft } from '../../apiserver/pod-draft.js'
import { Result } from '../../apiserver/result.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { ObjectMeta } from '../../model/api-object.js'
import { JOB_BATCH_PERIOD } from '../../model/defaults.js'
import { finishedCondition } from '../../model/jobs.js'
import type { Labels } from '../../model/pod-spec.js'
import { Source } from '../../state/change-log.js'
import type { ObjectId, PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  WORKING,
} from '../controller.js'
import { controllerOf } from '../owned-objects.js'
import type { BatchOutcome } from '../pod-control.js'
import { ensureCondition, jobCondition } from './job-conditions.js'
import { planPods } from './job-plan.js'
import { JOB_TRACKING, type JobPod } from './job-pods.js'
import { beginSync, type JobSync } from './job-sync.js'
import { countReleased, enactEnding, type Tracking, trackEnds } from './job-tracking.js'
import { isJob, JobWatch, jobStatus, podOfKey } from './job-watch.js'
import { type FailureRecord, NO_FAILURES } from './pod-backoff.js'

/** What is under way for a key. */
type Step =
  | { readonly name: 'end' | 'create' }
  | { readonly name: 'release' | 'delete'; readonly pods: readonly JobPod[] }
  | { readonly name: 'track'; readonly tracking: Tracking }

interface Work {
  readonly sync: JobSync
  step: Step
}

export class JobReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #watch: JobWatch
  readonly #work = new Map<number, Work>()
  /** In memory only, as upstream's: a restart forgets the failures counted before it. */
  readonly #failures = new Map<number, FailureRecord>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#watch = new JobWatch(context)
  }

  changed(source: Source, row: number, fields: number): void {
    if (source === Source.Pods) this.#watch.podChanged(row as PodId, fields)
    else this.#watch.jobChanged(row as ObjectId, fields)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    if (key < 0) {
      this.#watch.freeOrphan(podOfKey(key))
      return DONE
    }
    const { state, expectations, queue } = this.#context
    const id = key as ObjectId
    if (
      !isJob(this.#context.state, id) ||
      finishedCondition(jobStatus(this.#context.state, id)) !== undefined
    ) {
      this.#failures.delete(key)
      if (!isJob(this.#context.state, id)) expectations.delete(key)
      return DONE
    }
    const sync = beginSync(this.#context, id, this.#failures.get(key) ?? NO_FAILURES, now)
    if (sync.deadlineIn !== undefined) queue.addAfter(key, sync.deadlineIn)
    const { active, ending } = sync
    if (ending !== undefined) {
      if (active.length === 0) return this.#ended(sync, 0, now)
      this.#work.set(key, { sync, step: { name: 'end' } })
      this.#context.pods.delete(key, id, rowsOf(active))
      return WORKING
    }
    const mayManage = sync.isSatisfied && state.objects.get(id).meta.deletionAt === NEVER
    return mayManage ? this.#manage(sync, now) : this.#concluded(sync, false, now)
  }

  resume(key: number, outcome: BatchOutcome, now: SimTime): ReconcileResult {
    const work = this.#work.get(key) as Work
    const { sync, step } = work
    const { expectations } = this.#context
    if (outcome.refused > 0) sync.hasFailed = true
    switch (step.name) {
      case 'end':
        return this.#ended(sync, outcome.accepted, now)
      case 'create':
        for (let i = outcome.accepted; i < outcome.wanted; i++) expectations.creationObserved(key)
        sync.activeCount += outcome.accepted
        return this.#concluded(sync, true, now)
      case 'release':
        if (!this.#isAlive(sync)) return this.#drop(sync)
        work.step = { name: 'delete', pods: step.pods }
        this.#context.pods.delete(key, sync.id, rowsOf(step.pods))
        return WORKING
      case 'delete':
        for (let i = 0; i < outcome.refused; i++) expectations.deletionCounted(key)
        this.#removed(sync, step.pods, outcome.accepted)
        return this.#concluded(sync, true, now)
      case 'track':
        break
    }
    return this.#tracked(sync, step.tracking, now)
  }

  #manage(sync: JobSync, now: SimTime): ReconcileResult {
    const { id } = sync
    const { expectations, pods, queue } = this.#context
    const plan = planPods(this.#context, sync, now)
    switch (plan.act) {
      case 'nothing':
        break
      case 'wait':
        queue.addAfter(id, Math.max(plan.delay, JOB_BATCH_PERIOD))
        break
      case 'delete': {
        expectations.expectDeletionCount(id, plan.pods.length, now)
        this.#work.set(id, { sync, step: { name: 'release', pods: plan.pods } })
        pods.release(id, id, rowsOf(plan.pods), JOB_TRACKING)
        return WORKING
      }
      case 'create':
        expectations.expectCreations(id, plan.indexes.length, now)
        this.#work.set(id, { sync, step: { name: 'create' } })
        this.#create(sync, plan.indexes)
        return WORKING
    }
    return this.#concluded(sync, true, now)
  }

  #create(sync: JobSync, indexes: readonly number[]): void {
    const { pods, state } = this.#context
    const { id, spec, awaitingSuccessor } = sync
    const labels = podLabels(state.objects.get(id).meta, spec.template.metadata.labels)
    const labelsId = state.labelsId(labels)
    const { finalizers: own = [] } = spec.template.metadata
    const finalizers = own.includes(JOB_TRACKING) ? own : [...own, JOB_TRACKING]
    const fill = (draft: PodDraft, i: number): void => {
      pods.fillFromTemplate(draft, spec.template)
      const index = indexes[i]
      draft.labels = labelsId
      draft.ordinal = index
      draft.finalizers = finalizers
      const replaced = awaitingSuccessor.get(index)
      if (replaced === undefined) return
      const { indexFailures, indexIgnoredFailures, verdict } = replaced
      draft.indexFailures = indexFailures + (verdict.counted ? 1 : 0)
      draft.indexIgnoredFailures = indexIgnoredFailures + (verdict.counted ? 0 : 1)
    }
    pods.create(id, id, indexes.length, { fill })
  }

  /** The active pods of a Job that ends have been deleted. */
  #ended(sync: JobSync, deleted: number, now: SimTime): ReconcileResult {
    // Pods that are not gone, or not even seen, forbid to call the Job finished.
    if (deleted !== sync.active.length || !sync.isSatisfied) sync.ending = undefined
    this.#removed(sync, sync.active, deleted)
    return this.#flush(sync, now)
  }

  #removed(sync: JobSync, pods: readonly JobPod[], deleted: number): void {
    sync.activeCount -= deleted
    sync.terminatingCount += deleted
    sync.readyCount -= pods.filter(({ isReady }) => isReady).length
  }

  /** Pods are as they should be: is the Job complete, suspended, resumed? */
  #concluded(sync: JobSync, isManaged: boolean, now: SimTime): ReconcileResult {
    const { spec, succeeded, activeCount, status } = sync
    const at = this.#context.clock.wholeSecond(now)
    if (activeCount === 0 && succeeded >= (spec.completions ?? 1)) {
      const message = 'Reached expected number of succeeded pods'
      sync.ending = jobCondition('SuccessCriteriaMet', 'CompletionsReached', message, at)
    } else if (isManaged) {
      const wanted = spec.suspend
        ? jobCondition('Suspended', 'JobSuspended', 'Job suspended', at)
        : jobCondition('Suspended', 'JobResumed', 'Job resumed', at, 'False')
      const conditions = ensureCondition(status.conditions, wanted)
      if (conditions !== status.conditions) {
        status.conditions = conditions
        sync.isChanged = true
        this.#event(sync, 'Normal', spec.suspend ? 'Suspended' : 'Resumed', wanted.message)
        if (spec.suspend) delete status.startTime
        else status.startTime = at
      }
    }
    return this.#flush(sync, now)
  }

  /** The first write, and the finalizers that may go after it. */
  #flush(sync: JobSync, now: SimTime): ReconcileResult {
    const { id, status, activeCount, readyCount, terminatingCount } = sync
    const isSame =
      status.active === activeCount && status.ready === readyCount && status.terminating === terminatingCount
    if (!isSame) sync.isChanged = true
    status.active = activeCount
    status.ready = readyCount
    status.terminating = terminatingCount
    const tracking = trackEnds(sync, this.#context.clock.wholeSecond(now))
    if (sync.isChanged) {
      if (!this.#write(sync)) return this.#drop(sync)
      this.#failures.set(id, sync.backoff)
    }
    if (tracking.released.length === 0) return this.#tracked(sync, tracking, now)
    this.#work.set(id, { sync, step: { name: 'track', tracking } })
    this.#context.pods.release(id, id, rowsOf(tracking.released), JOB_TRACKING)
    return WORKING
  }

  /** The finalizers are gone: the last write, and the end. */
  #tracked(sync: JobSync, { released, tracked, isFull }: Tracking, now: SimTime): ReconcileResult {
    const { id, status, spec, ending } = sync
    this.#work.delete(id)
    for (const { uid } of released) tracked.delete(uid)
    const isCounted = countReleased(status, tracked)
    const hasEnded = !isFull && enactEnding(sync, this.#context.clock.wholeSecond(now))
    if ((isCounted || hasEnded) && !this.#write(sync)) return this.#drop(sync)
    if (hasEnded && ending !== undefined) {
      const { type, reason, message } = ending
      if (type === 'Complete') {
        if (spec.completions !== undefined && status.succeeded > spec.completions) {
          const surplus = 'Too many succeeded pods running after completion count reached'
          this.#event(sync, 'Warning', 'TooManySucceededPods', surplus)
        }
        this.#event(sync, 'Normal', 'Completed', 'Job completed')
      } else {
        this.#event(sync, 'Warning', reason, message)
      }
    }
    return sync.hasFailed ? RETRY : DONE
  }

  /** False when the Job has gone while requests were under way. */
  #write(sync: JobSync): boolean {
    const { id, status } = sync
    if (!this.#isAlive(sync)) return false
    this.#context.charge()
    return this.#context.api.objects.updateStatus(id, { ...status }) === Result.Ok
  }

  #drop({ id }: JobSync): ReconcileResult {
    this.#work.delete(id)
    return RETRY
  }

  #event(sync: JobSync, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { state, events } = this.#context
    if (this.#isAlive(sync)) events.record(subjectOf(state.objects.get(sync.id)), type, reason, message)
  }

  #isAlive({ id, uid }: JobSync): boolean {
    const { state } = this.#context
    return isJob(state, id) && state.objects.get(id).meta.uid === uid
  }
}

/** The labels of the template and those that name the Job. */
function podLabels({ name, uid, owners }: ObjectMeta, labels: Labels): Labels {
  if (controllerOf(owners)?.kind === 'CronJob') return labels
  return {
    ...labels,
    'batch.kubernetes.io/controller-uid': String(uid),
    'batch.kubernetes.io/job-name': name,
    'controller-uid': String(uid),
    'job-name': name,
  }
}

function rowsOf(pods: readonly JobPod[]): PodId[] {
  return pods.map(({ pod }) => pod)
}
