/** How full each node was, span by span, out of the rows of a run's pods and nodes. */
import type { RecordTable } from '../../../engine/index.js'
import { type Row, rowsOfTables, textOf, timeOf } from '../../audit/rows.js'
import type { NodeLoads } from './heat-map.js'

/** Spans of time across the map. */
const SPANS = 160

/**
 * Requested cpu as a share of allocatable cpu.
 * @param tables the records `pods` and `nodes` of the run, kept in memory
 * @param duration of the run, seconds
 */
export function nodeLoads(run: string, tables: readonly RecordTable[], duration: number): NodeLoads {
  const rows = rowsOfTables(tables)
  const nodes = (rows.get('nodes') ?? []).toSorted(byName)
  const shares = nodes.map(node => new Spans(node, duration))
  const byNode = new Map(nodes.map((node, i) => [textOf(node, 'name'), shares[i]]))
  for (const pod of rows.get('pods') ?? []) byNode.get(textOf(pod, 'node'))?.add(pod)
  const names = nodes.map(node => textOf(node, 'name'))
  return { run, nodes: names, duration, shares: shares.map(spans => spans.shares) }
}

function byName(a: Row, b: Row): number {
  const [one, other] = [textOf(a, 'name'), textOf(b, 'name')]
  // Numbers within names count as numbers: node-9 comes before node-10.
  const length = one.length - other.length
  if (one.replaceAll(/\d+/g, '') === other.replaceAll(/\d+/g, '') && length !== 0) return length
  return one < other ? -1 : one > other ? 1 : 0
}

/** Core-seconds requested on one node in each span. */
class Spans {
  readonly #length: number
  readonly #duration: number
  readonly #allocatable: number
  readonly #from: number
  readonly #to: number
  readonly #held = new Float64Array(SPANS)

  constructor(node: Row, duration: number) {
    this.#duration = duration
    this.#length = duration / SPANS
    this.#allocatable = timeOf(node, 'allocatable_cpu_milli') ?? 0
    this.#from = timeOf(node, 'created_s') ?? 0
    this.#to = timeOf(node, 'deleted_s') ?? duration
  }

  add(pod: Row): void {
    const from = timeOf(pod, 'scheduled_s')
    if (from === undefined) return
    const end = timeOf(pod, 'finished_s') ?? timeOf(pod, 'deleted_s') ?? this.#duration
    const amount = timeOf(pod, 'requested_cpu_milli') ?? 0
    const last = Math.min(SPANS - 1, Math.floor(end / this.#length))
    for (let span = Math.floor(from / this.#length); span <= last; span++) {
      const overlap = Math.min(end, (span + 1) * this.#length) - Math.max(from, span * this.#length)
      if (overlap > 0) this.#held[span] += overlap * amount
    }
  }

  get shares(): readonly number[] {
    return Array.from(this.#held, (held, span) => {
      const middle = (span + 0.5) * this.#length
      const isThere = middle >= this.#from && middle <= this.#to && this.#allocatable > 0
      return isThere ? held / (this.#length * this.#allocatable) : Number.NaN
    })
  }
}
