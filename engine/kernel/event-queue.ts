/**
 * Pending events in the total order (time, order), where order packs rank and sequence.
 * Three tiers: events due soon lie in a heap-js heap of integer slots; later ones in equal-width buckets (the
 * rung), each an unsorted list; the rest in one unsorted list (the top). A bucket is heaped only when its
 * time comes, so the heap stays small and the cost of an event hardly grows with the number pending.
 * The order of events is that of one big heap, whatever lies in which tier.
 * Cancelled events are marked and swept when they reach the heap's top, change tier, or outnumber the living.
 */
import { Heap } from 'heap-js'
import { DEAD, type EventHandle, EventSlots, NONE } from './event-slots.js'
import type { SimTime } from './time.js'

export { type EventHandle, NO_EVENT } from './event-slots.js'

/** Answers of {@link EventQueue.pop} that are no slot. */
export const EMPTY = -1
export const LATER = -2

/** A top this small goes to the heap as it is: bucketing would cost more than it saves. */
const SMALL = 48
const BUCKETS_MAX = 65536
const EVENTS_PER_BUCKET = 6
const SAMPLES = 63
/** A heap that outgrows this, twice its first size and a quarter of all events is spread anew. */
const HEAP_MAX = 256

/**
 * One comparator for all queues, which finds the columns through its receiver. A closure for each queue would
 * die with it, and the code optimised for it too: the third run in a process was three times slower.
 */
function compareSlots(this: SlotHeap, left: number, right: number): number {
  const { times, orders } = this.slots
  const difference = times[left] - times[right]
  return difference !== 0 ? difference : orders[left] - orders[right]
}

class SlotHeap extends Heap<number> {
  readonly slots: EventSlots

  constructor(slots: EventSlots) {
    super(compareSlots)
    this.slots = slots
  }
}

export class EventQueue {
  /** The events' columns; those of a popped event are valid until its release. */
  readonly slots: EventSlots
  #live = 0
  #dead = 0

  readonly #heap: SlotHeap
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
    this.slots = new EventSlots(capacity)
    this.#heap = new SlotHeap(this.slots)
  }

  /** Events scheduled and neither popped nor cancelled. */
  get length(): number {
    return this.#live
  }

  /** Slots in use, unswept cancelled ones included: at most twice the living ones plus a constant. */
  get occupied(): number {
    return this.#live + this.#dead
  }

  /** Adds an event. Of two at the same time the one with the smaller order comes first; orders are unique. */
  push(time: SimTime, order: number, kind: number, subject: number, argument: number): EventHandle {
    const slot = this.slots.take(time, order, kind, subject, argument)
    this.#live++
    this.#place(slot, time)
    return this.slots.handleOf(slot)
  }

  /** Takes out the first event unless it is later than the limit; the caller releases its slot. */
  pop(limit: SimTime): number {
    const heap = this.#heap
    const orders = this.slots.orders
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
      if (this.slots.times[slot] > limit) return LATER
      heap.pop()
      this.#live--
      return slot
    }
  }

  /** Gives the slot of a popped event back; every handle to it is stale from here on. */
  release(slot: number): void {
    this.slots.release(slot)
  }

  /** Cancels an event; answers whether it was still pending. */
  cancel(handle: EventHandle): boolean {
    const slot = this.slots.slotOf(handle)
    if (slot === NONE) return false
    this.slots.orders[slot] = DEAD
    this.#live--
    this.#dead++
    if (this.#dead > this.#live + SMALL) this.#sweep()
    return true
  }

  /** Time of the scheduled event, or undefined when it is no longer pending. */
  timeOf(handle: EventHandle): SimTime | undefined {
    const slot = this.slots.slotOf(handle)
    return slot === NONE ? undefined : this.slots.times[slot]
  }

  #place(slot: number, time: SimTime): void {
    if (time < this.#heapEnd) {
      this.#heap.add(slot)
      if (this.#heap.heapArray.length > this.#heapMax) this.#gather()
    } else if (time < this.#rungEnd) {
      const bucket = Math.floor((time - this.#rungStart) / this.#bucketWidth)
      this.slots.next[slot] = this.#buckets[bucket]
      this.#buckets[bucket] = slot
    } else {
      this.slots.next[slot] = this.#top
      this.#top = slot
      this.#topCount++
    }
  }

  /** Fills the empty heap from the next bucket or, these used up, from the top. False if nothing is left. */
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
    const next = this.slots.next
    const orders = this.slots.orders
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
    for (let index = 0; index < array.length; index++)
      this.#place(array[index], this.slots.times[array[index]])
    array.length = 0
    for (let bucket = first; bucket < last; bucket++) this.#placeList(this.#buckets[bucket])
  }

  /**
   * Spreads the earlier part of the top over new buckets. The rung ends at a sampled quantile, so one event
   * years ahead cannot stretch the buckets until all others fall into one of them.
   */
  #spread(): void {
    const times = this.slots.times
    const next = this.slots.next
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
    if (this.#buckets.length < buckets) this.#buckets = new Int32Array(buckets)
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
    const next = this.slots.next
    const times = this.slots.times
    const orders = this.slots.orders
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

  /** Frees all cancelled events, once they outnumber the living: a cancel costs O(1) amortised. */
  #sweep(): void {
    const orders = this.slots.orders
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
}
