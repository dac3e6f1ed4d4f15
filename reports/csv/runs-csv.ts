/** `runs.csv`: one row a run with every metric of the summary, and what is needed to tell two runs apart. */
import type { ColumnDefinition, MetricDefinition, RunResult } from '../../engine/index.js'
import { defineReport } from '../report.js'
import { metricsOfAll } from '../shown-metrics.js'
import { numberCell, textCell } from './csv-cells.js'
import { RUN_COLUMN } from './csv-file.js'

/** Columns of `runs.csv` before the metrics. */
const IDENTITY: readonly ColumnDefinition[] = [
  RUN_COLUMN,
  { name: 'seed', type: 'text', about: 'Seed of the run.' },
  {
    name: 'ended',
    type: 'text',
    about: 'Why it ended: drained (nothing was left to happen), until (its limit), or maxEvents.',
  },
  { name: 'digest', type: 'text', about: 'Hash of every event of the run; equal digests mean equal runs.' },
]

/** All columns of `runs.csv`. */
export function runColumns(metrics: readonly MetricDefinition[]): readonly ColumnDefinition[] {
  return [
    ...IDENTITY,
    ...metrics.map(({ name, about }): ColumnDefinition => ({ name, type: 'number', about })),
  ]
}

export const runsCsv = defineReport({
  name: 'runs',
  about: 'runs.csv: one row a run with every figure of the summary',
  needs: [],
  create: out => ({
    write(results) {
      if (results.length === 0) return
      const metrics = metricsOfAll(results)
      const header = runColumns(metrics).map(({ name }) => name)
      const rows = results.map(result => runRow(result, metrics).join(','))
      out.create('runs.csv').write(`${[header.join(','), ...rows].join('\n')}\n`)
    },
  }),
})

function runRow(result: RunResult, metrics: readonly MetricDefinition[]): readonly string[] {
  const { name, seed, outcome, digest, summary } = result
  const figures = metrics.map(metric => numberCell(summary.values[metric.name] ?? Number.NaN))
  return [textCell(name), textCell(seed), outcome, digest.hash, ...figures]
}
