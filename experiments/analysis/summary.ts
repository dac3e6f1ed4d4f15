/** What the repetitions of each variant come to, metric by metric. */
import type { MetricDefinition } from '../../engine/index.js'
import type { Variant } from '../experiment.js'
import { type ExperimentResults, samplesOf } from '../results.js'
import { bootstrapInterval, LEAST_FOR_BOOTSTRAP } from '../statistics/bootstrap.js'
import { meanInterval } from '../statistics/mean-interval.js'
import { quantileInterval } from '../statistics/quantile-interval.js'

export interface VariantSummary {
  readonly variant: Variant
  readonly metric: MetricDefinition
  /** Repetitions that have the figure. */
  readonly n: number
  readonly mean: number
  readonly sd: number
  /** Interval of the mean; NaN of fewer than two repetitions. */
  readonly low: number
  readonly high: number
  readonly method: 'student' | 'bootstrap'
  readonly median: number
  /** Interval of the median by order statistics; NaN of fewer than six repetitions at 95 %. */
  readonly medianLow: number
  readonly medianHigh: number
  readonly min: number
  readonly max: number
  /** Repetitions left out: failed, cut off, unstable or without the figure. */
  readonly left: number
}

/** Percentiles and extremes of one run are skewed over repetitions. */
const SKEWED = /_(p\d+|max|peak)(_|$)/

export function summarise(results: ExperimentResults): readonly VariantSummary[] {
  const { experiment, metrics, repetitions } = results
  const { confidence } = experiment
  return metrics.flatMap(metric => {
    const samples = samplesOf(results, metric.name)
    return experiment.variants.map((variant): VariantSummary => {
      const values = samples[variant.index].filter(value => !Number.isNaN(value))
      const { n, mean, sd, low, high } = meanInterval(values, confidence)
      const resampled = SKEWED.test(metric.name) && n >= LEAST_FOR_BOOTSTRAP
      const drawn = resampled ? bootstrapInterval(values, confidence) : { low, high }
      // Nearly all values alike leave resamples without a spread, and the interval without an end.
      const isUsed = resampled && Number.isFinite(drawn.low) && Number.isFinite(drawn.high)
      const median = quantileInterval(values, 0.5, confidence)
      return {
        variant,
        metric,
        n,
        mean,
        sd,
        ...(isUsed ? drawn : { low, high }),
        method: isUsed ? 'bootstrap' : 'student',
        median: median.value,
        medianLow: median.low,
        medianHigh: median.high,
        min: n === 0 ? Number.NaN : Math.min(...values),
        max: n === 0 ? Number.NaN : Math.max(...values),
        left: repetitions - n,
      }
    })
  })
}
