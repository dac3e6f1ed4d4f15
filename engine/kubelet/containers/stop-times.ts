/**
 * How long a container takes to stop: its PreStop hook runs first, then it waits for its turn among the others, then it
 * is told to stop; all of that within the grace period, but it always gets two seconds of its own before it is killed.
 *
 * Upstream: killContainer of pkg/kubelet/kuberuntime/kuberuntime_container.go, kuberuntime_termination_order.go (1.36).
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'

/** minimumGracePeriodInSeconds. */
export const LEAST_GRACE: SimTime = 2 * SECOND

export interface Stop {
  /** From the request to the end of the container. */
  readonly after: SimTime
  /** It had to be killed. */
  readonly isKilled: boolean
}

/** @param turn when those are down that have to be before it */
export function stopOf(preStop: SimTime, stopDelay: SimTime, grace: SimTime, turn: SimTime): Stop {
  let told = Math.min(preStop, grace)
  let left = grace - wholeSeconds(told)
  if (left > 0 && turn > told) {
    const waited = Math.min(turn - told, left)
    told += waited
    // What was waited counts in whole seconds, rounded down.
    left -= wholeSeconds(waited)
  }
  const rest = Math.max(left, LEAST_GRACE)
  return { after: told + Math.min(stopDelay, rest), isKilled: stopDelay > rest }
}

function wholeSeconds(time: SimTime): SimTime {
  return Math.floor(time / SECOND) * SECOND
}
