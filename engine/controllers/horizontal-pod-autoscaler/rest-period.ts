/**
 * Until when an autoscaler would find what it has just found, if nothing is changed: samples stay, no pod comes of
 * age, no recommendation leaves a window.
 *
 * Upstream: nothing; the times are those of pod-tally.ts and stabilization.ts.
 * Simplified: an autoscaler that a policy holds back, or that has other metrics than resources, never rests.
 */
import type { SimTime } from '../../kernel/time.js'
import type { AutoscalerMemory } from './autoscaler-memory.js'
import type { AutoscalerPlan } from './autoscaler-plan.js'
import type { Look } from './autoscaler-world.js'
import type { WatchedPods } from './watched-pods.js'

/** `now` when it has to look again at once. */
export function restsUntil(
  { isByResources, windows }: AutoscalerPlan,
  look: Look,
  pods: WatchedPods,
  { recommendations }: AutoscalerMemory,
  now: SimTime,
): SimTime {
  if (look.desired !== look.current || look.isLimitedByPolicy || !isByResources) return now
  const ofAge = pods.restUntil()
  if (ofAge === now || !look.isStabilized) return ofAge
  const down = recommendations.nextExpiry(look.wanted, windows.down, now)
  const up = recommendations.nextExpiry(look.wanted, windows.up, now)
  return Math.min(ofAge, down, up)
}
