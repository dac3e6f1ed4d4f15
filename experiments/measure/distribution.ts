/** The quantiles of a column that a run keeps, so that distributions can be drawn without its rows. */
import type { RecordChunk } from '../../engine/index.js'
import type { DistributionChoice } from '../experiment.js'
import { ColumnReader } from './columns.js'

export interface Distribution {
  readonly record: string
  readonly column: string
  /** Rows that have a number there. */
  readonly count: number
  /** Rows that have none, such as pods that never got a node: the distribution knows only the others. */
  readonly missing: number
  /** From the smallest value to the largest, evenly spaced in probability; none without values. */
  readonly quantiles: readonly number[]
}

export class DistributionReader {
  readonly choice: DistributionChoice
  readonly #column: ColumnReader

  constructor(choice: DistributionChoice) {
    this.choice = choice
    this.#column = new ColumnReader(choice.column)
  }

  take(chunk: RecordChunk): void {
    this.#column.take(chunk)
  }

  finish(): Distribution {
    const { record, column, quantiles } = this.choice
    const sorted = this.#column.values.filter(value => !Number.isNaN(value)).sort()
    const { length: count } = sorted
    const last = quantiles - 1
    return {
      record,
      column,
      count,
      missing: this.#column.values.length - count,
      quantiles:
        count === 0
          ? []
          : Array.from(
              { length: quantiles },
              (_, i) => sorted[Math.max(0, Math.ceil((i / last) * count) - 1)],
            ),
    }
  }
}
