/**
 * How much of a run's start to leave out: MSER-5. The series is cut into batches of five; for each number d of batches
 * left out, the squared standard error of the mean of the rest is estimated as sum((x - mean)^2) / (n - d)^2, and the d
 * that makes it smallest is taken. A d beyond half of the run says that the run is too short to have settled.
 *
 * Follows K. P. White, M. J. Cobb, S. C. Spratt, "A comparison of five steady-state truncation heuristics for
 * simulation", Winter Simulation Conference 2000. Simplified: nothing known.
 */

export const MSER_BATCH = 5

export interface Truncation {
  /** Values to leave out, a multiple of the batch; 0 when the series is too short to tell. */
  readonly cut: number
  /** Whether the cut lies in the first half, as it must for the rest to be steady. */
  readonly settled: boolean
}

export function mser(values: ArrayLike<number>): Truncation {
  const batches = Math.floor(values.length / MSER_BATCH)
  if (batches < 4) return { cut: 0, settled: false }
  const means = Array.from({ length: batches }, (_, batch) => {
    let sum = 0
    for (let i = 0; i < MSER_BATCH; i++) sum += values[batch * MSER_BATCH + i]
    return sum / MSER_BATCH
  })
  // From the end, so that sum and squares of what is kept grow by one batch a step; shifted for exactness.
  const shift = means[batches - 1]
  let [sum, squares, best, cut] = [0, 0, Number.POSITIVE_INFINITY, 0]
  for (let left = batches - 1; left >= 0; left--) {
    const value = means[left] - shift
    sum += value
    squares += value * value
    const kept = batches - left
    // The last few batches are always alike and would win by chance.
    if (kept < MSER_BATCH) continue
    const error = Math.max(0, squares - (sum * sum) / kept) / (kept * kept)
    if (error <= best) [best, cut] = [error, left]
  }
  return { cut: cut * MSER_BATCH, settled: cut <= batches / 2 }
}
