import { invariant } from '../../kernel/invariant.js'
import type { ClusterEvent } from '../framework/interface.js'
import { Place, type QueueEntry } from './queue-entry.js'

/** Something that happened while pods were in flight. */
export interface InFlightEvent {
  /** Undefined: the event that concerns every rejection, sent when pods have waited too long or are activated. */
  readonly event: ClusterEvent | undefined
  /** The one pod it is about; undefined: all. */
  readonly only: QueueEntry | undefined
}

type Item = QueueEntry | InFlightEvent | undefined

/**
 * The pods in flight and the events since the oldest of them was popped, in one list by time: a pod that fails is
 * judged by the events behind it. What lies before the oldest pod is dropped.
 *
 * Upstream: inFlightPods and inFlightEvents of pkg/scheduler/backend/queue/active_queue.go (1.36).
 * Simplified: nothing known.
 */
export class InFlightPods {
  #items: Item[] = []
  /** Sequence of `#items[0]`. */
  #first = 0
  /** How many items at the start are done with. */
  #done = 0
  /** Pods in flight. */
  size = 0

  add(entry: QueueEntry): void {
    entry.inFlightSince = this.#first + this.#items.length
    entry.place = Place.InFlight
    this.#items.push(entry)
    this.size++
  }

  has(entry: QueueEntry): boolean {
    return !Number.isNaN(entry.inFlightSince)
  }

  record(event: ClusterEvent | undefined, only: QueueEntry | undefined): void {
    invariant(this.size > 0, 'events are kept only while pods are in flight')
    this.#items.push({ event, only })
  }

  /** What happened since the pod was popped, oldest first. */
  *eventsSince(entry: QueueEntry): Iterable<InFlightEvent> {
    const items = this.#items
    for (let i = entry.inFlightSince - this.#first + 1; i < items.length; i++) {
      const item = items[i]
      if (item !== undefined && 'event' in item) yield item
    }
  }

  delete(entry: QueueEntry): void {
    if (!this.has(entry)) return
    this.#items[entry.inFlightSince - this.#first] = undefined
    entry.inFlightSince = Number.NaN
    this.size--
    this.#trim()
  }

  *pods(): Iterable<QueueEntry> {
    for (let i = this.#done; i < this.#items.length; i++) {
      const item = this.#items[i]
      if (item !== undefined && !('event' in item)) yield item
    }
  }

  #trim(): void {
    const items = this.#items
    while (this.#done < items.length) {
      const item = items[this.#done]
      if (item !== undefined && !('event' in item)) break
      items[this.#done++] = undefined
    }
    if (this.#done * 2 < items.length) return
    items.splice(0, this.#done)
    this.#first += this.#done
    this.#done = 0
  }
}
