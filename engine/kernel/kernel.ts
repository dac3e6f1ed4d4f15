/**
 * The clock, the handler table and the run loop of one simulation; it knows nothing of Kubernetes.
 * An event is three numbers (kind, subject, argument). Events run in the order (time, rank, sequence), which
 * is total, so a run is a function of its model and its seed. With `ties: 'shuffled'` events of equal time
 * and rank run in a random order drawn from a stream of its own: a conclusion that then changes hung on it.
 * Events of rank Measure only observe: they are left out of the digest and draw nothing for ties.
 */
import { Digest, type DigestLog, type TracedEvent } from './digest.js'
import { EMPTY, EventQueue } from './event-queue.js'
import type { EventHandle } from './event-slots.js'
import { InvariantViolation, invariant } from './invariant.js'
import { hashText, type Stream, Streams } from './rng.js'
import { formatDuration, NEVER, type SimTime } from './time.js'

/** Who goes first among events of one instant. */
export const Rank = {
  Failure: 0,
  Kubelet: 1,
  Watch: 2,
  Controller: 3,
  Scheduler: 4,
  Autoscaler: 5,
  Measure: 6,
} as const
export type Rank = (typeof Rank)[keyof typeof Rank]

/** Names a handler; events carry it. */
export type EventKind = number & { readonly __brand?: 'EventKind' }

/** What an event calls: two integers whose meaning its kind gives. */
export type EventHandler = (subject: number, argument: number) => void

export interface KernelOptions {
  /** Printed in errors, and the seed of shuffled ties. Default '1'. */
  readonly seed?: string
  /** Order among events of equal time and rank. Default 'sequence': first scheduled, first run. */
  readonly ties?: 'sequence' | 'shuffled'
  /** Events to make room for at the start; the queue grows as needed. Default 1024. */
  readonly capacity?: number
}

export interface RunLimits {
  /** The last instant to run; events later than this stay pending and the clock ends here. */
  readonly until?: SimTime
  /** Events to run at most in this call. */
  readonly maxEvents?: number
}

export interface RunOutcome {
  readonly reason: 'drained' | 'until' | 'maxEvents'
  /** Events run in this call. */
  readonly events: number
  readonly now: SimTime
}

const RANK_UNIT = 2 ** 49
const SHUFFLE_UNIT = 2 ** 29
const SHUFFLE_RANGE = 2 ** 20
const KINDS_MAX = 2 ** 24

export class Kernel {
  /**
   * An idle kernel that never dies. A collection of garbage between two runs would otherwise take the hidden
   * classes of all kernels with it, and the code optimised for them: the next runs were three times slower.
   */
  static readonly idle: Kernel = new Kernel({ capacity: 1 })

  readonly seed: string
  #now: SimTime = 0
  #lastEventAt: SimTime = 0
  #executed = 0
  #sequence = 0
  #running = false
  readonly #queue: EventQueue
  readonly #ties: Stream | undefined
  readonly #digest = new Digest()

  readonly #kindByName = new Map<string, EventKind>()
  readonly #names: string[] = []
  readonly #handlers: EventHandler[] = []
  readonly #rankOrders: number[] = []
  /** The hash of a kind's name: the digest does not hang on the order of registration. 0 is left out. */
  readonly #kindHashes: number[] = []

  #traceFrom = NEVER
  #traceTo = NEVER
  #trace: TracedEvent[] = []

  constructor(options: KernelOptions = {}) {
    this.seed = options.seed ?? '1'
    this.#queue = new EventQueue(options.capacity)
    this.#ties = options.ties === 'shuffled' ? new Streams(this.seed).stream('kernel/ties') : undefined
  }

  /** Virtual time: that of the event being run, or where the last run stopped. */
  get now(): SimTime {
    return this.#now
  }

  /** When the last event ran that did more than observe. */
  get lastEventAt(): SimTime {
    return this.#lastEventAt
  }

  /** Events scheduled and not yet run or cancelled. */
  get pending(): number {
    return this.#queue.length
  }

  /** Events run so far, over all calls of run. */
  get executed(): number {
    return this.#executed
  }

  /** Registers a handler under a unique name and answers the kind that events name it by. */
  on(name: string, rank: Rank, handler: EventHandler): EventKind {
    invariant(!this.#kindByName.has(name), `event kind ${name} is registered twice`)
    invariant(this.#names.length < KINDS_MAX, 'too many event kinds')
    const kind: EventKind = this.#names.length
    this.#kindByName.set(name, kind)
    this.#names.push(name)
    this.#handlers.push(handler)
    this.#rankOrders.push(rank * RANK_UNIT)
    this.#kindHashes.push(rank === Rank.Measure ? 0 : hashText(name, 0) | 1)
    return kind
  }

  nameOf(kind: EventKind): string {
    return this.#names[kind]
  }

  /** Schedules an event at a time not before now. Subject and argument are integers. */
  schedule(at: SimTime, kind: EventKind, subject = 0, argument = 0): EventHandle {
    if (!(at >= this.#now && Number.isSafeInteger(at))) this.#refuse(at, kind)
    const sequence = this.#sequence++
    const order =
      this.#rankOrders[kind] + (this.#ties === undefined ? sequence : this.#shuffled(kind, sequence))
    return this.#queue.push(at, order, kind, subject, argument)
  }

  /** Cancels an event; answers whether it was still pending. */
  cancel(handle: EventHandle): boolean {
    return this.#queue.cancel(handle)
  }

  /** Whether the event is scheduled and has neither run nor been cancelled. */
  isPending(handle: EventHandle): boolean {
    return this.#queue.timeOf(handle) !== undefined
  }

  /** When the event will run, or undefined when it is no longer pending. */
  timeOf(handle: EventHandle): SimTime | undefined {
    return this.#queue.timeOf(handle)
  }

  /** Runs events until none is left or a limit is reached; calling it again goes on. */
  run(limits: RunLimits = {}): RunOutcome {
    invariant(!this.#running, 'run() is called from within an event')
    const until = limits.until ?? NEVER
    const before = this.#executed
    this.#running = true
    const reason = this.#loop(until, limits.maxEvents ?? NEVER)
    this.#running = false
    if (reason !== 'maxEvents' && limits.until !== undefined && until > this.#now) this.#now = until
    return { reason, events: this.#executed - before, now: this.#now }
  }

  /** The hash of all events run so far, those of rank Measure left out. */
  get digest(): string {
    return this.#digest.hash
  }

  /** The digest with its checkpoints, for compareDigests. */
  digestLog(): DigestLog {
    return this.#digest.log()
  }

  /** Keeps a short hash of every event from now on; read it with {@link trail}. */
  keepTrail(): void {
    this.#digest.keepTrail()
  }

  /** 16 bits of the digest after each event, from the first; empty without {@link keepTrail}. */
  trail(): Uint16Array {
    return this.#digest.trail()
  }

  /** Keeps the events whose number in the digest lies in [from, to); read them with {@link traced}. */
  trace(from: number, to: number): void {
    this.#traceFrom = from
    this.#traceTo = to
    this.#trace = []
  }

  get traced(): readonly TracedEvent[] {
    return this.#trace
  }

  #loop(until: SimTime, maxEvents: number): RunOutcome['reason'] {
    const queue = this.#queue
    const slots = queue.slots
    const digest = this.#digest
    const handlers = this.#handlers
    const hashes = this.#kindHashes
    let kind = 0
    let subject = 0
    let argument = 0
    let inHandler = false
    try {
      for (let left = maxEvents; left > 0; left--) {
        const slot = queue.pop(until)
        if (slot < 0) return slot === EMPTY ? 'drained' : 'until'
        const time = slots.times[slot]
        kind = slots.kinds[slot]
        subject = slots.subjects[slot]
        argument = slots.arguments[slot]
        queue.release(slot)
        this.#now = time
        this.#executed++
        const hash = hashes[kind]
        if (hash !== 0) {
          if (digest.events >= this.#traceFrom) this.#keep(kind, subject, argument)
          digest.add(time, hash, subject, argument)
          this.#lastEventAt = time
        }
        inHandler = true
        handlers[kind](subject, argument)
        inHandler = false
      }
      return 'maxEvents'
    } catch (error) {
      this.#running = false
      throw inHandler ? this.#explain(error, `${this.#names[kind]}(${subject}, ${argument})`) : error
    }
  }

  #shuffled(kind: EventKind, sequence: number): number {
    if (this.#ties === undefined || this.#kindHashes[kind] === 0) return sequence
    return this.#ties.integer(SHUFFLE_RANGE) * SHUFFLE_UNIT + (sequence % SHUFFLE_UNIT)
  }

  #keep(kind: number, subject: number, argument: number): void {
    const number = this.#digest.events
    if (number >= this.#traceTo) return
    this.#trace.push({ number, time: this.#now, kind: this.#names[kind], subject, argument })
  }

  #refuse(at: SimTime, kind: EventKind): never {
    const name = this.#names[kind]
    throw new InvariantViolation(
      `${name} is scheduled at ${at} us, which is no integer time from ${this.#now} us on`,
    )
  }

  /** Says of any error where the run was, so that a report of it is enough to see it again. */
  #explain(error: unknown, event: string): InvariantViolation {
    const message = error instanceof Error ? error.message : String(error)
    const time = formatDuration(this.#now)
    return new InvariantViolation(
      `${message} (at ${time} in event ${this.#executed}, ${event}); ` +
        `reproduce: --seed ${this.seed} --until ${time}`,
      { cause: error },
    )
  }
}
