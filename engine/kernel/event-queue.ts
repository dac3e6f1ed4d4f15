/**
 * Pending events in the total order (time, order), where order packs rank and sequence.
 * Three tiers: events due soon lie in a heap-js heap of integer slots; later ones in equal-width buckets (the
 * rung), each an unsorted list; the rest in one unsorted list (the top). A bucket is heaped only when its
 * time comes, so the heap stays small and the cost of an event hardly grows with the number pending.
 * The order of events is that of one big heap, whatever lies in which tier.
 * Cancelled events are marked and swept when they reach the heap's top, change tier, or outnumber the living.
 */
import { Heap } from 'heap-js'
import { invariant } from './invariant.js'
import type { SimTime } from './time.js'

/** Names one scheduled event for ever: a later event in the same slot has another handle. Zero is none. */
export type EventHandle = number & { readonly __brand?: 'EventHandle' }

/** The handle of no event; cancelling it does nothing. */
export const NO_EVENT: EventHandle = 0

/** Answers of {@link EventQueue.pop} that are no slot. */
export const EMPTY = -1
export const LATER = -2

const SLOT_LIMIT = 2 ** 24
const GENERATION_LIMIT = 2 ** 29
const NONE = -1
const DEAD = -1
/** A top this small goes to the heap as it is: bucketing would cost more than it saves. */
const SMALL = 48
const BUCKETS_MAX = 4096
const EVENTS_PER_BUCKET = 12
const SAMPLES = 63
/** A heap that outgrows this, twice its first size and a quarter of all events is spread anew. */
const HEAP_MAX = 256

export class EventQueue {
  /** Columns by slot; valid from pop until release. They are replaced when the queue grows. */
  times: Float64Array
  subjects: Float64Array
  arguments: Float64Array
  kinds: Uint16Array
  #orders: Float64Array
  #generations: Uint32Array
  #next: Int32Array
  #free = NONE
  #used = 0
  #live = 0
  #dead = 0

  readonly #heap: Heap<number>
  #heapMax = HEAP_MAX
  /** Events before this time belong in the heap. */
  #heapEnd: SimTime = 0

  #buckets: Int32Array = new Int32Array(0)
  #bucketCount = 0
  #bucket = 0
  #rungStart: SimTime = 0
  #bucketWidth = 1
  /** Events from this time on belong in the top. */
  #rungEnd: SimTime = 0

  #top = NONE
  #topCount = 0
  readonly #samples = new Float64Array(SAMPLES)

  constructor(capacity = 1024) {
    const slots = Math.max(1, capacity)
    this.times = new Float64Array(slots)
    this.subjects = new Float64Array(slots)
    this.arguments = new Float64Array(slots)
    this.kinds = new Uint16Array(slots)
    this.#orders = new Float64Array(slots)
    this.#generations = new Uint32Array(slots).fill(1)
    this.#next = new Int32Array(slots)
    this.#heap = new Heap((left: number, right: number) => {
      const times = this.times
      const difference = times[left] - times[right]
      if (difference !== 0) return difference
      const orders = this.#orders
      return orders[left] - orders[right]
    })
  }

  /** Events scheduled and neither popped nor cancelled. */
  get length(): number {
    return this.#live
  }

  /** Slots in use, cancelled ones not yet swept included; bounded by twice the living ones plus a constant. */
  get occupied(): number {
    return this.#live + this.#dead
  }

  /** Adds an event. Of two at the same time the one with the smaller order comes first; orders are unique. */
  push(time: SimTime, order: number, kind: number, subject: number, argument: number): EventHandle {
    let slot = this.#free
    if (slot === NONE) {
      slot = this.#used
      if (slot === this.times.length) this.#grow()
      this.#used++
    } else {
      this.#free = this.#next[slot]
    }
    this.times[slot] = time
    this.#orders[slot] = order
    this.kinds[slot] = kind
    this.subjects[slot] = subject
    this.arguments[slot] = argument
    this.#live++
    this.#place(slot, time)
    return this.#generations[slot] * SLOT_LIMIT + slot
  }

  /** Takes out the first event unless it is later than the limit; the caller releases the slot after reading. */
  pop(limit: SimTime): number {
    const heap = this.#heap
    const orders = this.#orders
    for (;;) {
      if (heap.heapArray.length === 0) {
        if (!this.#refill()) return EMPTY
        continue
      }
      const slot = heap.heapArray[0]
      if (orders[slot] === DEAD) {
        heap.pop()
        this.#dead--
        this.release(slot)
        continue
      }
      if (this.times[slot] > limit) return LATER
      heap.pop()
      this.#live--
      return slot
    }
  }

  /** Gives the slot of a popped event back; every handle to it is stale from here on. */
  release(slot: number): void {
    const generations = this.#generations
    const generation = generations[slot] + 1
    generations[slot] = generation === GENERATION_LIMIT ? 1 : generation
    this.#next[slot] = this.#free
    this.#free = slot
  }

  /** Whether the event is still pending. A popped event whose slot is not yet released is not. */
  isPending(handle: EventHandle): boolean {
    const slot = handle % SLOT_LIMIT
    const generation = (handle - slot) / SLOT_LIMIT
    return slot < this.#used && this.#generations[slot] === generation && this.#orders[slot] !== DEAD
  }

  /** Cancels an event; answers whether it was still pending. */
  cancel(handle: EventHandle): boolean {
    if (!this.isPending(handle)) return false
    this.#orders[handle % SLOT_LIMIT] = DEAD
    this.#live--
    this.#dead++
    if (this.#dead > this.#live + SMALL) this.#sweep()
    return true
  }

  /** Time of the scheduled event, or undefined when it is no longer pending. */
  timeOf(handle: EventHandle): SimTime | undefined {
    return this.isPending(handle) ? this.times[handle % SLOT_LIMIT] : undefined
  }

  #place(slot: number, time: SimTime): void {
    if (time < this.#heapEnd) {
      this.#heap.add(slot)
      if (this.#heap.heapArray.length > this.#heapMax) this.#gather()
    } else if (time < this.#rungEnd) {
      const bucket = Math.floor((time - this.#rungStart) / this.#bucketWidth)
      this.#next[slot] = this.#buckets[bucket]
      this.#buckets[bucket] = slot
    } else {
      this.#next[slot] = this.#top
      this.#top = slot
      this.#topCount++
    }
  }

  /** Fills the empty heap from the next bucket, or the rung from the top first. False when nothing is left. */
  #refill(): boolean {
    const buckets = this.#buckets
    for (let bucket = this.#bucket; bucket < this.#bucketCount; bucket++) {
      const first = buckets[bucket]
      if (first === NONE) continue
      buckets[bucket] = NONE
      this.#bucket = bucket + 1
      this.#heapEnd = Math.min(this.#rungEnd, this.#rungStart + (bucket + 1) * this.#bucketWidth)
      this.#heapList(first)
      return true
    }
    this.#bucket = this.#bucketCount
    this.#heapEnd = this.#rungEnd
    if (this.#top === NONE) return false
    this.#spread()
    return true
  }

  /** Moves a list of events into the heap, which is empty. */
  #heapList(first: number): void {
    const next = this.#next
    const orders = this.#orders
    const array = this.#heap.heapArray
    for (let slot = first; slot !== NONE; ) {
      const following = next[slot]
      if (orders[slot] === DEAD) {
        this.#dead--
        this.release(slot)
      } else {
        array.push(slot)
      }
      slot = following
    }
    if (array.length > 1) this.#heap.init()
    this.#heapMax = Math.max(HEAP_MAX, array.length * 2, this.#live >> 2)
  }

  /** Throws all events back into the top, to be spread anew; a heap that grew by half of them pays for it. */
  #gather(): void {
    const array = this.#heap.heapArray
    const first = this.#bucket
    const last = this.#bucketCount
    this.#heapEnd = this.#rungEnd = 0
    this.#bucket = this.#bucketCount = 0
    for (let index = 0; index < array.length; index++) this.#place(array[index], this.times[array[index]])
    array.length = 0
    for (let bucket = first; bucket < last; bucket++) this.#placeList(this.#buckets[bucket])
  }

  /**
   * Spreads the earlier part of the top over new buckets. The rung ends at a sampled quantile, so one event
   * years ahead cannot stretch the buckets until all others fall into one of them.
   */
  #spread(): void {
    const times = this.times
    const next = this.#next
    const count = this.#topCount
    const list = this.#top
    this.#top = NONE
    this.#topCount = 0
    const stride = Math.max(1, Math.floor(count / SAMPLES))
    let earliest = times[list]
    let latest = earliest
    let sampled = 0
    for (let slot = list, index = 0; slot !== NONE; slot = next[slot], index++) {
      const time = times[slot]
      if (time < earliest) earliest = time
      else if (time > latest) latest = time
      if (index % stride === 0 && sampled < SAMPLES) this.#samples[sampled++] = time
    }
    if (count <= SMALL) {
      this.#bucketCount = this.#bucket = 0
      this.#heapEnd = this.#rungEnd = latest + 1
      this.#heapList(list)
      return
    }
    const quantile = this.#samples.subarray(0, sampled).sort()[Math.floor(sampled * 0.75)]
    const span = Math.max(quantile, earliest) - earliest + 1
    const wanted = Math.min(BUCKETS_MAX, Math.ceil(count / EVENTS_PER_BUCKET))
    // A power of two divides without rounding, so that bucket borders are exact at any time.
    let width = 1
    while (width * wanted < span) width *= 2
    const buckets = Math.ceil(span / width)
    if (this.#buckets.length < buckets) this.#buckets = new Int32Array(BUCKETS_MAX)
    this.#buckets.fill(NONE, 0, buckets)
    this.#bucketCount = buckets
    this.#bucket = 0
    this.#bucketWidth = width
    this.#rungStart = this.#heapEnd = earliest
    this.#rungEnd = earliest + buckets * width
    this.#placeList(list)
  }

  /** Files the living events of a list anew and frees the dead ones. */
  #placeList(first: number): void {
    const next = this.#next
    const times = this.times
    const orders = this.#orders
    for (let slot = first; slot !== NONE; ) {
      const following = next[slot]
      if (orders[slot] === DEAD) {
        this.#dead--
        this.release(slot)
      } else {
        this.#place(slot, times[slot])
      }
      slot = following
    }
  }

  /** Frees every cancelled event. It runs when they outnumber the living, so a cancel costs O(1) amortised. */
  #sweep(): void {
    const orders = this.#orders
    const array = this.#heap.heapArray
    let kept = 0
    for (let index = 0; index < array.length; index++) {
      const slot = array[index]
      if (orders[slot] === DEAD) {
        this.#dead--
        this.release(slot)
      } else {
        array[kept++] = slot
      }
    }
    array.length = kept
    if (kept > 1) this.#heap.init()
    for (let bucket = this.#bucket; bucket < this.#bucketCount; bucket++) {
      const first = this.#buckets[bucket]
      this.#buckets[bucket] = NONE
      this.#placeList(first)
    }
    const list = this.#top
    this.#top = NONE
    this.#topCount = 0
    this.#placeList(list)
  }

  #grow(): void {
    const slots = Math.min(SLOT_LIMIT, this.times.length * 2)
    invariant(slots > this.times.length, `more than ${SLOT_LIMIT} pending events`)
    this.times = enlarge(this.times, new Float64Array(slots))
    this.subjects = enlarge(this.subjects, new Float64Array(slots))
    this.arguments = enlarge(this.arguments, new Float64Array(slots))
    this.kinds = enlarge(this.kinds, new Uint16Array(slots))
    this.#orders = enlarge(this.#orders, new Float64Array(slots))
    this.#generations = enlarge(this.#generations, new Uint32Array(slots).fill(1))
    this.#next = enlarge(this.#next, new Int32Array(slots))
  }
}

type Column = Float64Array | Uint32Array | Uint16Array | Int32Array

function enlarge<Kind extends Column>(from: Column, to: Kind): Kind {
  to.set(from)
  return to
}
