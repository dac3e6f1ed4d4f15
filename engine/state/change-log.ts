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

/** What a reader wants to hear of: changes of these fields, of a table or of some kinds of objects. */
export interface Interest {
  readonly source: Source
  readonly fields: number
  /** Of objects; absent: all kinds. */
  readonly kinds?: readonly string[] | undefined
}

/** Told of the entries it is interested in as they are written; informers wake up by it. */
export interface LogListener {
  /** Sequence of the first entry this reader still has to see. */
  readonly cursor: number
  appended(source: Source, row: number, fields: number, at: SimTime): void
}

const EVERYTHING: readonly Interest[] = Object.values(Source).map(source => ({ source, fields: ANY_CHANGE }))

/** The kinds of objects as small numbers. */
export interface ObjectKinds {
  /** By row. */
  readonly kindNumber: Uint16Array
  kindName(number: number): string
}

/**
 * The accepted writes in order, as etcd's revisions are. Entries are read by sequence number until every reader
 * has passed them; then they are dropped, and `reclaim` hears of each removal so that the row can be reused.
 */
export class ChangeLog {
  /** The entries by slot, see {@link slotOf}; load the columns anew after every write. */
  at: Float64Array
  /** Pods, nodes, or from {@link Source.Objects} on the kinds of objects: see {@link sourceOf}. */
  topic: Uint16Array
  row: Int32Array
  fields: Int32Array
  /** Sequence of the oldest entry kept. */
  #first = 1
  /** Sequence the next entry will get. */
  #next = 1
  #offset = 0
  readonly #kinds: ObjectKinds
  readonly #listeners: LogListener[] = []
  readonly #audiences: Audiences<LogListener>
  readonly #reclaim: (source: Source, row: number) => void

  constructor(capacity: number, kinds: ObjectKinds, reclaim: (source: Source, row: number) => void) {
    this.#kinds = kinds
    this.#audiences = this.audiences()
    this.at = new Float64Array(capacity)
    this.topic = new Uint16Array(capacity)
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

  /** The listener hears of these changes, after those who came before it. */
  listen(listener: LogListener, interests: readonly Interest[] = EVERYTHING): void {
    this.#listeners.push(listener)
    this.#audiences.join(listener, interests)
  }

  /** A listener hears of more from now on. */
  widen(listener: LogListener, interest: Interest): void {
    this.#audiences.widen(listener, interest)
  }

  /** Lists of those who hear of each topic, for the log itself and for whoever passes its entries on. */
  audiences<Member>(): Audiences<Member> {
    return new Audiences(topic => this.#kinds.kindName(topic - Source.Objects))
  }

  append(source: Source, row: number, fields: number, at: SimTime): number {
    const topic = source === Source.Objects ? Source.Objects + this.#kinds.kindNumber[row] : source
    const slot = this.#slotForNext()
    this.at[slot] = at
    this.topic[slot] = topic
    this.row[slot] = row
    this.fields[slot] = fields
    const sequence = this.#next++
    const audience = this.#audiences.of(topic)
    const { members } = audience
    for (let i = 0; i < members.length; i++)
      if ((audience.fields[i] & fields) !== 0) members[i].appended(source, row, fields, at)
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
    const { topic, row, fields } = this
    const end = this.#offset + (passed - this.#first)
    for (let slot = this.#offset; slot < end; slot++) {
      if ((fields[slot] & Change.Deleted) !== 0) this.#reclaim(sourceOf(topic[slot]), row[slot])
    }
    this.#first = passed
    this.#offset = end
    if (this.#first === this.#next) this.#offset = 0
  }

  #shiftDown(): void {
    const from = this.#offset
    const to = from + (this.#next - this.#first)
    for (const column of [this.at, this.topic, this.row, this.fields]) column.copyWithin(0, from, to)
    this.#offset = 0
  }

  #grow(): void {
    const capacity = this.at.length * 2
    const at = new Float64Array(capacity)
    at.set(this.at)
    this.at = at
    const topic = new Uint16Array(capacity)
    topic.set(this.topic)
    this.topic = topic
    const row = new Int32Array(capacity)
    row.set(this.row)
    this.row = row
    const fields = new Int32Array(capacity)
    fields.set(this.fields)
    this.fields = fields
  }
}

/** The table that a topic is about. */
export function sourceOf(topic: number): Source {
  return topic < Source.Objects ? (topic as Source) : Source.Objects
}

/** Who hears of one topic, in the order in which they came. */
export interface Audience<Member> {
  readonly members: readonly Member[]
  /** By member: which fields it asked for. */
  readonly fields: readonly number[]
  /** All fields that one of them asked for. */
  readonly interest: number
}

/** Who is interested in what; the list of a topic is made when its first change comes. */
export class Audiences<Member> {
  readonly #joined: { readonly member: Member; readonly interests: Interest[] }[] = []
  readonly #kindName: (topic: number) => string
  #byTopic: (Audience<Member> | undefined)[] = []

  constructor(kindName: (topic: number) => string) {
    this.#kindName = kindName
  }

  join(member: Member, interests: readonly Interest[]): void {
    this.#joined.push({ member, interests: [...interests] })
    this.#byTopic = []
  }

  /** Adds to what a member that has joined is interested in. */
  widen(member: Member, interest: Interest): void {
    this.#joined.find(joined => joined.member === member)?.interests.push(interest)
    this.#byTopic = []
  }

  of(topic: number): Audience<Member> {
    return this.#byTopic[topic] ?? this.#listOf(topic)
  }

  #listOf(topic: number): Audience<Member> {
    const source = sourceOf(topic)
    const members: Member[] = []
    const asked: number[] = []
    for (const { member, interests } of this.#joined) {
      let wanted = 0
      for (const { source: about, fields, kinds } of interests) {
        if (about !== source) continue
        if (source !== Source.Objects || kinds?.includes(this.#kindName(topic)) !== false) wanted |= fields
      }
      if (wanted === 0) continue
      members.push(member)
      asked.push(wanted)
    }
    const audience = { members, fields: asked, interest: asked.reduce((all, one) => all | one, 0) }
    this.#byTopic[topic] = audience
    return audience
  }
}
