/**
 * The record `jobs`: one row a Job, written when the object leaves the store or, for those left, at the end.
 * Upstream: status and conditions of staging/src/k8s.io/api/batch/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { finishedCondition, type JobSpec, type JobStatus } from '../model/jobs.js'
import { Change } from '../state/change-log.js'
import type { StoredObject } from '../state/objects.js'
import type { ObjectRecord } from './object-record.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const JOBS_RECORD = defineRecord({
  name: 'jobs',
  about: 'One row a Job, in the order in which Jobs left the cluster; those left at the end follow by age.',
  columns: [
    { name: 'namespace', type: 'text', about: 'Namespace.' },
    { name: 'name', type: 'name', about: 'Name.' },
    { name: 'cron_job', type: 'text', about: 'The CronJob it is a run of.' },
    { name: 'parallelism', type: 'integer', about: 'Pods it may have at a time.' },
    { name: 'completions', type: 'integer', about: 'Pods that must succeed; empty: any number.' },
    { name: 'created_s', type: 'time', about: 'The object was created.' },
    { name: 'started_s', type: 'time', about: 'It was first not suspended.' },
    { name: 'finished_s', type: 'time', about: 'It became Complete or Failed.' },
    { name: 'deleted_s', type: 'time', about: 'The object was removed.' },
    { name: 'duration_s', type: 'time', about: 'From started_s to finished_s.' },
    { name: 'outcome', type: 'text', about: 'complete, failed, deleted, suspended or running.' },
    { name: 'reason', type: 'text', about: 'Reason of the condition Complete or Failed.' },
    { name: 'active', type: 'integer', about: 'Pods that were running or waiting in the end.' },
    { name: 'succeeded', type: 'integer', about: 'Pods that succeeded.' },
    { name: 'failed', type: 'integer', about: 'Pods that failed.' },
  ],
})

const C = columnIndex(JOBS_RECORD)

type Job = StoredObject<JobSpec, JobStatus>

interface KnownJob {
  readonly job: Job
  startedAt: SimTime | undefined
  finishedAt: SimTime | undefined
}

export class JobsRecord implements ObjectRecord {
  readonly table: RecordTable
  /** By UID, in order of creation. */
  readonly #jobs = new Map<number, KnownJob>()

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(JOBS_RECORD, sink)
  }

  objectChanged(object: StoredObject, fields: number, at: SimTime): void {
    if (object.kind !== 'Job') return
    const job = object as Job
    const { uid } = job.meta
    let known = this.#jobs.get(uid)
    if (known === undefined) {
      known = { job, startedAt: undefined, finishedAt: undefined }
      this.#jobs.set(uid, known)
    }
    if (known.startedAt === undefined && job.status.startTime !== undefined) known.startedAt = at
    if (known.finishedAt === undefined && finishedCondition(job.status) !== undefined) known.finishedAt = at
    if ((fields & Change.Deleted) === 0) return
    this.#jobs.delete(uid)
    this.#write(known, at)
  }

  finish(): void {
    for (const known of this.#jobs.values()) this.#write(known, undefined)
    this.#jobs.clear()
  }

  #write({ job, startedAt, finishedAt }: KnownJob, deletedAt: SimTime | undefined): void {
    const { table } = this
    const { meta, spec, status } = job
    const owner = meta.owners.find(({ controller }) => controller)
    table.add()
    table.setText(C.namespace, meta.namespace)
    table.setText(C.name, meta.name)
    table.setText(C.cron_job, owner?.kind === 'CronJob' ? owner.name : '')
    table.set(C.parallelism, spec.parallelism)
    if (spec.completions !== undefined) table.set(C.completions, spec.completions)
    table.set(C.created_s, meta.createdAt)
    if (startedAt !== undefined) table.set(C.started_s, startedAt)
    if (finishedAt !== undefined) table.set(C.finished_s, finishedAt)
    if (deletedAt !== undefined) table.set(C.deleted_s, deletedAt)
    if (startedAt !== undefined && finishedAt !== undefined) table.set(C.duration_s, finishedAt - startedAt)
    table.setText(C.outcome, outcomeOf(job, deletedAt !== undefined))
    table.setText(C.reason, finishedCondition(status)?.reason ?? '')
    table.set(C.active, status.active)
    table.set(C.succeeded, status.succeeded)
    table.set(C.failed, status.failed)
  }
}

function outcomeOf({ spec, status }: Job, isDeleted: boolean): string {
  const finished = finishedCondition(status)
  if (finished !== undefined) return finished.type === 'Complete' ? 'complete' : 'failed'
  if (isDeleted) return 'deleted'
  return spec.suspend ? 'suspended' : 'running'
}
