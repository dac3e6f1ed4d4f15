/**
 * Moves pods from the groups that a Service had to those that it has now.
 * Upstream: nothing; real requests.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'
import type { LoadGroup } from '../state/pod-loads.js'
import type { AttachedColumn } from '../state/table.js'

/** Pods that do the same. */
interface Group {
  readonly load: LoadGroup
  readonly pods: readonly PodId[]
}

export class GroupMoves {
  readonly #state: ClusterState
  /** While groups are compared: one more than the place of the former group that the pod is still in. */
  readonly #former: AttachedColumn<Int32Array>

  constructor(state: ClusterState) {
    this.#state = state
    this.#former = state.pods.attach(Int32Array, 0)
  }

  move(before: readonly Group[], after: readonly Group[], now: SimTime): void {
    const { podLoads } = this.#state
    const former = this.#former.values
    for (let i = 0; i < before.length; i++) for (const pod of before[i].pods) former[pod] = i + 1
    for (const { pods, load } of after) {
      for (const pod of pods) {
        const place = former[pod]
        former[pod] = 0
        if (place > 0) {
          if (before[place - 1].load === load) continue
          podLoads.leave(pod, before[place - 1].load, now)
        }
        podLoads.join(pod, load, now)
      }
    }
    for (const { pods } of before) {
      for (const pod of pods) {
        if (former[pod] === 0) continue
        podLoads.leave(pod, before[former[pod] - 1].load, now)
        former[pod] = 0
      }
    }
  }
}
