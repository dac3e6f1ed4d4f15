/**
 * A workload as the API server stores it when it is created: the spec with its defaults, and an empty status, whatever
 * status was written.
 *
 * Upstream: PrepareForCreate of the strategies in pkg/registry/apps, batch and core (1.36).
 * Simplified: nothing known.
 */
import { NEW_HORIZONTAL_POD_AUTOSCALER_STATUS } from './autoscaling.js'
import { defaultHorizontalPodAutoscalerSpec } from './autoscaling-defaults.js'
import { defaultCronJobSpec, defaultJobSpec } from './job-defaults.js'
import { NEW_CRON_JOB_STATUS, NEW_JOB_STATUS } from './jobs.js'
import { defaultBudgetSpec, NEW_BUDGET_STATUS } from './pod-disruption-budget.js'
import { defaultVerticalPodAutoscalerSpec } from './vertical-pod-autoscaler-defaults.js'
import {
  defaultDaemonSetSpec,
  defaultDeploymentSpec,
  defaultReplicaSetSpec,
  defaultReplicationControllerSpec,
  defaultStatefulSetSpec,
} from './workload-defaults.js'
import {
  NEW_DAEMON_SET_STATUS,
  NEW_DEPLOYMENT_STATUS,
  NEW_REPLICA_SET_STATUS,
  NEW_STATEFUL_SET_STATUS,
} from './workloads.js'

export interface NewWorkload {
  readonly spec: unknown
  readonly status: unknown
}

/** One line a kind. */
const KINDS: ReadonlyMap<string, (spec: object) => NewWorkload> = new Map<
  string,
  (spec: object) => NewWorkload
>([
  ['Deployment', spec => ({ spec: defaultDeploymentSpec(spec), status: NEW_DEPLOYMENT_STATUS })],
  ['ReplicaSet', spec => ({ spec: defaultReplicaSetSpec(spec), status: NEW_REPLICA_SET_STATUS })],
  [
    'ReplicationController',
    spec => ({ spec: defaultReplicationControllerSpec(spec), status: NEW_REPLICA_SET_STATUS }),
  ],
  ['StatefulSet', spec => ({ spec: defaultStatefulSetSpec(spec), status: NEW_STATEFUL_SET_STATUS })],
  ['DaemonSet', spec => ({ spec: defaultDaemonSetSpec(spec), status: NEW_DAEMON_SET_STATUS })],
  ['Job', spec => ({ spec: defaultJobSpec(spec), status: NEW_JOB_STATUS })],
  ['Namespace', newNamespace],
  ['CronJob', spec => ({ spec: defaultCronJobSpec(spec), status: NEW_CRON_JOB_STATUS })],
  ['PodDisruptionBudget', spec => ({ spec: defaultBudgetSpec(spec), status: NEW_BUDGET_STATUS })],
  [
    'HorizontalPodAutoscaler',
    spec => ({
      spec: defaultHorizontalPodAutoscalerSpec(spec),
      status: NEW_HORIZONTAL_POD_AUTOSCALER_STATUS,
    }),
  ],
  ['VerticalPodAutoscaler', spec => ({ spec: defaultVerticalPodAutoscalerSpec(spec), status: {} })],
])

/** What keeps a namespace until its content is gone. */
export const NAMESPACE_FINALIZER = 'kubernetes'

function newNamespace(spec: object): NewWorkload {
  const { finalizers = [] } = spec as { readonly finalizers?: readonly string[] }
  const held = finalizers.includes(NAMESPACE_FINALIZER) ? finalizers : [...finalizers, NAMESPACE_FINALIZER]
  return { spec: { ...spec, finalizers: held }, status: { phase: 'Active', conditions: [] } }
}

/** Undefined for kinds that are stored as they are written. */
export function newWorkload(kind: string, spec: object): NewWorkload | undefined {
  return KINDS.get(kind)?.(spec)
}
