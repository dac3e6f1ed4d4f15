/**
 * Kubernetes events of one component: recorded one after another over the component's own client, so that they use up
 * its request budget as upstream's do. An object that causes too many is silenced; many messages of one reason are
 * combined; a repeated event only counts up. What comes while the queue is full is dropped.
 *
 * Upstream: staging/src/k8s.io/client-go/tools/record/event.go, events_cache.go (1.36).
 * Simplified: events are no objects of the store, so they neither expire nor fall under quota.
 */
import { LRUCache } from 'lru-cache'
import type { EventKind } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import { TokenBucket } from '../kernel/token-bucket.js'
import {
  EVENT_AGGREGATE_INTERVAL,
  EVENT_AGGREGATE_MAX,
  EVENT_ANSWER_DELAY,
  EVENT_BURST_PER_OBJECT,
  EVENT_QUEUE_LENGTH,
  EVENTS_PER_OBJECT_PER_SECOND,
} from '../model/defaults.js'
import type { StoredObject } from '../state/objects.js'
import type { ApiClient } from './api-client.js'

export type EventType = 'Normal' | 'Warning'

/** What an event is about. */
export interface EventSubject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: number
}

/** The reference to an object that its events carry. */
export function subjectOf({ kind, meta }: StoredObject): EventSubject {
  return { kind, namespace: meta.namespace, name: meta.name, uid: meta.uid }
}

/** An event as the API server accepted it. */
export interface RecordedEvent {
  readonly source: string
  readonly subject: EventSubject
  readonly type: EventType
  readonly reason: string
  readonly message: string
  /** How often so far; above 1 an update of the event recorded before. */
  readonly count: number
}

/** How components report events. */
export interface EventWriter {
  record(subject: EventSubject, type: EventType, reason: string, message: string): void
}

/** Told of events at the time the API server accepts them. */
export interface EventSink {
  recorded(event: RecordedEvent, at: SimTime): void
}

/** events_cache.go maxLruCacheEntries. */
const CACHE_ENTRIES = 4096

interface Aggregate {
  /** Different ones, the newest last; never more than matter. */
  messages: string[]
  lastAt: SimTime
}

/** What is remembered of past events: as many entries as upstream keeps, those used last. */
class KnownEvents {
  readonly budgets = new LRUCache<number, TokenBucket>({ max: CACHE_ENTRIES })
  readonly aggregates = new LRUCache<string, Aggregate>({ max: CACHE_ENTRIES })
  readonly counts = new LRUCache<string, number>({ max: CACHE_ENTRIES })
}

export class EventRecorder implements EventWriter {
  readonly #source: string
  readonly #client: ApiClient
  readonly #sink: EventSink
  readonly #now: () => SimTime
  readonly #accepted: EventKind
  #pending: RecordedEvent[] = []
  #head = 0
  #sending = false
  /** Made with the first event, as they take their room at once and most components of a run have none. */
  #known: KnownEvents | undefined

  /** @param on registers the recorder's event kind; the handler runs when the server accepts an event. */
  constructor(
    source: string,
    client: ApiClient,
    sink: EventSink,
    clock: { readonly now: () => SimTime; readonly on: (name: string, handler: () => void) => EventKind },
  ) {
    this.#source = source
    this.#client = client
    this.#sink = sink
    this.#now = clock.now
    this.#accepted = clock.on('event', () => this.#deliver())
  }

  record(subject: EventSubject, type: EventType, reason: string, message: string): void {
    // One is under way, the others wait.
    if (this.#pending.length - this.#head > EVENT_QUEUE_LENGTH) return
    const now = this.#now()
    const about = `${subject.uid}/${type}/${reason}`
    this.#known ??= new KnownEvents()
    const { aggregates, budgets, counts } = this.#known
    const isCombined = isCombinedEvent(aggregates, about, message, now)
    const text = isCombined ? `(combined from similar events): ${message}` : message
    const key = isCombined ? about : `${about}/${message}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (!budgetOf(budgets, subject.uid, type).take(now)) return
    this.#pending.push({ source: this.#source, subject, type, reason, message: text, count })
    if (!this.#sending) this.#send(now)
  }

  #send(from: SimTime): void {
    this.#sending = true
    this.#client.send(from, this.#accepted, 0)
  }

  #deliver(): void {
    const now = this.#now()
    this.#sink.recorded(this.#pending[this.#head++], now)
    if (this.#head > EVENT_QUEUE_LENGTH) {
      this.#pending = this.#pending.slice(this.#head)
      this.#head = 0
    }
    if (this.#head < this.#pending.length) {
      this.#send(this.#client.latency === 0 ? now : now + EVENT_ANSWER_DELAY)
      return
    }
    this.#pending = []
    this.#head = 0
    this.#sending = false
  }
}

function isCombinedEvent(
  aggregates: KnownEvents['aggregates'],
  about: string,
  message: string,
  now: SimTime,
): boolean {
  const aggregate = aggregates.get(about)
  if (aggregate === undefined || now - aggregate.lastAt > EVENT_AGGREGATE_INTERVAL) {
    aggregates.set(about, { messages: [message], lastAt: now })
    return false
  }
  aggregate.lastAt = now
  const { messages } = aggregate
  if (!messages.includes(message)) messages.push(message)
  if (messages.length < EVENT_AGGREGATE_MAX) return false
  // The list never needs more than the limit: what counts is that it is reached.
  messages.shift()
  return true
}

/** Of one object, warnings and other events apart. */
function budgetOf(budgets: KnownEvents['budgets'], uid: number, type: EventType): TokenBucket {
  const key = uid * 2 + (type === 'Warning' ? 1 : 0)
  let budget = budgets.get(key)
  if (budget === undefined) {
    budget = new TokenBucket(EVENTS_PER_OBJECT_PER_SECOND, EVENT_BURST_PER_OBJECT)
    budgets.set(key, budget)
  }
  return budget
}
