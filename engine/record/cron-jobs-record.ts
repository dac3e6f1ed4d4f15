/**
 * The record `cronjobs`: one row for each time that a CronJob was due: the Job that was started for it and how late,
 * or why none was.
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go, whose events give the reasons their names (1.36).
 * Simplified: a run due at the instant at which the schedule changes belongs to the old schedule.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import type { CronSchedule } from '../model/cron.js'
import { nextCronTime } from '../model/cron-next.js'
import type { CronSchedules } from '../model/cron-schedules.js'
import type { CronJobSpec, CronJobStatus } from '../model/jobs.js'
import type { WallClock } from '../model/wall-clock.js'
import { UTC } from '../model/zone-table.js'
import { Change } from '../state/change-log.js'
import type { StoredObject } from '../state/objects.js'
import type { ObjectRecord } from './object-record.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const CRON_JOBS_RECORD = defineRecord({
  name: 'cronjobs',
  about: 'One row each time a CronJob was due, in the order in which that was settled.',
  columns: [
    { name: 'namespace', type: 'text', about: 'Namespace.' },
    { name: 'name', type: 'text', about: 'Name of the CronJob.' },
    { name: 'due_s', type: 'time', about: 'When it was due; empty for runs started by hand.' },
    { name: 'outcome', type: 'text', about: 'started, skipped, manual, or due: not settled at the end.' },
    { name: 'started_s', type: 'time', about: 'When the Job was created.' },
    { name: 'late_s', type: 'time', about: 'From due_s to started_s.' },
    { name: 'job', type: 'name', about: 'Name of the Job.' },
    {
      name: 'reason',
      type: 'text',
      about:
        'Why it was skipped: JobAlreadyActive (Forbid), Suspended, or MissSchedule (too late, or a later run due).',
    },
  ],
})

const C = columnIndex(CRON_JOBS_RECORD)

/** What `kubectl create job --from` writes down. */
const INSTANTIATE = 'cronjob.kubernetes.io/instantiate'

const MISSED = 'MissSchedule'

/** The time of day, and schedules by their text. */
export interface Calendar {
  readonly clock: WallClock
  readonly schedules: CronSchedules
}

interface Due {
  /** Seconds since 1970. */
  readonly at: number
  readonly reason: string
}

interface KnownCronJob {
  readonly namespace: string
  readonly name: string
  spec: CronJobSpec
  isActive: boolean
  schedule: CronSchedule | undefined
  /** When it is due next; undefined: never. */
  next: number | undefined
  /** The latest due time, as long as no Job stands for it. */
  open: Due | undefined
}

export class CronJobsRecord implements ObjectRecord {
  readonly table: RecordTable
  readonly #calendar: Calendar
  /** By UID. */
  readonly #known = new Map<number, KnownCronJob>()

  constructor(calendar: Calendar, sink: RecordSink | undefined) {
    this.#calendar = calendar
    this.table = new RecordTable(CRON_JOBS_RECORD, sink)
  }

  objectChanged(object: StoredObject, fields: number, at: SimTime): void {
    if (object.kind === 'CronJob') {
      this.#cronJobChanged(object as StoredObject<CronJobSpec, CronJobStatus>, fields, at)
    } else if (object.kind === 'Job' && (fields & Change.Added) !== 0) {
      const owner = object.meta.owners.find(({ controller }) => controller)
      const known = owner === undefined ? undefined : this.#known.get(owner.uid)
      if (known !== undefined) this.#jobCreated(known, object, at)
    }
  }

  finish(end: SimTime): void {
    for (const known of this.#known.values()) {
      this.#pass(known, end)
      if (known.open !== undefined) this.#write(known, 'due', known.open)
    }
    this.#known.clear()
  }

  #cronJobChanged(
    { meta, spec, status }: StoredObject<CronJobSpec, CronJobStatus>,
    fields: number,
    at: SimTime,
  ): void {
    let known = this.#known.get(meta.uid)
    if (known === undefined) {
      const { namespace, name } = meta
      known = {
        namespace,
        name,
        spec,
        isActive: false,
        schedule: undefined,
        next: undefined,
        open: undefined,
      }
      this.#known.set(meta.uid, known)
      this.#reschedule(known, at)
    } else {
      this.#pass(known, at)
      const before = known.spec
      known.spec = spec
      if (before.schedule !== spec.schedule || before.timeZone !== spec.timeZone) this.#reschedule(known, at)
    }
    known.isActive = status.active.length > 0
    if ((fields & Change.Deleted) === 0) return
    this.#skipOpen(known)
    this.#known.delete(meta.uid)
  }

  #reschedule(known: KnownCronJob, at: SimTime): void {
    const { clock, schedules } = this.#calendar
    const schedule = schedules.of(known.spec)
    known.schedule = 'error' in schedule ? undefined : schedule
    known.next =
      known.schedule === undefined
        ? undefined
        : nextCronTime(known.schedule, clock.epochSecondsAt(clock.wholeSecond(at)), UTC)
  }

  /** Due times up to now; each one closes the one before. */
  #pass(known: KnownCronJob, at: SimTime): void {
    const now = this.#calendar.clock.epochSecondsAt(at)
    const { schedule } = known
    if (schedule === undefined) return
    while (known.next !== undefined && known.next <= now) {
      this.#skipOpen(known)
      known.open = { at: known.next, reason: reasonOf(known) }
      known.next = nextCronTime(schedule, known.next, UTC)
    }
  }

  #skipOpen(known: KnownCronJob): void {
    if (known.open !== undefined) this.#write(known, 'skipped', known.open)
    known.open = undefined
  }

  #jobCreated(known: KnownCronJob, { meta }: StoredObject, at: SimTime): void {
    this.#pass(known, at)
    if (meta.annotations[INSTANTIATE] === 'manual') {
      this.#write(known, 'manual', undefined, meta.name, at)
      return
    }
    // The name ends in the minute that the run was due in.
    const minute = Number(meta.name.slice(known.name.length + 1))
    const isOpen = known.open !== undefined && Math.floor(known.open.at / 60) === minute
    const due = isOpen ? known.open : { at: minute * 60, reason: '' }
    if (isOpen) known.open = undefined
    this.#write(known, 'started', due, meta.name, at)
  }

  #write(
    { namespace, name }: KnownCronJob,
    outcome: 'started' | 'skipped' | 'manual' | 'due',
    due: Due | undefined,
    job = '',
    startedAt?: SimTime,
  ): void {
    const { table } = this
    table.add()
    table.setText(C.namespace, namespace)
    table.setText(C.name, name)
    table.setText(C.outcome, outcome)
    table.setText(C.job, job)
    if (startedAt !== undefined) table.set(C.started_s, startedAt)
    if (due === undefined) return
    const dueAt = due.at * SECOND - this.#calendar.clock.epochMicros
    table.set(C.due_s, dueAt)
    if (startedAt !== undefined) table.set(C.late_s, startedAt - dueAt)
    // Not started yet is not missed.
    else if (outcome === 'skipped' || due.reason !== MISSED) table.setText(C.reason, due.reason)
  }
}

function reasonOf({ spec, isActive }: KnownCronJob): string {
  if (spec.suspend) return 'Suspended'
  return spec.concurrencyPolicy === 'Forbid' && isActive ? 'JobAlreadyActive' : MISSED
}
