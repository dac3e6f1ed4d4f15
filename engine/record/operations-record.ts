/**
 * The record `operations`: what became of the operations of the timeline, refused ones included, and the single steps
 * of those that take time, such as drains.
 * Upstream: nothing; kubectl prints it.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const OPERATIONS_RECORD = defineRecord({
  name: 'operations',
  about: 'What became of the operations of the timeline, in the order of virtual time.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When it was done or refused.' },
    { name: 'operation', type: 'text', about: 'The operation.' },
    {
      name: 'type',
      type: 'text',
      about: 'DONE, REJECTED; START, SKIP and END of a drained node, RESULT of an eviction.',
    },
    { name: 'namespace', type: 'text', about: 'Namespace it was about, if any.' },
    { name: 'object', type: 'name', about: 'Object, node or pod, where there is one.' },
    { name: 'error', type: 'name', about: 'Why the API server refused.' },
    { name: 'details', type: 'name', about: 'Everything else, as JSON.' },
  ],
})

const C = columnIndex(OPERATIONS_RECORD)

/** What became of an operation, or of a part of it. */
export interface ObservedOperation {
  readonly operation: string
  readonly type: string
  readonly namespace: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Writes the rows of the record. */
export class OperationsRecord {
  readonly table: RecordTable<(typeof OPERATIONS_RECORD)['columns'][number]['name']>

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(OPERATIONS_RECORD, sink)
  }

  write(at: SimTime, { operation, type, namespace, details }: ObservedOperation): void {
    const { table } = this
    const { object, node, pod, error, ...rest } = details
    table.add()
    table.set(C.time_s, at)
    table.setText(C.operation, operation)
    table.setText(C.type, type)
    table.setText(C.namespace, namespace)
    table.setText(C.object, textOf(object ?? node ?? pod))
    table.setText(C.error, textOf(error))
    table.setText(C.details, Object.keys(rest).length === 0 ? '' : JSON.stringify(rest))
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
