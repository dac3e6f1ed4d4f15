/**
 * How long a pod bears the NoExecute taints of its node.
 *
 * Upstream: pkg/apis/core/v1/helper/helpers.go GetMatchingTolerations; pkg/controller/tainteviction/taint_eviction.go
 * getMinTolerationTime (1.36).
 * Simplified: nothing known.
 */
import { type Taint, type Toleration, tolerates } from '../../model/taints.js'

/** For each taint the first toleration that covers it; undefined when one is not covered. */
export function matchingTolerations(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Toleration[] | undefined {
  const used: Toleration[] = []
  for (const taint of taints) {
    const covering = tolerations.find(toleration => tolerates(toleration, taint))
    if (covering === undefined) return undefined
    used.push(covering)
  }
  return used
}

/** The shortest of them in seconds, 0 when one is over at once or there are none; Infinity: for ever. */
export function shortestTolerationSeconds(used: readonly Toleration[]): number {
  if (used.length === 0) return 0
  let shortest = Infinity
  for (const { tolerationSeconds = Infinity } of used) shortest = Math.min(shortest, tolerationSeconds)
  return Math.max(0, shortest)
}
