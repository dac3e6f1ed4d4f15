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

/** Decimals that show two digits of an uncertainty; where there is none, three digits of the amount itself. */
export function decimalsFor({ unit }: MetricDefinition, uncertainty: number, amount: number): number {
  const scale = unit === 'share' ? 100 : 1
  const [shown, digits] = uncertainty > 0 ? [uncertainty * scale, 2] : [Math.abs(amount) * scale, 3]
  if (!(shown > 0) || !Number.isFinite(shown) || (uncertainty === 0 && Number.isInteger(shown))) return 0
  return Math.min(9, Math.max(0, digits - 1 - Math.floor(Math.log10(shown))))
}

/** An amount of the metric without its unit. */
export function amountText({ unit }: MetricDefinition, value: number, decimals: number): string {
  const text = (unit === 'share' ? value * 100 : value).toFixed(decimals)
  return Number(text) === 0 ? '0' : text
}
