import { SECOND, type SimTime } from '../../kernel/time.js'
import type { QueueEntry } from './queue-entry.js'

/** Pods of one such window leave the backoff queue together, ordered as in the active queue. */
export const BACKOFF_WINDOW: SimTime = SECOND
/** When a pod may be tried at once. */
export const NO_BACKOFF = -1

/** Bounds of the time a pod waits after a failed attempt. */
export interface BackoffBounds {
  readonly initial: SimTime
  readonly max: SimTime
}

/**
 * Until when a pod has to wait: the initial back-off doubled with every rejection (or every error in a row), cut down
 * to the whole second.
 *
 * Upstream: pkg/scheduler/backend/queue/backoff_queue.go (1.36).
 * Simplified: nothing known.
 */
export function backoffExpiry(
  { queuedAt, unschedulableCount, errorCount }: QueueEntry,
  bounds: BackoffBounds,
): SimTime {
  const count = errorCount > 0 ? errorCount : unschedulableCount
  if (count === 0) return NO_BACKOFF
  return startOfWindow(queuedAt + backoffAfter(count, bounds))
}

function backoffAfter(count: number, { initial, max }: BackoffBounds): SimTime {
  let wait = initial
  for (let i = 1; i < count; i++) {
    if (wait > max - wait) return max
    wait += wait
  }
  return Math.min(wait, max)
}

/** A back-off is over in the first whole second strictly after its expiry. */
export function isBackingOff(expiry: SimTime, now: SimTime): boolean {
  return expiry >= startOfWindow(now)
}

export function startOfWindow(time: SimTime): SimTime {
  return time - (time % BACKOFF_WINDOW)
}
