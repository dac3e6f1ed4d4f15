/** Tables of an experiment: which series they are made of, and the published values read. */
import { dirname, resolve } from 'node:path'
import type { Issue } from '../scenarios/index.js'
import type { Axis, SeriesTable, Variant } from './experiment.js'
import type { Parts } from './loaded-experiment.js'
import { readPublished } from './published-cells.js'

export interface ReadTables {
  readonly tables: readonly SeriesTable[]
  readonly issues: readonly Issue[]
  /** The files with published values. */
  readonly inputs: readonly string[]
}

export async function tablesOf(
  { sections, source, blocks }: Parts,
  axes: readonly Axis[],
  variants: readonly Variant[],
): Promise<ReadTables> {
  const tables: SeriesTable[] = []
  const issues: Issue[] = []
  const inputs: string[] = []
  for (const [i, { file, record, published }] of sections.tables.entries()) {
    const path = ['tables', i]
    const series = sections.series.find(choice => choice.record === record)
    if (sections.tables.findIndex(table => table.file === file) < i) {
      issues.push(source.issue([...path, 'file'], `${file} is the name of two tables`))
    } else if (series === undefined) {
      issues.push(source.issue([...path, 'record'], `series keeps no columns of ${record}`))
    } else if (published === undefined) tables.push({ file, record })
    else {
      const { at, deviations, least, leastOf } = published
      const from = resolve(dirname(source.file), published.file)
      const place = [...path, 'published', 'file']
      const cells = await readPublished({ file: from, at, series, axes, variants }, source, place, blocks)
      inputs.push(from)
      if ('issues' in cells) issues.push(...cells.issues)
      else tables.push({ file, record, published: { deviations, least, leastOf, cells } })
    }
  }
  return { tables, issues, inputs }
}
