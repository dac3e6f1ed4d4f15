/**
 * The Jobs of a CronJob, and which of them its history limits leave no room for: the oldest of those that
 * ended alike.
 *
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go getJobsToBeReconciled, cleanupFinishedJobs,
 * removeOldestJobs; utils.go byJobStartTime (1.36).
 * Simplified: Jobs are told by the UID of their controller, not by its name.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import { type CronJobSpec, finishedCondition, type JobSpec, type JobStatus } from '../../model/jobs.js'
import type { ObjectId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'

/** A Job as it was when the sync began. */
export interface OwnedJob {
  readonly id: ObjectId
  readonly uid: number
  readonly name: string
  /** Complete or Failed. */
  readonly finished: string | undefined
  readonly startTime: SimTime
  readonly completionTime: SimTime | undefined
}

/** In order of names. */
export function ownedJobs({ owned, state }: ControllerContext, cronJobUid: number): OwnedJob[] {
  return owned.of(cronJobUid, 'Job').map(id => {
    const { meta, status } = state.objects.get<JobSpec, JobStatus>(id)
    const { startTime = NEVER, completionTime } = status
    const finished = finishedCondition(status)?.type
    return { id, uid: meta.uid, name: meta.name, finished, startTime, completionTime }
  })
}

/** Successful ones first, each kind from the oldest on. */
export function surplusJobs(spec: CronJobSpec, jobs: readonly OwnedJob[]): OwnedJob[] {
  return [
    ...oldest(jobs, 'Complete', spec.successfulJobsHistoryLimit),
    ...oldest(jobs, 'Failed', spec.failedJobsHistoryLimit),
  ]
}

function oldest(jobs: readonly OwnedJob[], finished: string, limit: number): OwnedJob[] {
  const ended = jobs.filter(job => job.finished === finished)
  if (ended.length <= limit) return []
  const byStart = (a: OwnedJob, b: OwnedJob): number =>
    a.startTime - b.startTime || (a.name < b.name ? -1 : 1)
  return ended.sort(byStart).slice(0, ended.length - limit)
}
