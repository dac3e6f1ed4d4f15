/**
 * Drained nodes: how long each took, for how long which budgets held it up, what was foreseen and whether it
 * came so. The accounts are kept in any run; rows are written where the record `drains` is on. A drain is
 * held up from a pod's first refusal until that pod's eviction is accepted or the drain ends.
 * Upstream: staging/src/k8s.io/kubectl/pkg/drain/drain.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'
import type { BlockersRecord } from './blockers-record.js'
import type { ObservedEviction } from './evictions-record.js'
import type { Blocker, DrainOutcome, DrainSink } from './observed-drain.js'

export const DRAINS_RECORD = defineRecord({
  name: 'drains',
  about: 'One row a node that was drained.',
  columns: [
    { name: 'node', type: 'name', about: 'Node.' },
    { name: 'operation', type: 'text', about: 'The operation or failure that had it drained.' },
    { name: 'from_s', type: 'time', about: 'When its drain began.' },
    { name: 'to_s', type: 'time', about: 'When it was over; empty: not before the end.' },
    {
      name: 'outcome',
      type: 'text',
      about: 'drained, timed out, refused by kubectl, failed; empty: not over.',
    },
    { name: 'timed_out', type: 'flag', about: '1 when it was given up.' },
    { name: 'evicted', type: 'integer', about: 'Evictions that were accepted.' },
    { name: 'refused', type: 'integer', about: 'Evictions that a budget refused.' },
    { name: 'blocked_s', type: 'time', about: 'Time in which at least one pod was being refused.' },
    { name: 'blocked_by', type: 'name', about: 'Budgets that refused, each with its number of refusals.' },
    { name: 'foreseen', type: 'name', about: 'What it could not get past, as foreseen when it began.' },
    {
      name: 'as_foreseen',
      type: 'text',
      about:
        '1: held up as foreseen, or drained with nothing foreseen; 0: it came otherwise; empty: still under way ' +
        'with nothing foreseen.',
    },
    { name: 'left', type: 'name', about: 'Pods that were still there when it was given up.' },
  ],
})

const C = columnIndex(DRAINS_RECORD)

interface Drain {
  readonly node: string
  readonly operation: string
  readonly from: SimTime
  readonly foreseen: readonly Blocker[]
  readonly budgets: Map<string, number>
  /** Names of pods that were refused and not yet accepted; one in two namespaces counts as one. */
  readonly blocked: Set<string>
  /** Pods whose eviction was accepted, or that had gone. */
  readonly gone: Set<string>
  blockedSince: SimTime
  blockedTime: SimTime
  evicted: number
  refused: number
}

const NO_DRAINS: readonly Drain[] = []

/** Drained nodes of a run by number. */
export interface DrainCounts {
  readonly drains: number
  /** Given up, refused or failed, or still under way at the end. */
  readonly undrained: number
  /** Foreseen not to end. */
  readonly foreseen: number
  /** Of these, the ones that did not. */
  readonly confirmed: number
  /** Did not end with nothing foreseen. */
  readonly unforeseen: number
}

export class DrainsRecord implements DrainSink {
  /** Undefined: nobody wants rows. */
  readonly table: RecordTable<(typeof DRAINS_RECORD)['columns'][number]['name']> | undefined
  readonly #blockers: BlockersRecord
  readonly #open = new Map<number, Drain>()
  /** The same by node: several people may drain one. */
  readonly #byNode = new Map<string, Drain[]>()
  readonly #counts = { drains: 0, undrained: 0, foreseen: 0, confirmed: 0, unforeseen: 0 }

  constructor(isOn: boolean, sink: RecordSink | undefined, blockers: BlockersRecord) {
    this.table = isOn ? new RecordTable(DRAINS_RECORD, sink) : undefined
    this.#blockers = blockers
  }

  get counts(): DrainCounts {
    return this.#counts
  }

  drainForeseen(node: string, blockers: readonly Blocker[], at: SimTime): void {
    for (const blocker of blockers) this.#blockers.foreseen(blocker, node, at)
  }

  drainBegan(
    drain: number,
    node: string,
    operation: string,
    blockers: readonly Blocker[],
    at: SimTime,
  ): void {
    const begun: Drain = {
      node,
      operation,
      from: at,
      foreseen: blockers,
      budgets: new Map(),
      blocked: new Set(),
      gone: new Set(),
      blockedSince: NEVER,
      blockedTime: 0,
      evicted: 0,
      refused: 0,
    }
    this.#open.set(drain, begun)
    this.#byNode.set(node, [...(this.#byNode.get(node) ?? []), begun])
    this.drainForeseen(node, blockers, at)
  }

  answered(eviction: ObservedEviction, at: SimTime): void {
    for (const drain of this.#byNode.get(eviction.node) ?? NO_DRAINS) answer(drain, eviction, at)
  }

  drainEnded(id: number, outcome: DrainOutcome, left: readonly string[], at: SimTime): void {
    const drain = this.#open.get(id)
    if (drain === undefined) return
    this.#open.delete(id)
    const others = (this.#byNode.get(drain.node) ?? []).filter(other => other !== drain)
    this.#byNode.set(drain.node, others)
    this.#close(drain, outcome, left, at, at)
  }

  finish(end: SimTime): void {
    for (const drain of this.#open.values()) this.#close(drain, undefined, [], NEVER, end)
    this.#open.clear()
  }

  #close(
    drain: Drain,
    outcome: DrainOutcome | undefined,
    left: readonly string[],
    to: SimTime,
    until: SimTime,
  ): void {
    const counts = this.#counts
    const { node, foreseen, gone } = drain
    const isDrained = outcome === 'drained'
    for (const blocker of foreseen) {
      this.#blockers.came(blocker, node, !isDrained && blocker.pods.some(pod => !gone.has(pod)))
    }
    counts.drains++
    if (!isDrained) counts.undrained++
    if (foreseen.length > 0) counts.foreseen++
    if (foreseen.length > 0 && !isDrained) counts.confirmed++
    if (foreseen.length === 0 && !isDrained && outcome !== undefined) counts.unforeseen++
    if (this.table !== undefined) writeRow(this.table, drain, { outcome, left, to, until })
  }
}

function answer(drain: Drain, { namespace, pod, code, budget }: ObservedEviction, at: SimTime): void {
  if (code === 429 || code === 500) {
    drain.refused++
    drain.budgets.set(budget, (drain.budgets.get(budget) ?? 0) + 1)
    if (drain.blocked.size === 0) drain.blockedSince = at
    drain.blocked.add(pod)
    return
  }
  const key = `${namespace}/${pod}`
  if (code === 201) drain.evicted++
  drain.gone.add(key)
  if (drain.blocked.delete(pod) && drain.blocked.size === 0) drain.blockedTime += at - drain.blockedSince
}

interface End {
  readonly outcome: DrainOutcome | undefined
  readonly left: readonly string[]
  readonly to: SimTime
  readonly until: SimTime
}

function writeRow(table: NonNullable<DrainsRecord['table']>, drain: Drain, end: End): void {
  const { budgets, blocked, blockedSince, blockedTime, foreseen } = drain
  const { outcome, left, to, until } = end
  table.add()
  table.setText(C.node, drain.node)
  table.setText(C.operation, drain.operation)
  table.set(C.from_s, drain.from)
  table.set(C.to_s, to)
  table.setText(C.outcome, outcome ?? '')
  table.set(C.timed_out, outcome === 'timed out' ? 1 : 0)
  table.set(C.evicted, drain.evicted)
  table.set(C.refused, drain.refused)
  table.set(C.blocked_s, blockedTime + (blocked.size > 0 ? until - blockedSince : 0))
  table.setText(C.blocked_by, [...budgets].map(([name, count]) => `${name}: ${count}`).join(', '))
  table.setText(C.foreseen, foreseen.map(({ kind, budget }) => `${kind} ${budget}`.trim()).join(', '))
  table.setText(C.as_foreseen, asForeseen(foreseen.length > 0, outcome))
  table.setText(C.left, left.join(' '))
}

function asForeseen(wasForeseen: boolean, outcome: DrainOutcome | undefined): string {
  if (wasForeseen) return outcome === 'drained' ? '0' : '1'
  if (outcome === undefined) return ''
  return outcome === 'drained' ? '1' : '0'
}
