/**
 * The fields of the specs of workloads, budgets, autoscalers and Services, so that a slip of the pen is not overlooked.
 * Upstream: staging/src/k8s.io/api: apps/v1, batch/v1, policy/v1, autoscaling/v1 and v2, core/v1 (1.36).
 * Simplified: the insides of policies of Jobs, of metrics and of claim templates are not looked at.
 */
import { all, type Fields, type Kind, labelSelector, of, words } from './field-kinds.js'

const step: Kind = of(all('int-or-string', 'maxSurge maxUnavailable'))
const strategy = of({ type: 'string', rollingUpdate: step })
/** Pod templates are checked for themselves, wherever they are. */
const template: Kind = 'any'

const jobSpec: Fields = of({
  ...all(
    'integer',
    'parallelism completions activeDeadlineSeconds backoffLimit backoffLimitPerIndex maxFailedIndexes ' +
      'ttlSecondsAfterFinished',
  ),
  ...all('string', 'completionMode podReplacementPolicy managedBy'),
  ...all('boolean', 'suspend manualSelector'),
  ...all('any', 'podFailurePolicy successPolicy'),
  selector: labelSelector,
  template,
})

const scalingRules = of({
  ...all('string', 'selectPolicy'),
  stabilizationWindowSeconds: 'integer',
  tolerance: 'quantity',
  policies: { list: of({ type: 'string', ...all('integer', 'value periodSeconds') }, 'type') },
})

/** The spec of each kind whose spec is checked. */
export const SPEC_FIELDS: ReadonlyMap<string, Fields> = new Map([
  [
    'Deployment',
    of(
      {
        ...all('integer', 'replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds'),
        paused: 'boolean',
        selector: labelSelector,
        strategy,
        template,
      },
      'template',
    ),
  ],
  ['ReplicaSet', of({ ...all('integer', 'replicas minReadySeconds'), selector: labelSelector, template })],
  ['ReplicationController', of({ ...all('integer', 'replicas minReadySeconds'), selector: words, template })],
  [
    'StatefulSet',
    of({
      ...all('integer', 'replicas minReadySeconds revisionHistoryLimit'),
      ...all('string', 'serviceName podManagementPolicy'),
      selector: labelSelector,
      updateStrategy: of({
        type: 'string',
        rollingUpdate: of({ partition: 'integer', maxUnavailable: 'int-or-string' }),
      }),
      persistentVolumeClaimRetentionPolicy: of(all('string', 'whenDeleted whenScaled')),
      ordinals: of({ start: 'integer' }),
      volumeClaimTemplates: { list: 'any' },
      template,
    }),
  ],
  [
    'DaemonSet',
    of({
      ...all('integer', 'minReadySeconds revisionHistoryLimit templateGeneration'),
      selector: labelSelector,
      updateStrategy: strategy,
      template,
    }),
  ],
  ['Job', jobSpec],
  [
    'CronJob',
    of(
      {
        ...all('string', 'schedule timeZone concurrencyPolicy'),
        ...all('integer', 'startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit'),
        suspend: 'boolean',
        jobTemplate: of({ metadata: 'any', spec: jobSpec }, 'spec'),
      },
      'schedule',
    ),
  ],
  [
    'PodDisruptionBudget',
    of({
      ...all('int-or-string', 'minAvailable maxUnavailable'),
      selector: labelSelector,
      unhealthyPodEvictionPolicy: 'string',
    }),
  ],
  [
    'HorizontalPodAutoscaler',
    of(
      {
        scaleTargetRef: of(all('string', 'apiVersion kind name'), 'kind', 'name'),
        ...all('integer', 'minReplicas maxReplicas targetCPUUtilizationPercentage'),
        metrics: { list: 'any' },
        behavior: of(all(scalingRules, 'scaleUp scaleDown')),
      },
      'scaleTargetRef',
      'maxReplicas',
    ),
  ],
  [
    'Service',
    of({
      ...all(
        'string',
        'clusterIP type sessionAffinity loadBalancerIP externalName externalTrafficPolicy ipFamilyPolicy ' +
          'loadBalancerClass internalTrafficPolicy trafficDistribution',
      ),
      ...all({ list: 'string' }, 'clusterIPs externalIPs loadBalancerSourceRanges ipFamilies'),
      ...all('boolean', 'publishNotReadyAddresses allocateLoadBalancerNodePorts'),
      healthCheckNodePort: 'integer',
      sessionAffinityConfig: 'any',
      selector: words,
      ports: {
        list: of(
          {
            ...all('string', 'name protocol appProtocol'),
            ...all('integer', 'port nodePort'),
            targetPort: 'int-or-string',
          },
          'port',
        ),
      },
    }),
  ],
])
