/**
 * Comparison, sums and int64 readings of quantities, with upstream's result formats and overflows.
 * Upstream: apimachinery pkg/api/resource (quantity.go, amount.go, scale_int.go), release 1.36.
 * Simplified: nothing known.
 */
import { MAX_INT64, powerOfTen, type Quantity } from './quantity.js'

/** -1, 0 or 1, compared exactly whatever the formats. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const scale = Math.min(a.scale, b.scale)
  const left = a.unscaled * powerOfTen(a.scale - scale)
  const right = b.unscaled * powerOfTen(b.scale - scale)
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** a + b in the format of a, or of b when a is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const format = a.unscaled === 0n ? b.format : a.format
  if (a.isInt64 && b.isInt64 && b.unscaled === 0n) return { ...withoutText(a), format }
  if (a.isInt64 && b.isInt64 && a.unscaled === 0n) return { ...withoutText(b), format }
  const scale = Math.min(a.scale, b.scale)
  const left = a.unscaled * powerOfTen(a.scale - scale)
  const right = b.unscaled * powerOfTen(b.scale - scale)
  const unscaled = left + right
  const isInt64 = a.isInt64 && b.isInt64 && fitsInt64(left) && fitsInt64(right) && fitsInt64(unscaled)
  return { unscaled, scale, format, isInt64 }
}

/** a - b in the format of a, or of b when a is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { ...b, unscaled: -b.unscaled })
}

function withoutText({ unscaled, scale, format, isInt64 }: Quantity): Quantity {
  return { unscaled, scale, format, isInt64 }
}

function fitsInt64(number: bigint): boolean {
  return BigInt.asIntN(64, number) === number
}

/**
 * Upstream's ScaledValue, overflow and all: whole units of 10^scale as an int64. Numbers held as int64 round
 * away from zero and give 0 on overflow; larger ones round towards positive infinity by adding one to a
 * quotient (so a negative fraction lands one too high), and wrap.
 */
export function scaledInt64({ unscaled, scale, isInt64 }: Quantity, targetScale: number): bigint {
  const difference = targetScale - scale
  if (difference <= 0) {
    const product = unscaled * powerOfTen(-difference)
    return isInt64 && !fitsInt64(product) ? 0n : BigInt.asIntN(64, product)
  }
  const divisor = powerOfTen(difference)
  if (isInt64) {
    const quotient = unscaled / divisor
    if (unscaled % divisor === 0n) return quotient
    return unscaled > 0n ? quotient + 1n : quotient - 1n
  }
  // Below the largest int64, and so for every negative number, upstream looks at the low 64 bits only.
  const seen = unscaled < MAX_INT64 ? BigInt.asIntN(64, unscaled) : unscaled
  return BigInt.asIntN(64, seen % divisor === 0n ? seen / divisor : seen / divisor + 1n)
}
