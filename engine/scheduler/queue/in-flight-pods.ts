import { invariant } from '../../kernel/invariant.js'
import type { ClusterEvent } from '../framework/interface.js'
import { Place, type QueueEntry } from './queue-entry.js'
import { Ring } from './ring.js'

/** Something that happened while pods were in flight. */
export interface InFlightEvent {
  /** Undefined: the event that concerns every rejection, sent when pods have waited too long or are activated. */
  readonly event: ClusterEvent | undefined
  /** The one pod it is about; undefined: all. */
  readonly only: QueueEntry | undefined
}

/**
 * The pods in flight, and the events since the oldest of them was popped: a pod that fails is judged by those that came
 * after it was popped. What nobody in flight can ask for any more is dropped.
 *
 * Upstream: inFlightPods and inFlightEvents of pkg/scheduler/backend/queue/active_queue.go (1.36), one list there.
 * Simplified: nothing known.
 */
export class InFlightPods {
  /** In the order they were popped; undefined where one is done. */
  readonly #pods = new Ring<QueueEntry | undefined>()
  readonly #events = new Ring<InFlightEvent>()
  /** Pods in flight. */
  size = 0

  add(entry: QueueEntry): void {
    entry.place = Place.InFlight
    entry.inFlightAt = this.#pods.push(entry)
    entry.inFlightSince = this.#events.end
    this.size++
  }

  has(entry: QueueEntry): boolean {
    return !Number.isNaN(entry.inFlightAt)
  }

  record(event: ClusterEvent | undefined, only: QueueEntry | undefined): void {
    invariant(this.size > 0, 'events are kept only while pods are in flight')
    this.#events.push({ event, only })
  }

  /** What happened since the pod was popped, oldest first. */
  *eventsSince(entry: QueueEntry): Iterable<InFlightEvent> {
    for (let i = entry.inFlightSince; i < this.#events.end; i++) yield this.#events.get(i)
  }

  delete(entry: QueueEntry): void {
    if (!this.has(entry)) return
    this.#pods.set(entry.inFlightAt, undefined)
    entry.inFlightAt = Number.NaN
    this.size--
    const pods = this.#pods
    while (pods.first < pods.end && pods.get(pods.first) === undefined) pods.dropTo(pods.first + 1)
    const oldest = pods.first < pods.end ? pods.get(pods.first) : undefined
    this.#events.dropTo(oldest?.inFlightSince ?? this.#events.end)
  }

  *pods(): Iterable<QueueEntry> {
    for (let i = this.#pods.first; i < this.#pods.end; i++) {
      const entry = this.#pods.get(i)
      if (entry !== undefined) yield entry
    }
  }
}
