/**
 * Makes the runs of an experiment that its store does not have yet. Workers take runs in order; whatever finishes
 * first, the numbers that come out depend on the plan alone: how many repetitions there are is decided only when all
 * runs of the repetitions so far are over.
 */

import type { LoadedExperiment } from './loaded-experiment.js'
import { measuresOf } from './measure/measures.js'
import { firstRepetitions, inShard, type PlannedRun, planRuns, type Shard } from './plan.js'
import { ProgressEstimate } from './progress-estimate.js'
import { nextRepetitions } from './repetition-control.js'
import type { RunRow } from './row.js'
import { WorkerPool } from './runner-pool.js'
import type { RunStore } from './store.js'

export interface RunnerOptions {
  readonly workers: number
  readonly kubelapse: string
  readonly shard?: Shard
  /** Workers of another experiment on the same base that measures the same; they are left running. */
  readonly pool?: WorkerPool
  /** Called before the first run and after each. */
  readonly progress?: (progress: RunProgress) => void
}

export interface RunProgress {
  readonly done: number
  /** Runs in all; more may follow when the number of repetitions is found on the way. */
  readonly total: number
  readonly mayGrow: boolean
  readonly failed: number
  /** Estimate for the runs counted in `total`; undefined: too early to tell. */
  readonly secondsLeft: number | undefined
  readonly last?: RunRow
}

/** Runs everything that is missing and puts the store in order; answers the number of repetitions. */
export async function runExperiment(
  { experiment, metrics, resources }: LoadedExperiment,
  store: RunStore,
  options: RunnerOptions,
): Promise<number> {
  const { workers, shard } = options
  const estimate = new ProgressEstimate(workers)
  let pool = options.pool
  let repetitions = firstRepetitions(experiment)
  try {
    for (let made = 0; made < repetitions; ) {
      const runs = planRuns(experiment, 1, repetitions).filter(run => inShard(run, shard))
      const missing = new Set(runs.filter(({ run }) => !store.has(run)))
      const report = (last?: RunRow): void => reportProgress(options, store, runs, missing, estimate, last)
      report()
      if (missing.size > 0) pool ??= openPool({ experiment, resources }, options)
      const running = pool
      await Promise.all(
        [...missing].map(async planned => {
          const finished = await running?.run({ planned, variant: experiment.variants[planned.variant] })
          if (finished === undefined) return
          store.append(finished.row)
          estimate.finished(planned, finished.seconds)
          missing.delete(planned)
          report(finished.row)
        }),
      )
      made = repetitions
      repetitions = nextRepetitions(experiment, metrics, store.rows, made)
    }
    store.finish(repetitions)
    return repetitions
  } finally {
    if (options.pool === undefined) await pool?.close()
  }
}

/** Workers for the runs of an experiment. */
export function openPool(
  { experiment, resources }: Pick<LoadedExperiment, 'experiment' | 'resources'>,
  { workers, kubelapse }: Pick<RunnerOptions, 'workers' | 'kubelapse'>,
): WorkerPool {
  const { base, use } = experiment
  const node = process.versions.node
  return new WorkerPool({ base, use, measures: measuresOf(experiment), resources, kubelapse, node }, workers)
}

function reportProgress(
  { progress }: RunnerOptions,
  store: RunStore,
  runs: readonly PlannedRun[],
  missing: ReadonlySet<PlannedRun>,
  estimate: ProgressEstimate,
  last: RunRow | undefined,
): void {
  if (progress === undefined) return
  const { repetitions } = store.plan.experiment
  progress({
    done: runs.length - missing.size,
    total: runs.length,
    mayGrow: repetitions.kind !== 'fixed',
    failed: store.rows.filter(({ status }) => status === 'failed').length,
    secondsLeft: estimate.secondsFor([...missing]),
    ...(last === undefined ? {} : { last }),
  })
}
