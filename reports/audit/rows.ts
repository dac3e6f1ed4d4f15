import { NEVER, type RecordTable, SECOND } from '../../engine/index.js'

/** One row of a record: texts, and numbers with times in seconds; undefined where there is nothing. */
export type Row = Readonly<Record<string, string | number | undefined>>

/** Rows of each record there is, by its name. */
export type Rows = ReadonlyMap<string, readonly Row[]>

/** The rows of records that were kept in memory. */
export function rowsOfTables(tables: readonly RecordTable[]): Rows {
  return new Map(tables.map(table => [table.definition.name, rowsOf(table)]))
}

function rowsOf({ definition, chunks }: RecordTable): Row[] {
  const { columns } = definition
  const rows: Row[] = []
  for (const chunk of chunks) {
    for (let index = 0; index < chunk.rows; index++) {
      const row: Record<string, string | number | undefined> = {}
      columns.forEach(({ name, type }, column) => {
        if (type === 'text' || type === 'name') row[name] = chunk.text(column, index)
        else row[name] = numberOf(chunk.numbers[column][index], type === 'time')
      })
      rows.push(row)
    }
  }
  return rows
}

function numberOf(value: number, isTime: boolean): number | undefined {
  if (!Number.isFinite(value)) return undefined
  if (!isTime) return value
  return value === NEVER ? undefined : value / SECOND
}

/** A time of a row; undefined where it did not happen. */
export function timeOf(row: Row, column: string): number | undefined {
  const value = row[column]
  return typeof value === 'number' ? value : undefined
}

export function textOf(row: Row, column: string): string {
  const value = row[column]
  return value === undefined ? '' : String(value)
}
