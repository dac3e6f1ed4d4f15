import { parse } from 'csv-parse/sync'
import type { Row, Rows } from './rows.js'

/** Rows of a result file by the run they are of; numbers are read as numbers, empty fields are left out. */
export function rowsOfCsv(text: string): ReadonlyMap<string, readonly Row[]> {
  const byRun = new Map<string, Row[]>()
  const records: Record<string, string>[] = parse(text, { columns: true })
  for (const { run = '', ...fields } of records) {
    const rows = byRun.get(run)
    const row = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, read(name, value)]))
    if (rows === undefined) byRun.set(run, [row])
    else rows.push(row)
  }
  return byRun
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
