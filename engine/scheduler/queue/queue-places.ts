import { NEVER, type SimTime } from '../../kernel/time.js'
import { isRejection } from '../framework/status.js'
import type { EnabledPlugin, Profile } from '../profile.js'
import { BACKOFF_WINDOW, type BackoffBounds, backoffExpiry, isBackingOff } from './backoff.js'
import { EntryHeap } from './entry-heap.js'
import type { EventInterest } from './event-interest.js'
import { type HeapSlot, Place, type QueueEntry } from './queue-entry.js'
import { Strategy } from './requeue-strategy.js'
import { UnschedulablePods } from './unschedulable-pods.js'

/**
 * The places in which pods wait, and the moves between them: a pod that gets into a place has left the one it was in.
 *
 * Upstream: moveToActiveQ, moveToBackoffQ and requeuePodWithQueueingStrategy of
 * pkg/scheduler/backend/queue/scheduling_queue.go, and backoff_queue.go (1.36).
 * Simplified: nothing known.
 */
export class QueuePlaces {
  readonly #profiles: readonly Profile[]
  readonly #bounds: BackoffBounds
  readonly #active: EntryHeap
  readonly #backoff: EntryHeap
  readonly #errorBackoff: EntryHeap
  readonly unschedulable: UnschedulablePods

  constructor(profiles: readonly Profile[], bounds: BackoffBounds, interest: EventInterest) {
    this.#profiles = profiles
    this.#bounds = bounds
    this.unschedulable = new UnschedulablePods(interest)
    // All profiles of one scheduler have the same queue sort; validation sees to it.
    const sorter = profiles[0].at.queueSort[0].plugin
    const bySort = (a: HeapSlot, b: HeapSlot): number => sorter.less?.(a, b) || a.sequence - b.sequence
    this.#active = new EntryHeap(bySort)
    this.#backoff = new EntryHeap((a, b) => a.expiry - b.expiry || bySort(a, b))
    this.#errorBackoff = new EntryHeap((a, b) => a.expiry - b.expiry || a.sequence - b.sequence)
  }

  get isReady(): boolean {
    return this.#active.size > 0 || this.#backoff.size > 0
  }

  pop(): QueueEntry | undefined {
    return this.#active.pop() ?? this.#backoff.pop()
  }

  requeue(entry: QueueEntry, strategy: Strategy, now: SimTime): void {
    if (strategy === Strategy.Skip) {
      this.unschedulable.add(entry)
      return
    }
    const expiry = backoffExpiry(entry, this.#bounds)
    if (strategy === Strategy.AfterBackoff && isBackingOff(expiry, now)) this.#backOff(entry, expiry)
    else this.activate(entry, false)
  }

  /** Into the active queue, or gated. Pods in the back-off queues have passed the gates before. */
  activate(entry: QueueEntry, hasPassedGates: boolean): void {
    if (!hasPassedGates) runPreEnqueue(entry, this.#profiles[entry.profile].at.preEnqueue)
    if (entry.isGated) this.unschedulable.add(entry)
    else {
      entry.place = Place.Active
      this.#active.push(entry)
    }
  }

  #backOff(entry: QueueEntry, expiry: SimTime): void {
    runPreEnqueue(entry, this.#profiles[entry.profile].at.preEnqueue)
    if (entry.isGated) this.unschedulable.add(entry)
    else if (entry.isRejected) {
      entry.place = Place.Backoff
      this.#backoff.push(entry, expiry)
    } else {
      entry.place = Place.ErrorBackoff
      this.#errorBackoff.push(entry, expiry)
    }
  }

  takeOut(entry: QueueEntry): void {
    if (entry.place === Place.Unschedulable) this.unschedulable.remove(entry)
    else this.#heapAt(entry.place)?.remove(entry)
    entry.place = Place.None
  }

  /** A change of the pod may have changed its order. */
  putAgain(entry: QueueEntry): void {
    const heap = this.#heapAt(entry.place)
    const expiry = entry.slot?.expiry
    if (heap === undefined || expiry === undefined) return
    heap.remove(entry)
    heap.push(entry, expiry)
  }

  /** Pods whose back-off is over get into the active queue. */
  flushBackoff(now: SimTime): void {
    this.#flush(this.#backoff, now)
    this.#flush(this.#errorBackoff, now)
  }

  /** When the next back-off is over: a whole second; NEVER while nobody waits. */
  nextBackoffEnd(): SimTime {
    const rejected = this.#backoff.peek()?.expiry ?? NEVER
    const failed = this.#errorBackoff.peek()?.expiry ?? NEVER
    const expiry = Math.min(rejected, failed)
    return expiry === NEVER ? NEVER : expiry + BACKOFF_WINDOW
  }

  entriesAt(place: Place): Iterable<QueueEntry> {
    if (place === Place.Unschedulable) return this.unschedulable.entries()
    return this.#heapAt(place)?.entries() ?? []
  }

  countAt(place: Place): number {
    return place === Place.Unschedulable ? this.unschedulable.size : (this.#heapAt(place)?.size ?? 0)
  }

  #flush(heap: EntryHeap, now: SimTime): void {
    for (let slot = heap.peek(); slot !== undefined; slot = heap.peek()) {
      const { entry, expiry } = slot
      if (entry === undefined || isBackingOff(expiry, now)) return
      heap.pop()
      this.activate(entry, true)
    }
  }

  #heapAt(place: Place): EntryHeap | undefined {
    if (place === Place.Active) return this.#active
    if (place === Place.Backoff) return this.#backoff
    return place === Place.ErrorBackoff ? this.#errorBackoff : undefined
  }
}

/** Asks the plugin that gates the pod first, then all others; the first that says no gates it. */
function runPreEnqueue(entry: QueueEntry, enabled: readonly EnabledPlugin[]): void {
  const before = entry.gatedBy
  const gating = before === '' ? undefined : enabled.find(({ name }) => name === before)
  if (gating !== undefined && isRejection(gating.plugin.preEnqueue?.(entry.pod) ?? 0)) return
  for (const { name, plugin } of enabled) {
    if (name === before || !isRejection(plugin.preEnqueue?.(entry.pod) ?? 0)) continue
    entry.unschedulablePlugins = new Set([...entry.unschedulablePlugins, name])
    entry.gatedBy = name
    return
  }
  entry.gatedBy = ''
}
