/**
 * The fewest nodes, or the cheapest mix of them, that meet objectives: a search in which every point tried is a small
 * experiment of its own, on the same seeds as all others, with more repetitions where the first ones leave it unclear.
 * Each has a result directory, so a search that was killed goes on where it was, and any of its runs can be replayed.
 */
import { join, resolve } from 'node:path'
import { loadDocument } from '../load.js'
import type { ExperimentOptions, LoadedExperiment, Refused } from '../loaded-experiment.js'
import { resultsOf, samplesOf } from '../results.js'
import { openPool, runExperiment } from '../runner.js'
import type { WorkerPool } from '../runner-pool.js'
import { RunStore } from '../store.js'
import { planFileOf } from '../store-plan.js'
import { CapacitySearch, type Knob, type Point } from './capacity-search.js'
import { type JudgedObjective, judgeObjective, type Objective } from './objective.js'

export interface CapacityQuestion {
  readonly scenario: string
  readonly knobs: readonly Knob[]
  readonly objectives: readonly Objective[]
  readonly confidence: number
  /** Repetitions of a point in any case, and at most. */
  readonly first: number
  readonly most: number
  readonly options: ExperimentOptions
}

export interface TriedPoint {
  readonly point: Point
  readonly cost: number
  readonly repetitions: number
  /** unclear after all repetitions counts as a miss. */
  readonly status: JudgedObjective['status']
  readonly judged: readonly JudgedObjective[]
  /** Where its runs are, below the search's own directory. */
  readonly directory: string
}

export interface CapacityAnswer {
  readonly question: CapacityQuestion
  readonly tried: readonly TriedPoint[]
  /** undefined: not even the dearest point meets the objectives. */
  readonly best: TriedPoint | undefined
}

export interface CapacitySettings {
  readonly directory: string
  readonly workers: number
  readonly kubelapse: string
  readonly fresh: boolean
  readonly tried?: (point: TriedPoint) => void
}

/** Throws StoreRefusal when a directory cannot be used. */
export async function findCapacity(
  question: CapacityQuestion,
  settings: CapacitySettings,
): Promise<CapacityAnswer | Refused> {
  const search = new CapacitySearch(question.knobs)
  const tried: TriedPoint[] = []
  let pool: WorkerPool | undefined
  try {
    for (let point = search.next(); point !== undefined; point = search.next()) {
      const loaded = await loadPoint(question, point)
      if ('issues' in loaded) return loaded
      pool ??= openPool(loaded, settings)
      const result = await tryPoint(question, settings, point, loaded, pool)
      const found = { ...result, cost: search.costOf(point) }
      search.tell(point, found.status === 'meets')
      tried.push(found)
      settings.tried?.(found)
    }
  } finally {
    await pool?.close()
  }
  return { question, tried, best: tried.find(({ point }) => point === search.best) }
}

/** One point as an experiment with a single variant. */
function loadPoint(
  { scenario, knobs, objectives, confidence, options }: CapacityQuestion,
  point: Point,
): Promise<LoadedExperiment | Refused> {
  const axes = knobs.map(({ name, path }, i) => [name, { path, values: [point[i]] }])
  const value = {
    name: 'capacity',
    base: resolve(scenario),
    axes: Object.fromEntries(axes) as Record<string, unknown>,
    metrics: objectives.map(({ metric }) => metric),
    confidence,
  }
  const locate = (path: readonly (string | number)[]) => {
    const option = path[0] === 'metrics' ? '--require' : '--knob'
    return { file: option, line: path[0] === 'metrics' ? Number(path[1] ?? 0) + 1 : 1, column: 1 }
  }
  return loadDocument({ file: resolve('capacity'), isFile: false, value, locate }, options)
}

async function tryPoint(
  question: CapacityQuestion,
  settings: CapacitySettings,
  point: Point,
  loaded: LoadedExperiment,
  pool: WorkerPool,
): Promise<Omit<TriedPoint, 'cost'>> {
  const { knobs, first, most, confidence } = question
  // Each look is a chance to be wrong: together they have the chance that was asked for.
  const perLook = 1 - (1 - confidence) / looks(first, most)
  const { workers, kubelapse } = settings
  const name = knobs.map((knob, i) => `${knob.name}=${point[i]}`).join(',')
  const directory = join(settings.directory, name)
  for (let repetitions = Math.min(first, most); ; repetitions = Math.min(most, 2 * repetitions)) {
    const counted: LoadedExperiment = {
      ...loaded,
      experiment: { ...loaded.experiment, repetitions: { kind: 'fixed', count: repetitions } },
    }
    const plan = planFileOf(counted, directory, kubelapse)
    const store = new RunStore(directory, plan, { fresh: settings.fresh && repetitions <= first })
    try {
      await runExperiment(counted, store, { workers, kubelapse, pool })
      const results = resultsOf(store.plan, store.rows, directory)
      const judged = question.objectives.map(objective =>
        judgeObjective(objective, samplesOf(results, objective.metric)[0], perLook),
      )
      const status = worst(judged)
      if (status !== 'unclear' || repetitions >= most) {
        return { point, repetitions, status, judged, directory: name }
      }
    } finally {
      store.close()
    }
  }
}

/** How often a point may be judged: after `first` repetitions, twice as many, and so on up to `most`. */
function looks(first: number, most: number): number {
  return first >= most ? 1 : 1 + Math.ceil(Math.log2(most / first))
}

function worst(judged: readonly JudgedObjective[]): JudgedObjective['status'] {
  if (judged.some(({ status }) => status === 'misses')) return 'misses'
  return judged.some(({ status }) => status === 'unclear') ? 'unclear' : 'meets'
}
