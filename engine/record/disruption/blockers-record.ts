/**
 * The record `drain-blockers`: one row a budget or pod that drains cannot get past as long as nobody changes
 * anything, as foreseen from the objects, and whether it came so.
 * Upstream: nothing; kubectl tries for ever.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'
import type { Blocker } from './observed-drain.js'

export const BLOCKERS_RECORD = defineRecord({
  name: 'drain-blockers',
  about: 'One row a budget or pod that drains cannot get past, as foreseen.',
  columns: [
    { name: 'foreseen_s', type: 'time', about: 'When it was foreseen for the first time.' },
    { name: 'kind', type: 'text', about: 'What it is: a budget that allows nothing, no room, and so on.' },
    { name: 'namespace', type: 'text', about: 'Namespace of the budget or pod.' },
    { name: 'budget', type: 'name', about: 'Budget; several that select one pod are joined by +.' },
    { name: 'pods', type: 'integer', about: 'Pods that it keeps.' },
    { name: 'nodes', type: 'name', about: 'Nodes whose drain it was foreseen for.' },
    { name: 'reason', type: 'name', about: 'Why, as it was first foreseen.' },
    { name: 'drained', type: 'integer', about: 'Drains of these nodes that began.' },
    { name: 'held', type: 'integer', about: 'Of these, the ones it held up to the end.' },
  ],
})

const C = columnIndex(BLOCKERS_RECORD)

/** A blocker with all that became of it. */
export interface FoundBlocker {
  readonly foreseenAt: SimTime
  readonly kind: Blocker['kind']
  readonly namespace: string
  readonly budget: string
  readonly pods: ReadonlySet<string>
  readonly nodes: ReadonlySet<string>
  readonly reason: string
  /** Drains that began, and those that it held up. */
  readonly drained: number
  readonly held: number
}

interface Found {
  readonly foreseenAt: SimTime
  readonly blocker: Blocker
  readonly pods: Set<string>
  readonly nodes: Set<string>
  drained: number
  held: number
}

export class BlockersRecord {
  /** Undefined: nobody wants rows. */
  readonly table: RecordTable<(typeof BLOCKERS_RECORD)['columns'][number]['name']> | undefined
  readonly #found = new Map<string, Found>()

  constructor(isOn: boolean, sink: RecordSink | undefined) {
    this.table = isOn ? new RecordTable(BLOCKERS_RECORD, sink) : undefined
  }

  foreseen(blocker: Blocker, node: string, at: SimTime): void {
    const { pods } = blocker
    const key = keyOf(blocker)
    let found = this.#found.get(key)
    if (found === undefined) {
      found = { foreseenAt: at, blocker, pods: new Set(), nodes: new Set(), drained: 0, held: 0 }
      this.#found.set(key, found)
    }
    for (const pod of pods) found.pods.add(pod)
    found.nodes.add(node)
  }

  /** The drain of the node is over, or the run. */
  came(blocker: Blocker, node: string, wasHeld: boolean): void {
    const found = this.#found.get(keyOf(blocker))
    if (found === undefined || !found.nodes.has(node)) return
    found.drained++
    if (wasHeld) found.held++
  }

  /** All of them in the order in which they were foreseen. */
  finish(): readonly FoundBlocker[] {
    const all = [...this.#found.values()].map(({ blocker, ...rest }): FoundBlocker => {
      const { kind, namespace, budget, reason } = blocker
      return { ...rest, kind, namespace, budget, reason }
    })
    const { table } = this
    if (table === undefined) return all
    for (const found of all) {
      table.add()
      table.set(C.foreseen_s, found.foreseenAt)
      table.setText(C.kind, found.kind)
      table.setText(C.namespace, found.namespace)
      table.setText(C.budget, found.budget)
      table.set(C.pods, found.pods.size)
      table.setText(C.nodes, [...found.nodes].join(' '))
      table.setText(C.reason, found.reason)
      table.set(C.drained, found.drained)
      table.set(C.held, found.held)
    }
    return all
  }
}

/** A budget is one blocker for all nodes, pods without one are a blocker for their node. */
function keyOf({ kind, namespace, budget, pods }: Blocker): string {
  return budget === '' ? `${kind} ${pods.join(' ')}` : `${kind} ${namespace}/${budget}`
}
