/**
 * Holm's correction of p-values for several comparisons at once: the smallest is multiplied by their number, the next
 * by one less, and so on, never falling below one before. Rejecting where the result is at most 5 % is wrong anywhere
 * among them with a probability of at most 5 %. Unknown p-values (NaN) stay unknown and do not count.
 * Follows S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
 * (1979). Simplified: nothing known.
 */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, i) => i).filter(i => !Number.isNaN(ps[i]))
  order.sort((a, b) => ps[a] - ps[b])
  const corrected = ps.map(() => Number.NaN)
  let floor = 0
  order.forEach((i, rank) => {
    floor = Math.max(floor, Math.min(1, (order.length - rank) * ps[i]))
    corrected[i] = floor
  })
  return corrected
}
