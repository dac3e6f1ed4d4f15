/**
 * Reads a time series from any CSV file with a column of times: values as they are, or rows counted over spans, as are
 * the lines of a web server's log.
 */
import { NEVER, SECOND } from '../../engine/index.js'
import type { Issue } from '../issue.js'
import type { Unreadable } from '../manifests/read-file.js'
import { ACCESS_LOG_LINES } from '../traces/access-log-lines.js'
import type { CsvRow } from '../traces/csv-row.js'
import { readCsv } from '../traces/csv-rows.js'
import type { SeriesFile } from './written-load.js'

export interface Series {
  /** Microseconds from the first time of the series on. */
  readonly at: Float64Array
  readonly value: Float64Array
  readonly end: number
}

export interface ReadSeries {
  readonly series: Series
  readonly issues: readonly Issue[]
}

/** Seconds since 1970, or since whenever, where the text is a number; NaN when it is no time. */
export function secondsOfTime(text: string): number {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  if (parts === null) return Number.NaN
  const [, day, clock, fraction = '', zone = 'Z'] = parts
  const whole = Date.parse(`${day}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`)
  return whole / 1000 + (fraction === '' ? 0 : Number(fraction))
}

/** Values of one time are added up: a file may tell of several sources. */
export async function readSeries(file: string, options: SeriesFile): Promise<ReadSeries | Unreadable> {
  const sums = new Map<number, number>()
  const isCounted = options.count !== undefined
  const add = (row: CsvRow): void => {
    const seconds = secondsOfTime(row.text(0))
    if (Number.isNaN(seconds)) {
      row.fault(0, `expected a time, got "${row.text(0)}"`)
      return
    }
    const value = isCounted ? 1 : Number(row.text(1))
    if (Number.isFinite(value) && (isCounted || row.text(1) !== '')) {
      const at = Math.round(seconds * SECOND)
      sums.set(at, (sums.get(at) ?? 0) + value)
    } else row.fault(1, `expected a number, got "${row.text(1)}"`)
  }
  const columns = (names: readonly string[]): readonly string[] => chosenColumns(names, options)
  const issues = await readCsv(file, columns, add, [], isCounted ? ACCESS_LOG_LINES : undefined)
  if ('unreadable' in issues) return issues
  return { series: cut(sums, options), issues }
}

/** The first column has the times and the next one the values, if nothing else is said. */
function chosenColumns(names: readonly string[], { time, value, count }: SeriesFile): readonly string[] {
  const ofTime = time ?? names[0]
  if (count !== undefined) return [ofTime]
  return [ofTime, value ?? names.find(name => name !== ofTime) ?? '']
}

function cut(sums: ReadonlyMap<number, number>, options: SeriesFile): Series {
  const { count, per, from, until } = options
  const times = [...sums.keys()].sort((a, b) => a - b)
  const origin = (times[0] ?? 0) + from
  const span = per ?? count
  const scale = span === undefined ? 1 : SECOND / span
  const spans = new Map<number, number>()
  for (const time of times) {
    const at = time - origin
    if (at < 0 || (until !== NEVER && at >= until - from)) continue
    const start = count === undefined ? at : Math.floor(at / count) * count
    spans.set(start, (spans.get(start) ?? 0) + (sums.get(time) as number) * scale)
  }
  // A span that no row lies in has a rate of 0, not that of the span before it.
  if (count !== undefined)
    for (const start of [...spans.keys()]) if (!spans.has(start + count)) spans.set(start + count, 0)
  const at = Float64Array.from([...spans.keys()].sort((a, b) => a - b))
  const value = Float64Array.from(at, start => spans.get(start) as number)
  if (options.every !== undefined) return averaged(at, value, options.every)
  const last = at.length - 1
  // The last value stands as long as the one before it did.
  const step = last > 0 ? at[last] - at[last - 1] : SECOND
  const end = Math.min(until === NEVER ? Infinity : until - from, (at[last] ?? 0) + step)
  return { at, value, end }
}

/** Means of the values that lie in each span; a span without any keeps the value before it. */
function averaged(at: Float64Array, value: Float64Array, every: number): Series {
  const times: number[] = []
  const means: number[] = []
  let count = 0
  for (let i = 0; i < at.length; i++) {
    const start = Math.floor(at[i] / every) * every
    if (start !== times[times.length - 1]) {
      times.push(start)
      means.push(0)
      count = 0
    }
    const last = means.length - 1
    means[last] += (value[i] - means[last]) / ++count
  }
  const end = (times[times.length - 1] ?? 0) + every
  return { at: Float64Array.from(times), value: Float64Array.from(means), end }
}
