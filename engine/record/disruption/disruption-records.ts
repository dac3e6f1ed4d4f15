/**
 * The records of what goes wrong, switched on one by one: hears the change log, the eviction API and
 * failures, and writes no state.
 *
 * Upstream: nothing; real clusters keep no such records.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { Change, type LogListener, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NodeId, ObjectId, PodId } from '../../state/ids.js'
import type { RecordDefinition, RecordSink, RecordTable } from '../record-table.js'
import { AVAILABILITY_RECORD, AvailabilityRecord } from './availability-record.js'
import { BLOCKERS_RECORD } from './blockers-record.js'
import { BUDGETS_RECORD, BudgetsRecord } from './budgets-record.js'
import { DISRUPTIONS_RECORD, DisruptionsRecord } from './disruptions-record.js'
import { DRAINS_RECORD } from './drains-record.js'
import { EVICTIONS_RECORD, EvictionsRecord, type ObservedEviction } from './evictions-record.js'
import { NODE_CONDITIONS_RECORD, NodeConditionsRecord } from './node-conditions-record.js'
import { WorkloadsOfPods } from './workload-of.js'

export const DISRUPTION_RECORD_NAMES = [
  'disruptions',
  'evictions',
  'drains',
  'drain-blockers',
  'availability',
  'budgets',
  'node-conditions',
] as const
export type DisruptionRecordName = (typeof DISRUPTION_RECORD_NAMES)[number]

export const DISRUPTION_RECORDS: readonly RecordDefinition[] = [
  DISRUPTIONS_RECORD,
  EVICTIONS_RECORD,
  DRAINS_RECORD,
  BLOCKERS_RECORD,
  AVAILABILITY_RECORD,
  BUDGETS_RECORD,
  NODE_CONDITIONS_RECORD,
]

const POD_FIELDS = Change.Ready | Change.Phase | Change.Deleting | Change.Deleted | Change.Conditions

export class DisruptionRecords implements LogListener {
  readonly #state: ClusterState
  readonly #disruptions: DisruptionsRecord | undefined
  readonly #evictions: EvictionsRecord | undefined
  readonly #availability: AvailabilityRecord | undefined
  readonly #budgets: BudgetsRecord | undefined
  readonly #conditions: NodeConditionsRecord | undefined
  /** Failures that hold each node, first to last. */
  readonly #causes = new Map<NodeId, string[]>()

  constructor(
    state: ClusterState,
    records: readonly string[],
    sink: ((record: DisruptionRecordName) => RecordSink | undefined) | undefined,
  ) {
    const on = (name: DisruptionRecordName): boolean => records.includes(name)
    const workloads = new WorkloadsOfPods(state)
    this.#state = state
    if (on('disruptions')) this.#disruptions = new DisruptionsRecord(state, workloads, sink?.('disruptions'))
    if (on('evictions')) this.#evictions = new EvictionsRecord(sink?.('evictions'))
    if (on('availability'))
      this.#availability = new AvailabilityRecord(state, workloads, sink?.('availability'))
    if (on('budgets')) this.#budgets = new BudgetsRecord(state, sink?.('budgets'))
    if (on('node-conditions')) this.#conditions = new NodeConditionsRecord(state, sink?.('node-conditions'))
    state.log.listen(this)
  }

  /** An answer of the eviction API. */
  evicted(eviction: ObservedEviction, at: SimTime): void {
    this.#evictions?.write(eviction, at)
  }

  /** A failure has struck these nodes. */
  struck(failure: string, nodes: readonly NodeId[]): void {
    for (const node of nodes) this.#causes.set(node, [...(this.#causes.get(node) ?? []), failure])
  }

  /** It is over for them. */
  mended(failure: string, nodes: readonly NodeId[]): void {
    for (const node of nodes) {
      const left = (this.#causes.get(node) ?? []).filter(name => name !== failure)
      if (left.length === 0) this.#causes.delete(node)
      else this.#causes.set(node, left)
    }
  }

  /** Ends the records that are written at the end; all tables that are on, and the metrics they bring. */
  finish(end: SimTime): {
    readonly tables: readonly (RecordTable | undefined)[]
    readonly figures: Readonly<Record<string, number>>
  } {
    const figures = { ...this.#disruptions?.finish(), ...this.#availability?.finish(end) }
    const records = [this.#disruptions, this.#evictions, this.#availability, this.#budgets, this.#conditions]
    return { tables: records.map(record => record?.table), figures }
  }

  get cursor(): number {
    return this.#state.log.end
  }

  appended(source: Source, row: number, fields: number, at: SimTime): void {
    if (source === Source.Pods) this.#podChanged(row as PodId, fields, at)
    else if (source === Source.Objects) {
      this.#availability?.objectChanged(row as ObjectId, at)
      this.#budgets?.objectChanged(row as ObjectId, at)
    } else if ((fields & Change.Deleted) !== 0) {
      this.#conditions?.nodeRemoved(row as NodeId)
      this.#causes.delete(row as NodeId)
    } else this.#conditions?.nodeChanged(row as NodeId, at)
  }

  #podChanged(pod: PodId, fields: number, at: SimTime): void {
    if ((fields & POD_FIELDS) === 0) return
    const { pods } = this.#state
    const isRemoved = (fields & Change.Deleted) !== 0
    const disruptions = this.#disruptions
    if (disruptions !== undefined) {
      if ((fields & Change.Conditions) !== 0)
        disruptions.disrupted(pod, at, this.#causes.get(pods.nodeOf(pod)) ?? [])
      if ((fields & (Change.Ready | Change.Phase)) !== 0 && pods.ready[pod] === 1) disruptions.ready(pod, at)
      if (isRemoved) disruptions.gone(pods.uid[pod], at)
    }
    this.#availability?.podChanged(pod, at, isRemoved)
  }
}
