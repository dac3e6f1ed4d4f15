/**
 * The record `failures`: one row a failure of one subject, written when it is over; those still under way when the run
 * ends come last.
 * Upstream: nothing; real clusters keep no such list.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const FAILURES_RECORD = defineRecord({
  name: 'failures',
  about: 'One row a failure of one node, domain, pod or of the cluster.',
  columns: [
    { name: 'failure', type: 'text', about: 'Name of the entry in the scenario.' },
    { name: 'model', type: 'text', about: 'Failure model.' },
    { name: 'subject', type: 'name', about: 'Node, pod or value of the domain label; `cluster` for all.' },
    { name: 'from_s', type: 'time', about: 'When it began.' },
    {
      name: 'to_s',
      type: 'time',
      about: 'When it was mended or the subject went; empty: not before the end.',
    },
    { name: 'nodes', type: 'integer', about: 'Nodes it struck.' },
    { name: 'pods', type: 'integer', about: 'Pods it struck directly.' },
  ],
})

const C = columnIndex(FAILURES_RECORD)

/** A failure that is over, or with `to` NEVER not over yet. */
export interface ObservedFailure {
  readonly failure: string
  readonly model: string
  readonly subject: string
  readonly from: SimTime
  readonly to: SimTime
  readonly nodes: number
  readonly pods: number
}

/** Writes the rows of the record. */
export class FailuresRecord {
  readonly table: RecordTable<(typeof FAILURES_RECORD)['columns'][number]['name']>

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(FAILURES_RECORD, sink)
  }

  write({ failure, model, subject, from, to, nodes, pods }: ObservedFailure): void {
    const { table } = this
    table.add()
    table.setText(C.failure, failure)
    table.setText(C.model, model)
    table.setText(C.subject, subject)
    table.set(C.from_s, from)
    table.set(C.to_s, to)
    table.set(C.nodes, nodes)
    table.set(C.pods, pods)
  }
}
