/**
 * How long the kubelet waits before it starts an exited container again: nothing at first, then 10 s doubling to
 * 300 s, and nothing again after a run of more than twice the longest wait.
 *
 * Upstream: doBackOff of pkg/kubelet/kuberuntime/kuberuntime_manager.go, client-go util/flowcontrol/backoff.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { CRASH_LOOP_INITIAL, CRASH_LOOP_MAX } from '../model/defaults.js'
import type { PodId } from '../state/ids.js'
import type { PodTable } from '../state/pods.js'
import type { AttachedColumn } from '../state/table.js'

/** The wait due now. @param backOff what {@link backOffAfter} said at the last restart, 0 before any. */
export function crashLoopDelay(backOff: SimTime, ranFor: SimTime): SimTime {
  return ranFor > 2 * CRASH_LOOP_MAX ? 0 : backOff
}

/** What the next exit will have to wait, after a restart that waited `delay`. */
export function backOffAfter(delay: SimTime): SimTime {
  return delay === 0 ? CRASH_LOOP_INITIAL : Math.min(2 * delay, CRASH_LOOP_MAX)
}

/** The back-off of every pod's containers. */
export class CrashLoops {
  /** What the next exit will wait, and when the containers were last started again. */
  readonly #backOff: AttachedColumn<Float64Array>
  readonly #restartedAt: AttachedColumn<Float64Array>

  constructor(pods: PodTable) {
    this.#backOff = pods.attach(Float64Array, 0)
    this.#restartedAt = pods.attach(Float64Array, 0)
  }

  handOver(from: PodId, to: PodId): void {
    this.#backOff.values[to] = this.#backOff.values[from]
    this.#restartedAt.values[to] = this.#restartedAt.values[from]
  }

  /** The wait after an exit now. @param keepsBackOff a long run does not make it forget. */
  exited(pod: PodId, now: SimTime, keepsBackOff: boolean): SimTime {
    const ranFor = keepsBackOff ? 0 : now - this.#restartedAt.values[pod]
    const delay = crashLoopDelay(this.#backOff.values[pod], ranFor)
    this.#backOff.values[pod] = backOffAfter(delay)
    this.#restartedAt.values[pod] = now + delay
    return delay
  }
}
