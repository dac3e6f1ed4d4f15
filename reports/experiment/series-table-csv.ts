/**
 * A table of an experiment as CSV: one row a variant, column of the record and value of `x`, with mean, standard
 * deviation and number of runs; and beside it, where results are published, ours and theirs cell by cell.
 */
import {
  comparedCells,
  type ExperimentResults,
  type SeriesTable,
  tableCells,
} from '../../experiments/index.js'
import { numberCell, textCell } from '../csv/csv-cells.js'
import { axisCells, axisColumns } from './axis-cells.js'

export function seriesTableText(results: ExperimentResults, table: SeriesTable): string {
  const { experiment } = results
  const header = [...axisColumns(experiment), 'metric', xOf(results, table), 'mean', 'sd', 'n']
  const lines = tableCells(results, table).map(({ variant, column, x, mean, sd, n }) =>
    [
      ...axisCells(experiment, variant.values),
      textCell(column),
      numberCell(x),
      rounded(mean),
      rounded(sd),
      n,
    ].join(','),
  )
  return `${[header.join(','), ...lines].join('\n')}\n`
}

/** Undefined when nothing is published about these runs. */
export function publishedText(results: ExperimentResults, table: SeriesTable): string | undefined {
  const { experiment } = results
  const cells = comparedCells(results, table)
  if (cells.length === 0) return undefined
  const x = xOf(results, table)
  const figures = ['mean', 'n', 'published_mean', 'published_sd', 'difference', 'tolerance', 'within']
  const header = [...axisColumns(experiment), 'metric', x, ...figures]
  const lines = cells.map(({ published, variant, mean, n, tolerance, isWithin }) =>
    [
      ...axisCells(experiment, variant.values),
      textCell(published.column),
      numberCell(published.x),
      rounded(mean),
      n,
      rounded(published.mean),
      rounded(published.sd),
      rounded(mean - published.mean),
      rounded(tolerance),
      isWithin ? 'yes' : 'no',
    ].join(','),
  )
  return `${[header.join(','), ...lines].join('\n')}\n`
}

/** How many published values ours agree with, in sentences. */
export function publishedLines(results: ExperimentResults): readonly string[] {
  const { experiment } = results
  return experiment.tables.flatMap(table => {
    const { published, file } = table
    if (published === undefined) return []
    const cells = comparedCells(results, table)
    if (cells.length === 0) return [`${file}: nothing is published about these runs.`]
    const outside = cells.filter(({ isWithin }) => !isWithin)
    const leasts = [...new Set([published.least, ...Object.values(published.leastOf)])].join(' or ')
    const rule = `max(${leasts}, ${published.deviations} sd)`
    const lines = [
      `${file}: ${cells.length - outside.length} of ${cells.length} published values are met within ${rule}.`,
    ]
    for (const { published: cell, variant, mean, tolerance } of outside.slice(0, MOST_TOLD)) {
      const at = `${variant.name}, ${cell.column} at ${cell.x}`
      lines.push(`  ${at}: ${rounded(mean)} instead of ${cell.mean}, tolerance ${rounded(tolerance)}`)
    }
    if (outside.length > MOST_TOLD) lines.push(`  and ${outside.length - MOST_TOLD} more`)
    return lines
  })
}

/** Published values missed that are told one by one. */
const MOST_TOLD = 20

function xOf({ experiment }: ExperimentResults, { record }: SeriesTable): string {
  return experiment.series.find(choice => choice.record === record)?.x ?? ''
}

/** Six decimals: more are noise of the sums. */
function rounded(value: number): string {
  return numberCell(Number(value.toFixed(6)))
}
