import { parse } from 'csv-parse/sync'
import { groupedBy } from '../grouped-by.js'
import { type Row, type Rows, textOf } from './rows.js'

/** A result file that somebody has damaged. */
export class UnreadableFile extends Error {}

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
    for (const [run, rows] of readFile(record, text)) {
      const known = runs.get(run) ?? new Map<string, readonly Row[]>()
      runs.set(run, known.set(record, rows))
    }
  }
  return runs
}

/** Columns of numbers, by the unit at the end of their name. */
const NUMERIC = /_(?:s|milli|bytes|count|share)$/

/** @throws UnreadableFile for what is no table of records, or has a text where a number belongs */
function readFile(record: string, text: string): ReadonlyMap<string, readonly Row[]> {
  const file = `${record}.csv`
  try {
    const byRun = rowsOfCsv(text)
    for (const rows of byRun.values()) for (const row of rows) checkNumbers(file, row)
    return byRun
  } catch (error) {
    if (error instanceof UnreadableFile || !(error instanceof Error) || !('code' in error)) throw error
    throw new UnreadableFile(`${file} is no table that kubelapse wrote: ${error.message}`)
  }
}

function checkNumbers(file: string, row: Row): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'string' || !NUMERIC.test(column)) continue
    const where = `${textOf(row, 'namespace')} ${textOf(row, 'name')}`.trim()
    throw new UnreadableFile(`${file}: ${column} of ${where} is no number: ${value}`)
  }
}

const NAMES = /^(?:name|node|pod|namespace|budget|workload|subject)$/

function read(name: string, value: string): string | number | undefined {
  if (value === '') return undefined
  return NAMES.test(name) || Number.isNaN(Number(value)) ? value : Number(value)
}
