/**
 * Integers as Go makes them out of doubles: conversions that overflow give what amd64 gives, and
 * divisions drop the fraction.
 * Upstream: the conversions in pkg/controller/podautoscaler/replica_calculator.go (1.36).
 * Simplified: products beyond 2^53 are doubles, so a sum of memory above 90 TB may be off in its last
 * digits.
 */

const INT64_LIMIT = 2 ** 63

/** int32(math.Ceil(x)). */
export function ceilInt32(x: number): number {
  return toInt32(Math.ceil(x))
}

/** int32(x) of a double: the low half of its 64 bit conversion. */
export function toInt32(x: number): number {
  const whole = toInt64(x)
  if (whole >= -(2 ** 31) && whole < 2 ** 31) return whole
  return Number(BigInt.asIntN(32, BigInt(whole)))
}

/** int64(math.Ceil(x)). */
export function ceilInt64(x: number): number {
  return toInt64(Math.ceil(x))
}

function toInt64(x: number): number {
  // Not a number and everything out of range become the smallest integer.
  return x >= -INT64_LIMIT && x < INT64_LIMIT ? Math.trunc(x) + 0 : -INT64_LIMIT
}

/** a / b of integers. */
export function floorDivide(a: number, b: number): number {
  if (Math.abs(a) <= Number.MAX_SAFE_INTEGER) return Math.trunc(a / b)
  return Number(BigInt(a) / BigInt(b))
}
