import { NEVER, SECOND } from '../../engine/kernel/time.js'
import type { RecordTable } from '../../engine/record/record-table.js'

/** The rows of a table as objects; times in seconds, empty cells left out. */
export function rowsOf(table: RecordTable): Record<string, string | number>[] {
  return table.chunks.flatMap(chunk =>
    Array.from({ length: chunk.rows }, (_, row) => {
      const cells: Record<string, string | number> = {}
      table.definition.columns.forEach(({ name, type }, column) => {
        if (type === 'text' || type === 'name') {
          if (chunk.text(column, row) !== '') cells[name] = chunk.text(column, row)
          return
        }
        const value = chunk.numbers[column][row]
        if (Number.isNaN(value) || value === NEVER) return
        cells[name] = type === 'time' ? value / SECOND : value
      })
      return cells
    }),
  )
}
