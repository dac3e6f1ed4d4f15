/**
 * The record `hpa`: one row whenever what a HorizontalPodAutoscaler wants, sees or is held back by has changed.
 * Upstream: status and conditions of autoscaling/v2 HorizontalPodAutoscaler (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const AUTOSCALERS_RECORD = defineRecord({
  name: 'hpa',
  about: 'One row for each change of what a HorizontalPodAutoscaler sees, wants or is held back by.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When it looked.' },
    { name: 'namespace', type: 'text', about: 'Its namespace.' },
    { name: 'name', type: 'text', about: 'Its name.' },
    { name: 'metric', type: 'text', about: 'The metric that wants most, or why there is none.' },
    { name: 'value', type: 'text', about: 'What that metric is, as the status shows it.' },
    { name: 'actual_replicas', type: 'integer', about: 'Replicas the target had.' },
    { name: 'wanted_replicas', type: 'integer', about: 'Replicas the metrics ask for; empty: unknown.' },
    { name: 'desired_replicas', type: 'integer', about: 'Replicas after windows, policies and bounds.' },
    { name: 'limited', type: 'text', about: 'Why desired is not wanted; empty when it is.' },
  ],
})

const C = columnIndex(AUTOSCALERS_RECORD)

/** What one look of an autoscaler came to; `wanted` is NaN when the metrics could not be told. */
export interface ObservedAutoscaling {
  readonly namespace: string
  readonly name: string
  readonly metric: string
  readonly value: string
  readonly actual: number
  readonly wanted: number
  readonly desired: number
  readonly limited: string
}

interface Standing {
  readonly seen: ObservedAutoscaling
  since: SimTime
}

export class AutoscalerAccounts {
  readonly #standing = new Map<string, Standing>()
  readonly #table: RecordTable<(typeof AUTOSCALERS_RECORD)['columns'][number]['name']> | undefined
  /** Changes of size upwards and downwards. */
  ups = 0
  downs = 0
  /** Integral of |wanted - actual| / wanted, and the time it is over. */
  #error = 0
  #time = 0

  constructor(isOn: boolean, sink: RecordSink | undefined) {
    this.#table = isOn ? new RecordTable(AUTOSCALERS_RECORD, sink) : undefined
  }

  get table(): RecordTable | undefined {
    return this.#table
  }

  /** Time-weighted mean over all autoscalers; NaN when there was none. */
  get trackingError(): number {
    return this.#error / this.#time
  }

  looked(seen: ObservedAutoscaling, at: SimTime): void {
    const key = `${seen.namespace}/${seen.name}`
    const before = this.#standing.get(key)
    if (seen.desired > seen.actual) this.ups++
    if (seen.desired < seen.actual) this.downs++
    if (before !== undefined && isSame(before.seen, seen)) return
    if (before !== undefined) this.#weigh(before, at)
    this.#standing.set(key, { seen, since: at })
    this.#write(seen, at)
  }

  finish(end: SimTime): void {
    for (const standing of this.#standing.values()) this.#weigh(standing, end)
    this.#standing.clear()
  }

  #weigh({ seen: { wanted, actual }, since }: Standing, to: SimTime): void {
    if (Number.isNaN(wanted) || wanted === 0) return
    this.#error += (Math.abs(wanted - actual) / wanted) * (to - since)
    this.#time += to - since
  }

  #write(seen: ObservedAutoscaling, at: SimTime): void {
    const table = this.#table
    if (table === undefined) return
    table.add()
    table.set(C.time_s, at)
    table.setText(C.namespace, seen.namespace)
    table.setText(C.name, seen.name)
    table.setText(C.metric, seen.metric)
    table.setText(C.value, seen.value)
    table.set(C.actual_replicas, seen.actual)
    table.set(C.wanted_replicas, seen.wanted)
    table.set(C.desired_replicas, seen.desired)
    table.setText(C.limited, seen.limited)
  }
}

function isSame(a: ObservedAutoscaling, b: ObservedAutoscaling): boolean {
  return (
    a.actual === b.actual &&
    a.desired === b.desired &&
    Object.is(a.wanted, b.wanted) &&
    a.limited === b.limited &&
    a.metric === b.metric &&
    a.value === b.value
  )
}
