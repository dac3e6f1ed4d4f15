import { z } from 'zod'
import { duration, namespace, objectName, section } from '../schema/fields.js'
import { defineOperation } from './operation.js'

/** `kubectl create job --from=cronjob/...`. */
export const triggerCronJob = defineOperation({
  op: 'triggerCronJob',
  schema: section({
    op: z.literal('triggerCronJob'),
    at: duration().describe('When.'),
    cronJob: objectName().describe('Name of the CronJob.'),
    name: objectName().describe('Name of the Job that is made.'),
    namespace: namespace().default('default').describe('Namespace of both.'),
  }).describe("Makes a Job from a CronJob's template, out of turn."),
  translate({ at, cronJob, name, namespace: where }, path, assembly) {
    assembly.requireObject('CronJob', where, cronJob, [...path, 'cronJob'])
    assembly.claimObjectName('Job', where, name, [...path, 'name'])
    assembly.operate({ op: 'trigger-cron-job', at, namespace: where, cronJob, name })
  },
})
