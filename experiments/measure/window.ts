/**
 * Steady-state figures of one run: what lies between the end of its warm-up and the start of its cool-down. Gauges of
 * the time series are averaged over the window. Of pods, those created in it count, wherever they end; one that had no
 * node when the run ended is censored: it counts with the wait it had had by then, and quantiles are then lower bounds.
 */
import type { MetricDefinition, RecordChunk, RecordDefinition } from '../../engine/index.js'
import { SECOND } from '../../engine/index.js'
import type { MeasureWindow } from '../experiment.js'
import { drift } from '../statistics/drift.js'
import { mser } from '../statistics/mser.js'
import { orderQuantile } from '../statistics/order-quantile.js'
import { ColumnReader } from './columns.js'

const WAITS = [
  ['window_wait_p50_s', 0.5, 'Median'],
  ['window_wait_p90_s', 0.9, '90th percentile'],
  ['window_wait_p99_s', 0.99, '99th percentile'],
] as const

/** Growth of the watched column below this many is no sign of an overloaded cluster. */
const LEAST_GROWTH = 5

/** Metrics that a window adds to those of the summary. */
export function windowMetrics(records: readonly RecordDefinition[]): readonly MetricDefinition[] {
  return [
    { name: 'window_start_s', unit: 'seconds', about: 'End of the warm-up.' },
    { name: 'window_end_s', unit: 'seconds', about: 'Start of the cool-down.' },
    { name: 'window_pods', unit: 'count', about: 'Pods created in the window.' },
    {
      name: 'window_pods_censored',
      unit: 'count',
      about:
        'Pods of the window that had no node when the run ended; their wait counts as far as it is known.',
    },
    ...WAITS.map(
      ([name, , which]): MetricDefinition => ({
        name,
        unit: 'seconds',
        about: `${which} wait of the pods of the window.`,
        better: 'lower',
      }),
    ),
    {
      name: 'window_wait_mean_s',
      unit: 'seconds',
      about: 'Mean wait of the pods of the window.',
      better: 'lower',
    },
    ...gauges(records).map(
      (name): MetricDefinition => ({
        name: `window_${name}_mean`,
        unit: name.endsWith('_share') ? 'share' : 'count',
        about: `Mean of ${name} of the time series over the window.`,
      }),
    ),
  ]
}

/** Columns of the time series that say how things stand, and not how many there were so far. */
function gauges(records: readonly RecordDefinition[]): readonly string[] {
  const columns = records.find(({ name }) => name === 'time-series')?.columns ?? []
  return columns
    .filter(({ name, type }) => (type === 'integer' || type === 'number') && !name.endsWith('_total'))
    .map(({ name }) => name)
}

export interface WindowFigures {
  readonly metrics: Readonly<Record<string, number>>
  /** Why the figures are not those of a steady state; undefined when they are. */
  readonly unstable: string | undefined
}

export class WindowReader {
  readonly #window: MeasureWindow
  readonly #time = new ColumnReader('time_s')
  readonly #created = new ColumnReader('created_s')
  readonly #scheduled = new ColumnReader('scheduled_s')
  readonly #names: string[] = []
  #gauges: readonly ColumnReader[] = []

  constructor(window: MeasureWindow) {
    this.#window = window
  }

  /** Takes rows of the records `pods` and `time-series`. */
  take(record: string, chunk: RecordChunk): void {
    if (record === 'time-series') {
      if (this.#gauges.length === 0) {
        this.#gauges = gauges([chunk.definition]).map(name => new ColumnReader(name))
      }
      this.#time.take(chunk)
      for (const gauge of this.#gauges) gauge.take(chunk)
      return
    }
    this.#created.take(chunk)
    this.#scheduled.take(chunk)
    if (this.#window.warmUp.kind !== 'prefill') return
    const column = chunk.definition.columns.findIndex(({ name }) => name === 'name')
    for (let row = 0; row < chunk.rows; row++) this.#names.push(chunk.text(column, row))
  }

  finish(endSeconds: number): WindowFigures {
    const time = this.#time.values
    const watched =
      this.#gauges.find(({ name }) => name === this.#window.stability)?.values ?? new Float64Array()
    const start = this.#start(watched)
    const end = endSeconds - this.#window.coolDown / SECOND
    const metrics: Record<string, number> = { window_start_s: start.seconds, window_end_s: end }
    Object.assign(metrics, this.#waits(start.seconds, end, endSeconds))
    const inWindow = (_: number, i: number): boolean => time[i] >= start.seconds && time[i] <= end
    for (const { name, values } of this.#gauges)
      metrics[`window_${name}_mean`] = mean(values.filter(inWindow))
    const { grows, growth } = drift(watched.filter(inWindow), LEAST_GROWTH)
    const fault = grows
      ? `${this.#window.stability} keeps growing, by ${growth.toFixed(1)} over the window`
      : start.fault
    return { metrics, unstable: start.seconds < end ? fault : 'the window is empty: the run is too short' }
  }

  /** End of the warm-up in seconds; a fault says why it may be no steady state. */
  #start(watched: Float64Array): { readonly seconds: number; readonly fault?: string } {
    const { warmUp } = this.#window
    if (warmUp.kind === 'none') return { seconds: 0 }
    if (warmUp.kind === 'fixed') return { seconds: warmUp.length / SECOND }
    if (warmUp.kind === 'prefill') return { seconds: this.#prefilled(warmUp.pods) }
    const { cut, settled } = mser(watched)
    const seconds = this.#time.values[cut] ?? 0
    return settled
      ? { seconds }
      : { seconds, fault: `${warmUp.column} has not settled in the first half of the run` }
  }

  /** When the last pod of the prefill had a node. */
  #prefilled(pattern: string): number {
    const scheduled = this.#scheduled.values
    let last = 0
    this.#names.forEach((name, pod) => {
      if (matches(name, pattern) && scheduled[pod] > last) last = scheduled[pod]
    })
    return last
  }

  #waits(start: number, end: number, runEnd: number): Readonly<Record<string, number>> {
    const { warmUp } = this.#window
    const [created, scheduled] = [this.#created.values, this.#scheduled.values]
    const waits = new Float64Array(created.length)
    let [pods, censored] = [0, 0]
    for (let pod = 0; pod < created.length; pod++) {
      if (!(created[pod] >= start && created[pod] <= end)) continue
      if (warmUp.kind === 'prefill' && matches(this.#names[pod], warmUp.pods)) continue
      const known = !Number.isNaN(scheduled[pod])
      if (!known) censored++
      waits[pods++] = (known ? scheduled[pod] : runEnd) - created[pod]
    }
    const sorted = waits.subarray(0, pods).sort()
    const figures: Record<string, number> = { window_pods: pods, window_pods_censored: censored }
    for (const [name, q] of WAITS) figures[name] = orderQuantile(sorted, q)
    figures['window_wait_mean_s'] = mean(sorted)
    return figures
  }
}

function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? Number.NaN : sum / values.length
}

/** Whether a name fits a pattern in which `*` stands for any text. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return name === pattern
  const [first, last] = [parts[0], parts[parts.length - 1]]
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= name.length - last.length
}
