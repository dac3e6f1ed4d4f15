/** Mean and sample standard deviation, of distances from the first value: large means cost no digits. */
export interface Moments {
  readonly n: number
  /** NaN of no values. */
  readonly mean: number
  /** With n - 1 in the denominator; NaN of fewer than two values. */
  readonly sd: number
}

export function moments(values: readonly number[]): Moments {
  const { length: n } = values
  if (n === 0) return { n, mean: Number.NaN, sd: Number.NaN }
  const [origin] = values
  let sum = 0
  for (const value of values) sum += value - origin
  const mean = sum / n
  let squares = 0
  for (const value of values) squares += (value - origin - mean) ** 2
  return { n, mean: origin + mean, sd: n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1)) }
}
