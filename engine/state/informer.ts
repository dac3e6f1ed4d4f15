import type { EventKind, Kernel } from '../kernel/kernel.js'
import { Rank } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { Audiences, ChangeLog, LogListener, Source } from './change-log.js'

/** Called once per delivered change, in the order of the writes. */
export type ChangeHandler = (row: number, fields: number) => void

/** What a subscriber hears of, until it asks for something else. */
export interface Subscription {
  /** The fields to hear of from the next change on; none of them: nothing. */
  ask(fields: number): void
}

interface Subscriber {
  wanted: number
  readonly handler: ChangeHandler
}

/** What is done about the changes of one topic. */
interface Delivery {
  readonly handlers: readonly ChangeHandler[]
  /** By handler: the fields it wants now. */
  readonly wanted: readonly number[]
  /** All fields that one of the subscribers ever asked for. */
  readonly interest: number
}

/**
 * One component's watch: reads the change log `latency` after each write, in order, and hands every change to the
 * subscribers that asked for one of its fields. Components of one process share an informer, as upstream's share
 * one informer factory.
 *
 * Existence lags, fields are fresh: {@link sees} tells whether a row created (or removed) by a given sequence is
 * known here; a row's columns are always read from the store.
 *
 * Upstream: staging/src/k8s.io/client-go/tools/cache/shared_informer.go (1.36).
 * Simplified: no resync period and no relist after a broken watch; a watch is late but never loses a change.
 */
export class Informer implements LogListener {
  readonly name: string
  /** Virtual time from a write until its delivery; may be changed while running, order is kept. */
  latency: SimTime
  #kernel: Kernel
  #log: ChangeLog
  #deliver: EventKind
  #scheduled = false
  #cursor: number
  readonly #audiences: Audiences<Subscriber>
  /** By topic; empty when somebody asks for something else. */
  #deliveries: (Delivery | undefined)[] = []

  constructor(kernel: Kernel, log: ChangeLog, name: string, latency: SimTime) {
    this.name = name
    this.latency = latency
    this.#kernel = kernel
    this.#log = log
    this.#cursor = log.end
    this.#deliver = kernel.on(`watch/${name}`, Rank.Watch, () => this.#drain())
    this.#audiences = log.audiences()
    log.listen(this, [])
  }

  /** First sequence not delivered yet. An informer with nothing to come has passed everything. */
  get cursor(): number {
    return this.#scheduled ? this.#cursor : this.#log.end
  }

  /**
   * Changes of any of the fields are delivered from now on, also while the subscriber wants fewer.
   * @param kinds of objects; absent: all
   */
  subscribe(source: Source, fields: number, handler: ChangeHandler, kinds?: readonly string[]): Subscription {
    const subscriber = { wanted: fields, handler }
    const interest = { source, fields, kinds }
    this.#audiences.join(subscriber, [interest])
    this.#log.widen(this, interest)
    this.#deliveries = []
    return {
      ask: wanted => {
        subscriber.wanted = wanted
        this.#deliveries = []
      },
    }
  }

  /** Whether this informer lists a row that was created and (0: never) removed by these log sequences. */
  sees(createdSequence: number, deletedSequence: number): boolean {
    const cursor = this.cursor
    return createdSequence < cursor && (deletedSequence === 0 || deletedSequence >= cursor)
  }

  appended(_source: Source, _row: number, _fields: number, at: SimTime): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#cursor = this.#log.end - 1
    this.#kernel.schedule(at + this.latency, this.#deliver)
  }

  #drain(): void {
    const log = this.#log
    const { now } = this.#kernel
    let cursor = this.#cursor
    while (cursor < log.end) {
      const slot = log.slotOf(cursor)
      const fields = log.fields[slot]
      const topic = log.topic[slot]
      const { interest, handlers, wanted } = this.#deliveries[topic] ?? this.#deliveryOf(topic)
      if ((interest & fields) === 0) {
        this.#cursor = ++cursor
        continue
      }
      const due = log.at[slot] + this.latency
      if (due > now) {
        this.#cursor = cursor
        this.#kernel.schedule(due, this.#deliver)
        return
      }
      const row = log.row[slot]
      this.#cursor = ++cursor
      for (let i = 0; i < handlers.length; i++) if ((wanted[i] & fields) !== 0) handlers[i](row, fields)
    }
    this.#scheduled = false
  }

  #deliveryOf(topic: number): Delivery {
    const { members, interest } = this.#audiences.of(topic)
    const wanting = members.filter(({ wanted }) => wanted !== 0)
    const delivery = {
      handlers: wanting.map(({ handler }) => handler),
      wanted: wanting.map(({ wanted }) => wanted),
      interest,
    }
    this.#deliveries[topic] = delivery
    return delivery
  }
}
