/**
 * Counts ended pods exactly once: their UIDs are written into the status, then the tracking finalizer is
 * taken from them, then they are added to the counts. What must end the Job is written with the first of
 * these writes, the final condition only when all pods are counted and gone.
 *
 * Upstream: pkg/controller/job/job_controller.go trackJobStatusAndRemoveFinalizers, canRemoveFinalizer,
 * flushUncountedAndRemoveFinalizers, enactJobFinished (1.36).
 * Simplified: removals of finalizers are seen at once, so none has to be expected.
 */
import type { SimTime } from '../../kernel/time.js'
import { JOB_UNCOUNTED_PODS } from '../../model/defaults.js'
import { ensureCondition, isConditionTrue, jobCondition } from './job-conditions.js'
import { isSucceeded, type JobPod } from './job-pods.js'
import { isValidIndex, type JobStatusDraft, type JobSync } from './job-sync.js'

export interface Tracking {
  /** Pods whose finalizer is taken. */
  readonly released: readonly JobPod[]
  /** UIDs of pods that carry the finalizer. */
  readonly tracked: Set<number>
  /** The status is as long as it may be: the rest waits for the next sync. */
  readonly isFull: boolean
}

/** Puts ended pods and what ends the Job into the status, for its first write. */
export function trackEnds(sync: JobSync, at: SimTime): Tracking {
  const { pods, status, spec } = sync
  const tracked = new Set<number>()
  for (const { isTracked, uid } of pods) if (isTracked) tracked.add(uid)
  if (countReleased(status, tracked)) sync.isChanged = true
  const counter = new EndCounter(sync)
  const released: JobPod[] = []
  const inOrder = spec.completionMode === 'Indexed' ? pods.toSorted((a, b) => a.index - b.index) : pods
  let isFull = false
  for (const pod of inOrder) {
    if (!pod.isTracked || !canRelease(sync, pod)) continue
    released.push(pod)
    counter.count(pod)
    isFull = counter.size >= JOB_UNCOUNTED_PODS
    if (isFull) break
  }
  counter.write()
  writeIndexes(sync, counter.newIndexes)
  announceEnding(sync, at)
  return { released, tracked, isFull }
}

/** Adds pods without finalizer to the counts; whether there were any. */
export function countReleased(status: JobStatusDraft, tracked: ReadonlySet<number>): boolean {
  const { succeeded, failed } = status.uncountedTerminatedPods
  const succeededLeft = succeeded.filter(uid => tracked.has(uid))
  const failedLeft = failed.filter(uid => tracked.has(uid))
  const newlySucceeded = succeeded.length - succeededLeft.length
  const newlyFailed = failed.length - failedLeft.length
  if (newlySucceeded + newlyFailed === 0) return false
  status.succeeded += newlySucceeded
  status.failed += newlyFailed
  status.uncountedTerminatedPods = { succeeded: succeededLeft, failed: failedLeft }
  return true
}

/** Adds the final condition when nothing is left to count or to wait for; whether it did. */
export function enactEnding({ ending, status, terminatingCount }: JobSync, at: SimTime): boolean {
  if (ending === undefined || terminatingCount > 0) return false
  const { succeeded, failed } = status.uncountedTerminatedPods
  if (succeeded.length + failed.length > 0) return false
  status.conditions = ensureCondition(status.conditions, { ...ending, lastTransitionTime: at })
  if (ending.type === 'Complete') status.completionTime = ending.lastTransitionTime
  return true
}

function canRelease({ isDeleting, ending, spec, awaitingSuccessor }: JobSync, pod: JobPod): boolean {
  if (isDeleting || ending !== undefined || isSucceeded(pod)) return true
  if (!pod.isFailed) return false
  return spec.backoffLimitPerIndex === undefined || awaitingSuccessor.get(pod.index)?.uid !== pod.uid
}

class EndCounter {
  readonly newIndexes: number[] = []
  readonly #sync: JobSync
  readonly #succeeded: number[]
  readonly #failed: number[]
  readonly #knownSucceeded: ReadonlySet<number>
  readonly #knownFailed: ReadonlySet<number>
  readonly #isIndexed: boolean
  readonly #isFailing: boolean

  constructor(sync: JobSync) {
    const { succeeded, failed } = sync.status.uncountedTerminatedPods
    this.#sync = sync
    this.#succeeded = [...succeeded]
    this.#failed = [...failed]
    this.#knownSucceeded = new Set(succeeded)
    this.#knownFailed = new Set(failed)
    this.#isIndexed = sync.spec.completionMode === 'Indexed'
    this.#isFailing = sync.ending !== undefined && sync.ending.type !== 'SuccessCriteriaMet'
  }

  get size(): number {
    return this.newIndexes.length + this.#succeeded.length + this.#failed.length
  }

  count(pod: JobPod): void {
    const { uid, index, isFailed, verdict } = pod
    const { spec, previousIndexes } = this.#sync
    const isKnownFailure = this.#knownFailed.has(uid)
    if (isSucceeded(pod) && !isKnownFailure) {
      if (this.#isIndexed) {
        if (isValidIndex(spec, index) && !previousIndexes.has(index)) this.newIndexes.push(index)
      } else if (!this.#knownSucceeded.has(uid)) {
        this.#succeeded.push(uid)
      }
      return
    }
    // When the Job fails, every pod that has not ended counts as failed.
    if (!isFailed && !this.#isFailing) return
    if (isKnownFailure || (this.#isIndexed && !isValidIndex(spec, index))) return
    if (verdict.counted) this.#failed.push(uid)
  }

  /** Puts the UIDs into the status. */
  write(): void {
    const { status } = this.#sync
    const isMore =
      this.#succeeded.length > this.#knownSucceeded.size || this.#failed.length > this.#knownFailed.size
    if (isMore) status.uncountedTerminatedPods = { succeeded: this.#succeeded, failed: this.#failed }
    if (isMore || this.newIndexes.length > 0) this.#sync.isChanged = true
  }
}

function writeIndexes(sync: JobSync, newIndexes: readonly number[]): void {
  const { status, spec, failedIndexes } = sync
  if (spec.completionMode !== 'Indexed') return
  const succeeded = sync.succeededIndexes.with(newIndexes)
  const completedText = succeeded.toString()
  const failedText = failedIndexes?.toString()
  if (completedText !== status.completedIndexes || failedText !== status.failedIndexes) sync.isChanged = true
  status.succeeded = succeeded.total
  status.completedIndexes = completedText
  if (failedText !== undefined) status.failedIndexes = failedText
}

/** The interim condition goes into the first write; what is left to say is the final one. */
function announceEnding(sync: JobSync, at: SimTime): void {
  const { ending, status } = sync
  if (ending === undefined) return
  const { type, reason, message } = ending
  if (type === 'FailureTarget') {
    status.conditions = [...status.conditions, ending]
    sync.isChanged = true
    sync.ending = jobCondition('Failed', reason, message, at)
  } else if (type === 'SuccessCriteriaMet') {
    if (!status.conditions.some(condition => isConditionTrue(condition, 'SuccessCriteriaMet'))) {
      status.conditions = [...status.conditions, ending]
      sync.isChanged = true
    }
    sync.ending = jobCondition('Complete', reason, message, at)
  }
}
