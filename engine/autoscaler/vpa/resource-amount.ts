/**
 * Amounts as the recommender counts them: whole milli-cpu or bytes, cut off after every step, at most 10^14.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/model/types.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
export const MAX_AMOUNT = 1e14

/** An amount without its fraction, within what upstream can hold; infinity becomes the largest. */
export function wholeAmount(amount: number): number {
  if (amount > MAX_AMOUNT) return MAX_AMOUNT
  if (amount < 0) return 0
  // Nothing times infinity is no number, which upstream turns into the smallest integer.
  return Number.isNaN(amount) ? -(2 ** 63) : Math.trunc(amount)
}

export function scaledAmount(amount: number, factor: number): number {
  return wholeAmount(amount * factor)
}
