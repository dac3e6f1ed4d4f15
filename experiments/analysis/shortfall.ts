/** What an experiment that was to go on until it knew enough did not come to know within its budget. */

import type { Precision, Variant } from '../experiment.js'
import { type ExperimentResults, samplesOf } from '../results.js'
import { meanInterval } from '../statistics/mean-interval.js'
import { isPrecise } from '../statistics/replication-rule.js'

export interface Shortfall {
  readonly target: Precision
  readonly variant: Variant
  /** What the half-width came to, in the terms of the target. */
  readonly halfWidth: number
}

export function shortfalls(results: ExperimentResults): readonly Shortfall[] {
  const { experiment } = results
  const { repetitions, confidence } = experiment
  if (repetitions.kind !== 'precision') return []
  return repetitions.targets.flatMap(target => {
    const samples = samplesOf(results, target.metric)
    return experiment.variants.flatMap((variant): readonly Shortfall[] => {
      const values = samples[variant.index].filter(value => !Number.isNaN(value))
      if (isPrecise(values, target, confidence)) return []
      const { mean, halfWidth } = meanInterval(values, confidence)
      return [{ target, variant, halfWidth: target.relative ? halfWidth / Math.abs(mean) : halfWidth }]
    })
  })
}
