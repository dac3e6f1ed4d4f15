/**
 * What a Job that goes on does about the number of its pods: deletes surplus ones, creates missing ones, or
 * waits until the back-off is over. One of these in a sync, at most 500 pods.
 *
 * Upstream: pkg/controller/job/job_controller.go manageJob, indexed_job_utils.go firstPendingIndexes (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { JOB_PODS_PER_SYNC } from '../../model/defaults.js'
import { NONE } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { isTerminating, type JobPod, replacesOnlyFailed } from './job-pods.js'
import { allFailures, type JobSync } from './job-sync.js'
import { remainingBackoff } from './pod-backoff.js'
import { podsToRemove } from './pods-to-remove.js'

export type JobPlan =
  | { readonly act: 'nothing' }
  | { readonly act: 'delete'; readonly pods: readonly JobPod[] }
  | { readonly act: 'wait'; readonly delay: SimTime }
  /** One pod for each entry: its index, or NONE. */
  | { readonly act: 'create'; readonly indexes: readonly number[] }

const NOTHING: JobPlan = { act: 'nothing' }

export function planPods(context: ControllerContext, sync: JobSync, now: SimTime): JobPlan {
  const { spec, active } = sync
  const { state, clock } = context
  const wanted = wantedActive(sync)
  const surplus = Math.max(0, active.length - wanted)
  const going = podsToRemove(spec, active, surplus, state.pods, clock)
  if (spec.suspend) return going.length === 0 ? NOTHING : { act: 'delete', pods: going }
  if (going.length > 0) return { act: 'delete', pods: going.slice(0, JOB_PODS_PER_SYNC) }
  const stillGoing = replacesOnlyFailed(spec) ? sync.terminatingCount : 0
  const missing = wanted - stillGoing - active.length
  return missing > 0 ? planCreation(sync, missing, now) : NOTHING
}

function wantedActive({ spec, active, succeeded }: JobSync): number {
  if (spec.suspend) return 0
  const { completions, parallelism } = spec
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

function planCreation(sync: JobSync, missing: number, now: SimTime): JobPlan {
  const { spec, backoff } = sync
  const isPerIndex = spec.backoffLimitPerIndex !== undefined
  const delay = isPerIndex ? 0 : remainingBackoff(backoff, now)
  if (delay > 0) return { act: 'wait', delay }
  const count = Math.min(missing, JOB_PODS_PER_SYNC)
  if (spec.completionMode !== 'Indexed') return { act: 'create', indexes: Array<number>(count).fill(NONE) }
  const pending = pendingIndexes(sync, count)
  return isPerIndex ? planIndexes(sync, pending, now) : planOf(pending)
}

function planOf(indexes: readonly number[]): JobPlan {
  return indexes.length === 0 ? NOTHING : { act: 'create', indexes }
}

/** Each index waits for itself; when all have to wait, the Job waits for the first. */
function planIndexes(sync: JobSync, pending: readonly number[], now: SimTime): JobPlan {
  const ready: number[] = []
  let least = Infinity
  for (const index of pending) {
    const last = sync.awaitingSuccessor.get(index)
    const failures = last === undefined ? 0 : allFailures(last) + 1
    const delay = remainingBackoff({ failures, lastFailureAt: last?.endedAt ?? now }, now)
    if (delay === 0) ready.push(index)
    else least = Math.min(least, delay)
  }
  if (ready.length > 0 || least === Infinity) return planOf(ready)
  return { act: 'wait', delay: least }
}

function pendingIndexes(sync: JobSync, count: number): number[] {
  const { spec, pods, active, succeededIndexes, failedIndexes } = sync
  let taken = succeededIndexes.with(indexesOf(active))
  if (replacesOnlyFailed(spec)) taken = taken.with(indexesOf(pods.filter(isTerminating)))
  if (failedIndexes !== undefined) taken = taken.merge(failedIndexes)
  return taken.firstMissing(count, spec.completions ?? 0)
}

function indexesOf(pods: readonly JobPod[]): Set<number> {
  const indexes = new Set<number>()
  for (const { index } of pods) if (index !== NONE) indexes.add(index)
  return indexes
}
