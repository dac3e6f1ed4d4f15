import { NEVER, type SimTime } from '../../kernel/time.js'
import type { EventInterest } from './event-interest.js'
import { Place, type QueueEntry } from './queue-entry.js'

/**
 * The pods that wait for an event, listed under the plugins they wait for. Those not gated are also kept in the order
 * of their coming, which is that of `queuedAt`: the first one is the next to have waited too long.
 *
 * Upstream: pkg/scheduler/backend/queue/unschedulable_pods.go (1.36), which has no index.
 * Simplified: nothing known.
 */
export class UnschedulablePods {
  readonly #interest: EventInterest
  readonly #gated = new Set<QueueEntry>()
  #oldest: QueueEntry | undefined
  #newest: QueueEntry | undefined
  size = 0

  constructor(interest: EventInterest) {
    this.#interest = interest
  }

  add(entry: QueueEntry): void {
    entry.place = Place.Unschedulable
    this.size++
    if (entry.isGated) this.#gated.add(entry)
    else this.#link(entry)
    for (const plugin of entry.unschedulablePlugins) this.#waiting(entry, plugin)?.add(entry)
    for (const plugin of entry.pendingPlugins) this.#waiting(entry, plugin)?.add(entry)
  }

  remove(entry: QueueEntry): void {
    entry.place = Place.None
    this.size--
    if (!this.#gated.delete(entry)) this.#unlink(entry)
    for (const plugin of entry.unschedulablePlugins) this.#waiting(entry, plugin)?.delete(entry)
    for (const plugin of entry.pendingPlugins) this.#waiting(entry, plugin)?.delete(entry)
  }

  /** When the pod that waits longest came, gated pods aside; NEVER when there is none. */
  get oldestAt(): SimTime {
    return this.#oldest?.queuedAt ?? NEVER
  }

  /** The pods that came before a time, gated ones aside. */
  cameBefore(time: SimTime): QueueEntry[] {
    const entries: QueueEntry[] = []
    for (let entry = this.#oldest; entry !== undefined && entry.queuedAt < time; entry = entry.next) {
      entries.push(entry)
    }
    return entries
  }

  hasGatedBefore(time: SimTime): boolean {
    for (const entry of this.#gated) if (entry.queuedAt < time) return true
    return false
  }

  get gatedCount(): number {
    return this.#gated.size
  }

  *entries(): Iterable<QueueEntry> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.next) yield entry
    yield* this.#gated
  }

  #waiting(entry: QueueEntry, plugin: string): Set<QueueEntry> | undefined {
    return this.#interest.find(entry.profile, plugin)?.waiting
  }

  #link(entry: QueueEntry): void {
    // A pod comes here from its cycle, later than all the others.
    entry.previous = this.#newest
    entry.next = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.next = entry
    this.#newest = entry
  }

  #unlink(entry: QueueEntry): void {
    if (entry.previous === undefined) this.#oldest = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#newest = entry.previous
    else entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
  }
}
