/**
 * `plan.json` of a result directory: the experiment, what it was read from and what identifies its runs. Paths in it
 * are relative to the directory, so that a project can be moved with its results.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { MetricDefinition } from '../engine/index.js'
import type { Experiment } from './experiment.js'
import type { LoadedExperiment } from './loaded-experiment.js'
import type { Shard } from './plan.js'

export const PLAN_FILE = 'plan.json'
export const PLAN_FORMAT = 'kubelapse-experiment/1'

export interface HashedInput {
  readonly file: string
  readonly sha256: string
}

export interface PlanFile {
  readonly format: typeof PLAN_FORMAT
  readonly kubelapse: string
  /** Equal for plans whose runs are the same, whatever their number and what is asked of them. */
  readonly identity: string
  readonly experiment: Experiment
  readonly metrics: readonly MetricDefinition[]
  readonly resources: readonly string[]
  readonly modelHashes: readonly string[]
  /** Every file that was read, the experiment's own first. */
  readonly inputs: readonly HashedInput[]
  readonly shard?: Shard
  /** Repetitions that the experiment came to; absent while it goes on. */
  readonly repetitions?: number
}

/** The plan of an experiment for the directory its results go to. */
export function planFileOf(
  { experiment, metrics, resources, modelHashes, inputs }: LoadedExperiment,
  directory: string,
  kubelapse: string,
  shard?: Shard,
): PlanFile {
  const beside = (file: string): string => relative(resolve(directory), resolve(file)).split(sep).join('/')
  const { seed, randomNumbers, series, distributions, window, variants } = experiment
  const treatments = variants.map(({ values }, i) => ({ values, model: modelHashes[i] }))
  // The seed of a run depends on these two only where seeds are not given one by one.
  const seeds = experiment.seeds === undefined ? { seed, randomNumbers } : { randomNumbers }
  const identity = hashOf(
    JSON.stringify([kubelapse, treatments, seeds, series, distributions, window ?? null]),
  )
  return {
    format: PLAN_FORMAT,
    kubelapse,
    identity,
    experiment: {
      ...experiment,
      base: { ...experiment.base, file: beside(experiment.base.file) },
      use: experiment.use.map(beside),
    },
    metrics,
    resources,
    modelHashes,
    inputs: inputs.map(file => ({ file: beside(file), sha256: hashOfFile(file) })),
    ...(shard === undefined ? {} : { shard }),
  }
}

/** The plan in a result directory, paths as they are there; a text says why there is none. */
export function readPlan(directory: string): PlanFile | string {
  const path = join(directory, PLAN_FILE)
  if (!existsSync(path)) return `${directory} holds no results of an experiment`
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return `${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  const isPlan =
    value !== null && typeof value === 'object' && 'format' in value && value.format === PLAN_FORMAT
  return isPlan ? (value as PlanFile) : `${path} is no plan of this version: its format is not ${PLAN_FORMAT}`
}

/** The experiment of a plan with paths that can be opened from here. */
export function openedExperiment({ experiment }: PlanFile, directory: string): Experiment {
  const { base, use } = experiment
  return {
    ...experiment,
    base: { ...base, file: resolve(directory, base.file) },
    use: use.map(file => resolve(directory, file)),
  }
}

/** Inputs of a plan that are not what they were: gone, or with other bytes. */
export function changedInputs({ inputs }: PlanFile, directory: string): readonly string[] {
  return inputs.flatMap(({ file, sha256 }) => {
    const path = resolve(directory, file)
    if (!existsSync(path)) return [`${file} is not there any more`]
    return hashOfFile(path) === sha256 ? [] : [`${file} has changed`]
  })
}

function hashOfFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
