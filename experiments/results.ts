/** The results of an experiment as reports read them: typed, in the order of runs, with what is missing named. */
import type { MetricDefinition } from '../engine/index.js'
import type { Experiment } from './experiment.js'
import { mostRepetitions, type PlannedRun, planRuns } from './plan.js'
import type { RunRow } from './row.js'
import { readRows, StoreRefusal } from './store.js'
import { openedExperiment, type PlanFile, readPlan } from './store-plan.js'

export interface ExperimentResults {
  readonly directory: string
  readonly plan: PlanFile
  /** As in the plan, but with paths that can be opened. */
  readonly experiment: Experiment
  readonly metrics: readonly MetricDefinition[]
  /** Rows of the plan's repetitions, in the order of runs; those of a row's variant are `rowsOf`. */
  readonly rows: readonly RunRow[]
  /** Repetitions that the rows are about. */
  readonly repetitions: number
  /** Runs of these repetitions that have no row: an experiment that is not over, or shards not yet merged. */
  readonly missing: readonly PlannedRun[]
}

/** Reads a result directory; a text says why it is none. */
export function readResults(directory: string): ExperimentResults | string {
  const plan = readPlan(directory)
  if (typeof plan === 'string') return plan
  try {
    return resultsOf(plan, readRows(directory).rows, directory)
  } catch (error) {
    if (error instanceof StoreRefusal) return error.message
    throw error
  }
}

export function resultsOf(plan: PlanFile, all: readonly RunRow[], directory: string): ExperimentResults {
  const experiment = openedExperiment(plan, directory)
  const reached = all.reduce((most, { repetition }) => Math.max(most, repetition), 0)
  const { repetitions: kind } = experiment
  const planned = kind.kind === 'fixed' ? kind.count : Math.min(reached, mostRepetitions(experiment))
  const repetitions = plan.repetitions ?? planned
  const rows = all.filter(({ repetition }) => repetition <= repetitions)
  const present = new Set(rows.map(({ run }) => run))
  const missing = planRuns(experiment, 1, repetitions).filter(({ run }) => !present.has(run))
  return { directory, plan, experiment, metrics: plan.metrics, rows, repetitions, missing }
}

/**
 * The values of a metric by variant and repetition: `samples[variant][repetition - 1]`, NaN where the run is missing,
 * failed or has nothing to measure. A run that was cut off or is unstable counts only when `all` is asked for.
 */
export function samplesOf(
  results: ExperimentResults,
  metric: string,
  all = false,
): readonly (readonly number[])[] {
  const { experiment, repetitions, rows } = results
  const { length } = experiment.variants
  const samples = experiment.variants.map(() => new Array<number>(repetitions).fill(Number.NaN))
  for (const { run, repetition, metrics, status } of rows) {
    if (!all && status !== 'completed') continue
    samples[(run - 1) % length][repetition - 1] = metrics[metric] ?? Number.NaN
  }
  return samples
}

/** The row with this number or key. */
export function findRow({ rows }: ExperimentResults, wanted: string): RunRow | undefined {
  return rows.find(({ run, key }) => String(run) === wanted || key === wanted)
}
