import { manifest, type PlantedFault } from './planted-faults.js'

const SELECTOR = 'selector: { matchLabels: { app: w } }'
const TEMPLATE = 'template: { metadata: { labels: { app: w } }, spec: { containers: [{ name: c }] } }'
const BATCH = 'template: { spec: { restartPolicy: Never, containers: [{ name: c }] } }'

const CRON = `{ schedule: "0 2 * * *", jobTemplate: { spec: { ${BATCH} } } }`

/** An object whose spec is line 4, from column 7 on. */
function spec(name: string, kind: string, text: string, expected: string): PlantedFault {
  const apiVersion = API_VERSIONS[kind]
  const head = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: o }\n`
  return manifest(`${kind}: ${name}`, `${head}spec: { ${text} }\n`, `m.yaml:4:${expected}`)
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicationController: 'v1',
  Service: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  PodDisruptionBudget: 'policy/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
}

function deployment(name: string, text: string, expected: string): PlantedFault {
  return spec(name, 'Deployment', `${text}, ${SELECTOR}, ${TEMPLATE}`, expected)
}

const NOT_NEGATIVE = 'must be greater than or equal to 0'

/** What the API server refuses in workloads, in its words, and where it stands. */
export const WORKLOAD_FAULTS: readonly PlantedFault[] = [
  deployment(
    'a slip of the pen',
    'replicass: 3',
    '9 spec.replicass: unknown field "replicass"; did you mean "replicas"?',
  ),
  deployment('a number as text', 'replicas: "3"', '19 spec.replicas: expected a whole number, got "3"'),
  deployment('fewer pods than none', 'replicas: -3', `19 spec.replicas: Invalid value: -3: ${NOT_NEGATIVE}`),
  deployment(
    'no step of a rollout',
    'strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } }',
    '67 spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
  ),
  deployment(
    'steps of a Recreate',
    'strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } }',
    "52 spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ),
  deployment(
    'a deadline before a pod can be available',
    'progressDeadlineSeconds: 5, minReadySeconds: 9',
    '34 spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
  ),
  spec(
    'pods that its selector does not select',
    'Deployment',
    `selector: { matchLabels: { app: v } }, ${TEMPLATE}`,
    '80 spec.template.metadata.labels: Invalid value: {"app":"w"}: `selector` does not match template `labels`',
  ),
  spec('no selector', 'ReplicaSet', TEMPLATE, '7 spec.selector: Required value'),
  spec(
    'a selector of nothing',
    'StatefulSet',
    `selector: {}, ${TEMPLATE}`,
    '19 spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
  ),
  spec(
    'a pod management that is none',
    'StatefulSet',
    `podManagementPolicy: Sequential, ${SELECTOR}, ${TEMPLATE}`,
    '30 spec.podManagementPolicy: Unsupported value: "Sequential": supported values: "OrderedReady", "Parallel"',
  ),
  spec(
    'pods that end',
    'DaemonSet',
    `${SELECTOR}, ${TEMPLATE.replace('{ containers', '{ restartPolicy: Never, containers')}`,
    '117 spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ),
  spec(
    'a surge beside the one that is unavailable by default',
    'DaemonSet',
    `updateStrategy: { rollingUpdate: { maxSurge: 1 } }, ${SELECTOR}, ${TEMPLATE}`,
    '54 spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when `maxUnavailable` is set',
  ),
  spec(
    'a selector of other labels',
    'ReplicationController',
    `selector: { app: v }, ${TEMPLATE}`,
    '63 spec.template.metadata.labels: Invalid value: {"app":"w"}: `selector` does not match template `labels`',
  ),
  spec(
    'pods that start again for ever',
    'Job',
    'template: { spec: { containers: [{ name: c }] } }',
    '27 spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ),
  spec(
    'indexes without an end',
    'Job',
    `completionMode: Indexed, ${BATCH}`,
    '7 spec.completions: Required value: when completion mode is Indexed',
  ),
  spec(
    'a schedule with a step of nothing',
    'CronJob',
    `schedule: "*/0 * * * *", jobTemplate: { spec: { ${BATCH} } }`,
    '19 spec.schedule: Invalid value: "*/0 * * * *": step of range should be a positive number: */0',
  ),
  spec(
    'a zone that is none',
    'CronJob',
    `schedule: "0 2 * * *", timeZone: Mars/Base, jobTemplate: { spec: { ${BATCH} } }`,
    '42 spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ),
  spec(
    'a zone in the schedule',
    'CronJob',
    `schedule: "TZ=UTC 0 2 * * *", jobTemplate: { spec: { ${BATCH} } }`,
    '19 spec.schedule: Invalid value: "TZ=UTC 0 2 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone ' +
      'field instead',
  ),
  spec(
    'a policy that is none',
    'CronJob',
    `schedule: "0 2 * * *", concurrencyPolicy: Never, jobTemplate: { spec: { ${BATCH} } }`,
    '51 spec.concurrencyPolicy: Unsupported value: "Never": supported values: "Allow", "Forbid", "Replace"',
  ),
  spec(
    'both of its amounts',
    'PodDisruptionBudget',
    'minAvailable: 3, maxUnavailable: 1',
    '7 spec: Invalid value: {"MinAvailable":3,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: ' +
      'minAvailable and maxUnavailable cannot be both set',
  ),
  spec(
    'most below least',
    'HorizontalPodAutoscaler',
    'scaleTargetRef: { kind: Deployment, name: w }, minReplicas: 5, maxReplicas: 2',
    '85 spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
  ),
  spec(
    'two ports without names',
    'Service',
    'ports: [{ port: 80, name: http }, { port: 81 }]',
    '43 spec.ports.1.name: Required value',
  ),
  spec(
    'a port beyond all ports',
    'Service',
    'ports: [{ port: 70000 }]',
    '25 spec.ports.0.port: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ),
  manifest(
    'a CronJob in a run without end',
    `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: tick }\nspec: ${CRON}\n`,
    's.yaml:1:1 duration: is missing, and the run would have no end: the CronJob "tick" never ends',
  ),
  manifest(
    'a resource without prefix that nobody knows',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n' +
      '  containers: [{ name: c, resources: { requests: { memry: 1Gi } } }]\n',
    'm.yaml:5:52 spec.containers.0.resources.requests.memry: must be a standard resource for containers; ' +
      'did you mean "memory"?',
  ),
]
