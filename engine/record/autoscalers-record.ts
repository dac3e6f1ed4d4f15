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
  readonly metric: string
  readonly value: string
  readonly actual: number
  readonly wanted: number
  readonly desired: number
  readonly limited: string
}

type AutoscalersTable = RecordTable<(typeof AUTOSCALERS_RECORD)['columns'][number]['name']>

/** Sums over all autoscalers. */
class AutoscalingSums {
  /** Changes of size upwards and downwards. */
  ups = 0
  downs = 0
  /** Integral of |wanted - actual| / wanted, and the time it is over. */
  error = 0
  time = 0
}

/** One autoscaler: what its latest look came to, and since when that has been so. */
export class AutoscalerAccount {
  readonly #namespace: string
  readonly #name: string
  readonly #sums: AutoscalingSums
  readonly #table: AutoscalersTable | undefined
  /** NaN: it has not looked yet. */
  #since: SimTime = Number.NaN
  #metric = ''
  #value = ''
  #actual = 0
  #wanted = Number.NaN
  #desired = 0
  #limited = ''

  constructor(namespace: string, name: string, sums: AutoscalingSums, table: AutoscalersTable | undefined) {
    this.#namespace = namespace
    this.#name = name
    this.#sums = sums
    this.#table = table
  }

  looked(seen: ObservedAutoscaling, at: SimTime): void {
    if (seen.desired > seen.actual) this.#sums.ups++
    if (seen.desired < seen.actual) this.#sums.downs++
    if (!Number.isNaN(this.#since)) {
      if (this.#isSame(seen)) return
      this.finish(at)
    }
    this.#since = at
    this.#metric = seen.metric
    this.#value = seen.value
    this.#actual = seen.actual
    this.#wanted = seen.wanted
    this.#desired = seen.desired
    this.#limited = seen.limited
    if (this.#table !== undefined) this.#write(this.#table, at)
  }

  /** Counts the time until then. */
  finish(to: SimTime): void {
    const wanted = this.#wanted
    if (Number.isNaN(this.#since) || Number.isNaN(wanted) || wanted === 0) return
    const time = to - this.#since
    this.#sums.error += (Math.abs(wanted - this.#actual) / wanted) * time
    this.#sums.time += time
  }

  #isSame(seen: ObservedAutoscaling): boolean {
    return (
      this.#actual === seen.actual &&
      this.#desired === seen.desired &&
      Object.is(this.#wanted, seen.wanted) &&
      this.#limited === seen.limited &&
      this.#metric === seen.metric &&
      this.#value === seen.value
    )
  }

  #write(table: AutoscalersTable, at: SimTime): void {
    table.add()
    table.set(C.time_s, at)
    table.setText(C.namespace, this.#namespace)
    table.setText(C.name, this.#name)
    table.setText(C.metric, this.#metric)
    table.setText(C.value, this.#value)
    table.set(C.actual_replicas, this.#actual)
    table.set(C.wanted_replicas, this.#wanted)
    table.set(C.desired_replicas, this.#desired)
    table.setText(C.limited, this.#limited)
  }
}

export class AutoscalerAccounts {
  readonly #accounts = new Map<string, AutoscalerAccount>()
  readonly #sums = new AutoscalingSums()
  readonly #table: AutoscalersTable | undefined

  constructor(isOn: boolean, sink: RecordSink | undefined) {
    this.#table = isOn ? new RecordTable(AUTOSCALERS_RECORD, sink) : undefined
  }

  get table(): RecordTable | undefined {
    return this.#table
  }

  get ups(): number {
    return this.#sums.ups
  }

  get downs(): number {
    return this.#sums.downs
  }

  /** Time-weighted mean over all autoscalers; NaN when there was none. */
  get trackingError(): number {
    return this.#sums.error / this.#sums.time
  }

  /** The account of the autoscaler of that name, also when it was deleted in between. */
  of(namespace: string, name: string): AutoscalerAccount {
    const key = `${namespace}/${name}`
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = new AutoscalerAccount(namespace, name, this.#sums, this.#table)
      this.#accounts.set(key, account)
    }
    return account
  }

  finish(end: SimTime): void {
    for (const account of this.#accounts.values()) account.finish(end)
    this.#accounts.clear()
  }
}
