/**
 * Every value of the compared axis against the baseline, within each combination of the other axes: paired by
 * repetition where random numbers are common. P-values are corrected over all comparisons of one metric.
 */
import type { MetricDefinition } from '../../engine/index.js'
import type { AxisValue, Variant } from '../experiment.js'
import { type ExperimentResults, samplesOf } from '../results.js'
import { holm } from '../statistics/holm.js'
import { type Difference, pairedDifference } from '../statistics/paired-difference.js'
import { screen } from '../statistics/select-best.js'
import { unpairedDifference } from '../statistics/unpaired-difference.js'

/**
 * What can be said of a difference. better/worse where the metric has a better direction, more/less where not; equal:
 * the same figure in every pair; unclear: the interval contains zero, or the correction for several comparisons takes
 * the certainty away, or runs did not complete, which hardly happens by pure chance; untold: fewer than two pairs.
 */
export const VERDICTS = ['better', 'worse', 'more', 'less', 'equal', 'unclear', 'untold'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface VariantComparison {
  readonly metric: MetricDefinition
  readonly variant: Variant
  readonly baseline: Variant
  /** Values of the axes that both have in common. */
  readonly setting: Readonly<Record<string, AxisValue>>
  readonly paired: boolean
  readonly difference: Difference
  /** Repetitions left out because one of the runs failed, was cut off or is unstable. */
  readonly leftOut: number
  /** Corrected over all comparisons of the metric. */
  readonly correctedP: number
  readonly verdict: Verdict
  /** Whether every run of both variants gave one and the same figure: nothing random takes part in it. */
  readonly constant: boolean
}

export interface BestOfMetric {
  readonly metric: MetricDefinition
  readonly setting: Readonly<Record<string, AxisValue>>
  /** Among these is the best variant, with the experiment's confidence. */
  readonly candidates: readonly Variant[]
}

export function compare(results: ExperimentResults): readonly VariantComparison[] {
  return judgedMetrics(results).flatMap(metric => compareMetric(results, metric))
}

/** Figures that are parts of another; where nothing is, they say nothing that it does not say. */
const PARTS = /^pods_never_scheduled_/

/**
 * Metrics that verdicts are about: those named, or all of which one direction is the better and that some run has a
 * figure of, as those of drains where nothing is drained.
 */
export function judgedMetrics({ experiment, metrics, rows }: ExperimentResults): readonly MetricDefinition[] {
  const { metrics: named } = experiment
  if (named.length === 0) {
    const isSeen = (name: string): boolean => rows.some(row => (row.metrics[name] ?? 0) !== 0)
    const hasFigure = (name: string): boolean =>
      rows.some(row => Number.isFinite(row.metrics[name] ?? Number.NaN))
    return metrics.filter(({ better, name }) => {
      return better !== undefined && (PARTS.test(name) ? isSeen(name) : rows.length === 0 || hasFigure(name))
    })
  }
  return named.flatMap(name => metrics.find(metric => metric.name === name) ?? [])
}

function compareMetric(results: ExperimentResults, metric: MetricDefinition): readonly VariantComparison[] {
  const { experiment } = results
  const { comparison, confidence, randomNumbers } = experiment
  if (comparison === undefined) return []
  const paired = randomNumbers === 'common'
  const samples = samplesOf(results, metric.name)
  const found = settingsOf(results).flatMap(({ setting, variants }) => {
    const baseline = variants.find(({ values }) => values[comparison.axis] === comparison.baseline)
    if (baseline === undefined) return []
    return variants
      .filter(variant => variant !== baseline)
      .map(variant => {
        const [a, b] = [samples[variant.index], samples[baseline.index]]
        const leftOut = incompleteRepetitions(results, variant, baseline)
        const difference = (paired ? pairedDifference : unpairedDifference)(a, b, confidence)
        return {
          metric,
          variant,
          baseline,
          setting,
          paired,
          difference,
          leftOut,
          constant: isConstant(a) && isConstant(b),
        }
      })
  })
  const corrected = holm(found.map(({ difference }) => difference.p))
  return found.map((item, i) => ({
    ...item,
    correctedP: corrected[i],
    verdict: verdictOf(item, corrected[i], 1 - confidence),
  }))
}

type Judgeable = Pick<VariantComparison, 'metric' | 'difference' | 'leftOut'>

/** Never a winner when the interval contains zero, and none that the correction takes away. */
function verdictOf(
  { metric: { better }, difference: { n, mean, low, high, sd }, leftOut }: Judgeable,
  p: number,
  level: number,
): Verdict {
  if (n < 2) return 'untold'
  if (leftOut > 0) return 'unclear'
  if (mean === 0 && sd === 0) return 'equal'
  if ((low <= 0 && high >= 0) || !(p <= level)) return 'unclear'
  if (better === undefined) return mean > 0 ? 'more' : 'less'
  return mean > 0 === (better === 'higher') ? 'better' : 'worse'
}

function incompleteRepetitions({ rows }: ExperimentResults, ...variants: readonly Variant[]): number {
  const names = variants.map(({ name }) => name)
  const left = rows.filter(({ variant, status }) => status !== 'completed' && names.includes(variant))
  return new Set(left.map(({ repetition }) => repetition)).size
}

function isConstant(values: readonly number[]): boolean {
  return values.every(value => value === values[0])
}

/** Combinations of the axes that are not compared, with the variants of each. */
function settingsOf({ experiment }: ExperimentResults) {
  const settings = new Map<string, { setting: Record<string, AxisValue>; variants: Variant[] }>()
  for (const variant of experiment.variants) {
    const { [experiment.comparison?.axis ?? '']: _, ...setting } = variant.values
    const key = JSON.stringify(setting)
    const known = settings.get(key) ?? { setting, variants: [] }
    known.variants.push(variant)
    settings.set(key, known)
  }
  return [...settings.values()]
}

/** For every judged metric with a better direction, the variants that may be the best of their setting. */
export function bestOf(results: ExperimentResults): readonly BestOfMetric[] {
  const { experiment } = results
  return judgedMetrics(results).flatMap(metric => {
    const { better } = metric
    if (better === undefined) return []
    const samples = samplesOf(results, metric.name)
    return settingsOf(results).map(({ setting, variants }): BestOfMetric => {
      const values = variants.map(({ index }) => samples[index])
      // Only repetitions in which every variant has the figure can be compared.
      const complete = values[0].flatMap((_, r) => (values.some(run => Number.isNaN(run[r])) ? [] : [r]))
      const common = values.map(run => complete.map(r => run[r]))
      // What did not complete hardly did so by chance, and nothing can be said of the best.
      if (incompleteRepetitions(results, ...variants) > 0) return { metric, setting, candidates: variants }
      const left = screen(common, better, experiment.confidence)
      return { metric, setting, candidates: left.map(i => variants[i]) }
    })
  })
}
