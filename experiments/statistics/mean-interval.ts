import { moments } from './moments.js'
import { studentQuantile } from './student.js'

export interface MeanInterval {
  readonly n: number
  readonly mean: number
  readonly sd: number
  /** NaN of fewer than two values: one value says nothing about chance. */
  readonly low: number
  readonly high: number
  readonly halfWidth: number
}

/** Student's interval of the mean of independent values. */
export function meanInterval(values: readonly number[], confidence: number): MeanInterval {
  const { n, mean, sd } = moments(values)
  const halfWidth = n < 2 ? Number.NaN : (studentQuantile((1 + confidence) / 2, n - 1) * sd) / Math.sqrt(n)
  return { n, mean, sd, low: mean - halfWidth, high: mean + halfWidth, halfWidth }
}
