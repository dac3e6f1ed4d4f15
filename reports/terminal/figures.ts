/** How the figures of the summary are printed for people: few digits, units, a dash where there is nothing. */
import type { MetricUnit } from '../../engine/index.js'

export function figure(value: number | undefined, unit: MetricUnit): string {
  if (value === undefined || Number.isNaN(value)) return '-'
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`
  if (unit === 'seconds') return seconds(value)
  if (unit === 'money') return value.toFixed(2)
  return count(value)
}

/** Whole numbers with thousands apart; others with one digit. */
export function count(value: number): string {
  const [whole, rest] = trimmed(value, 1).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

const DAY_SECONDS = 86_400

/** Seconds below two minutes, then the two largest units that are not nothing: `3h 20m`, `12d 4h`. */
function seconds(value: number): string {
  if (value < 120) return `${value < 10 ? value.toFixed(3) : value.toFixed(1)} s`
  const whole = Math.round(value)
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / DAY_SECONDS), 'd'],
    [Math.floor((whole % DAY_SECONDS) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'm'],
    [whole % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}
