/**
 * Integers in text as Go reads them, with Go's words for what is none.
 * Upstream: Go's strconv (ParseInt and Atoi in base 10), as Kubernetes 1.36 uses it.
 * Simplified: nothing known.
 */
import { quoted } from './field-error.js'

/** A 64-bit integer, or undefined. */
export function parseInt64(text: string): bigint | undefined {
  const number = parseInteger(text)
  return number !== undefined && BigInt.asIntN(64, number) === number ? number : undefined
}

/** A 64-bit integer as a number (beyond 2^53 the nearest one), or the error. */
export function atoi(text: string): number | { readonly error: string } {
  const plain = plainNumber(text)
  if (plain !== undefined) return plain
  const number = parseInt64(text)
  if (number !== undefined) return Number(number)
  const reason = parseInteger(text) === undefined ? 'invalid syntax' : 'value out of range'
  return { error: `strconv.Atoi: parsing ${quoted(text)}: ${reason}` }
}

function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  return BigInt(text.startsWith('+') ? text.slice(1) : text)
}

const ZERO = 48

/** Up to nine digits, which nearly all numbers are: no pattern is needed for them. */
function plainNumber(text: string): number | undefined {
  const { length } = text
  if (length === 0 || length > 9) return undefined
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}
