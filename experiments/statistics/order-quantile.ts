/** The q-quantile of sorted values: the smallest of them that at least the share q does not exceed. */
export function orderQuantile(sorted: ArrayLike<number>, q: number): number {
  const { length } = sorted
  if (length === 0) return Number.NaN
  // A share such as 0.9 of 10 is 9.000000000000002 in floating point and means the ninth value all the same.
  const rank = Math.ceil(q * length - 1e-9)
  return sorted[Math.min(length, Math.max(1, rank)) - 1]
}
