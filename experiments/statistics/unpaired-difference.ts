/**
 * The difference of two variants whose repetitions have nothing in common, by Welch's method: the standard deviations
 * may differ, and the degrees of freedom follow Satterthwaite. Pairs mean nothing here and are not counted.
 * Follows B. L. Welch, "The generalization of Student's problem", Biometrika 34 (1947). Simplified: nothing known.
 */
import { moments } from './moments.js'
import type { Difference } from './paired-difference.js'
import { studentQuantile, studentTwoSided } from './student.js'

/** First minus second; unknown values (NaN) are left out. */
export function unpairedDifference(
  first: readonly number[],
  second: readonly number[],
  confidence: number,
): Difference {
  const [a, b] = [first, second].map(values => moments(values.filter(value => !Number.isNaN(value))))
  const n = Math.min(a.n, b.n)
  const mean = a.mean - b.mean
  const counts = { above: 0, below: 0, equal: 0 }
  const unknown = { low: Number.NaN, high: Number.NaN, p: Number.NaN }
  if (n < 2) return { n, mean, sd: Number.NaN, ...unknown, ...counts }
  const [u, v] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n]
  const error = Math.sqrt(u + v)
  // What the difference of two single repetitions would vary by.
  const sd = Math.hypot(a.sd, b.sd)
  if (error === 0) return { n, mean, sd, low: mean, high: mean, p: mean === 0 ? 1 : 0, ...counts }
  const degrees = (u + v) ** 2 / (u ** 2 / (a.n - 1) + v ** 2 / (b.n - 1))
  const halfWidth = studentQuantile((1 + confidence) / 2, degrees) * error
  const p = studentTwoSided(mean / error, degrees)
  return { n, mean, sd, low: mean - halfWidth, high: mean + halfWidth, p, ...counts }
}
