/**
 * The record `drains`: one row a node that was drained, how long it took, and for how long which budgets held it up.
 * A drain is held up from a pod's first refusal until that pod's eviction is accepted or the drain ends.
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain/drain.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'
import type { ObservedEviction } from './evictions-record.js'

export const DRAINS_RECORD = defineRecord({
  name: 'drains',
  about: 'One row a node that was drained.',
  columns: [
    { name: 'node', type: 'name', about: 'Node.' },
    { name: 'from_s', type: 'time', about: 'When its drain began.' },
    { name: 'to_s', type: 'time', about: 'When it was over; empty: not before the end.' },
    { name: 'timed_out', type: 'flag', about: '1 when it was given up.' },
    { name: 'evicted', type: 'integer', about: 'Evictions that were accepted.' },
    { name: 'refused', type: 'integer', about: 'Evictions that a budget refused.' },
    { name: 'blocked_s', type: 'time', about: 'Time in which at least one pod was being refused.' },
    { name: 'blocked_by', type: 'name', about: 'Budgets that refused, each with its number of refusals.' },
  ],
})

const C = columnIndex(DRAINS_RECORD)

interface Drain {
  readonly node: string
  readonly from: SimTime
  readonly budgets: Map<string, number>
  /** Pods that were refused and not yet accepted. */
  readonly blocked: Set<string>
  blockedSince: SimTime
  blockedTime: SimTime
  evicted: number
  refused: number
}

export class DrainsRecord {
  readonly table: RecordTable<(typeof DRAINS_RECORD)['columns'][number]['name']>
  readonly #open = new Map<string, Drain>()

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(DRAINS_RECORD, sink)
  }

  begin(node: string, at: SimTime): void {
    this.#open.set(node, {
      node,
      from: at,
      budgets: new Map(),
      blocked: new Set(),
      blockedSince: NEVER,
      blockedTime: 0,
      evicted: 0,
      refused: 0,
    })
  }

  answered({ namespace, pod, node, code, budget }: ObservedEviction, at: SimTime): void {
    const drain = this.#open.get(node)
    if (drain === undefined) return
    const key = `${namespace}/${pod}`
    if (code === 429 || code === 500) {
      drain.refused++
      drain.budgets.set(budget, (drain.budgets.get(budget) ?? 0) + 1)
      if (drain.blocked.size === 0) drain.blockedSince = at
      drain.blocked.add(key)
      return
    }
    if (code === 201) drain.evicted++
    if (drain.blocked.delete(key) && drain.blocked.size === 0) drain.blockedTime += at - drain.blockedSince
  }

  end(node: string, at: SimTime, timedOut: boolean): void {
    const drain = this.#open.get(node)
    if (drain === undefined) return
    this.#open.delete(node)
    this.#write(drain, at, at, timedOut)
  }

  finish(end: SimTime): void {
    for (const drain of this.#open.values()) this.#write(drain, NEVER, end, false)
  }

  #write(drain: Drain, to: SimTime, until: SimTime, timedOut: boolean): void {
    const { table } = this
    const { budgets, blocked, blockedSince, blockedTime } = drain
    table.add()
    table.setText(C.node, drain.node)
    table.set(C.from_s, drain.from)
    table.set(C.to_s, to)
    table.set(C.timed_out, timedOut ? 1 : 0)
    table.set(C.evicted, drain.evicted)
    table.set(C.refused, drain.refused)
    table.set(C.blocked_s, blockedTime + (blocked.size > 0 ? until - blockedSince : 0))
    table.setText(C.blocked_by, [...budgets].map(([name, count]) => `${name}: ${count}`).join(', '))
  }
}
