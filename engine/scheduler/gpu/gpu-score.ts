import { MAX_SCORE } from '../framework/normalize.js'

/** What the policies of the FGD paper measure nodes by: the largest node of its cluster. */
export const LARGEST_NODE = { largestMilliCPU: 128_000, largestMilliGPU: 8000 }

/**
 * A share of 1 as a whole score, cut towards zero; what larger nodes than foreseen overshoot stays within the range.
 *
 * Upstream: the FGD paper's simulator cuts scores to integers before it compares them.
 * Simplified: nothing known.
 */
export function toScore(share: number): number {
  return Math.min(Math.max(Math.trunc(MAX_SCORE * share), 0), MAX_SCORE)
}
