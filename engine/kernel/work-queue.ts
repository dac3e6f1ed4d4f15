/**
 * A controller's work queue in virtual time: keys, not events, each at most once in the queue and never with
 * two workers at once; a key added while it is worked on comes again after it is done.
 * Upstream: client-go util/workqueue (queue, delaying queue, default controller rate limiter), release 1.36.
 * Simplified: no priorities and no shutdown; keys that become ready at the same instant enter in the order in
 * which they were scheduled (upstream leaves that to its heap and the Go scheduler).
 */
import { type EventHandle, NO_EVENT } from './event-slots.js'
import { invariant } from './invariant.js'
import type { EventKind, Kernel, Rank } from './kernel.js'
import { MILLISECOND, SECOND, type SimTime } from './time.js'
import { TokenBucket } from './token-bucket.js'

export interface WorkQueueOptions {
  /** Names the queue's events; unique in the kernel. */
  readonly name: string
  /** The rank of its owner: keys are handed out by events of this rank. */
  readonly rank: Rank
  /** Works on a key. The worker is busy until done(key) is called, now or later. */
  readonly process: (key: number) => void
  /** Keys worked on at once. Default 1. */
  readonly workers?: number
  /** First delay of a failing key, doubled at each failure. Default 5 ms. */
  readonly baseDelay?: SimTime
  /** Longest delay of a failing key. Default 1000 s. */
  readonly maxDelay?: SimTime
  /** Retries a second over all keys. Default 10. */
  readonly retriesPerSecond?: number
  /** Retries that may come at once. Default 100. */
  readonly retryBurst?: number
}

export class WorkQueue {
  readonly #kernel: Kernel
  readonly #process: (key: number) => void
  readonly #workers: number
  readonly #baseDelay: SimTime
  readonly #maxDelay: SimTime
  readonly #retriesPerSecond: number
  readonly #retryBurst: number
  readonly #work: EventKind
  readonly #ready: EventKind

  /** Keys in turn, from the head on; every one is dirty and none is being processed. */
  #fifo: number[] = []
  #head = 0
  readonly #dirty = new Set<number>()
  readonly #processing = new Set<number>()
  readonly #waiting = new Map<number, EventHandle>()
  readonly #failures = new Map<number, number>()
  #bucket: TokenBucket
  /** The event that hands out the next key; one at a time, each calling the next. */
  #wakeup: EventHandle = NO_EVENT

  constructor(kernel: Kernel, options: WorkQueueOptions) {
    this.#kernel = kernel
    this.#process = options.process
    this.#workers = options.workers ?? 1
    this.#baseDelay = options.baseDelay ?? 5 * MILLISECOND
    this.#maxDelay = options.maxDelay ?? 1000 * SECOND
    this.#retriesPerSecond = options.retriesPerSecond ?? 10
    this.#retryBurst = options.retryBurst ?? 100
    invariant(this.#workers >= 1, `${options.name} needs at least one worker`)
    this.#bucket = new TokenBucket(this.#retriesPerSecond, this.#retryBurst)
    this.#work = kernel.on(`${options.name}/work`, options.rank, () => this.#takeNext())
    this.#ready = kernel.on(`${options.name}/ready`, options.rank, key => {
      this.#waiting.delete(key)
      if (this.#isIdleFor(key)) this.#begin(key)
      else this.add(key)
    })
  }

  /** Keys in the queue: not those being worked on, nor those waiting for their time. */
  get length(): number {
    return this.#fifo.length - this.#head
  }

  /** Keys waiting for their time. */
  get waiting(): number {
    return this.#waiting.size
  }

  isProcessing(key: number): boolean {
    return this.#processing.has(key)
  }

  /** Queues a key, unless it is queued already; if it is being worked on, once it is done. */
  add(key: number): void {
    if (this.#dirty.has(key)) return
    this.#dirty.add(key)
    if (this.#processing.has(key)) return
    this.#fifo.push(key)
    this.#wake()
  }

  /** Queues a key after a delay. Of several delays under way for one key the earliest end counts. */
  addAfter(key: number, delay: SimTime): void {
    if (delay <= 0) {
      this.add(key)
      return
    }
    const readyAt = this.#kernel.now + delay
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined) {
      const known = this.#kernel.timeOf(waiting)
      if (known !== undefined && known <= readyAt) return
      this.#kernel.cancel(waiting)
    }
    this.#waiting.set(key, this.#kernel.schedule(readyAt, this.#ready, key))
  }

  /** Queues a key after its back-off, or after the token bucket's wait if that is longer. */
  addRateLimited(key: number): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const backOff = Math.min(this.#maxDelay, this.#baseDelay * 2 ** Math.min(failures, 62))
    const now = this.#kernel.now
    const bucketWait = this.#bucket.reserve(now) - now
    this.addAfter(key, Math.max(backOff, bucketWait))
  }

  /** Ends a key's back-off: its next failure counts as the first. A delay under way goes on. */
  forget(key: number): void {
    this.#failures.delete(key)
  }

  /** How often the key was added rate-limited since it was last forgotten. */
  numRequeues(key: number): number {
    return this.#failures.get(key) ?? 0
  }

  /** Frees the worker of a key; if the key was added meanwhile it queues up again. */
  done(key: number): void {
    if (!this.#processing.delete(key)) return
    if (this.#dirty.has(key)) this.#fifo.push(key)
    this.#wake()
  }

  /**
   * Forgets everything, as when the owner's process dies: queue, delays, back-offs, and keys being worked on.
   * The owner drops its work in progress too, and does not call done for it.
   */
  clear(): void {
    for (const handle of this.#waiting.values()) this.#kernel.cancel(handle)
    this.#kernel.cancel(this.#wakeup)
    this.#wakeup = NO_EVENT
    this.#waiting.clear()
    this.#fifo = []
    this.#head = 0
    this.#dirty.clear()
    this.#processing.clear()
    this.#failures.clear()
    this.#bucket = new TokenBucket(this.#retriesPerSecond, this.#retryBurst)
  }

  #wake(): void {
    if (this.#wakeup !== NO_EVENT || this.length === 0) return
    if (this.#processing.size < this.#workers)
      this.#wakeup = this.#kernel.schedule(this.#kernel.now, this.#work)
  }

  #takeNext(): void {
    this.#wakeup = NO_EVENT
    const key = this.#fifo[this.#head++]
    if (this.#head > 1024 && this.#head * 2 > this.#fifo.length) {
      this.#fifo = this.#fifo.slice(this.#head)
      this.#head = 0
    }
    this.#dirty.delete(key)
    this.#begin(key)
  }

  /** Nobody is before the key, and a worker is free: no event is needed to hand it out. */
  #isIdleFor(key: number): boolean {
    if (this.length > 0 || this.#wakeup !== NO_EVENT || this.#processing.size >= this.#workers) return false
    return !this.#processing.has(key)
  }

  #begin(key: number): void {
    this.#processing.add(key)
    this.#wake()
    this.#process(key)
  }
}
