/** Writes the files of an experiment's results beside its store; each appears whole or not at all. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExperimentResults } from '../../experiments/index.js'
import { compareCsvText } from './compare-csv.js'
import { experimentPage } from './page/page.js'
import { runsCsvText } from './runs-csv.js'
import { publishedText, seriesTableText } from './series-table-csv.js'
import { summaryCsvText } from './summary-csv.js'
import { verdictLines } from './verdict.js'

/** Makes one file of an experiment's results; undefined: there is nothing to say. */
type ResultFile = (results: ExperimentResults) => string | undefined

/** Every file, in the order in which they are listed. A new one is a function of its own and a line here. */
const FILES: Readonly<Record<string, ResultFile>> = {
  'runs.csv': runsCsvText,
  'summary.csv': summaryCsvText,
  'compare.csv': results =>
    results.experiment.comparison === undefined ? undefined : compareCsvText(results),
  'page.html': results => experimentPage(results, { directory: '.' }),
  'verdict.txt': results => `${verdictLines(results).join('\n')}\n`,
}

/** Answers the names of the files written. */
export function writeResults(results: ExperimentResults): readonly string[] {
  const tables = results.experiment.tables.flatMap((table): [string, ResultFile][] => [
    [table.file, () => seriesTableText(results, table)],
    [table.file.replace(/\.csv$/, '-published.csv'), () => publishedText(results, table)],
  ])
  return [...Object.entries(FILES), ...tables].flatMap(([name, make]) => {
    const text = make(results)
    if (text === undefined) return []
    const working = join(results.directory, `.${name}`)
    writeFileSync(working, text)
    renameSync(working, join(results.directory, name))
    return [name]
  })
}
