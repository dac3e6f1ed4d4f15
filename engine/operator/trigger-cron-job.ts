import { creationRefusal, isRefused } from '../apiserver/result.js'
import { notFoundMessage } from '../model/kinds.js'
import { newWorkload } from '../model/new-workload.js'
import type { Labels } from '../model/pod-spec.js'
import { defineOperation } from './operation.js'

interface CronJobSpec {
  readonly jobTemplate: {
    readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels }
    readonly spec: object
  }
}

/**
 * Makes a Job from a CronJob's template, out of turn.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/create/create_job.go createJobFromCronJob (1.36).
 * Simplified: nothing known.
 */
export const triggerCronJob = defineOperation('trigger-cron-job', ({ api, report }) => operation => {
  const { namespace, cronJob, name } = operation
  const id = api.state.objects.find('CronJob', namespace, cronJob)
  const object = `Job/${name}`
  if (id === undefined) {
    report('trigger-cron-job', 'REJECTED', namespace, { object, error: notFoundMessage('CronJob', cronJob) })
    return undefined
  }
  const { meta, spec } = api.state.objects.get<CronJobSpec>(id)
  const { metadata, spec: jobSpec } = spec.jobTemplate
  const created = api.objects.create({
    kind: 'Job',
    namespace,
    name,
    labels: metadata?.labels ?? {},
    annotations: { ...metadata?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
    owners: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        name: cronJob,
        uid: meta.uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
    ...(newWorkload('Job', jobSpec) ?? { spec: jobSpec }),
  })
  if (!isRefused(created)) return { object, cronJob: `CronJob/${cronJob}` }
  const error = creationRefusal('Job', name, created)
  report('trigger-cron-job', 'REJECTED', namespace, { object, error })
  return undefined
})
