/**
 * How long a Job waits before it makes another pod: 10 s after the last failure, doubled for each further
 * failure in a row, at most 10 minutes. A success ends the row.
 *
 * Upstream: pkg/controller/job/backoff_utils.go (1.36).
 * Simplified: the end of a pod's containers is that of its phase.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { JOB_POD_BACKOFF, JOB_POD_BACKOFF_MAX } from '../../model/defaults.js'
import type { WallClock } from '../../model/wall-clock.js'
import { Phase, type PodId } from '../../state/ids.js'
import type { PodTable } from '../../state/pods.js'

/** Failures since the last success, and when the last one was. */
export interface FailureRecord {
  readonly failures: number
  readonly lastFailureAt: SimTime
}

export const NO_FAILURES: FailureRecord = { failures: 0, lastFailureAt: NEVER }

/** The record after more pods have ended at these times. */
export function withEnds(
  record: FailureRecord,
  successes: readonly SimTime[],
  failures: readonly SimTime[],
): FailureRecord {
  if (failures.length === 0) return successes.length === 0 ? record : NO_FAILURES
  const lastSuccessAt = latest(successes)
  const later = failures.filter(at => at > lastSuccessAt)
  if (later.length === 0) return NO_FAILURES
  const before = successes.length === 0 ? record.failures : 0
  return { failures: before + later.length, lastFailureAt: latest(later) }
}

export function backoffAfter(failures: number): SimTime {
  if (failures === 0) return 0
  return Math.min(JOB_POD_BACKOFF * 2 ** (failures - 1), JOB_POD_BACKOFF_MAX)
}

function latest(times: readonly SimTime[]): SimTime {
  return times.reduce((last, at) => Math.max(last, at), -Infinity)
}

/** How long to wait yet. */
export function remainingBackoff({ failures, lastFailureAt }: FailureRecord, now: SimTime): SimTime {
  return failures === 0 ? 0 : Math.max(0, lastFailureAt + backoffAfter(failures) - now)
}

/**
 * When a pod ended, in whole seconds: when its containers did, else when it stopped being ready, else when
 * its deletion was requested, else when it was created.
 */
export function podEndedAt(pods: PodTable, pod: PodId, clock: WallClock): SimTime {
  const { startedAt, finishedAt, ready, readyAt, deletionAt, gracePeriodSeconds, createdAt } = pods
  const phase = pods.phase[pod]
  const hasEnded = phase === Phase.Succeeded || phase === Phase.Failed
  const wasStarted = startedAt[pod] !== NEVER
  if (hasEnded && wasStarted) return clock.wholeSecond(finishedAt[pod])
  if (wasStarted && ready[pod] === 0) {
    return clock.wholeSecond(readyAt[pod] === NEVER ? startedAt[pod] : readyAt[pod])
  }
  if (deletionAt[pod] !== NEVER) {
    return clock.wholeSecond(deletionAt[pod]) - gracePeriodSeconds[pod] * SECOND
  }
  return clock.wholeSecond(createdAt[pod])
}
