import type { EventKind, Kernel } from '../kernel/kernel.js'
import { Rank } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import { type ChangeLog, type LogListener, Source } from './change-log.js'

/** Called once per delivered change, in the order of the writes. */
export type ChangeHandler = (row: number, fields: number) => void

/** What a subscriber hears of, until it asks for something else; nothing while `fields` is 0. */
export interface Subscription {
  fields: number
  readonly handler: ChangeHandler
  /** Of objects; absent: all kinds. */
  readonly kinds: readonly string[] | undefined
}

/** Who asked for changes of one table, or of one kind of objects. */
interface Audience {
  readonly subscriptions: Subscription[]
  /** All fields that one of them ever asked for. */
  interest: number
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
  readonly #audiences: readonly [Audience, Audience, Audience] = [nobody(), nobody(), nobody()]
  /** Those of objects by kind; empty after a subscription. */
  readonly #byKind = new Map<string, Audience>()

  constructor(kernel: Kernel, log: ChangeLog, name: string, latency: SimTime) {
    this.name = name
    this.latency = latency
    this.#kernel = kernel
    this.#log = log
    this.#cursor = log.end
    this.#deliver = kernel.on(`watch/${name}`, Rank.Watch, () => this.#drain())
    log.listen(this)
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
    const subscription = { fields, handler, kinds }
    join(this.#audiences[source], subscription)
    this.#byKind.clear()
    return subscription
  }

  /** Whether this informer lists a row that was created and (0: never) removed by these log sequences. */
  sees(createdSequence: number, deletedSequence: number): boolean {
    const cursor = this.cursor
    return createdSequence < cursor && (deletedSequence === 0 || deletedSequence >= cursor)
  }

  appended(source: Source, row: number, fields: number, at: SimTime): void {
    if (this.#scheduled || (this.#audienceOf(source, row, fields).interest & fields) === 0) return
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
      const row = log.row[slot]
      const { interest, subscriptions } = this.#audienceOf(log.source[slot] as Source, row, fields)
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
      this.#cursor = ++cursor
      for (let i = 0; i < subscriptions.length; i++) {
        const subscription = subscriptions[i]
        if ((subscription.fields & fields) !== 0) subscription.handler(row, fields)
      }
    }
    this.#scheduled = false
  }

  #audienceOf(source: Source, row: number, fields: number): Audience {
    const all = this.#audiences[source]
    if (source !== Source.Objects || (all.interest & fields) === 0) return all
    const kind = this.#log.kindOf(row)
    let audience = this.#byKind.get(kind)
    if (audience === undefined) {
      audience = nobody()
      for (const subscription of all.subscriptions)
        if (subscription.kinds?.includes(kind) !== false) join(audience, subscription)
      this.#byKind.set(kind, audience)
    }
    return audience
  }
}

function nobody(): Audience {
  return { subscriptions: [], interest: 0 }
}

function join(audience: Audience, subscription: Subscription): void {
  audience.subscriptions.push(subscription)
  audience.interest |= subscription.fields
}
