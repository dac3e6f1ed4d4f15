/**
 * How long the kubelet waits before it starts an exited container again: nothing at first, then 10 s doubling to
 * 300 s, and nothing again after a run of more than twice the longest wait.
 *
 * Upstream: doBackOff of pkg/kubelet/kuberuntime/kuberuntime_manager.go, client-go util/flowcontrol/backoff.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { CRASH_LOOP_INITIAL, CRASH_LOOP_MAX } from '../model/defaults.js'

/** The wait due now. @param backOff what {@link backOffAfter} said at the last restart, 0 before any. */
export function crashLoopDelay(backOff: SimTime, ranFor: SimTime): SimTime {
  return ranFor > 2 * CRASH_LOOP_MAX ? 0 : backOff
}

/** What the next exit will have to wait, after a restart that waited `delay`. */
export function backOffAfter(delay: SimTime): SimTime {
  return delay === 0 ? CRASH_LOOP_INITIAL : Math.min(2 * delay, CRASH_LOOP_MAX)
}
