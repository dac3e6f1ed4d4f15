/**
 * Which pods of a Service have a backlog. Pods that were overloaded together share one; it is lost with its pod.
 *
 * Upstream: nothing; real requests.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { Backlog } from './backlog.js'

interface Held {
  readonly backlog: Backlog
  readonly uid: number
  /** A container that starts anew has forgotten what was sent to it. */
  readonly restarts: number
}

export class HeldBacklogs {
  readonly #state: ClusterState
  readonly #held = new Map<PodId, Held>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  pods(): Iterable<PodId> {
    return this.#held.keys()
  }

  of(pod: PodId): Backlog | undefined {
    return this.#held.size === 0 ? undefined : this.#held.get(pod)?.backlog
  }

  /** Pods that are not alive or have started anew give up what they had: answers how many requests. */
  dropLost(isAlive: (pod: PodId, uid: number) => boolean, now: SimTime): number {
    let lost = 0
    for (const [pod, { backlog, uid, restarts }] of this.#held) {
      if (isAlive(pod, uid) && this.#state.pods.restarts[pod] === restarts) continue
      lost += backlog.requestsAt(now)
      this.#held.delete(pod)
    }
    return lost
  }

  /** These pods have this backlog from now on; undefined: none. */
  hold(pods: readonly PodId[], backlog: Backlog | undefined): void {
    const { uid, restarts } = this.#state.pods
    for (const pod of pods) {
      if (backlog === undefined) this.#held.delete(pod)
      else this.#held.set(pod, { backlog, uid: uid[pod], restarts: restarts[pod] })
    }
  }
}
