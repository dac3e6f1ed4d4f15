/**
 * The CronJob controller. It wakes a tenth of a second after each run is due, and with every change of a
 * CronJob and its Jobs.
 *
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go (1.36).
 * Simplified: see cron-job-reconciler.ts.
 */
import { CONTROLLER_WORKERS } from '../../model/defaults.js'
import { ANY_CHANGE, Source } from '../../state/change-log.js'
import { defineController } from '../controller.js'
import { CronJobReconciler } from './cron-job-reconciler.js'

export const cronjob = defineController({
  name: 'cronjob',
  source: 'cronjob-controller',
  args: {},
  workers: CONTROLLER_WORKERS.cronjob,
  watches: [
    { source: Source.Objects, kind: 'CronJob', fields: ANY_CHANGE },
    { source: Source.Objects, kind: 'Job', fields: ANY_CHANGE },
  ],
  create: context => new CronJobReconciler(context),
})
