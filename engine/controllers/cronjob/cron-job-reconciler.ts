/**
 * Starts the Jobs of a CronJob when they are due: the latest run that was missed, unless it is too late, was
 * started already, or another one is running and may not be joined. Keeps the list of running Jobs and the
 * history.
 *
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go (1.36).
 * Simplified: nothing known.
 */
import { type EventType, subjectOf } from '../../apiserver/event-recorder.js'
import { isRefused, Result } from '../../apiserver/result.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { CronSchedule } from '../../model/cron.js'
import { CronSchedules } from '../../model/cron-schedules.js'
import { quoted } from '../../model/field-error.js'
import type { ActiveJob, CronJobSpec, CronJobStatus } from '../../model/jobs.js'
import { UTC } from '../../model/zone-table.js'
import { Change, type Source } from '../../state/change-log.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { controllerOf } from '../owned-objects.js'
import { anchorOf } from './anchor.js'
import { mostRecentSchedule, secondsUntilNext } from './missed-schedules.js'
import { type OwnedJob, ownedJobs, surplusJobs } from './owned-jobs.js'
import { rfc1123, runName, runOf } from './scheduled-run.js'

type CronJob = StoredObject<CronJobSpec, CronJobStatus>

/** A CronJob under work: the status is written once, at the end. */
interface CronJobSync {
  readonly id: ObjectId
  readonly cronJob: CronJob
  active: readonly ActiveJob[]
  lastScheduleTime: SimTime | undefined
  lastSuccessfulTime: SimTime | undefined
  isChanged: boolean
}

export class CronJobReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #schedules: CronSchedules
  /** Schedule and zone of each CronJob as last seen. */
  readonly #seen = new Map<number, string>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#schedules = new CronSchedules(context.zones)
  }

  changed(_: Source, row: number, fields: number, now: SimTime): void {
    const { state, queue } = this.#context
    const id = row as ObjectId
    const { kind, meta } = state.objects.get(id)
    if (kind === 'CronJob') {
      this.#cronJobChanged(id, fields, now)
      return
    }
    const owner = controllerOf(meta.owners)
    if (owner?.kind !== 'CronJob') return
    const cronJob = state.objects.findByUid(owner.uid)
    if (cronJob !== undefined) queue.add(cronJob)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { state } = this.#context
    const id = key as ObjectId
    if (!state.objects.exists(id) || state.objects.get(id).kind !== 'CronJob') {
      this.#seen.delete(key)
      return DONE
    }
    const cronJob = state.objects.get<CronJobSpec, CronJobStatus>(id)
    const { active, lastScheduleTime, lastSuccessfulTime } = cronJob.status
    const sync: CronJobSync = { id, cronJob, active, lastScheduleTime, lastSuccessfulTime, isChanged: false }
    const jobs = ownedJobs(this.#context, cronJob.meta.uid)
    for (const job of surplusJobs(cronJob.spec, jobs)) this.#deleteJob(sync, job)
    this.#noteJobs(sync, jobs)
    const result = this.#schedule(sync, now)
    return this.#write(sync) ? result : RETRY
  }

  /** A changed schedule decides when to look again; anything else is looked at now. */
  #cronJobChanged(id: ObjectId, fields: number, now: SimTime): void {
    const { state, queue } = this.#context
    const { objects } = state
    const isThere = objects.exists(id) && (fields & Change.Deleted) === 0
    if (!isThere) {
      queue.add(id)
      return
    }
    const cronJob = objects.get<CronJobSpec, CronJobStatus>(id)
    const { schedule, timeZone = '' } = cronJob.spec
    const written = `${timeZone}\n${schedule}`
    const before = this.#seen.get(id)
    this.#seen.set(id, written)
    if (before === undefined || before === written || (fields & Change.Added) !== 0) {
      queue.add(id)
      return
    }
    const parsed = this.#schedules.of(cronJob.spec)
    if ('error' in parsed) {
      const message = `unparseable schedule for cronjob: ${schedule}`
      this.#context.events.record(subjectOf(cronJob), 'Warning', 'UnParseableCronJobSchedule', message)
      return
    }
    queue.addAfter(id, this.#untilNext(cronJob, cronJob.status.lastScheduleTime, parsed, now))
  }

  /** Takes ended and missing Jobs from the list of running ones, and keeps the time of the last success. */
  #noteJobs(sync: CronJobSync, jobs: readonly OwnedJob[]): void {
    for (const { uid, name, finished, completionTime } of jobs) {
      const isListed = sync.active.some(active => active.uid === uid)
      if (finished === undefined) {
        if (isListed) continue
        const message = `Saw a job that the controller did not create or forgot: ${name}`
        this.#event(sync, 'Warning', 'UnexpectedJob', message)
        continue
      }
      if (isListed) {
        this.#unlist(sync, uid)
        this.#event(sync, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${finished}`)
      }
      if (finished !== 'Complete' || completionTime === undefined) continue
      if (sync.lastSuccessfulTime !== undefined && completionTime <= sync.lastSuccessfulTime) continue
      sync.lastSuccessfulTime = completionTime
      sync.isChanged = true
    }
    const { objects } = this.#context.state
    const known = new Set(jobs.map(({ uid }) => uid))
    for (const { uid, name } of sync.active) {
      if (known.has(uid)) continue
      const found = objects.find('Job', sync.cronJob.meta.namespace, name)
      if (found !== undefined) continue
      this.#event(sync, 'Normal', 'MissingJob', `Active job went missing: ${name}`)
      this.#unlist(sync, uid)
    }
  }

  #schedule(sync: CronJobSync, now: SimTime): ReconcileResult {
    const { spec, meta } = sync.cronJob
    if (meta.deletionAt !== NEVER) return DONE
    const { zones, clock } = this.#context
    if (spec.timeZone !== undefined && zones(spec.timeZone) === undefined) {
      const message = `invalid timeZone: ${quoted(spec.timeZone)}: unknown time zone ${spec.timeZone}`
      this.#event(sync, 'Warning', 'UnknownTimeZone', message)
      return DONE
    }
    if (spec.suspend) return DONE
    if (spec.schedule.includes('TZ')) this.#warnOfZone(sync)
    const schedule = this.#schedules.of(spec)
    if ('error' in schedule) {
      const message = `unparseable schedule: ${quoted(spec.schedule)} : ${schedule.error}`
      this.#event(sync, 'Warning', 'UnparseableSchedule', message)
      return DONE
    }
    const seconds = clock.epochSecondsAt(now)
    const anchor = anchorOf(clock, sync.cronJob, sync.lastScheduleTime)
    const due = mostRecentSchedule(anchor, seconds, schedule, 'with deadline')
    if (due.mostRecent === undefined && due.error !== undefined) {
      this.#event(sync, 'Warning', 'InvalidSchedule', `invalid schedule: ${spec.schedule} : ${due.error}`)
      return DONE
    }
    if (due.mostRecent !== undefined) {
      if (due.missed === 'many') {
        const hint = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew'
        this.#event(sync, 'Warning', 'TooManyMissedTimes', `too many missed start times. ${hint}`)
      }
      const outcome = this.#runDue(sync, due.mostRecent, seconds)
      if (outcome !== undefined) return outcome
    }
    const wait = this.#untilNext(sync.cronJob, sync.lastScheduleTime, schedule, now)
    return requeueAfter(Math.max(1, wait))
  }

  /**
   * Starts the run, unless something speaks against it; a result when the next run is not to be waited for.
   */
  #runDue(sync: CronJobSync, at: number, seconds: number): ReconcileResult | undefined {
    const { spec, meta } = sync.cronJob
    const { startingDeadlineSeconds, concurrencyPolicy } = spec
    if (startingDeadlineSeconds !== undefined && at + startingDeadlineSeconds < seconds) {
      const message = `Missed scheduled time to start a job: ${rfc1123(at, UTC)}`
      this.#event(sync, 'Warning', 'MissSchedule', message)
      return undefined
    }
    const name = runName(meta.name, at)
    const isStarted = sync.active.some(active => active.name === name)
    if (isStarted || sync.lastScheduleTime === this.#timeOf(at)) return undefined
    if (concurrencyPolicy === 'Forbid' && sync.active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
      this.#event(sync, 'Normal', 'JobAlreadyActive', message)
      return undefined
    }
    if (concurrencyPolicy === 'Replace' && !this.#replace(sync)) return RETRY
    return this.#start(sync, at)
  }

  #replace(sync: CronJobSync): boolean {
    const { objects } = this.#context.state
    for (const { name, uid } of sync.active) {
      const id = objects.find('Job', sync.cronJob.meta.namespace, name)
      if (id === undefined) {
        this.#event(sync, 'Warning', 'FailedGet', `Get job: jobs.batch "${name}" not found`)
        return false
      }
      if (!this.#deleteJob(sync, { id, name, uid })) return false
    }
    return true
  }

  #start(sync: CronJobSync, at: number): ReconcileResult | undefined {
    const { api, state, zones } = this.#context
    const { cronJob } = sync
    const draft = runOf(cronJob, at, zones(cronJob.spec.timeZone ?? 'UTC') ?? UTC)
    this.#context.charge()
    const created = api.objects.create(draft)
    let id: ObjectId | undefined
    if (!isRefused(created)) {
      id = created
      this.#event(sync, 'Normal', 'SuccessfulCreate', `Created job ${draft.name}`)
    } else if (created === Result.AlreadyExists) {
      id = state.objects.find('Job', draft.namespace, draft.name)
      if (id === undefined) return RETRY
      const { owners, uid } = state.objects.get(id).meta
      const isOwn = controllerOf(owners)?.uid === cronJob.meta.uid
      if (!isOwn || sync.active.some(active => active.uid === uid)) return DONE
    } else {
      if (created !== Result.NamespaceTerminating) {
        const message = `Error creating job: jobs.batch "${draft.name}" is forbidden`
        this.#event(sync, 'Warning', 'FailedCreate', message)
      }
      return RETRY
    }
    sync.active = [...sync.active, { name: draft.name, uid: state.objects.get(id).meta.uid }]
    sync.lastScheduleTime = this.#timeOf(at)
    sync.isChanged = true
    return undefined
  }

  #deleteJob(sync: CronJobSync, { id, name, uid }: Pick<OwnedJob, 'id' | 'name' | 'uid'>): boolean {
    this.#context.charge()
    if (this.#context.api.objects.delete(id, 'Background') !== Result.Ok) {
      this.#event(sync, 'Warning', 'FailedDelete', `Deleted job: jobs.batch "${name}" not found`)
      return false
    }
    this.#unlist(sync, uid)
    sync.isChanged = true
    this.#event(sync, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
    return true
  }

  #unlist(sync: CronJobSync, uid: number): void {
    sync.active = sync.active.filter(active => active.uid !== uid)
    sync.isChanged = true
  }

  /** False when the CronJob could not be written. */
  #write({ id, active, lastScheduleTime, lastSuccessfulTime, isChanged }: CronJobSync): boolean {
    if (!isChanged) return true
    this.#context.charge()
    const status: CronJobStatus = {
      active,
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    }
    return this.#context.api.objects.updateStatus(id, status) === Result.Ok
  }

  #untilNext(
    cronJob: CronJob,
    lastScheduleTime: SimTime | undefined,
    schedule: CronSchedule,
    now: SimTime,
  ): SimTime {
    const { clock } = this.#context
    const anchor = anchorOf(clock, cronJob, lastScheduleTime)
    const seconds = clock.epochSecondsAt(now)
    return Math.round(secondsUntilNext(anchor, seconds, schedule) * SECOND)
  }

  /** The virtual time of a whole second since 1970. */
  #timeOf(seconds: number): SimTime {
    return seconds * SECOND - this.#context.clock.epochMicros
  }

  #warnOfZone(sync: CronJobSync): void {
    const { schedule } = sync.cronJob.spec
    const page = 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/'
    const fault = `CRON_TZ or TZ used in schedule ${quoted(schedule)} is not officially supported`
    const message = `${fault}, see ${page} for more details`
    this.#event(sync, 'Warning', 'UnsupportedSchedule', message)
  }

  #event({ cronJob }: CronJobSync, type: EventType, reason: string, message: string): void {
    this.#context.events.record(subjectOf(cronJob), type, reason, message)
  }
}
