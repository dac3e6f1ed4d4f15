/** `runs.csv` of an experiment: one row a run, in the order of runs, with its axes, seed, status and every metric. */
import type { ExperimentResults } from '../../experiments/index.js'
import { numberCell, textCell } from '../csv/csv-cells.js'
import { axisCells, axisColumns } from './axis-cells.js'

export function runsCsvText({ experiment, metrics, rows }: ExperimentResults): string {
  const header = [
    'run',
    'key',
    'variant',
    ...axisColumns(experiment),
    'repetition',
    'seed',
    'status',
    'reason',
    'ended',
    'events',
    'digest',
    'model_hash',
    'kubelapse',
    'node',
    ...metrics.map(({ name }) => name),
  ]
  const lines = rows.map(row =>
    [
      row.run,
      textCell(row.key),
      textCell(row.variant),
      ...axisCells(experiment, row.values),
      row.repetition,
      textCell(row.seed),
      row.status,
      textCell(row.reason ?? ''),
      row.ended ?? '',
      row.events,
      row.digest,
      row.modelHash,
      row.kubelapse,
      row.node,
      ...metrics.map(({ name }) => numberCell(row.metrics[name] ?? Number.NaN)),
    ].join(','),
  )
  return `${[header.join(','), ...lines].join('\n')}\n`
}
