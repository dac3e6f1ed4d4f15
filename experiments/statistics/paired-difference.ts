/**
 * The difference of two variants over repetitions that share their random numbers: Student's interval of the
 * differences, the p-value of no difference, and how many pairs go which way.
 */
import { meanInterval } from './mean-interval.js'
import { studentTwoSided } from './student.js'

export interface Difference {
  /** Pairs in which both values are known. */
  readonly n: number
  /** Mean of first minus second. */
  readonly mean: number
  readonly sd: number
  readonly low: number
  readonly high: number
  /** Two-sided; NaN of fewer than two pairs. */
  readonly p: number
  /** Pairs in which the first value is above the second, below it, and equal to it. */
  readonly above: number
  readonly below: number
  readonly equal: number
}

/** First minus second, pair by pair; pairs with an unknown value (NaN) are left out. */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  confidence: number,
): Difference {
  const differences = first.map((value, i) => value - second[i]).filter(value => !Number.isNaN(value))
  const { n, mean, sd, low, high } = meanInterval(differences, confidence)
  const above = differences.filter(value => value > 0).length
  const below = differences.filter(value => value < 0).length
  return { n, mean, sd, low, high, p: pValue(mean, sd, n), above, below, equal: n - above - below }
}

function pValue(mean: number, sd: number, n: number): number {
  if (n < 2) return Number.NaN
  if (sd === 0) return mean === 0 ? 1 : 0
  return studentTwoSided((mean * Math.sqrt(n)) / sd, n - 1)
}
