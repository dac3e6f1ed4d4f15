/** Makes one run of a result directory again, and says in what it differs from its row. */
import { type AnyPlugin, PLUGINS, type SimulationModel } from '../engine/index.js'
import { formatIssue, loadModules, openTemplate } from '../scenarios/index.js'
import type { Experiment } from './experiment.js'
import { measuresOf } from './measure/measures.js'
import { plannedRunAt } from './plan.js'
import type { ExperimentResults } from './results.js'
import type { RunRow } from './row.js'
import { type RunOrder, runOne } from './run-one.js'
import { variantModel } from './variant-model.js'

export interface Replayed {
  readonly row: RunRow
  readonly again: RunRow
  /** One line a difference; none: the same run to the last event and figure. */
  readonly differences: readonly string[]
}

/** A run of a result directory, ready to be made again with other records and sinks. */
export interface OpenedRun {
  readonly model: SimulationModel
  readonly plugins: readonly AnyPlugin[]
  /** Resources with columns of their own, as in every run of the experiment. */
  readonly resources: readonly string[]
}

/** A text says why the run cannot be opened. */
export async function openRun(
  { experiment, plan }: ExperimentResults,
  row: RunRow,
): Promise<OpenedRun | string> {
  const plugins = await loadModules(experiment.use)
  if (typeof plugins === 'string') return plugins
  const { file, inline } = experiment.base
  const place = { file, line: 1, column: 1 }
  const template = await openTemplate(
    inline === undefined ? { file } : { file, inline: { value: inline, locate: () => place } },
    { plugins: [...PLUGINS, ...plugins] },
  )
  if ('issues' in template) return template.issues.map(formatIssue).join('\n')
  const model = await variantModel(template, file, orderOf(experiment, row))
  return { model, plugins, resources: plan.resources }
}

/** A text says why the run cannot be made again. */
export async function replayRow(
  results: ExperimentResults,
  row: RunRow,
  kubelapse: string,
): Promise<Replayed | string> {
  const opened = await openRun(results, row)
  if (typeof opened === 'string') return opened
  const { model, plugins, resources } = opened
  const measures = measuresOf(results.experiment)
  const node = process.versions.node
  const order = orderOf(results.experiment, row)
  const again = runOne(order, model, { measures, resources, plugins, kubelapse, node })
  return { row, again, differences: differencesOf(row, again) }
}

function orderOf(experiment: Experiment, { run }: RunRow): RunOrder {
  const planned = plannedRunAt(experiment, run)
  return { planned, variant: experiment.variants[planned.variant] }
}

function differencesOf(row: RunRow, again: RunRow): readonly string[] {
  const lines: string[] = []
  for (const field of ['modelHash', 'seed', 'status', 'ended', 'events', 'digest'] as const) {
    if (row[field] !== again[field]) lines.push(`${field} was ${row[field]} and is ${again[field]}`)
  }
  for (const [name, value] of Object.entries(row.metrics)) {
    if (again.metrics[name] !== value) lines.push(`${name} was ${value} and is ${again.metrics[name]}`)
  }
  for (const part of ['series', 'distributions'] as const) {
    if (JSON.stringify(row[part]) !== JSON.stringify(again[part])) lines.push(`${part} differ`)
  }
  return lines
}
