/**
 * Whether a series grows for ever, as the queue of an overloaded cluster does: it is cut into ten batches, and counts
 * as growing when almost every later batch mean is above almost every earlier one (Mann-Kendall's test, one-sided 1 %)
 * and the growth matters, that is the last three batches lie above the first three by a tenth and by more than `least`.
 *
 * Follows H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945). Simplified: batches take the place
 * of a correction for correlation between neighbouring values.
 */

const BATCHES = 10
/** Kendall's S over ten values is 27 or more with a probability of 0.8 % when there is no trend (exact). */
const CRITICAL_S = 27

export interface Drift {
  readonly grows: boolean
  /** Growth from the first three batches to the last three. */
  readonly growth: number
}

export function drift(values: ArrayLike<number>, least: number): Drift {
  const size = Math.floor(values.length / BATCHES)
  if (size < 1) return { grows: false, growth: 0 }
  const start = values.length - size * BATCHES
  const means = Array.from({ length: BATCHES }, (_, batch) => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += values[start + batch * size + i]
    return sum / size
  })
  let s = 0
  for (let later = 1; later < BATCHES; later++) {
    for (let earlier = 0; earlier < later; earlier++) s += Math.sign(means[later] - means[earlier])
  }
  const early = (means[0] + means[1] + means[2]) / 3
  const growth = (means[7] + means[8] + means[9]) / 3 - early
  return { grows: s >= CRITICAL_S && growth > Math.max(least, 0.1 * Math.abs(early)), growth }
}
