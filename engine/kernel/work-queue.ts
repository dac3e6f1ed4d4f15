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

/** What is known of a key, as bits. */
const DIRTY = 1
const PROCESSING = 2

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
  /** By place of the key, see {@link placeOf}: keys are rows or small multiples of rows, so columns stay short. */
  #bits = new Uint8Array(64)
  /** The event each key waits for, or once waited for: a handle is never given to another event. */
  #waits = new Float64Array(0)
  #failures = new Uint32Array(0)
  /** Keys being worked on, and keys that wait. */
  #processing = 0
  #waiting = 0
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
      this.#waiting--
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
    return this.#waiting
  }

  isProcessing(key: number): boolean {
    return (this.#bits[placeOf(key)] & PROCESSING) !== 0
  }

  /** Queues a key, unless it is queued already; if it is being worked on, once it is done. */
  add(key: number): void {
    const place = placeOf(key)
    if (place >= this.#bits.length) this.#bits = longer(this.#bits, new Uint8Array(roomFor(place)))
    const bits = this.#bits[place]
    if ((bits & DIRTY) !== 0) return
    this.#bits[place] = bits | DIRTY
    if ((bits & PROCESSING) !== 0) return
    this.#fifo.push(key)
    this.#wake()
  }

  /** Queues a key after a delay. Of several delays under way for one key the earliest end counts. */
  addAfter(key: number, delay: SimTime): void {
    if (delay <= 0) {
      this.add(key)
      return
    }
    const kernel = this.#kernel
    const readyAt = kernel.now + delay
    const place = placeOf(key)
    if (place >= this.#waits.length) this.#waits = longer(this.#waits, new Float64Array(roomFor(place)))
    const known = kernel.timeOf(this.#waits[place])
    if (known === undefined) this.#waiting++
    else if (known <= readyAt) return
    else kernel.cancel(this.#waits[place])
    this.#waits[place] = kernel.schedule(readyAt, this.#ready, key)
  }

  /** Queues a key after its back-off, or after the token bucket's wait if that is longer. */
  addRateLimited(key: number): void {
    const place = placeOf(key)
    if (place >= this.#failures.length)
      this.#failures = longer(this.#failures, new Uint32Array(roomFor(place)))
    const failures = this.#failures[place]++
    const backOff = Math.min(this.#maxDelay, this.#baseDelay * 2 ** Math.min(failures, 62))
    const now = this.#kernel.now
    const bucketWait = this.#bucket.reserve(now) - now
    this.addAfter(key, Math.max(backOff, bucketWait))
  }

  /** Ends a key's back-off: its next failure counts as the first. A delay under way goes on. */
  forget(key: number): void {
    const place = placeOf(key)
    if (place < this.#failures.length) this.#failures[place] = 0
  }

  /** How often the key was added rate-limited since it was last forgotten. */
  numRequeues(key: number): number {
    return this.#failures[placeOf(key)] ?? 0
  }

  /** Frees the worker of a key; if the key was added meanwhile it queues up again. */
  done(key: number): void {
    const place = placeOf(key)
    const bits = this.#bits[place]
    if ((bits & PROCESSING) === 0) return
    this.#bits[place] = bits & ~PROCESSING
    this.#processing--
    if ((bits & DIRTY) !== 0) this.#fifo.push(key)
    this.#wake()
  }

  /**
   * Forgets everything, as when the owner's process dies: queue, delays, back-offs, and keys being worked on.
   * The owner drops its work in progress too, and does not call done for it.
   */
  clear(): void {
    for (const handle of this.#waits) this.#kernel.cancel(handle)
    this.#kernel.cancel(this.#wakeup)
    this.#wakeup = NO_EVENT
    this.#waiting = 0
    this.#fifo = []
    this.#head = 0
    this.#bits.fill(0)
    this.#processing = 0
    this.#failures.fill(0)
    this.#bucket = new TokenBucket(this.#retriesPerSecond, this.#retryBurst)
  }

  #wake(): void {
    if (this.#wakeup !== NO_EVENT || this.length === 0) return
    if (this.#processing < this.#workers) this.#wakeup = this.#kernel.schedule(this.#kernel.now, this.#work)
  }

  #takeNext(): void {
    this.#wakeup = NO_EVENT
    const key = this.#fifo[this.#head++]
    if (this.#head > 1024 && this.#head * 2 > this.#fifo.length) {
      this.#fifo = this.#fifo.slice(this.#head)
      this.#head = 0
    }
    this.#bits[placeOf(key)] &= ~DIRTY
    this.#begin(key)
  }

  /** Nobody is before the key, and a worker is free: no event is needed to hand it out. */
  #isIdleFor(key: number): boolean {
    if (this.length > 0 || this.#wakeup !== NO_EVENT || this.#processing >= this.#workers) return false
    return !this.isProcessing(key)
  }

  #begin(key: number): void {
    const place = placeOf(key)
    if (place >= this.#bits.length) this.#bits = longer(this.#bits, new Uint8Array(roomFor(place)))
    this.#bits[place] |= PROCESSING
    this.#processing++
    this.#wake()
    this.#process(key)
  }
}

/** Where the columns have a key: those from 0 on at even places, those below at odd ones. */
function placeOf(key: number): number {
  return key < 0 ? -2 * key - 1 : 2 * key
}

function roomFor(place: number): number {
  return 2 ** Math.ceil(Math.log2(place + 2))
}

function longer<Column extends Uint8Array | Uint32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
