import { NEVER, type RecordChunk, SECOND } from '../../engine/index.js'

/** The numbers of one column as they come, chunk by chunk; times in seconds, nothing where there is no number. */
export class ColumnReader {
  readonly name: string
  #values = new Float64Array(256)
  #length = 0

  constructor(name: string) {
    this.name = name
  }

  /** Values so far, NaN where there is none. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }

  /** Takes the column out of a chunk; a chunk without it adds nothing. */
  take(chunk: RecordChunk): void {
    const column = chunk.definition.columns.findIndex(({ name }) => name === this.name)
    if (column < 0) return
    const numbers = chunk.numbers[column]
    const needed = this.#length + chunk.rows
    if (needed > this.#values.length) {
      const wider = new Float64Array(Math.max(needed, 2 * this.#values.length))
      wider.set(this.#values)
      this.#values = wider
    }
    const target = this.#values
    const isTime = chunk.definition.columns[column].type === 'time'
    for (let row = 0; row < chunk.rows; row++) {
      const value = numbers[row]
      // What never happened has no time.
      target[this.#length + row] = isTime ? (value === NEVER ? Number.NaN : value / SECOND) : value
    }
    this.#length = needed
  }
}
