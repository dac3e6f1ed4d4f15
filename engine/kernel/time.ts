/** A point in virtual time, or a span of it, in integer microseconds. Exact for 285 years in a number. */
export type SimTime = number

export const MILLISECOND = 1_000
export const SECOND = 1_000_000
export const MINUTE: SimTime = 60 * SECOND
export const HOUR: SimTime = 60 * MINUTE

/** Later than every event; the time of a thing that never happens. */
export const NEVER: SimTime = Number.MAX_SAFE_INTEGER

const UNITS: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86400e6,
}

const DURATION = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)/g

/**
 * Reads a duration such as `90s`, `1h30m` or `250ms`: Go's syntax, and `d` for days.
 * Answers microseconds rounded to the nearest, or undefined when the text is no duration.
 */
export function parseDuration(text: string): SimTime | undefined {
  if (text === '0') return 0
  const whole = DURATION.exec(text)
  if (whole === null) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(PART)) sum += Number(amount) * UNITS[unit]
  const micros = Math.round(sum)
  if (!Number.isSafeInteger(micros)) return undefined
  return whole[1] === '-' ? -micros : micros
}

/** Prints a duration as Go does: `1h30m0s`, `250ms`, `0s`. The inverse of {@link parseDuration}. */
export function formatDuration(time: SimTime): string {
  if (time === 0) return '0s'
  const sign = time < 0 ? '-' : ''
  const micros = Math.abs(time)
  if (micros < MILLISECOND) return `${sign}${micros}us`
  if (micros < SECOND) return `${sign}${micros / MILLISECOND}ms`
  const hours = Math.floor(micros / HOUR)
  const minutes = Math.floor((micros % HOUR) / MINUTE)
  const seconds = `${(micros % MINUTE) / SECOND}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}
