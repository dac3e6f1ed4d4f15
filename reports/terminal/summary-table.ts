/**
 * The summary of one or several runs as a table for the terminal: a row a metric, a column a run, side by side. The
 * better of several values is marked, and rows that are 0 or unknown in every run are left out where that says nothing.
 */
import Table from 'cli-table3'
import pc from 'picocolors'
import type { MetricDefinition, RunResult } from '../../engine/index.js'
import { metricsOfAll } from '../shown-metrics.js'
import { figure } from './figures.js'

/** Metrics shown only when some run has something to say. */
const ONLY_WHEN_SEEN =
  /^(pods_never_scheduled_|pods_(failed|evicted|deleted|running|pending|unschedulable|succeeded)$)/
/** Figures about the simulator, not about the cluster. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['store_writes', 'simulation_events'])

/** The table of all runs; with one run it has one column of figures. */
export function summaryTable(results: readonly RunResult[]): string {
  const table = new Table({
    head: ['', ...results.map(({ name }) => pc.bold(name))],
    colAligns: ['left', ...results.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const metric of metricsOfAll(results)) {
    const values = results.map(({ summary }) => summary.values[metric.name] ?? Number.NaN)
    if (!isShown(metric, values)) continue
    table.push([labelOf(metric), ...cells(metric, values)])
  }
  return table.toString()
}

function isShown({ name }: MetricDefinition, values: readonly number[]): boolean {
  if (NOT_SHOWN.has(name) || values.every(value => Number.isNaN(value))) return false
  return !ONLY_WHEN_SEEN.test(name) || values.some(value => value !== 0)
}

/** A metric's name in words: its unit is in the figure. */
function labelOf({ name, label }: MetricDefinition): string {
  if (label !== undefined) return label
  const nested = name.startsWith('pods_never_scheduled_')
  const words = nested ? `  ${name.slice('pods_never_scheduled_'.length)}` : name
  return words.replace(/_(s|share)$/, '').replaceAll('_', ' ')
}

function cells(metric: MetricDefinition, values: readonly number[]): readonly string[] {
  const best = bestOf(metric, values)
  return values.map(value => {
    const text = figure(value, metric.unit)
    return best !== undefined && value === best ? pc.green(text) : text
  })
}

/** The better value, when the runs differ and one direction is the better one. */
function bestOf(metric: MetricDefinition, values: readonly number[]): number | undefined {
  const known = values.filter(value => !Number.isNaN(value))
  if (metric.better === undefined || new Set(known).size < 2) return undefined
  return metric.better === 'lower' ? Math.min(...known) : Math.max(...known)
}
