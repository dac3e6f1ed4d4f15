/**
 * The Job controller. It looks at a Job at once when the Job is made or changed, else one second after the
 * first change of its pods or its status.
 *
 * Upstream: pkg/controller/job/job_controller.go (1.36).
 * Simplified: see job-reconciler.ts.
 */
import { CONTROLLER_WORKERS, JOB_RETRY_DELAY } from '../../model/defaults.js'
import { ANY_CHANGE, Change, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { JobReconciler } from './job-reconciler.js'

export const job = defineController({
  name: 'job',
  source: 'job-controller',
  args: {},
  workers: CONTROLLER_WORKERS.job,
  retryDelay: JOB_RETRY_DELAY,
  watches: [
    {
      source: Source.Objects,
      kind: 'Job',
      fields: Change.Added | Change.Deleted | Change.Deleting | Change.Spec | Change.Status,
    },
    { source: Source.Pods, fields: ANY_CHANGE },
  ],
  create: context => new JobReconciler(context),
})
