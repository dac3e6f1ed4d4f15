/**
 * What one sync of a Job knows: its pods sorted by state, its counts with the ends not counted yet, and
 * whether it has failed or succeeded by now. Collected at the start, so that a sync that waits for answers
 * acts on one picture.
 *
 * Upstream: pkg/controller/job/job_controller.go syncJob, getNewFinishedPods, indexed_job_utils.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { Condition } from '../../model/conditions.js'
import type { JobSpec, JobStatus } from '../../model/jobs.js'
import { type ObjectId, Phase } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { CompletionIndexes } from './completion-indexes.js'
import { isConditionTrue, jobCondition } from './job-conditions.js'
import { isActive, isSucceeded, isTerminating, type JobPod, podsOfJob } from './job-pods.js'
import { type FailureRecord, withEnds } from './pod-backoff.js'
import { metSuccessRule } from './success-policy.js'

/** A status that is being put together. */
export type JobStatusDraft = { -readonly [F in keyof JobStatus]: JobStatus[F] }

export interface JobSync {
  readonly id: ObjectId
  readonly uid: number
  readonly spec: JobSpec
  readonly isDeleting: boolean
  /** The cache shows all pods this controller has created and deleted. */
  readonly isSatisfied: boolean
  readonly status: JobStatusDraft
  readonly pods: readonly JobPod[]
  readonly active: readonly JobPod[]
  /** Succeeded and failed pods, those not counted yet included. */
  readonly succeeded: number
  readonly failed: number
  readonly previousIndexes: CompletionIndexes
  readonly succeededIndexes: CompletionIndexes
  /** With a back-off limit per index only. */
  readonly failedIndexes: CompletionIndexes | undefined
  /** The last failed pod of an index that waits for its successor, which takes over its count of failures. */
  readonly awaitingSuccessor: ReadonlyMap<number, JobPod>
  readonly backoff: FailureRecord
  /** Why the Job ends; taken away again while that cannot be said yet. */
  ending: Condition | undefined
  /** Until the deadline, when it is what the Job may fail by next. */
  deadlineIn: SimTime | undefined
  activeCount: number
  readyCount: number
  terminatingCount: number
  /** The status must be written. */
  isChanged: boolean
  /** A request failed: the key is tried again. */
  hasFailed: boolean
}

export function beginSync(
  context: ControllerContext,
  id: ObjectId,
  record: FailureRecord,
  now: SimTime,
): JobSync {
  const { state, clock, expectations } = context
  const { meta, spec, status: before } = state.objects.get<JobSpec, JobStatus>(id)
  const isSatisfied = expectations.satisfied(id, now)
  const status: JobStatusDraft = { ...before }
  const pods = podsOfJob(context, id, spec)
  const active = pods.filter(isActive)
  if (status.startTime === undefined && !spec.suspend) status.startTime = clock.wholeSecond(now)
  const uncounted = before.uncountedTerminatedPods
  const newlySucceeded = endedSince(spec, pods, uncounted.succeeded).filter(isSucceeded)
  const newlyFailed = endedSince(spec, pods, uncounted.failed).filter(({ isFailed }) => isFailed)
  const countedFailures = newlyFailed.filter(({ verdict }) => verdict.counted).length
  const indexes = indexesOf(spec, before, pods)
  const succeeded =
    spec.completionMode === 'Indexed'
      ? indexes.succeeded.total
      : before.succeeded + newlySucceeded.length + uncounted.succeeded.length
  const sync: JobSync = {
    id,
    uid: meta.uid,
    spec,
    isDeleting: meta.deletionAt !== NEVER,
    isSatisfied,
    status,
    pods,
    active,
    succeeded,
    failed: before.failed + countedFailures + uncounted.failed.length,
    previousIndexes: indexes.previous,
    succeededIndexes: indexes.succeeded,
    failedIndexes: indexes.failed,
    awaitingSuccessor: indexes.failed === undefined ? new Map() : lastFailures(spec, pods, active, indexes),
    backoff: withEnds(record, newlySucceeded.map(endOf), newlyFailed.map(endOf)),
    ending: undefined,
    deadlineIn: undefined,
    activeCount: active.length,
    readyCount: active.filter(({ isReady }) => isReady).length,
    terminatingCount: pods.filter(isTerminating).length,
    isChanged: false,
    hasFailed: false,
  }
  sync.ending = endingOf(sync, now, clock.wholeSecond(now))
  return sync
}

/** How long the Job may still be active; undefined without a deadline. */
function untilDeadline({ spec, status }: JobSync, now: SimTime): SimTime | undefined {
  if (spec.activeDeadlineSeconds === undefined || status.startTime === undefined || spec.suspend)
    return undefined
  return status.startTime + spec.activeDeadlineSeconds * SECOND - now
}

/** Whether the index is one the Job still has. */
export function isValidIndex({ completions = 0 }: JobSpec, index: number): boolean {
  return index >= 0 && index < completions
}

function endOf({ endedAt }: JobPod): SimTime {
  return endedAt
}

/**
 * Pods that carry the finalizer, are not among these UIDs and, in an Indexed Job, have an index that counts.
 */
function endedSince(spec: JobSpec, pods: readonly JobPod[], counted: readonly number[]): JobPod[] {
  const known = new Set(counted)
  const isIndexed = spec.completionMode === 'Indexed'
  return pods.filter(
    ({ isTracked, uid, index }) => isTracked && !known.has(uid) && (!isIndexed || isValidIndex(spec, index)),
  )
}

interface Indexes {
  readonly previous: CompletionIndexes
  readonly succeeded: CompletionIndexes
  readonly failed: CompletionIndexes | undefined
}

function indexesOf(spec: JobSpec, status: JobStatus, pods: readonly JobPod[]): Indexes {
  const { none } = CompletionIndexes
  const { completions = 0, backoffLimitPerIndex: limit } = spec
  if (spec.completionMode !== 'Indexed') return { previous: none, succeeded: none, failed: undefined }
  const previous = CompletionIndexes.parse(status.completedIndexes, completions)
  const candidates = endedSince(spec, pods, [])
  const succeeded = previous.with(new Set(candidates.filter(isSucceeded).map(({ index }) => index)))
  if (limit === undefined) return { previous, succeeded, failed: undefined }
  const lost = candidates.filter(pod => hasIndexFailed(pod, limit)).map(({ index }) => index)
  const failed = CompletionIndexes.parse(status.failedIndexes ?? '', completions).with(new Set(lost))
  return { previous, succeeded, failed }
}

function hasIndexFailed({ isFailed, verdict, indexFailures }: JobPod, limit: number): boolean {
  if (!isFailed) return false
  return verdict.action === 'FailIndex' || (verdict.counted && indexFailures >= limit)
}

function lastFailures(
  spec: JobSpec,
  pods: readonly JobPod[],
  active: readonly JobPod[],
  { succeeded, failed }: Indexes,
): Map<number, JobPod> {
  const running = new Set(active.map(({ index }) => index))
  const last = new Map<number, JobPod>()
  for (const pod of endedSince(spec, pods, [])) {
    const { index, isFailed } = pod
    if (!isFailed || succeeded.has(index) || failed?.has(index) === true || running.has(index)) continue
    const known = last.get(index)
    if (known === undefined || isLaterFailure(pod, known)) last.set(index, pod)
  }
  return last
}

function isLaterFailure(pod: JobPod, known: JobPod): boolean {
  const more = allFailures(pod) - allFailures(known)
  const later = pod.endedAt - known.endedAt
  if (more === 0 && later === 0) return pod.name > known.name
  return more >= 0 && later >= 0
}

/** Failures of the index before this pod, ignored ones included. */
export function allFailures({ indexFailures, indexIgnoredFailures }: JobPod): number {
  return indexFailures + indexIgnoredFailures
}

/**
 * Why the Job ends by what is known now: what was decided before, a failure policy, limits, a success policy.
 */
function endingOf(sync: JobSync, now: SimTime, at: SimTime): Condition | undefined {
  const { spec, status, failedIndexes, succeededIndexes } = sync
  const { conditions } = status
  const met = conditions.find(condition => isConditionTrue(condition, 'SuccessCriteriaMet'))
  if (met !== undefined) return met
  const target = conditions.find(condition => isConditionTrue(condition, 'FailureTarget'))
  if (target !== undefined) return jobCondition('Failed', target.reason, target.message, at)
  const failure = failureOf(sync, now)
  if (failure !== undefined) return jobCondition('FailureTarget', ...failure, at)
  sync.deadlineIn = untilDeadline(sync, now)
  if (spec.completionMode !== 'Indexed') return undefined
  const { completions = 0, maxFailedIndexes = Infinity } = spec
  const lost = failedIndexes?.total ?? 0
  if (lost > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes'
    return jobCondition('FailureTarget', 'MaxFailedIndexesExceeded', message, at)
  }
  if (lost > 0 && lost + succeededIndexes.total >= completions) {
    return jobCondition('FailureTarget', 'FailedIndexes', 'Job has failed indexes', at)
  }
  const message = metSuccessRule(spec.successPolicy, completions, succeededIndexes)
  return message === undefined ? undefined : jobCondition('SuccessCriteriaMet', 'SuccessPolicy', message, at)
}

function failureOf(sync: JobSync, now: SimTime): [reason: string, message: string] | undefined {
  const { spec, pods, failed } = sync
  const message = failJobMessage(pods)
  if (message !== undefined) return ['PodFailurePolicy', message]
  if (failed > spec.backoffLimit || hasRestartedTooOften(spec, pods)) {
    return ['BackoffLimitExceeded', 'Job has reached the specified backoff limit']
  }
  const left = untilDeadline(sync, now)
  if (left !== undefined && left <= 0) {
    return ['DeadlineExceeded', 'Job was active longer than specified deadline']
  }
  return undefined
}

/** Of the first pod, in order of names, that a FailJob rule matches. */
function failJobMessage(pods: readonly JobPod[]): string | undefined {
  let first: JobPod | undefined
  for (const pod of pods) {
    if (!pod.isFailed || pod.verdict.failJobMessage === undefined) continue
    if (first === undefined || pod.name < first.name) first = pod
  }
  return first?.verdict.failJobMessage
}

/** Restarts in place count like failures, summed over the pods that are alive. */
function hasRestartedTooOften({ template, backoffLimit }: JobSpec, pods: readonly JobPod[]): boolean {
  if (template.spec.restartPolicy !== 'OnFailure') return false
  let restarts = 0
  for (const pod of pods) {
    if (pod.phase === Phase.Running || pod.phase === Phase.Pending) restarts += pod.restarts
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit
}
