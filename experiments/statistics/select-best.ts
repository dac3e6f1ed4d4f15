/**
 * Which of k variants is the best, with a stated probability of being right.
 *
 * `screen` keeps every variant that may still be the best after n common repetitions: one goes when some other is
 * better by more than the interval of their paired difference allows. `survivors` is the sequential procedure of Kim
 * and Nelson: it may be asked after any repetition, and stops as soon as one is left; differences below `indifference`
 * do not matter to it. Both compare in pairs, so common random numbers make them sharper.
 *
 * Follows B. L. Nelson, J. Swann, D. Goldsman, W. Song, "Simple procedures for selecting the best simulated system when
 * the number of alternatives is large", Operations Research 49 (2001), and S.-H. Kim, B. L. Nelson, "A fully sequential
 * procedure for indifference-zone selection in simulation", ACM TOMACS 11 (2001). Simplified: Bonferroni's inequality
 * takes the place of the joint distribution.
 */
import { moments } from './moments.js'
import { studentQuantile } from './student.js'

export type Direction = 'lower' | 'higher'

/** Values of each variant by repetition; all have the same repetitions. */
type Samples = readonly (readonly number[])[]

/** The variants among which the best one is, with this confidence. */
export function screen(samples: Samples, better: Direction, confidence: number): readonly number[] {
  const k = samples.length
  const all = samples.map((_, i) => i)
  const n = samples[0]?.length ?? 0
  if (k < 2 || n < 2) return all
  const t = studentQuantile(1 - (1 - confidence) / (k - 1), n - 1)
  return all.filter(i =>
    all.every(j => {
      if (i === j) return true
      const { mean, sd } = lead(samples[j], samples[i], better)
      return mean <= (t * sd) / Math.sqrt(n)
    }),
  )
}

/** The variants left by the sequential procedure, whose first stage had `first` repetitions. */
export function survivors(
  samples: Samples,
  better: Direction,
  rule: { readonly first: number; readonly indifference: number; readonly confidence: number },
): readonly number[] {
  const k = samples.length
  const n = samples[0]?.length ?? 0
  let left = samples.map((_, i) => i)
  const { first, indifference: delta } = rule
  if (k < 2 || first < 2 || n < first) return left
  const eta = ((2 * (1 - rule.confidence)) / (k - 1)) ** (-2 / (first - 1)) / 2 - 0.5
  const h2 = 2 * eta * (first - 1)
  const variance = samples.map((a, i) =>
    samples.map((b, j) => (i === j ? 0 : lead(a.slice(0, first), b.slice(0, first), better).sd ** 2)),
  )
  // Screened anew after each repetition: one that is out stays out, as if it had never been run again.
  for (let r = first; r <= n && left.length > 1; r++) {
    const before = left
    left = before.filter(i =>
      before.every(j => {
        if (i === j) return true
        const slack = Math.max(0, ((h2 * variance[i][j]) / delta - delta * r) / (2 * r))
        return lead(samples[j].slice(0, r), samples[i].slice(0, r), better).mean <= slack
      }),
    )
  }
  return left
}

/** By how much the first is better than the second, pair by pair. */
function lead(first: readonly number[], second: readonly number[], better: Direction) {
  const sign = better === 'lower' ? -1 : 1
  return moments(first.map((value, r) => sign * (value - second[r])))
}
