/**
 * The record `rollouts`: one row for each time that a Deployment, StatefulSet or DaemonSet got another pod template,
 * its creation included: when all pods had it, or why not.
 * Upstream: kubectl rollout status (staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go) and the
 * condition Progressing of Deployments (pkg/controller/deployment/progress.go, 1.36).
 * Simplified: StatefulSets and DaemonSets have no deadline, so they never count as stalled.
 */
import type { SimTime } from '../kernel/time.js'
import { type Condition, findCondition } from '../model/conditions.js'
import { Change } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { StoredObject } from '../state/objects.js'
import type { ObjectRecord } from './object-record.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'
import { whyUnavailable } from './why-unavailable.js'
import { type WorkloadCounts, workloadCounts } from './workload-counts.js'

export const ROLLOUTS_RECORD = defineRecord({
  name: 'rollouts',
  about: 'One row a rollout, in the order in which they ended; those under way at the end follow.',
  columns: [
    { name: 'kind', type: 'text', about: 'Deployment, StatefulSet or DaemonSet.' },
    { name: 'namespace', type: 'text', about: 'Its namespace.' },
    { name: 'name', type: 'text', about: 'Its name.' },
    { name: 'revision', type: 'text', about: 'Revision of the new template, where its kind counts them.' },
    { name: 'cause', type: 'text', about: 'created, or template: it was changed.' },
    { name: 'started_s', type: 'time', about: 'When the template was written.' },
    { name: 'finished_s', type: 'time', about: 'When all pods had it and were available.' },
    { name: 'duration_s', type: 'time', about: 'From started_s to finished_s.' },
    { name: 'outcome', type: 'text', about: 'finished, superseded, deleted, stalled or running.' },
    { name: 'stalled_s', type: 'time', about: 'When its progress deadline was first exceeded.' },
    { name: 'reason', type: 'name', about: 'Why it stalled, or what it waits for at the end.' },
    { name: 'desired', type: 'integer', about: 'Pods desired when the rollout ended.' },
    { name: 'lowest_available', type: 'integer', about: 'Fewest pods available at a time.' },
    { name: 'highest_total', type: 'integer', about: 'Most pods at a time, those being deleted left out.' },
  ],
})

const C = columnIndex(ROLLOUTS_RECORD)

const ROLLED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

type Outcome = 'finished' | 'superseded' | 'deleted' | 'stalled' | 'running'

interface Rollout {
  readonly object: StoredObject
  /** The template that is rolled out: an equal one is the same object. */
  readonly template: unknown
  readonly cause: 'created' | 'template'
  readonly startedAt: SimTime
  revision: string
  stalledAt: SimTime | undefined
  reason: string
  lowestAvailable: number
  highestTotal: number
  desired: number
  isOver: boolean
}

export class RolloutsRecord implements ObjectRecord {
  readonly table: RecordTable
  readonly #state: ClusterState
  /** The latest of each workload, by UID. */
  readonly #rollouts = new Map<number, Rollout>()

  constructor(state: ClusterState, sink: RecordSink | undefined) {
    this.#state = state
    this.table = new RecordTable(ROLLOUTS_RECORD, sink)
  }

  objectChanged(object: StoredObject, fields: number, at: SimTime): void {
    if (!ROLLED.has(object.kind)) return
    const { uid } = object.meta
    const known = this.#rollouts.get(uid)
    if ((fields & Change.Deleted) !== 0) {
      if (known !== undefined && !known.isOver) this.#write(known, 'deleted', undefined)
      this.#rollouts.delete(uid)
      return
    }
    const { template } = object.spec as { readonly template: unknown }
    const counts = workloadCounts(object) as WorkloadCounts
    let rollout = known
    if (known === undefined || known.template !== template) {
      if (known !== undefined && !known.isOver) this.#write(known, 'superseded', undefined)
      rollout = begin(object, template, known === undefined ? 'created' : 'template', counts, at)
      this.#rollouts.set(uid, rollout)
    }
    if (rollout !== undefined && !rollout.isOver) this.#follow(rollout, counts, at)
  }

  finish(): void {
    for (const rollout of this.#rollouts.values()) {
      if (rollout.isOver) continue
      if (rollout.reason === '') rollout.reason = whyUnavailable(this.#state, rollout.object)
      this.#write(rollout, rollout.stalledAt === undefined ? 'running' : 'stalled', undefined)
    }
    this.#rollouts.clear()
  }

  #follow(rollout: Rollout, counts: WorkloadCounts, at: SimTime): void {
    const { object } = rollout
    rollout.lowestAvailable = Math.min(rollout.lowestAvailable, counts.available)
    rollout.highestTotal = Math.max(rollout.highestTotal, counts.total)
    rollout.desired = counts.desired
    if (counts.revision !== '') rollout.revision = counts.revision
    if (rollout.stalledAt === undefined && isStalled(object)) {
      rollout.stalledAt = at
      rollout.reason = whyUnavailable(this.#state, object)
    }
    if (counts.isRolledOut) this.#write(rollout, 'finished', at)
  }

  #write(rollout: Rollout, outcome: Outcome, finishedAt: SimTime | undefined): void {
    const { table } = this
    const { kind, meta } = rollout.object
    rollout.isOver = true
    table.add()
    table.setText(C.kind, kind)
    table.setText(C.namespace, meta.namespace)
    table.setText(C.name, meta.name)
    table.setText(C.revision, rollout.revision)
    table.setText(C.cause, rollout.cause)
    table.set(C.started_s, rollout.startedAt)
    if (finishedAt !== undefined) {
      table.set(C.finished_s, finishedAt)
      table.set(C.duration_s, finishedAt - rollout.startedAt)
    }
    table.setText(C.outcome, outcome)
    if (rollout.stalledAt !== undefined) table.set(C.stalled_s, rollout.stalledAt)
    table.setText(C.reason, rollout.reason)
    table.set(C.desired, rollout.desired)
    table.set(C.lowest_available, rollout.lowestAvailable)
    table.set(C.highest_total, rollout.highestTotal)
  }
}

function begin(
  object: StoredObject,
  template: unknown,
  cause: Rollout['cause'],
  counts: WorkloadCounts,
  at: SimTime,
): Rollout {
  return {
    object,
    template,
    cause,
    startedAt: at,
    // The revision that stands there is the one before, until the controller has seen the template.
    revision: '',
    stalledAt: undefined,
    reason: '',
    lowestAvailable: counts.available,
    highestTotal: counts.total,
    desired: counts.desired,
    isOver: false,
  }
}

/** Says the controller, of the template as it is now. */
function isStalled({ meta, status }: StoredObject): boolean {
  const { conditions = [], observedGeneration = 0 } = status as {
    readonly conditions?: readonly Condition[]
    readonly observedGeneration?: number
  }
  if (observedGeneration < meta.generation) return false
  return findCondition(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
}
