import { Heap } from 'heap-js'
import type { SimTime } from '../../kernel/time.js'
import { HeapSlot, type QueueEntry } from './queue-entry.js'

/** Below this many stale slots a clean-up costs more than it saves. */
const STALE_SLOTS_BEARABLE = 64

/**
 * A heap of queue entries from which any entry can be taken out: its slot is emptied and dropped when it comes up.
 * Keys are copied into the slot, so an entry may change while an old slot of its is still in the heap.
 *
 * Upstream: pkg/scheduler/backend/heap/heap.go (1.36), which keeps an index of positions instead.
 * Simplified: nothing known.
 */
export class EntryHeap {
  #heap: Heap<HeapSlot>
  #compare: (a: HeapSlot, b: HeapSlot) => number
  /** Entries in the heap. */
  size = 0

  constructor(compare: (a: HeapSlot, b: HeapSlot) => number) {
    this.#compare = compare
    this.#heap = new Heap(compare)
  }

  push(entry: QueueEntry, expiry: SimTime = 0): void {
    const slot = new HeapSlot(entry, expiry)
    entry.slot = slot
    this.#heap.push(slot)
    this.size++
  }

  /** The first slot, its entry present. */
  peek(): HeapSlot | undefined {
    for (;;) {
      const slot = this.#heap.peek()
      if (slot === undefined || slot.entry !== undefined) return slot
      this.#heap.pop()
    }
  }

  pop(): QueueEntry | undefined {
    const entry = this.peek()?.entry
    if (entry === undefined) return undefined
    this.#heap.pop()
    entry.slot = undefined
    this.size--
    return entry
  }

  remove(entry: QueueEntry): void {
    const { slot } = entry
    if (slot === undefined) return
    slot.entry = undefined
    entry.slot = undefined
    this.size--
    const stale = this.#heap.length - this.size
    if (stale > STALE_SLOTS_BEARABLE && stale > this.size) this.#dropStale()
  }

  /** In no particular order. */
  *entries(): Iterable<QueueEntry> {
    for (const { entry } of this.#heap.heapArray) if (entry !== undefined) yield entry
  }

  #dropStale(): void {
    const slots = this.#heap.heapArray.filter(({ entry }) => entry !== undefined)
    this.#heap = new Heap(this.#compare)
    this.#heap.init(slots)
  }
}
