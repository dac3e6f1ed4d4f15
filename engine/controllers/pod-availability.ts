/**
 * When a pod counts as available: Ready for minReadySeconds, counted from the whole second of its Ready condition.
 *
 * Upstream: pkg/api/v1/pod/util.go IsPodAvailable, controller_utils.go FindMinNextPodAvailabilityCheck (1.36).
 * Simplified: nothing known.
 */
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { WallClock } from '../model/wall-clock.js'
import type { PodId } from '../state/ids.js'
import type { PodTable } from '../state/pods.js'

/** When the pod is or becomes available if it stays Ready; NEVER while it is not Ready. */
export function availableAt(pods: PodTable, pod: PodId, minReadySeconds: number, clock: WallClock): SimTime {
  if (pods.ready[pod] === 0) return NEVER
  return clock.wholeSecond(pods.readyAt[pod]) + minReadySeconds * SECOND
}

export function isAvailable(
  pods: PodTable,
  pod: PodId,
  minReadySeconds: number,
  clock: WallClock,
  now: SimTime,
): boolean {
  if (minReadySeconds === 0) return pods.ready[pod] === 1
  return availableAt(pods, pod, minReadySeconds, clock) <= now
}

/** How long until the next of the pods becomes available; undefined when none is on its way. */
export function untilNextAvailable(
  pods: PodTable,
  candidates: readonly PodId[],
  minReadySeconds: number,
  clock: WallClock,
  now: SimTime,
): SimTime | undefined {
  let soonest = NEVER
  for (const pod of candidates) {
    const at = availableAt(pods, pod, minReadySeconds, clock)
    if (at > now && at < soonest) soonest = at
  }
  return soonest === NEVER ? undefined : soonest - now
}
