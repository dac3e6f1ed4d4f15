import type { PodId } from '../state/ids.js'

/** Told of pods at the two ends of their life; the recorder is one. */
export interface PodObserver {
  podCreated(pod: PodId): void
  /** The object leaves the store; its columns can still be read. */
  podRemoved(pod: PodId): void
}
