/**
 * The record `pods`: one row a pod, written when the object leaves the store or, for those left, at the end of the
 * run, so that every pod is accounted for exactly once.
 * Upstream: the times are those of the Pod object (creationTimestamp, the PodScheduled condition, startTime, the
 * Running phase, the Ready condition, container termination); staging/src/k8s.io/api/core/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type NamespaceId, NONE, type ObjectId, type PodId, type ReasonId } from '../state/ids.js'
import { type PodLedger, Stage } from './pod-ledger.js'
import {
  type ColumnDefinition,
  type ColumnIndex,
  columnIndex,
  defineRecord,
  type RecordDefinition,
  type RecordSink,
  RecordTable,
} from './record-table.js'
import { type ResourceLabel, resourceLabels } from './recorded-resources.js'

/** How a pod ended, or stood when the run ended. */
export const OUTCOMES = [
  'succeeded',
  'failed',
  'evicted',
  'deleted',
  'running',
  'pending',
  'unschedulable',
] as const
export type Outcome = (typeof OUTCOMES)[number]

export function podsRecord(resources: readonly string[]): RecordDefinition {
  return defineRecord({
    name: 'pods',
    about: 'One row a pod, in the order in which pods left the cluster; those left at the end follow by age.',
    columns: [
      { name: 'namespace', type: 'text', about: 'Namespace.' },
      { name: 'name', type: 'name', about: 'Name.' },
      { name: 'uid', type: 'integer', about: 'Number of the object, never used twice in a run.' },
      { name: 'owner_kind', type: 'text', about: 'Kind of the controlling owner; empty for a bare pod.' },
      { name: 'owner_name', type: 'text', about: 'Name of the controlling owner.' },
      { name: 'template', type: 'integer', about: 'Pods with the same number have equal specs.' },
      { name: 'priority', type: 'integer', about: 'Resolved priority.' },
      ...resourceLabels(resources).map(requestColumn),
      { name: 'created_s', type: 'time', about: 'The object was created.' },
      { name: 'scheduled_s', type: 'time', about: 'It was bound to a node.' },
      { name: 'started_s', type: 'time', about: 'The kubelet took it up (`status.startTime`).' },
      { name: 'running_s', type: 'time', about: 'It first reached the phase Running.' },
      { name: 'ready_s', type: 'time', about: 'It first became Ready.' },
      { name: 'finished_s', type: 'time', about: 'Its containers ended: phase Succeeded or Failed.' },
      {
        name: 'deletion_due_s',
        type: 'time',
        about: 'Its deletion was asked for, and the grace period ends then.',
      },
      { name: 'deleted_s', type: 'time', about: 'The object was removed.' },
      { name: 'wait_s', type: 'time', about: 'From created_s to scheduled_s.' },
      { name: 'node', type: 'text', about: 'The node it was bound to.' },
      { name: 'attempts', type: 'integer', about: 'Scheduling cycles it went through.' },
      { name: 'restarts', type: 'integer', about: 'Container restarts.' },
      { name: 'outcome', type: 'text', about: `One of ${OUTCOMES.join(', ')}.` },
      {
        name: 'reason',
        type: 'name',
        about: 'Why it was evicted or failed or, of a pod without a node, why it was not scheduled.',
      },
    ],
  })
}

function requestColumn({ resource, word, unit }: ResourceLabel): ColumnDefinition {
  const about = `Requested ${resource}, as the scheduler counts it.`
  return { name: `requested_${word}_${unit}`, type: 'integer', about }
}

/** How the pod ended or stands; `removed` says that its object leaves the store. */
export function outcomeOf(state: ClusterState, ledger: PodLedger, pod: PodId, removed: boolean): Outcome {
  const { pods } = state
  const stage = ledger.stage[pod]
  const evicted = pods.disruption[pod] !== NONE || textOf(state, pods.reason[pod]) === 'Evicted'
  if (stage === Stage.Succeeded || stage === Stage.Failed) {
    if (evicted) return 'evicted'
    if (ledger.endedItself[pod] === 0) return 'deleted'
    return stage === Stage.Succeeded ? 'succeeded' : 'failed'
  }
  if (removed) return evicted ? 'evicted' : 'deleted'
  if (stage === Stage.Running) return 'running'
  return pods.unschedulableReason[pod] === NONE ? 'pending' : 'unschedulable'
}

function textOf(state: ClusterState, reason: number): string {
  return reason === NONE ? '' : state.reasons.get(reason as ReasonId)
}

/** Writes the rows of the record. */
export class PodsRecord {
  readonly table: RecordTable
  readonly #state: ClusterState
  readonly #ledger: PodLedger
  readonly #columns: ColumnIndex
  /** Column of each recorded resource, and the slot of each resource of the store. */
  readonly #requestColumns: readonly number[]
  readonly #slots: Int32Array

  constructor(
    state: ClusterState,
    ledger: PodLedger,
    resources: readonly string[],
    slots: Int32Array,
    sink: RecordSink | undefined,
  ) {
    this.#state = state
    this.#ledger = ledger
    this.#slots = slots
    this.table = new RecordTable(podsRecord(resources), sink)
    this.#columns = columnIndex(this.table.definition)
    this.#requestColumns = resourceLabels(resources).map(
      ({ word, unit }) => this.#columns[`requested_${word}_${unit}`],
    )
  }

  write(pod: PodId, outcome: Outcome, deletedAt: SimTime): void {
    const { pods } = this.#state
    const ledger = this.#ledger
    const table = this.table
    const c = this.#columns
    table.add()
    this.#writeIdentity(pod)
    this.#writeRequests(pod)
    table.set(c.created_s, pods.createdAt[pod])
    table.set(c.scheduled_s, pods.scheduledAt[pod])
    table.set(c.started_s, pods.startedAt[pod])
    table.set(c.running_s, pods.runningAt[pod])
    table.set(c.ready_s, ledger.firstReadyAt[pod])
    table.set(c.finished_s, pods.finishedAt[pod])
    table.set(c.deletion_due_s, pods.deletionAt[pod])
    table.set(c.deleted_s, deletedAt)
    if (pods.scheduledAt[pod] !== NEVER) table.set(c.wait_s, pods.scheduledAt[pod] - pods.createdAt[pod])
    table.setText(c.node, ledger.nodeName[pod])
    table.set(c.attempts, ledger.attempts[pod])
    table.set(c.restarts, pods.restarts[pod])
    table.setText(c.outcome, outcome)
    table.setText(c.reason, this.#reasonOf(pod))
  }

  #writeIdentity(pod: PodId): void {
    const { pods, objects, namespaces } = this.#state
    const table = this.table
    const c = this.#columns
    table.setText(c.namespace, namespaces.get(pods.namespace[pod] as NamespaceId))
    table.setText(c.name, pods.name[pod] as string)
    table.set(c.uid, pods.uid[pod])
    const owner = pods.owner[pod] as ObjectId
    if (owner !== NONE && objects.object[owner] !== undefined) {
      const { kind, meta } = objects.get(owner)
      table.setText(c.owner_kind, kind)
      table.setText(c.owner_name, meta.name)
    }
    table.set(c.template, pods.template[pod])
    table.set(c.priority, pods.priority[pod])
  }

  #writeRequests(pod: PodId): void {
    const { resources, amounts } = this.#state.requests.of(this.#state.pods.templateOf(pod))
    const columns = this.#requestColumns
    const table = this.table
    for (let slot = 0; slot < columns.length; slot++) table.set(columns[slot], 0)
    for (let i = 0; i < resources.length; i++) {
      const slot = this.#slots[resources[i]]
      if (slot >= 0) table.set(columns[slot], amounts[i])
    }
  }

  #reasonOf(pod: PodId): string {
    const { pods } = this.#state
    if (pods.reason[pod] !== NONE) return textOf(this.#state, pods.reason[pod])
    if (pods.disruption[pod] !== NONE) return textOf(this.#state, pods.disruption[pod])
    return pods.node[pod] === NONE ? textOf(this.#state, pods.unschedulableReason[pod]) : ''
  }
}
