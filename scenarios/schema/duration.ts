import { parseDuration, type SimTime } from '../../engine/index.js'
import { describeValue } from '../describe-value.js'

const UNITS = 'ns, us, ms, s, m, h and d'

/** The span of time a value of a file stands for, or what is wrong with it. */
export function durationOf(value: string | number): SimTime | string {
  if (value === 0 || value === '0') return 0
  if (typeof value === 'number' || /^[+-]?[\d.]+$/.test(value)) {
    return `a duration needs a unit: did you mean "${value}s"?`
  }
  const time = parseDuration(value.trim())
  if (time !== undefined) return time < 0 ? `cannot be negative, got "${value}"` : time
  if (/^[+-]?(?:[\d.]+(?:ns|us|µs|ms|s|m|h|d))+$/.test(value)) return `"${value}" is longer than 285 years`
  const unit = /^[+-]?[\d.]+\s*([A-Za-z]+)$/.exec(value.trim())?.[1]
  const hint = unit === undefined ? '' : `: there is no unit "${unit}", only ${UNITS}`
  return `${describeValue(value)} is no duration${hint === '' ? '; write for example "90s" or "1h30m"' : hint}`
}
