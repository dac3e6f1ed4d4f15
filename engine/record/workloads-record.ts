/**
 * The record `workloads`: one row each time the counts of a Deployment, StatefulSet, DaemonSet, ReplicaSet or
 * ReplicationController change, so that they can be drawn over time. A ReplicaSet of a Deployment has none.
 * Upstream: the status fields of staging/src/k8s.io/api/apps/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { Change } from '../state/change-log.js'
import type { StoredObject } from '../state/objects.js'
import type { ObjectRecord } from './object-record.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'
import { type WorkloadCounts, workloadCounts } from './workload-counts.js'

export const WORKLOADS_RECORD = defineRecord({
  name: 'workloads',
  about: 'One row each time the counts of a workload change, in the order of virtual time.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When they changed.' },
    { name: 'kind', type: 'text', about: 'Kind of the workload.' },
    { name: 'namespace', type: 'text', about: 'Its namespace.' },
    { name: 'name', type: 'text', about: 'Its name.' },
    { name: 'revision', type: 'text', about: 'Revision of its template, where its kind counts them.' },
    { name: 'desired', type: 'integer', about: 'Pods it is to have; 0 once it is gone.' },
    { name: 'total', type: 'integer', about: 'Pods it has, those being deleted left out.' },
    { name: 'updated', type: 'integer', about: 'Pods of the newest template.' },
    { name: 'ready', type: 'integer', about: 'Pods that are Ready.' },
    { name: 'available', type: 'integer', about: 'Pods that have been Ready for minReadySeconds.' },
  ],
})

const C = columnIndex(WORKLOADS_RECORD)

const GONE: WorkloadCounts = {
  revision: '',
  desired: 0,
  total: 0,
  updated: 0,
  ready: 0,
  available: 0,
  isRolledOut: true,
}

export class WorkloadsRecord implements ObjectRecord {
  readonly table: RecordTable
  /** By UID. */
  readonly #latest = new Map<number, WorkloadCounts>()

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(WORKLOADS_RECORD, sink)
  }

  objectChanged(object: StoredObject, fields: number, at: SimTime): void {
    const counts = workloadCounts(object)
    if (counts === undefined) return
    const { uid } = object.meta
    if ((fields & Change.Deleted) !== 0) {
      this.#latest.delete(uid)
      this.#write(object, GONE, at)
      return
    }
    const before = this.#latest.get(uid)
    this.#latest.set(uid, counts)
    if (before === undefined || !sameCounts(before, counts)) this.#write(object, counts, at)
  }

  finish(): void {
    this.#latest.clear()
  }

  #write({ kind, meta }: StoredObject, counts: WorkloadCounts, at: SimTime): void {
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.kind, kind)
    table.setText(C.namespace, meta.namespace)
    table.setText(C.name, meta.name)
    table.setText(C.revision, counts.revision)
    table.set(C.desired, counts.desired)
    table.set(C.total, counts.total)
    table.set(C.updated, counts.updated)
    table.set(C.ready, counts.ready)
    table.set(C.available, counts.available)
  }
}

function sameCounts(a: WorkloadCounts, b: WorkloadCounts): boolean {
  return (
    a.revision === b.revision &&
    a.desired === b.desired &&
    a.total === b.total &&
    a.updated === b.updated &&
    a.ready === b.ready &&
    a.available === b.available
  )
}
