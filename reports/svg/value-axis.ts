import { type ScaleLinear, scaleLinear } from 'd3-scale'

/**
 * The upright axis of a chart: it holds zero and every value, and reaches from zero to one where there is nothing else.
 * @param range where its lower and its upper end are drawn
 */
export function valueAxis(
  values: readonly number[],
  range: readonly [number, number],
): ScaleLinear<number, number> {
  const low = values.reduce((a, b) => Math.min(a, b), 0)
  const high = values.reduce((a, b) => Math.max(a, b), 0)
  return scaleLinear([low, high === low ? 1 : high], range).nice(5)
}
