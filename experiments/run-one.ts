/** One run of a plan from its model to its row; nothing here knows of threads or files. */
import {
  type AnyPlugin,
  type RecordName,
  type RunResult,
  SECOND,
  type SimulationModel,
  simulate,
} from '../engine/index.js'
import { modelHash } from '../scenarios/index.js'
import type { Experiment, Variant } from './experiment.js'
import { DistributionReader } from './measure/distribution.js'
import { SeriesReader } from './measure/series.js'
import { type WindowFigures, WindowReader } from './measure/window.js'
import type { PlannedRun } from './plan.js'
import type { RunRow, RunStatus } from './row.js'

/** What runs of one experiment have in common. */
export interface RunSurroundings {
  readonly measures: Pick<Experiment, 'series' | 'distributions' | 'window'>
  readonly resources: readonly string[]
  readonly plugins: readonly AnyPlugin[]
  readonly kubelapse: string
  readonly node: string
}

/** A run of the plan, and the variant it is of. */
export interface RunOrder {
  readonly planned: PlannedRun
  readonly variant: Variant
}

export function runOne(order: RunOrder, model: SimulationModel, around: RunSurroundings): RunRow {
  const { measures } = around
  const series = measures.series.map(choice => new SeriesReader(choice))
  const distributions = measures.distributions.map(choice => new DistributionReader(choice))
  const window = measures.window === undefined ? undefined : new WindowReader(measures.window)
  const readers = [...series, ...distributions]
  const windowed: readonly string[] = window === undefined ? [] : ['pods', 'time-series']
  const records = [...new Set([...readers.map(({ choice }) => choice.record), ...windowed])]
  const result = simulate(model, {
    records,
    resources: around.resources,
    plugins: around.plugins,
    sink: (record: RecordName) => ({
      chunk: chunk => {
        for (const reader of readers) if (reader.choice.record === record) reader.take(chunk)
        if (windowed.includes(record)) window?.take(record, chunk)
      },
    }),
  })
  const figures = window?.finish(result.end / SECOND)
  const [status, reason] = statusOf(result, model, figures)
  return {
    ...identity(order, around),
    status,
    ...(reason === undefined ? {} : { reason }),
    ended: result.outcome,
    events: result.digest.events,
    digest: result.digest.hash,
    modelHash: modelHash(model),
    metrics: known({ ...result.summary.values, ...figures?.metrics, ...figuresOf(series) }),
    series: series.map(reader => reader.finish()),
    distributions: distributions.map(reader => reader.finish()),
  }
}

/** The row of a run that gave no result. */
export function failedRow(order: RunOrder, reason: string, around: RunSurroundings): RunRow {
  return {
    ...identity(order, around),
    status: 'failed',
    reason,
    events: 0,
    digest: '',
    modelHash: '',
    metrics: {},
    series: [],
    distributions: [],
  }
}

function identity({ planned, variant }: RunOrder, { kubelapse, node }: RunSurroundings) {
  const { run, key, repetition, seed } = planned
  return { run, key, variant: variant.name, values: variant.values, repetition, seed, kubelapse, node }
}

function statusOf(
  { outcome }: RunResult,
  { maxEvents }: SimulationModel,
  figures: WindowFigures | undefined,
): readonly [RunStatus, string?] {
  if (outcome === 'maxEvents') return ['cut-off', `it was cut off after ${maxEvents} events`]
  return figures?.unstable === undefined ? ['completed'] : ['unstable', figures.unstable]
}

/** The values of series that are metrics. */
function figuresOf(series: readonly SeriesReader[]): Readonly<Record<string, number>> {
  return Object.fromEntries(series.flatMap(reader => reader.figures()))
}

/** JSON has no NaN. */
function known(values: Readonly<Record<string, number>>): RunRow['metrics'] {
  const entries = Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null])
  return Object.fromEntries(entries) as RunRow['metrics']
}
