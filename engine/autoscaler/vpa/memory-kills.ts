/**
 * Out-of-memory kills of the cluster's containers, seen in the status of their pods, and evictions for want of memory,
 * kept for the recommender's next turn.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/input/oom/observer.go, cluster_feeder.go (VPA 1.8.1).
 * Simplified: a status shows the last end of a container until the next one.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { PodId } from '../../state/ids.js'
import { type ObservedPod, outOfMemoryKills } from './oom-observer.js'

/** A kill that the recommender has not heard of. */
export interface MemoryKill {
  readonly uid: number
  readonly container: string
  readonly requestedMemoryBytes: number
  readonly time: SimTime
}

export class MemoryKills {
  readonly #state: ClusterState
  readonly #seen = new Map<PodId, { readonly uid: number; readonly status: ObservedPod }>()
  #kills: MemoryKill[] = []
  /** UIDs of the pods whose evictions have been heard of. */
  readonly #evicted = new Set<number>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** The status of a pod is another one. */
  changed(pod: PodId): void {
    const { pods } = this.#state
    const evictedFor = pods.evictedFor[pod]
    if (evictedFor !== undefined && !this.#evicted.has(pods.uid[pod])) {
      this.#evicted.add(pods.uid[pod])
      const { container, bytes, at: time } = evictedFor
      this.#kills.push({ uid: pods.uid[pod], container, requestedMemoryBytes: bytes, time })
    }
    const terminations = pods.terminations[pod]
    if (terminations === undefined) {
      this.#seen.delete(pod)
      return
    }
    const uid = pods.uid[pod]
    const { containers } = this.#state.templates.get(pods.templateOf(pod)).spec
    const known = this.#seen.get(pod)
    const before = known?.uid === uid ? known.status : running(containers)
    const status: ObservedPod = {
      containers,
      containerStatuses: terminations.map(({ container, reason, finishedAt, restarts }) => {
        return {
          name: container,
          restartCount: restarts,
          isRunning: false,
          terminated: { reason, finishedAt },
        }
      }),
    }
    this.#seen.set(pod, { uid, status: { ...status, containerStatuses: allOf(before, status) } })
    for (const kill of outOfMemoryKills(before, status)) this.#kills.push({ uid, ...kill })
  }

  removed(pod: PodId): void {
    this.#evicted.delete(this.#state.pods.uid[pod])
    this.#seen.delete(pod)
  }

  /** Those since the last time this was asked. */
  take(): readonly MemoryKill[] {
    const kills = this.#kills
    this.#kills = []
    return kills
  }
}

function running(containers: ObservedPod['containers']): ObservedPod {
  return {
    containers,
    containerStatuses: containers.map(({ name }) => ({ name, restartCount: 0, isRunning: true })),
  }
}

/** Containers of which nothing new is known stay as they were. */
function allOf(before: ObservedPod, after: ObservedPod): ObservedPod['containerStatuses'] {
  const names = new Set(after.containerStatuses.map(({ name }) => name))
  return [...after.containerStatuses, ...before.containerStatuses.filter(({ name }) => !names.has(name))]
}
