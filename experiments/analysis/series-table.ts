/** Means over repetitions of what the runs kept of a record, value by value of `x`, beside published values. */
import type { PublishedCell, SeriesTable, Variant } from '../experiment.js'
import type { ExperimentResults } from '../results.js'
import { moments } from '../statistics/moments.js'

/** One value of a column, over the repetitions that have it. */
export interface TableCell {
  readonly variant: Variant
  readonly column: string
  readonly x: number
  readonly mean: number
  /** NaN of fewer than two repetitions. */
  readonly sd: number
  readonly n: number
}

/** A published value and ours; `mean` is NaN where no run has it. */
export interface ComparedCell {
  readonly published: PublishedCell
  readonly variant: Variant
  readonly mean: number
  readonly n: number
  readonly tolerance: number
  readonly isWithin: boolean
}

/** By variant, column and `x`, in the order of the experiment, `x` ascending. */
export function tableCells(results: ExperimentResults, { record }: SeriesTable): readonly TableCell[] {
  const { experiment, rows } = results
  const index = experiment.series.findIndex(choice => choice.record === record)
  return experiment.variants.flatMap(variant => {
    const byColumn = new Map<string, Map<number, number[]>>()
    for (const row of rows) {
      if (row.variant !== variant.name || row.status !== 'completed') continue
      const { points, columns } = row.series[index]
      for (const [column, values] of Object.entries(columns)) gather(byColumn, column, points, values)
    }
    return [...byColumn].flatMap(([column, byX]) =>
      [...byX]
        .sort(([a], [b]) => a - b)
        .map(([x, values]): TableCell => ({ variant, column, x, ...moments(values) })),
    )
  })
}

function gather(
  byColumn: Map<string, Map<number, number[]>>,
  column: string,
  points: readonly (number | null)[],
  values: readonly (number | null)[],
): void {
  let byX = byColumn.get(column)
  if (byX === undefined) {
    byX = new Map<number, number[]>()
    byColumn.set(column, byX)
  }
  for (const [i, x] of points.entries()) {
    const value = values[i]
    if (x === null || value === null) continue
    const known = byX.get(x)
    if (known === undefined) byX.set(x, [value])
    else known.push(value)
  }
}

/** The published cells of a table, each with ours. */
export function comparedCells(results: ExperimentResults, table: SeriesTable): readonly ComparedCell[] {
  const { published } = table
  if (published === undefined) return []
  const { variants } = results.experiment
  const keyOf = (variant: number, column: string, x: number): string => `${variant} ${column} ${x}`
  const cells = new Map(
    tableCells(results, table).map(cell => [keyOf(cell.variant.index, cell.column, cell.x), cell]),
  )
  return published.cells.map(cell => {
    const { mean = Number.NaN, n = 0 } = cells.get(keyOf(cell.variant, cell.column, cell.x)) ?? {}
    const least = published.leastOf[cell.column] ?? published.least
    const tolerance = Math.max(least, published.deviations * cell.sd)
    const isWithin = Math.abs(mean - cell.mean) <= tolerance
    return { published: cell, variant: variants[cell.variant], mean, n, tolerance, isWithin }
  })
}
