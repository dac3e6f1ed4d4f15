/**
 * Reads published results that a table is compared with: a CSV with a column for each axis, `metric`, the table's `x`,
 * `mean` and `sd`. Rows about other values of the axes or of `x` are passed over.
 */
import type { Documents, Issue, Path } from '../scenarios/index.js'
import type { Axis, PublishedCell, SeriesChoice, Variant } from './experiment.js'
import type { Source } from './loaded-experiment.js'

export interface PublishedSource {
  readonly file: string
  readonly at: readonly number[]
  readonly series: SeriesChoice
  readonly axes: readonly Axis[]
  readonly variants: readonly Variant[]
}

export async function readPublished(
  { file, at, series, axes, variants }: PublishedSource,
  source: Source,
  path: Path,
  blocks: Documents,
): Promise<readonly PublishedCell[] | { readonly issues: readonly Issue[] }> {
  const names = axes.map(({ name }) => name)
  const columns = [...names, 'metric', series.x, 'mean', 'sd']
  const keyOf = (values: readonly unknown[]): string => values.map(String).join('\n')
  const known = new Map(variants.map(({ values, index }) => [keyOf(names.map(name => values[name])), index]))
  const cells: PublishedCell[] = []
  const found = await blocks.readCsv(file, columns, row => {
    const variant = known.get(keyOf(names.map((_, i) => row.text(i))))
    const column = row.text(names.length)
    const [x, mean, sd] = [1, 2, 3].map(i => Number(row.text(names.length + i)))
    if (Number.isNaN(x + mean + sd)) row.fault(names.length + 1, 'expected numbers from here on')
    else if (variant !== undefined && at.includes(x) && series.columns.includes(column)) {
      cells.push({ variant, column, x, mean, sd })
    }
  })
  if ('unreadable' in found) return { issues: [source.issue(path, found.unreadable)] }
  return found.length > 0 ? { issues: found } : cells
}
