/**
 * Numbers that may be a share of another: `3` or `25%`, as in maxSurge and minAvailable.
 * Upstream: apimachinery pkg/util/intstr/intstr.go, release 1.36.
 * Simplified: nothing known.
 */
import { atoi } from './go-integer.js'

export type IntOrPercent = number | string

export const Rounding = { Up: 'up', Down: 'down' } as const
export type Rounding = (typeof Rounding)[keyof typeof Rounding]

/**
 * The number itself, or that share of `total`, or why the text is no share. A deployment rounds maxSurge up and
 * maxUnavailable down; a disruption budget rounds up.
 */
export function readIntOrPercent(
  given: IntOrPercent,
  total: number,
  rounding: Rounding,
): number | { readonly error: string } {
  if (typeof given === 'number') return given
  const percent = readPercent(given)
  if (typeof percent !== 'number') return { error: `invalid value for IntOrString: ${percent.error}` }
  const share = (percent * total) / 100
  // Adding zero turns the -0 of a rounded negative share into 0.
  return (rounding === Rounding.Up ? Math.ceil(share) : Math.floor(share)) + 0
}

/** {@link readIntOrPercent} for values that validation has let through; undefined when it would refuse. */
export function resolveIntOrPercent(
  given: IntOrPercent,
  total: number,
  rounding: Rounding,
): number | undefined {
  const read = readIntOrPercent(given, total, rounding)
  return typeof read === 'number' ? read : undefined
}

function readPercent(text: string): number | { readonly error: string } {
  if (!text.endsWith('%')) return { error: 'invalid type: string is not a percentage' }
  const number = atoi(text.slice(0, -1))
  return typeof number === 'number' ? number : { error: `invalid value "${text}": ${number.error}` }
}
