/**
 * Writes chunks of a record as CSV under one header. The first column names the run, so that the rows of several runs
 * share a file; runs of one file have the same columns.
 */
import type { ColumnDefinition, RecordChunk, RecordDefinition } from '../../engine/index.js'
import type { Output, TextFile } from '../output.js'
import { numberCell, textCell, timeCell } from './csv-cells.js'

/** Describes the first column of every file. */
export const RUN_COLUMN: ColumnDefinition = {
  name: 'run',
  type: 'text',
  about: 'Name of the run: the variant of the scenario.',
}

/** Rows joined before they are handed to the file. */
const BATCH_ROWS = 1024

export class CsvFile {
  readonly #out: Output
  readonly #name: string
  #file: TextFile | undefined
  #columns = ''
  readonly #cells = new Map<string, string>()

  constructor(out: Output, name: string) {
    this.#out = out
    this.#name = name
  }

  /** Writes the header, if it is not there yet. */
  open(definition: RecordDefinition): TextFile {
    const columns = [RUN_COLUMN, ...definition.columns].map(({ name }) => name).join(',')
    if (this.#file === undefined) {
      this.#file = this.#out.create(this.#name)
      this.#columns = columns
      this.#file.write(`${columns}\n`)
    }
    if (columns !== this.#columns) throw new Error(`runs with different columns are written to ${this.#name}`)
    return this.#file
  }

  chunk(run: string, chunk: RecordChunk): void {
    const file = this.open(chunk.definition)
    const writers = chunk.definition.columns.map(({ type }, column) => this.#writer(chunk, column, type))
    const first = textCell(run)
    let lines = ''
    for (let row = 0; row < chunk.rows; row++) {
      lines += first
      for (const writer of writers) lines += `,${writer(row)}`
      lines += '\n'
      if ((row + 1) % BATCH_ROWS === 0) {
        file.write(lines)
        lines = ''
      }
    }
    if (lines !== '') file.write(lines)
  }

  #writer(chunk: RecordChunk, column: number, type: ColumnDefinition['type']): (row: number) => string {
    const numbers = chunk.numbers[column]
    const names = chunk.names[column]
    if (type === 'time') return row => timeCell(numbers[row])
    if (type === 'text') return row => this.#textCell(chunk.texts[numbers[row]])
    if (type === 'name') return row => textCell(names[row])
    return row => numberCell(numbers[row])
  }

  #textCell(text: string): string {
    let cell = this.#cells.get(text)
    if (cell === undefined) {
      cell = textCell(text)
      this.#cells.set(text, cell)
    }
    return cell
  }
}
