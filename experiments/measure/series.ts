/** The columns of a record that a run keeps for charts and tables, thinned to a bounded number of points. */
import type { RecordChunk } from '../../engine/index.js'
import type { SeriesChoice } from '../experiment.js'
import { ColumnReader } from './columns.js'
import { seriesFigure, seriesMetricName } from './series-metrics.js'

/** One record's columns against another of its columns; null where there is no number. */
export interface Series {
  readonly record: string
  readonly x: string
  readonly points: readonly (number | null)[]
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>
}

export class SeriesReader {
  readonly choice: SeriesChoice
  readonly #x: ColumnReader
  #columns: readonly ColumnReader[] | undefined

  constructor(choice: SeriesChoice) {
    this.choice = choice
    this.#x = new ColumnReader(choice.x)
  }

  take(chunk: RecordChunk): void {
    this.#columns ??= this.#names(chunk).map(name => new ColumnReader(name))
    this.#x.take(chunk)
    for (const column of this.#columns) column.take(chunk)
  }

  finish(): Series {
    const { record, x, points } = this.choice
    const rows = rowsKept(this.#x.values.length, points)
    const columns = (this.#columns ?? []).map(({ name, values }) => [name, picked(values, rows)] as const)
    return { record, x, points: picked(this.#x.values, rows), columns: Object.fromEntries(columns) }
  }

  /** The metrics that the values at certain places are. */
  figures(): readonly (readonly [string, number])[] {
    const { at, columns } = this.choice
    return at.flatMap(place => {
      const row = this.#x.values.indexOf(place)
      return columns.map((name): readonly [string, number] => {
        const column = this.#columns?.find(reader => reader.name === name)
        const value = row < 0 || column === undefined ? Number.NaN : column.values[row]
        return [seriesMetricName(name, place), seriesFigure(name, value)]
      })
    })
  }

  #names({ definition }: RecordChunk): readonly string[] {
    const { columns, x } = this.choice
    if (columns.length > 0) return columns
    return definition.columns
      .filter(({ name, type }) => type !== 'text' && type !== 'name' && name !== x)
      .map(({ name }) => name)
  }
}

/** Evenly spaced rows, the first and the last among them. */
function rowsKept(length: number, most: number): readonly number[] {
  const kept = Math.min(length, most)
  if (kept < 2) return Array.from({ length: kept }, () => 0)
  return Array.from({ length: kept }, (_, i) => Math.round((i * (length - 1)) / (kept - 1)))
}

function picked(values: Float64Array, rows: readonly number[]): readonly (number | null)[] {
  return rows.map(row => (Number.isNaN(values[row]) ? null : values[row]))
}
