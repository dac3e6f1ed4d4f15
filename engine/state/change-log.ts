import { invariant } from '../kernel/invariant.js'
import type { SimTime } from '../kernel/time.js'

/** The tables a change can be about. Objects of other kinds share one table and tell themselves apart by kind. */
export const Source = { Pods: 0, Nodes: 1, Objects: 2 } as const
export type Source = (typeof Source)[keyof typeof Source]

/** What a change touched, as bits: the filter of subscriptions and of queueing hints. */
export const Change = {
  Added: 1 << 0,
  Deleted: 1 << 1,
  /** `metadata.deletionTimestamp` was set or shortened. */
  Deleting: 1 << 2,
  Labels: 1 << 3,
  Annotations: 1 << 4,
  /** Owner references or finalizers. */
  Ownership: 1 << 5,
  Spec: 1 << 6,
  Status: 1 << 7,
  // Pods.
  Bound: 1 << 8,
  Phase: 1 << 9,
  Ready: 1 << 10,
  Nominated: 1 << 11,
  Restarts: 1 << 12,
  /** PodScheduled, DisruptionTarget and the texts beside the phase. */
  Conditions: 1 << 13,
  // Nodes.
  Taints: 1 << 14,
  Unschedulable: 1 << 15,
  Allocatable: 1 << 16,
  NodeReady: 1 << 17,
  Pressure: 1 << 18,
  Images: 1 << 19,
  /** The node's lease stops being renewed, or is renewed again. */
  Lease: 1 << 20,
} as const

/** Every bit: what a subscriber names who wants all. */
export const ANY_CHANGE = (1 << 21) - 1

/** Entries between two looks at what every reader has passed. */
const TRIM_EVERY = 256

/** Told of every entry as it is written; informers wake up by it. */
export interface LogListener {
  /** Sequence of the first entry this reader still has to see. */
  readonly cursor: number
  appended(source: Source, row: number, fields: number, at: SimTime): void
}

/**
 * The accepted writes in order, as etcd's revisions are. Entries are read by sequence number until every reader
 * has passed them; then they are dropped, and `reclaim` hears of each removal so that the row can be reused.
 */
export class ChangeLog {
  /** The entries by slot, see {@link slotOf}; load the columns anew after every write. */
  at: Float64Array
  source: Uint8Array
  row: Int32Array
  fields: Int32Array
  /** Sequence of the oldest entry kept. */
  #first = 1
  /** Sequence the next entry will get. */
  #next = 1
  #offset = 0
  #listeners: LogListener[] = []
  /** Kind of an object by its row; watches of some kinds are woken by these alone. */
  kindOf: (row: number) => string = () => ''
  #reclaim: (source: Source, row: number) => void

  constructor(capacity: number, reclaim: (source: Source, row: number) => void) {
    this.at = new Float64Array(capacity)
    this.source = new Uint8Array(capacity)
    this.row = new Int32Array(capacity)
    this.fields = new Int32Array(capacity)
    this.#reclaim = reclaim
  }

  /** Sequence the next entry will get: one more than the number of writes so far. */
  get end(): number {
    return this.#next
  }

  get first(): number {
    return this.#first
  }

  listen(listener: LogListener): void {
    this.#listeners.push(listener)
  }

  append(source: Source, row: number, fields: number, at: SimTime): number {
    const slot = this.#slotForNext()
    this.at[slot] = at
    this.source[slot] = source
    this.row[slot] = row
    this.fields[slot] = fields
    const sequence = this.#next++
    const listeners = this.#listeners
    for (let i = 0; i < listeners.length; i++) listeners[i].appended(source, row, fields, at)
    return sequence
  }

  /** Where an entry lies in the columns until the next write. */
  slotOf(sequence: number): number {
    invariant(sequence >= this.#first && sequence < this.#next, 'a change is read while it is kept')
    return this.#offset + (sequence - this.#first)
  }

  /** Trims at fixed sequences, so that rows are reused in the same order whatever room the log has. */
  #slotForNext(): number {
    if (this.#next % TRIM_EVERY === 0) this.#trim()
    const slot = this.#offset + (this.#next - this.#first)
    if (slot < this.at.length) return slot
    if (this.#offset * 2 >= this.at.length) this.#shiftDown()
    else this.#grow()
    return this.#offset + (this.#next - this.#first)
  }

  /** Drops what every reader has passed. */
  #trim(): void {
    let passed = this.#next
    for (const listener of this.#listeners) passed = Math.min(passed, listener.cursor)
    const { source, row, fields } = this
    const end = this.#offset + (passed - this.#first)
    for (let slot = this.#offset; slot < end; slot++) {
      if ((fields[slot] & Change.Deleted) !== 0) this.#reclaim(source[slot] as Source, row[slot])
    }
    this.#first = passed
    this.#offset = end
    if (this.#first === this.#next) this.#offset = 0
  }

  #shiftDown(): void {
    const from = this.#offset
    const to = from + (this.#next - this.#first)
    for (const column of [this.at, this.source, this.row, this.fields]) column.copyWithin(0, from, to)
    this.#offset = 0
  }

  #grow(): void {
    const capacity = this.at.length * 2
    const at = new Float64Array(capacity)
    at.set(this.at)
    this.at = at
    const source = new Uint8Array(capacity)
    source.set(this.source)
    this.source = source
    const row = new Int32Array(capacity)
    row.set(this.row)
    this.row = row
    const fields = new Int32Array(capacity)
    fields.set(this.fields)
    this.fields = fields
  }
}
