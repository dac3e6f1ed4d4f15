/**
 * When memory that grows in straight lines first exceeds a limit, by arithmetic.
 *
 * Upstream: nothing; a real kernel counts pages.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import { amountAfter } from '../../model/pod-usage.js'
import type { Growing } from './memory-use.js'

/** @param constantBytes what does not grow @returns not before `from`; NEVER when it stays within the limit. */
export function firstAbove(
  growths: readonly Growing[],
  constantBytes: number,
  limitBytes: number,
  from: SimTime,
): SimTime {
  const isAbove = (at: SimTime): boolean => {
    let bytes = constantBytes
    for (const { growth, since } of growths) bytes += amountAfter(growth, Math.max(at - since, 0))
    return bytes > limitBytes
  }
  if (isAbove(from)) return from
  const turns = growths.map(({ growth, since }) => since + growth.over).filter(at => at > from)
  let low = from
  for (const turn of turns.toSorted((a, b) => a - b)) {
    if (isAbove(turn)) {
      let high = turn
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (isAbove(middle)) high = middle
        else low = middle
      }
      return high
    }
    low = turn
  }
  return NEVER
}
