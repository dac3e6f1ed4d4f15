import type { SimTime } from '../../kernel/time.js'
import type { PodId } from '../../state/ids.js'
import type { QueuedPod } from '../framework/interface.js'

/** Where a pod of the queue is: in exactly one of these. */
export const Place = {
  /** Not in the queue: bound, deleted, or its cycle is over. */
  None: 0,
  Active: 1,
  /** Rejected by a plugin and waiting before the next attempt. */
  Backoff: 2,
  /** Came back because of an error and waiting before the next attempt. */
  ErrorBackoff: 3,
  /** Waiting for an event: rejected by plugins, or gated. */
  Unschedulable: 4,
  /** Popped; its cycle goes on. */
  InFlight: 5,
} as const
export type Place = (typeof Place)[keyof typeof Place]

/** Shared by all the pods that nobody rejected. */
const NO_PLUGINS: ReadonlySet<string> = new Set()

/** Its place in one heap, with the keys it was put there with. A slot without entry has been taken out. */
export class HeapSlot implements QueuedPod {
  entry: QueueEntry | undefined
  readonly pod: PodId
  readonly priority: number
  readonly queuedAt: SimTime
  readonly sequence: number
  readonly expiry: SimTime

  constructor(entry: QueueEntry, expiry: SimTime) {
    this.entry = entry
    this.pod = entry.pod
    this.priority = entry.priority
    this.queuedAt = entry.queuedAt
    this.sequence = entry.sequence
    this.expiry = expiry
  }
}

/**
 * What the queue knows of one pod. The scheduler gets it from `pop` and gives it back with `fail` or `done`: a row
 * number alone could by then belong to another pod.
 *
 * Upstream: QueuedPodInfo of pkg/scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export class QueueEntry implements QueuedPod {
  readonly pod: PodId
  readonly uid: number
  /** Index of the profile the pod asks for. */
  readonly profile: number
  priority: number
  /** When the pod entered the queue: created, or come back from its latest cycle. */
  queuedAt: SimTime
  /** Counts entries, so that pods of one instant keep their order. */
  sequence: number
  place: Place = Place.None
  /** Times it was popped. */
  attempts = 0
  /** Times plugins rejected it. */
  unschedulableCount = 0
  /** Errors in a row. */
  errorCount = 0
  /** Names of the plugins that rejected it in the latest cycle. */
  unschedulablePlugins = NO_PLUGINS
  /** Of those that wait for something of their own: their event waives the back-off. */
  pendingPlugins = NO_PLUGINS
  /** The plugin that keeps the pod out of the active queue; empty when it is not gated. */
  gatedBy = ''
  slot: HeapSlot | undefined
  /** Its number among the pods in flight, NaN while it is not one of them. */
  inFlightAt = Number.NaN
  /** Number of the first event after it was popped. */
  inFlightSince = 0
  /** Links of the list of pods that wait for an event, by the time they entered it. */
  previous: QueueEntry | undefined
  next: QueueEntry | undefined
  /** Marks the entry as looked at by the running move. */
  visit = 0

  constructor(pod: PodId, uid: number, profile: number, priority: number, now: SimTime, sequence: number) {
    this.pod = pod
    this.uid = uid
    this.profile = profile
    this.priority = priority
    this.queuedAt = now
    this.sequence = sequence
  }

  get isGated(): boolean {
    return this.gatedBy !== ''
  }

  /** Whether any plugin rejected it; without one it came back because of an error. */
  get isRejected(): boolean {
    return this.unschedulablePlugins.size > 0 || this.pendingPlugins.size > 0
  }

  isRejectedBy(plugin: string): boolean {
    return this.unschedulablePlugins.has(plugin) || this.pendingPlugins.has(plugin)
  }

  clearRejections(): void {
    this.unschedulablePlugins = NO_PLUGINS
    this.pendingPlugins = NO_PLUGINS
    this.gatedBy = ''
  }
}
