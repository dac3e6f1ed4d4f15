/**
 * An interval for the mean of values that are far from normal, as the percentiles and maxima of runs are: resampled
 * over repetitions, each resample divided by its own standard error (bootstrap-t), which keeps close to the stated
 * coverage also for skewed values and few repetitions. Draws come from a stream of its own, so that equal values give
 * equal intervals.
 * Follows B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", section 12.5. Simplified: nothing known.
 */
import { Stream } from '../../engine/index.js'
import { moments } from './moments.js'
import { orderQuantile } from './order-quantile.js'

const RESAMPLES = 1999

/** Fewer values than this have too few different resamples. */
export const LEAST_FOR_BOOTSTRAP = 8

export function bootstrapInterval(
  values: readonly number[],
  confidence: number,
): { readonly low: number; readonly high: number } {
  const { n, mean, sd } = moments(values)
  if (n < LEAST_FOR_BOOTSTRAP) return { low: Number.NaN, high: Number.NaN }
  if (sd === 0) return { low: mean, high: mean }
  const stream = new Stream(`bootstrap/${n}`)
  const ratios = new Float64Array(RESAMPLES)
  const drawn = new Array<number>(n)
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let i = 0; i < n; i++) drawn[i] = values[Math.floor(stream.next() * n)]
    const again = moments(drawn)
    const distance = again.mean - mean
    // All values drawn alike have no standard error: as far out as can be.
    ratios[resample] = distance === 0 ? 0 : distance / again.sd
  }
  ratios.sort()
  const tail = (1 - confidence) / 2
  return {
    low: mean - orderQuantile(ratios, 1 - tail) * sd,
    high: mean - orderQuantile(ratios, tail) * sd,
  }
}
