/** After how many repetitions an experiment ends, decided from the rows so far and nothing else. */
import type { MetricDefinition } from '../engine/index.js'
import type { Experiment } from './experiment.js'
import type { RunRow } from './row.js'
import { repetitionsWanted } from './statistics/replication-rule.js'
import { survivors } from './statistics/select-best.js'

/** The number of repetitions to come to next; the number there are when they are enough. */
export function nextRepetitions(
  experiment: Experiment,
  metrics: readonly MetricDefinition[],
  rows: readonly RunRow[],
  made: number,
): number {
  const { repetitions, confidence, variants } = experiment
  if (repetitions.kind === 'fixed') return repetitions.count
  const { first, most } = repetitions
  if (made < first) return Math.min(first, most)
  const samples = (metric: string): readonly (readonly number[])[] => {
    const values = variants.map((): number[] => new Array<number>(made).fill(Number.NaN))
    for (const row of rows) {
      if (row.repetition > made) continue
      values[(row.run - 1) % variants.length][row.repetition - 1] = row.metrics[metric] ?? Number.NaN
    }
    return values
  }
  if (repetitions.kind === 'best') {
    const { metric, indifference } = repetitions
    const better = metrics.find(({ name }) => name === metric)?.better ?? 'lower'
    const left = survivors(samples(metric), better, { first, indifference, confidence })
    return left.length < 2 ? made : Math.min(most, made + Math.ceil(made / 4))
  }
  const rule = { first, most, lookAhead: repetitions.lookAhead, confidence }
  const wanted = repetitions.targets.flatMap(target =>
    samples(target.metric).map(values => {
      // A run without the figure, as one that failed, brings no precision and must not spend the budget.
      const known = values.filter(value => !Number.isNaN(value))
      if (known.length < 2) return made
      return repetitionsWanted(known, target, rule) + made - known.length
    }),
  )
  return Math.min(most, Math.max(made, ...wanted))
}
