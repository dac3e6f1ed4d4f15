/**
 * The only door of the room. What it exports is light: reading experiment files and running them load the YAML and
 * schema libraries, and threads, only when they are called.
 */
import type { ExperimentDocument, ExperimentOptions, LoadedExperiment, Refused } from './loaded-experiment.js'
import type { CapacityAnswer, CapacityQuestion, CapacitySettings } from './questions/capacity.js'
import type { OpenedRun, Replayed } from './replay.js'
import type { ExperimentResults } from './results.js'
import type { RunRow } from './row.js'
import type { RunnerOptions } from './runner.js'
import type { RunStore } from './store.js'

export {
  type BestOfMetric,
  bestOf,
  compare,
  judgedMetrics,
  type VariantComparison,
  VERDICTS,
  type Verdict,
} from './analysis/comparison.js'
export { type ComparedCell, comparedCells, type TableCell, tableCells } from './analysis/series-table.js'
export { type Shortfall, shortfalls } from './analysis/shortfall.js'
export { summarise, type VariantSummary } from './analysis/summary.js'
export type * from './experiment.js'
export type {
  ExperimentDocument,
  ExperimentOptions,
  LoadedExperiment,
  Refused,
} from './loaded-experiment.js'
export type { Distribution } from './measure/distribution.js'
export type { Series } from './measure/series.js'
export {
  firstRepetitions,
  inShard,
  mostRepetitions,
  type PlannedRun,
  plannedRunAt,
  planRuns,
  type Shard,
  variantKey,
} from './plan.js'
export type {
  CapacityAnswer,
  CapacityQuestion,
  CapacitySettings,
  TriedPoint,
} from './questions/capacity.js'
export { gridSize, type Knob, MOST_POINTS } from './questions/capacity-search.js'
export type { JudgedObjective, Objective } from './questions/objective.js'
export { knobName, sweepDocument } from './questions/sweep.js'
export { whatIfDocument } from './questions/what-if.js'
export type { OpenedRun, Replayed } from './replay.js'
export { type ExperimentResults, findRow, readResults, resultsOf, samplesOf } from './results.js'
export { RUN_STATUSES, type RunRow, type RunStatus } from './row.js'
export type { RunnerOptions, RunProgress } from './runner.js'
export { RunStore, StoreRefusal } from './store.js'
export { mergeStores } from './store-merge.js'
export {
  changedInputs,
  type HashedInput,
  PLAN_FILE,
  type PlanFile,
  planFileOf,
  readPlan,
} from './store-plan.js'

/** Reads an experiment file with everything it names, or answers all that is wrong with it. Nothing is run. */
export async function loadExperiment(
  file: string,
  options: ExperimentOptions = {},
): Promise<LoadedExperiment | Refused> {
  const load = await import('./load.js')
  return load.loadExperiment(file, options)
}

/** The model of a run of a result directory, to make it again with other records; a text says why it cannot be. */
export async function openRun(results: ExperimentResults, row: RunRow): Promise<OpenedRun | string> {
  const replay = await import('./replay.js')
  return replay.openRun(results, row)
}

/** Makes one run again and compares it with its row; a text says why it cannot be made. */
export async function replayRow(
  results: ExperimentResults,
  row: RunRow,
  kubelapse: string,
): Promise<Replayed | string> {
  const replay = await import('./replay.js')
  return replay.replayRow(results, row, kubelapse)
}

/** Makes the runs that the store does not have yet; answers the number of repetitions. */
export async function runExperiment(
  loaded: LoadedExperiment,
  store: RunStore,
  options: RunnerOptions,
): Promise<number> {
  const runner = await import('./runner.js')
  return runner.runExperiment(loaded, store, options)
}

/** Loads an experiment that a command has put together. */
export async function loadDocument(
  document: ExperimentDocument,
  options: ExperimentOptions = {},
): Promise<LoadedExperiment | Refused> {
  const load = await import('./load.js')
  return load.loadDocument(document, options)
}

/** The fewest nodes, or the cheapest mix, that meet objectives. Throws StoreRefusal. */
export async function findCapacity(
  question: CapacityQuestion,
  settings: CapacitySettings,
): Promise<CapacityAnswer | Refused> {
  const capacity = await import('./questions/capacity.js')
  return capacity.findCapacity(question, settings)
}
