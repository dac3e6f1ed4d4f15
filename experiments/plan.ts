/**
 * Numbers the runs of an experiment before anything runs. Runs are ordered by repetition and then by variant, so that
 * the pairs of a comparison finish together and more repetitions only add runs at the end. By default repetition r has
 * the same seed under every variant: common random numbers.
 */
import type { Experiment } from './experiment.js'

export interface PlannedRun {
  /** Counts from 1. */
  readonly run: number
  /** Names the run whatever its number: `experiment/axis=value,axis=value/repetition`. */
  readonly key: string
  readonly variant: number
  /** Counts from 1. */
  readonly repetition: number
  readonly seed: string
}

/** Most repetitions that the experiment may come to. */
export function mostRepetitions({ repetitions }: Experiment): number {
  return repetitions.kind === 'fixed' ? repetitions.count : repetitions.most
}

/** Repetitions that are made in any case. */
export function firstRepetitions({ repetitions }: Experiment): number {
  return repetitions.kind === 'fixed' ? repetitions.count : Math.min(repetitions.first, repetitions.most)
}

/** The runs of the repetitions from `from` to `to`, both included and counted from 1. */
export function planRuns(experiment: Experiment, from: number, to: number): readonly PlannedRun[] {
  const runs: PlannedRun[] = []
  for (let repetition = from; repetition <= to; repetition++) {
    for (const { index } of experiment.variants) runs.push(plannedRun(experiment, index, repetition))
  }
  return runs
}

/** The run with a number. */
export function plannedRunAt(experiment: Experiment, run: number): PlannedRun {
  const { length } = experiment.variants
  return plannedRun(experiment, (run - 1) % length, Math.floor((run - 1) / length) + 1)
}

function plannedRun(experiment: Experiment, variant: number, repetition: number): PlannedRun {
  const run = (repetition - 1) * experiment.variants.length + variant + 1
  const key = `${experiment.name}/${variantKey(experiment, variant)}/${repetition}`
  return { run, key, variant, repetition, seed: seedOf(experiment, variant, repetition) }
}

/** `policy=pack,nodes=20`, or `base` without axes. */
export function variantKey({ variants }: Experiment, variant: number): string {
  const words = Object.entries(variants[variant].values).map(([axis, value]) => `${axis}=${String(value)}`)
  return words.length === 0 ? 'base' : words.join(',')
}

function seedOf(experiment: Experiment, variant: number, repetition: number): string {
  const { seeds, seed, randomNumbers } = experiment
  const shared = seeds?.[repetition - 1] ?? `${seed}-${repetition}`
  return randomNumbers === 'common' ? shared : `${shared}-${variantKey(experiment, variant)}`
}

/** A part of the runs, for one of several machines. */
export interface Shard {
  /** Counts from 1. */
  readonly index: number
  readonly of: number
}

/** Whether a run belongs to a shard: runs are dealt out in turn. */
export function inShard({ run }: PlannedRun, shard: Shard | undefined): boolean {
  return shard === undefined || (run - 1) % shard.of === shard.index - 1
}
