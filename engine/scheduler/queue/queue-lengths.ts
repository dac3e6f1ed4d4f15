/**
 * Pods at each place of the queue.
 *
 * Upstream: the metric scheduler_pending_pods of pkg/scheduler/backend/queue/scheduling_queue.go (1.36).
 * Simplified: nothing known.
 */
import { Place } from './queue-entry.js'
import type { SchedulingQueue } from './scheduling-queue.js'

export interface QueueLengths {
  readonly active: number
  readonly backoff: number
  readonly unschedulable: number
  readonly gated: number
}

export function queueLengths(queue: SchedulingQueue): QueueLengths {
  return {
    active: queue.countAt(Place.Active),
    backoff: queue.countAt(Place.Backoff) + queue.countAt(Place.ErrorBackoff),
    unschedulable: queue.countAt(Place.Unschedulable) - queue.gatedCount,
    gated: queue.gatedCount,
  }
}
