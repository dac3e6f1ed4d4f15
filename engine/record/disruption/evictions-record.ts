/**
 * The record `evictions`: every answer of the eviction API, refusals and their budgets included.
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'

export const EVICTIONS_RECORD = defineRecord({
  name: 'evictions',
  about: 'One row an answer of the eviction API.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When it was answered.' },
    { name: 'namespace', type: 'text', about: 'Namespace of the pod.' },
    { name: 'pod', type: 'name', about: 'Pod.' },
    { name: 'node', type: 'name', about: 'Node of the pod.' },
    { name: 'code', type: 'integer', about: '201 accepted, 429 refused by a budget, 404 the pod has gone.' },
    { name: 'budget', type: 'text', about: 'Budget that was asked, if one had a say.' },
    { name: 'message', type: 'name', about: 'What the API server said to a refusal.' },
  ],
})

const C = columnIndex(EVICTIONS_RECORD)

/** An answer of the eviction API as its caller sees it. */
export interface ObservedEviction {
  readonly namespace: string
  readonly pod: string
  readonly node: string
  readonly code: number
  /** Empty when none had a say. */
  readonly budget: string
  readonly message: string
}

export class EvictionsRecord {
  readonly table: RecordTable<(typeof EVICTIONS_RECORD)['columns'][number]['name']>

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(EVICTIONS_RECORD, sink)
  }

  write({ namespace, pod, node, code, budget, message }: ObservedEviction, at: SimTime): void {
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.namespace, namespace)
    table.setText(C.pod, pod)
    table.setText(C.node, node)
    table.set(C.code, code)
    table.setText(C.budget, budget)
    table.setText(C.message, message)
  }
}
