/**
 * All that is kept of what goes wrong in a run: the accounts of drained nodes always, the records where they are on.
 *
 * Upstream: nothing; real clusters keep no such records.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NodeId } from '../../state/ids.js'
import type { RecordSink, RecordTable } from '../record-table.js'
import { BlockersRecord, type FoundBlocker } from './blockers-record.js'
import {
  DISRUPTION_RECORD_NAMES,
  type DisruptionRecordName,
  DisruptionRecords,
} from './disruption-records.js'
import { drainValues } from './drain-metrics.js'
import { DrainsRecord } from './drains-record.js'
import type { ObservedEviction } from './evictions-record.js'

export class Disruptions {
  /** Told of drained nodes. */
  readonly drains: DrainsRecord
  readonly #blockers: BlockersRecord
  /** Undefined when none of its records is on. */
  readonly #records: DisruptionRecords | undefined

  constructor(
    state: ClusterState,
    records: readonly string[],
    sink: ((record: DisruptionRecordName) => RecordSink | undefined) | undefined,
  ) {
    const on = (name: DisruptionRecordName): boolean => records.includes(name)
    this.#blockers = new BlockersRecord(on('drain-blockers'), sink?.('drain-blockers'))
    this.drains = new DrainsRecord(on('drains'), sink?.('drains'), this.#blockers)
    if (DISRUPTION_RECORD_NAMES.some(on)) this.#records = new DisruptionRecords(state, records, sink)
  }

  /** The eviction API has answered. */
  evicted(eviction: ObservedEviction, at: SimTime): void {
    this.#records?.evicted(eviction, at)
    this.drains.answered(eviction, at)
  }

  /** A failure begins for these nodes, or is over for them. */
  struck(failure: string, nodes: readonly NodeId[]): void {
    this.#records?.struck(failure, nodes)
  }

  mended(failure: string, nodes: readonly NodeId[]): void {
    this.#records?.mended(failure, nodes)
  }

  /** Ends the records that are written at the end. */
  finish(end: SimTime): {
    readonly tables: readonly (RecordTable | undefined)[]
    readonly figures: Readonly<Record<string, number>>
    readonly blockers: readonly FoundBlocker[]
  } {
    const { tables = [], figures = {} } = this.#records?.finish(end) ?? {}
    this.drains.finish(end)
    const blockers = this.#blockers.finish()
    return {
      tables: [...tables, this.drains.table, this.#blockers.table],
      figures: { ...drainValues(this.drains.counts), ...figures },
      blockers,
    }
  }
}
