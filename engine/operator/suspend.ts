import { defineOperation } from './operation.js'
import { patched } from './patched.js'

/**
 * Suspends a Job or CronJob, or lets it go on.
 * Upstream: `spec.suspend` of staging/src/k8s.io/api/batch/v1/types.go (1.36).
 * Simplified: nothing known.
 */
export const suspend = defineOperation('suspend', context => operation => {
  const { kind, namespace, name, suspended } = operation
  if (kind === 'Job' || kind === 'CronJob') {
    return patched(context, 'suspend', operation, { spec: { suspend: suspended } }, { suspended })
  }
  const error = 'only Jobs and CronJobs are suspended'
  context.report('suspend', 'REJECTED', namespace, { object: `${kind}/${name}`, error })
  return undefined
})
