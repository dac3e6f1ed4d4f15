/**
 * The record `events`: the Kubernetes events that components emit, one row each time one is emitted. `count` says how
 * often the same event has been emitted so far, as the Event object's count would; for events that come without it
 * the last 4,096 different ones are remembered.
 * Upstream: staging/src/k8s.io/client-go/tools/record/events_cache.go (eventLogger, maxLruCacheEntries; 1.36).
 * Simplified: events that come without a count are neither filtered nor combined, so none is lost.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

const REMEMBERED_EVENTS = 4096

export const EVENTS_RECORD = defineRecord({
  name: 'events',
  about: 'Kubernetes events in the order of virtual time.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When it was emitted.' },
    { name: 'type', type: 'text', about: 'Normal or Warning.' },
    { name: 'reason', type: 'text', about: 'Reason, for example FailedScheduling.' },
    { name: 'object_kind', type: 'text', about: 'Kind of the object it is about.' },
    { name: 'object_namespace', type: 'text', about: 'Its namespace; empty for nodes.' },
    { name: 'object_name', type: 'name', about: 'Its name.' },
    { name: 'source', type: 'text', about: 'Component that emitted it.' },
    { name: 'message', type: 'name', about: 'Message.' },
    { name: 'count', type: 'integer', about: 'How often this event has been emitted so far.' },
  ],
})

const C = columnIndex(EVENTS_RECORD)

export type EventType = 'Normal' | 'Warning'

/** What an event is about. */
export interface EventSubject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** An event as a component emits it, or as the API server accepted it with its count. */
export interface ObservedEvent {
  readonly source: string
  readonly subject: EventSubject
  readonly type: EventType
  readonly reason: string
  readonly message: string
  readonly count?: number
}

/** Writes the rows of the record. */
export class EventsRecord {
  readonly table: RecordTable<(typeof EVENTS_RECORD)['columns'][number]['name']>
  readonly #counts = new Map<string, number>()

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(EVENTS_RECORD, sink)
  }

  /** Without a count the event is counted here. */
  write(at: SimTime, event: ObservedEvent): void {
    const { type, reason, subject, source, message } = event
    const table = this.table
    table.add()
    table.set(C.time_s, at)
    table.setText(C.type, type)
    table.setText(C.reason, reason)
    table.setText(C.object_kind, subject.kind)
    table.setText(C.object_namespace, subject.namespace)
    table.setText(C.object_name, subject.name)
    table.setText(C.source, source)
    table.setText(C.message, message)
    const { kind, namespace, name } = subject
    const key = (): string => `${kind} ${namespace} ${name} ${source} ${type} ${reason} ${message}`
    table.set(C.count, event.count ?? this.#count(key()))
  }

  /** Counts the event; the one not seen for longest is forgotten when there are too many. */
  #count(key: string): number {
    const counts = this.#counts
    const count = (counts.get(key) ?? 0) + 1
    counts.delete(key)
    counts.set(key, count)
    if (counts.size > REMEMBERED_EVENTS) {
      for (const oldest of counts.keys()) {
        counts.delete(oldest)
        break
      }
    }
    return count
  }
}
