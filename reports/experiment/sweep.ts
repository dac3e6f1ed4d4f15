/** A sweep of one knob: a table for the terminal, and a chart with intervals for each judged metric. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import pc from 'picocolors'
import {
  type ExperimentResults,
  judgedMetrics,
  summarise,
  type VariantSummary,
} from '../../experiments/index.js'
import { intervalChart } from '../svg/interval-chart.js'
import { amountText, decimalsFor, metricName, unitWord } from './metric-words.js'

/** A row a value of the knob, a column a metric: mean and half-width of the interval. */
export function sweepTable(results: ExperimentResults): string {
  const { experiment } = results
  const [axis] = experiment.axes
  const metrics = judgedMetrics(results)
  const summaries = summarise(results)
  const table = new Table({
    head: [axis.name, ...metrics.map(metric => pc.bold(metricName(metric)))],
    colAligns: ['right', ...metrics.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const variant of experiment.variants) {
    const cells = metrics.map(({ name }) =>
      cellOf(summaries.find(summary => summary.metric.name === name && summary.variant === variant)),
    )
    table.push([String(variant.values[axis.name]), ...cells])
  }
  return table.toString()
}

function cellOf(summary: VariantSummary | undefined): string {
  if (summary === undefined || summary.n === 0) return '-'
  const { metric, mean, low, high, n } = summary
  const half = (high - low) / 2
  const decimals = decimalsFor(metric, half, mean)
  const unit = unitWord(metric) === ' points' ? ' %' : unitWord(metric)
  const spread = n < 2 ? '' : ` ± ${amountText(metric, half, decimals)}`
  return `${amountText(metric, mean, decimals)}${spread}${unit}`
}

/** Writes `sweep-<metric>.svg` for every judged metric that has figures; answers the names. */
export function writeSweepCharts(results: ExperimentResults): readonly string[] {
  const { experiment, directory } = results
  const [axis] = experiment.axes
  const summaries = summarise(results)
  return judgedMetrics(results).flatMap(metric => {
    const points = summaries
      .filter(summary => summary.metric.name === metric.name && summary.n > 0)
      .map(({ variant, mean, low, high }) => ({ x: variant.values[axis.name], mean, low, high }))
    if (points.length === 0) return []
    const scale = metric.unit === 'share' ? 100 : 1
    const unit = metric.unit === 'share' ? ' in %' : unitWord(metric) === '' ? '' : ' in seconds'
    const name = `sweep-${metric.name}.svg`
    const chart = intervalChart({
      title: `${metricName(metric)} against ${axis.name}`,
      xLabel: axis.name,
      yLabel: `${metricName(metric)}${unit}`,
      points: points.map(({ x, mean, low, high }) => ({
        x,
        mean: mean * scale,
        low: low * scale,
        high: high * scale,
      })),
    })
    writeFileSync(join(directory, name), chart)
    return [name]
  })
}
