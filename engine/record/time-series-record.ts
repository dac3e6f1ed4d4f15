/**
 * The record `time-series`: one row an interval, from time 0 on the grid, and one at the end of the run. A row shows
 * the state after everything that happened at its instant. Counts are of the pods in the store then; totals run from
 * the start.
 * Upstream: queue lengths are those of the metric scheduler_pending_pods (pkg/scheduler/metrics/metrics.go, 1.36).
 * Simplified: without a load model a running pod counts as using what it requests.
 */
import type { SimTime } from '../kernel/time.js'
import type { Accounts } from './accounts.js'
import { fragmentationShares, REFERENCE_WINDOW } from './fragmentation.js'
import { Stage } from './pod-ledger.js'
import { REASON_GROUPS } from './reason-groups.js'
import {
  type ColumnDefinition,
  type ColumnIndex,
  columnIndex,
  defineRecord,
  type RecordDefinition,
  type RecordSink,
  RecordTable,
} from './record-table.js'
import { resourceLabels } from './recorded-resources.js'

/** How many pods wait where in the scheduler; read when a row is written. */
export interface QueueLengths {
  readonly active: number
  readonly backoff: number
  readonly unschedulable: number
  readonly gated: number
}

export function timeSeriesRecord(resources: readonly string[]): RecordDefinition {
  return defineRecord({
    name: 'time-series',
    about:
      'One row an interval, while something is left to happen, and one at the end: the state after everything ' +
      'that happened at that instant.',
    columns: [
      { name: 'time_s', type: 'time', about: 'Virtual time.' },
      { name: 'nodes', type: 'integer', about: 'Nodes in the cluster.' },
      { name: 'nodes_in_use', type: 'integer', about: 'Nodes with at least one pod that has not finished.' },
      { name: 'pods_unscheduled', type: 'integer', about: 'Pods without a node.' },
      { name: 'pods_starting', type: 'integer', about: 'Pods bound to a node and not yet running.' },
      { name: 'pods_running', type: 'integer', about: 'Pods in phase Running.' },
      {
        name: 'pods_succeeded',
        type: 'integer',
        about: 'Finished pods still in the store, phase Succeeded.',
      },
      { name: 'pods_failed', type: 'integer', about: 'Finished pods still in the store, phase Failed.' },
      { name: 'pods_terminating', type: 'integer', about: 'Pods of any phase whose deletion was requested.' },
      { name: 'pods_created_total', type: 'integer', about: 'Pods created so far.' },
      { name: 'pods_scheduled_total', type: 'integer', about: 'Pods scheduled so far.' },
      { name: 'scheduling_attempts_total', type: 'integer', about: 'Scheduling cycles of pods so far.' },
      ...REASON_GROUPS.map(
        ({ name, about }): ColumnDefinition => ({
          name: `unscheduled_${name}`,
          type: 'integer',
          about: `Unscheduled pods by reason: ${about}.`,
        }),
      ),
      { name: 'queue_active', type: 'integer', about: 'Pods in the scheduler that are ready to be tried.' },
      {
        name: 'queue_backoff',
        type: 'integer',
        about: 'Pods in the scheduler that wait out their back-off.',
      },
      { name: 'queue_unschedulable', type: 'integer', about: 'Pods set aside until the cluster changes.' },
      { name: 'queue_gated', type: 'integer', about: 'Pods held back by scheduling gates.' },
      ...resourceLabels(resources).flatMap(({ resource, word }): ColumnDefinition[] => [
        {
          name: `allocation_${word}_share`,
          type: 'number',
          about: `Share of allocatable ${resource} requested by pods bound and not finished.`,
        },
        {
          name: `utilisation_${word}_share`,
          type: 'number',
          about: `Share of allocatable ${resource} used: what pods in phase Running request.`,
        },
        {
          name: `fragmentation_${word}_share`,
          type: 'number',
          about:
            `Share of idle ${resource} on nodes that cannot take the reference pod, which asks of every resource ` +
            `the median of the last ${REFERENCE_WINDOW} created pods.`,
        },
      ]),
    ],
  })
}

/** Writes the rows of the record. */
export class TimeSeriesRecord {
  readonly table: RecordTable
  readonly #columns: ColumnIndex
  readonly #firstGroup: number
  readonly #firstResource: number
  readonly #fragmentation: Float64Array
  #fragmentationOf = -1

  constructor(resources: readonly string[], sink: RecordSink | undefined) {
    this.table = new RecordTable(timeSeriesRecord(resources), sink)
    this.#columns = columnIndex(this.table.definition)
    this.#firstGroup = this.#columns[`unscheduled_${REASON_GROUPS[0].name}`]
    this.#firstResource = this.#columns.queue_gated + 1
    this.#fragmentation = new Float64Array(resources.length)
  }

  write(at: SimTime, accounts: Accounts, queues: QueueLengths): void {
    const { table } = this
    const { statistics, stageCounts, groupCounts } = accounts
    const c = this.#columns
    table.add()
    table.set(c.time_s, at)
    table.set(c.nodes, statistics.nodes)
    table.set(c.nodes_in_use, statistics.nodesInUse)
    table.set(c.pods_unscheduled, stageCounts[Stage.Unscheduled])
    table.set(c.pods_starting, stageCounts[Stage.Starting])
    table.set(c.pods_running, stageCounts[Stage.Running])
    table.set(c.pods_succeeded, stageCounts[Stage.Succeeded])
    table.set(c.pods_failed, stageCounts[Stage.Failed])
    table.set(c.pods_terminating, accounts.terminating)
    table.set(c.pods_created_total, accounts.created)
    table.set(c.pods_scheduled_total, accounts.scheduled)
    table.set(c.scheduling_attempts_total, accounts.attempts)
    for (let group = 0; group < groupCounts.length; group++) {
      table.set(this.#firstGroup + group, groupCounts[group])
    }
    table.set(c.queue_active, queues.active)
    table.set(c.queue_backoff, queues.backoff)
    table.set(c.queue_unschedulable, queues.unschedulable)
    table.set(c.queue_gated, queues.gated)
    this.#writeResources(accounts)
  }

  #writeResources(accounts: Accounts): void {
    const { state, statistics, nodeLedger } = accounts
    const shares = this.#fragmentation
    if (state.log.end !== this.#fragmentationOf) {
      fragmentationShares(state.nodes, nodeLedger, accounts.reference(), shares)
      this.#fragmentationOf = state.log.end
    }
    for (let slot = 0; slot < shares.length; slot++) {
      const column = this.#firstResource + slot * 3
      this.table.set(column, statistics.share(slot))
      this.table.set(column + 1, statistics.runningShare(slot))
      this.table.set(column + 2, shares[slot])
    }
  }
}
