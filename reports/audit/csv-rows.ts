import { parse } from 'csv-parse/sync'
import { groupedBy } from '../grouped-by.js'
import type { Row, Rows } from './rows.js'

/** Rows of a result file by the run they are of; numbers are read as numbers, empty fields are left out. */
export function rowsOfCsv(text: string): ReadonlyMap<string, readonly Row[]> {
  const records: Record<string, string>[] = parse(text, { columns: true })
  const byRun = groupedBy(records, ({ run = '' }) => run)
  return new Map([...byRun].map(([run, rows]) => [run, rows.map(rowOf)]))
}

/** The fields of a record but the run it is of. */
function rowOf(record: Record<string, string>): Row {
  const fields = Object.entries(record).filter(([name]) => name !== 'run')
  return Object.fromEntries(fields.map(([name, value]) => [name, read(name, value)]))
}

/** The result files of a directory, by run. @param files text of each by the name of its record */
export function rowsOfFiles(files: ReadonlyMap<string, string>): ReadonlyMap<string, Rows> {
  const runs = new Map<string, Map<string, readonly Row[]>>()
  for (const [record, text] of files) {
    for (const [run, rows] of rowsOfCsv(text)) {
      const known = runs.get(run) ?? new Map<string, readonly Row[]>()
      runs.set(run, known.set(record, rows))
    }
  }
  return runs
}

const NAMES = /^(?:name|node|pod|namespace|budget|workload|subject)$/

function read(name: string, value: string): string | number | undefined {
  if (value === '') return undefined
  return NAMES.test(name) || Number.isNaN(Number(value)) ? value : Number(value)
}
