import type { AxisValue, Experiment } from '../../experiments/index.js'
import { textCell } from '../csv/csv-cells.js'

/** Names of the axes as columns. */
export function axisColumns({ axes }: Experiment): readonly string[] {
  return axes.map(({ name }) => textCell(name))
}

/** The axis values of a variant, one cell an axis. */
export function axisCells(
  { axes }: Experiment,
  values: Readonly<Record<string, AxisValue>>,
): readonly string[] {
  return axes.map(({ name }) => {
    const value = values[name] as AxisValue | undefined
    return value === undefined ? '' : textCell(String(value))
  })
}
