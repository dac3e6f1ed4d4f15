/**
 * The records of scheduled events in columns, one slot each, and the handles that name them.
 * A freed slot is used again under the next generation, so an old handle never names a new event.
 */
import { invariant } from './invariant.js'
import type { SimTime } from './time.js'

/** Names one scheduled event for ever: a later event in the same slot has another handle. Zero is none. */
export type EventHandle = number & { readonly __brand?: 'EventHandle' }

/** The handle of no event; cancelling it does nothing. */
export const NO_EVENT: EventHandle = 0

/** The order of a cancelled event that still occupies its slot. */
export const DEAD = -1

/** The end of a list of slots. */
export const NONE = -1

const SLOT_LIMIT = 2 ** 24
const GENERATION_LIMIT = 2 ** 29

export class EventSlots {
  /** Columns by slot. They are replaced when the slots grow, so nobody keeps them. */
  times: Float64Array
  /** Rank and sequence in one number; DEAD once cancelled. */
  orders: Float64Array
  kinds: Int32Array
  subjects: Float64Array
  arguments: Float64Array
  /** The slot after this one in whatever list it is in. */
  next: Int32Array
  #generations: Uint32Array
  #free = NONE
  #used = 0

  constructor(capacity: number) {
    const slots = Math.max(1, capacity)
    this.times = new Float64Array(slots)
    this.orders = new Float64Array(slots)
    this.kinds = new Int32Array(slots)
    this.subjects = new Float64Array(slots)
    this.arguments = new Float64Array(slots)
    this.next = new Int32Array(slots)
    this.#generations = new Uint32Array(slots).fill(1)
  }

  get capacity(): number {
    return this.times.length
  }

  /** Fills a free slot. */
  take(time: SimTime, order: number, kind: number, subject: number, argument: number): number {
    let slot = this.#free
    if (slot === NONE) {
      slot = this.#used
      if (slot === this.times.length) this.#grow()
      this.#used++
    } else {
      this.#free = this.next[slot]
    }
    this.times[slot] = time
    this.orders[slot] = order
    this.kinds[slot] = kind
    this.subjects[slot] = subject
    this.arguments[slot] = argument
    return slot
  }

  /** Frees a slot; every handle to it is stale from here on. */
  release(slot: number): void {
    const generations = this.#generations
    const generation = generations[slot] + 1
    generations[slot] = generation === GENERATION_LIMIT ? 1 : generation
    this.next[slot] = this.#free
    this.#free = slot
  }

  handleOf(slot: number): EventHandle {
    return this.#generations[slot] * SLOT_LIMIT + slot
  }

  /** The slot of an event neither released nor cancelled, or NONE. */
  slotOf(handle: EventHandle): number {
    const slot = handle % SLOT_LIMIT
    const generation = (handle - slot) / SLOT_LIMIT
    const pending = slot < this.#used && this.#generations[slot] === generation && this.orders[slot] !== DEAD
    return pending ? slot : NONE
  }

  #grow(): void {
    const slots = Math.min(SLOT_LIMIT, this.times.length * 2)
    invariant(slots > this.times.length, `more than ${SLOT_LIMIT} pending events`)
    this.times = enlarge(this.times, new Float64Array(slots))
    this.orders = enlarge(this.orders, new Float64Array(slots))
    this.kinds = enlarge(this.kinds, new Int32Array(slots))
    this.subjects = enlarge(this.subjects, new Float64Array(slots))
    this.arguments = enlarge(this.arguments, new Float64Array(slots))
    this.next = enlarge(this.next, new Int32Array(slots))
    this.#generations = enlarge(this.#generations, new Uint32Array(slots).fill(1))
  }
}

type Column = Float64Array | Uint32Array | Uint16Array | Int32Array

function enlarge<Kind extends Column>(from: Column, to: Kind): Kind {
  to.set(from)
  return to
}
