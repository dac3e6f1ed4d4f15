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
import {
  amountText,
  decimalsFor,
  metricName,
  plainScale,
  type Scale,
  scaleFor,
  unitWord,
} from './metric-words.js'

/** A row a metric, a column a value of the knob: mean and half-width of the interval. */
export function sweepTable(results: ExperimentResults): string {
  const { experiment } = results
  const [axis] = experiment.axes
  const summaries = summarise(results)
  const table = new Table({
    head: [axis.name, ...experiment.variants.map(({ values }) => pc.bold(String(values[axis.name])))],
    colAligns: ['left', ...experiment.variants.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const metric of judgedMetrics(results)) {
    const row = experiment.variants.map(variant =>
      summaries.find(summary => summary.metric.name === metric.name && summary.variant === variant),
    )
    const known = row.flatMap(summary => (summary === undefined || summary.n === 0 ? [] : summary.mean))
    const scale = scaleFor(metric, ...known)
    table.push([metricName(metric), ...row.map(summary => cellOf(summary, scale))])
  }
  return table.toString()
}

function cellOf(summary: VariantSummary | undefined, scale: Scale): string {
  if (summary === undefined || summary.n === 0) return '-'
  const { mean, low, high, n } = summary
  const half = (high - low) / 2
  const decimals = decimalsFor(scale, half, mean)
  const unit = scale.word === ' points' ? ' %' : scale.word
  const spread = n < 2 ? '' : ` ± ${amountText(scale, half, decimals)}`
  return `${amountText(scale, mean, decimals)}${spread}${unit}`
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
    const { factor } = plainScale(metric)
    const unit = metric.unit === 'share' ? ' in %' : unitWord(metric) === '' ? '' : ' in seconds'
    const name = `sweep-${metric.name}.svg`
    const chart = intervalChart({
      title: `${metricName(metric)} against ${axis.name}`,
      xLabel: axis.name,
      yLabel: `${metricName(metric)}${unit}`,
      points: points.map(({ x, mean, low, high }) => ({
        x,
        mean: mean * factor,
        low: low * factor,
        high: high * factor,
      })),
    })
    writeFileSync(join(directory, name), chart)
    return [name]
  })
}
