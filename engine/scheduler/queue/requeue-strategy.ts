import type { ClusterEvent } from '../framework/interface.js'
import { type EventInterest, mayHelp } from './event-interest.js'
import type { InFlightPods } from './in-flight-pods.js'
import type { QueueEntry } from './queue-entry.js'

/** What an event means for a pod that was rejected; the greater, the sooner it is tried again. */
export const Strategy = { Skip: 0, AfterBackoff: 1, Immediately: 2 } as const
export type Strategy = (typeof Strategy)[keyof typeof Strategy]

/**
 * Judges an event by the hints of the plugins that rejected the pod, and of no others. A plugin that has set something
 * going itself waives the back-off.
 *
 * Upstream: isPodWorthRequeuing of pkg/scheduler/backend/queue/scheduling_queue.go (1.36).
 * Simplified: nothing known.
 */
export function strategyOf(interest: EventInterest, entry: QueueEntry, event: ClusterEvent): Strategy {
  if (!entry.isRejected) return Strategy.AfterBackoff
  let best: Strategy = Strategy.Skip
  const interests = interest.in(event.resource, event.action)
  for (let i = 0; i < interests.length; i++) {
    const met = interests[i]
    const { profile, plugin } = met.of
    if (profile !== entry.profile || !entry.isRejectedBy(plugin)) continue
    const isPending = entry.pendingPlugins.has(plugin)
    if (best === Strategy.AfterBackoff && !isPending) continue
    if (!mayHelp(met, entry, event)) continue
    if (isPending) return Strategy.Immediately
    if (entry.pendingPlugins.size === 0) return Strategy.AfterBackoff
    best = Strategy.AfterBackoff
  }
  return best
}

/** Judges what happened while the pod was in flight. One that failed by an error is tried again in any case. */
export function strategyOfCycle(
  interest: EventInterest,
  inFlight: InFlightPods,
  entry: QueueEntry,
): Strategy {
  if (!entry.isRejected || !inFlight.has(entry)) return Strategy.AfterBackoff
  const enough = entry.pendingPlugins.size === 0 ? Strategy.AfterBackoff : Strategy.Immediately
  let best: Strategy = Strategy.Skip
  for (const { event, only } of inFlight.eventsSince(entry)) {
    let strategy: Strategy = Strategy.Skip
    if (event !== undefined) strategy = strategyOf(interest, entry, event)
    else if (only === undefined || only === entry) strategy = Strategy.AfterBackoff
    if (strategy > best) best = strategy
    if (best >= enough) break
  }
  return best
}
