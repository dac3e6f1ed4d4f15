/** Metrics and their amounts in words, with as many digits as their interval is worth. */
import type { MetricDefinition } from '../../engine/index.js'

/** A metric as a sentence calls it: `wait p99`, `cpu allocated, mean`. */
export function metricName({ name, label }: MetricDefinition): string {
  return label ?? name.replace(/_(s|share)$/, '').replaceAll('_', ' ')
}

/** What an amount of the metric is counted in; shares are told in points of a hundred. */
export function unitWord({ unit }: MetricDefinition): string {
  if (unit === 'seconds') return ' s'
  return unit === 'share' ? ' points' : ''
}

/** What amounts of a metric are told in. */
export interface Scale {
  /** So many of it are one unit of the metric. */
  readonly factor: number
  readonly word: string
}

/** The scale in which the largest of several amounts is no string of zeros: `9 µs` instead of `0.000009 s`. */
export function scaleFor({ unit }: MetricDefinition, ...amounts: readonly number[]): Scale {
  if (unit === 'share') return { factor: 100, word: ' points' }
  if (unit !== 'seconds') return { factor: 1, word: '' }
  const largest = Math.max(...amounts.map(Math.abs))
  if (largest >= 1 || !(largest > 0)) return { factor: 1, word: ' s' }
  return largest >= 0.001 ? { factor: 1000, word: ' ms' } : { factor: 1_000_000, word: ' µs' }
}

/** The scale of a metric whatever its amounts are: columns and axes have one for all. */
export function plainScale(metric: MetricDefinition): Scale {
  return { factor: metric.unit === 'share' ? 100 : 1, word: unitWord(metric) }
}

/** Digits that anybody reads of an amount, however exact it is. */
const MOST_DIGITS = 5

/** Decimals that show two digits of an uncertainty; where there is none, three digits of the amount itself. */
export function decimalsFor({ factor }: Scale, uncertainty: number, amount: number): number {
  const whole = Math.abs(amount) * factor
  const [shown, digits] = uncertainty > 0 ? [uncertainty * factor, 2] : [whole, 3]
  if (!(shown > 0) || !Number.isFinite(shown) || (uncertainty === 0 && Number.isInteger(shown))) return 0
  const most = whole > 0 ? MOST_DIGITS - 1 - magnitude(whole) : 9
  return Math.min(9, Math.max(0, Math.min(most, digits - 1 - magnitude(shown))))
}

/** The power of ten of a number; differences of floating-point numbers come out a trace below it. */
function magnitude(value: number): number {
  return Math.floor(Math.log10(value * (1 + 1e-9)))
}

/** An amount of the metric without its unit. */
export function amountText({ factor }: Scale, value: number, decimals: number): string {
  const text = (value * factor).toFixed(decimals)
  return Number(text) === 0 ? '0' : text
}
