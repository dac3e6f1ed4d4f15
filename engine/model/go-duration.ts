/**
 * Durations in text as Go reads them, to the nanosecond, with Go's words for what is none.
 * Upstream: Go's time.ParseDuration, as Kubernetes 1.36 uses it.
 * Simplified: nothing known.
 */
import { quoted } from './field-error.js'

const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])
const LIMIT = 2n ** 63n

/** Nanoseconds, or the error. */
export function parseGoDuration(text: string): bigint | { readonly error: string } {
  const invalid = { error: `time: invalid duration ${quoted(text)}` }
  const isNegative = text.startsWith('-')
  let rest = /^[+-]/.test(text) ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') return invalid
  let total = 0n
  while (rest !== '') {
    const [number, whole, fraction = ''] = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest)!
    if (whole + fraction === '') return invalid
    rest = rest.slice(number.length)
    const [unit] = /^[^.0-9]*/.exec(rest)!
    if (unit === '') return { error: `time: missing unit in duration ${quoted(text)}` }
    rest = rest.slice(unit.length)
    const nanos = UNIT_NANOS.get(unit)
    if (nanos === undefined)
      return { error: `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}` }
    total += BigInt(`0${whole}`) * nanos + (BigInt(`0${fraction}`) * nanos) / 10n ** BigInt(fraction.length)
    if (total > LIMIT) return invalid
  }
  if (isNegative) return -total
  return total < LIMIT ? total : invalid
}
