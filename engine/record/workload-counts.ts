/**
 * What the API says of a workload's pods, in the same words for all kinds.
 *
 * Upstream: staging/src/k8s.io/api/apps/v1/types.go, kubectl's rollout status
 * (staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go, 1.36).
 * Simplified: ReplicaSets of a Deployment do not count by themselves.
 */
import type {
  DaemonSetStatus,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSetSpec,
  ReplicaSetStatus,
  StatefulSetSpec,
  StatefulSetStatus,
} from '../model/workloads.js'
import type { StoredObject } from '../state/objects.js'

export interface WorkloadCounts {
  readonly revision: string
  readonly desired: number
  /** Pods there are, those being deleted left out. */
  readonly total: number
  /** Pods of the newest template. */
  readonly updated: number
  readonly ready: number
  readonly available: number
  /** Whether all pods are of the newest template and available, as far as the controller has seen. */
  readonly isRolledOut: boolean
}

const REVISION = 'deployment.kubernetes.io/revision'

/** Undefined for what is no workload of its own, or none that keeps a number of pods. */
export function workloadCounts(object: StoredObject): WorkloadCounts | undefined {
  switch (object.kind) {
    case 'Deployment':
      return deploymentCounts(object as StoredObject<DeploymentSpec, DeploymentStatus>)
    case 'StatefulSet':
      return statefulSetCounts(object as StoredObject<StatefulSetSpec, StatefulSetStatus>)
    case 'DaemonSet':
      return daemonSetCounts(object as StoredObject<unknown, DaemonSetStatus>)
    case 'ReplicaSet':
    case 'ReplicationController':
      return object.meta.owners.some(({ controller }) => controller)
        ? undefined
        : replicaSetCounts(object as StoredObject<ReplicaSetSpec, ReplicaSetStatus>)
    default:
      return undefined
  }
}

function deploymentCounts({
  meta,
  spec,
  status,
}: StoredObject<DeploymentSpec, DeploymentStatus>): WorkloadCounts {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, observedGeneration } = status
  return {
    revision: meta.annotations[REVISION] ?? '',
    desired: spec.replicas,
    total: replicas,
    updated: updatedReplicas,
    ready: readyReplicas,
    available: availableReplicas,
    isRolledOut:
      observedGeneration >= meta.generation &&
      updatedReplicas >= spec.replicas &&
      replicas <= updatedReplicas &&
      availableReplicas >= updatedReplicas,
  }
}

function statefulSetCounts({
  meta,
  spec,
  status,
}: StoredObject<StatefulSetSpec, StatefulSetStatus>): WorkloadCounts {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, observedGeneration } = status
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  // With a partition the lower ordinals are meant to stay as they are.
  const areUpdated =
    partition > 0
      ? updatedReplicas >= spec.replicas - partition
      : status.updateRevision === status.currentRevision
  return {
    revision: status.updateRevision,
    desired: spec.replicas,
    total: replicas,
    updated: updatedReplicas,
    ready: readyReplicas,
    available: availableReplicas,
    isRolledOut: observedGeneration >= meta.generation && readyReplicas >= spec.replicas && areUpdated,
  }
}

function daemonSetCounts({ meta, status }: StoredObject<unknown, DaemonSetStatus>): WorkloadCounts {
  const { desiredNumberScheduled, currentNumberScheduled, numberReady, numberAvailable } = status
  const { updatedNumberScheduled, observedGeneration } = status
  return {
    revision: '',
    desired: desiredNumberScheduled,
    total: currentNumberScheduled,
    updated: updatedNumberScheduled,
    ready: numberReady,
    available: numberAvailable,
    isRolledOut:
      observedGeneration >= meta.generation &&
      updatedNumberScheduled >= desiredNumberScheduled &&
      numberAvailable >= desiredNumberScheduled,
  }
}

function replicaSetCounts({
  meta,
  spec,
  status,
}: StoredObject<ReplicaSetSpec, ReplicaSetStatus>): WorkloadCounts {
  const { replicas, readyReplicas, availableReplicas, observedGeneration } = status
  return {
    revision: '',
    desired: spec.replicas,
    total: replicas,
    updated: replicas,
    ready: readyReplicas,
    available: availableReplicas,
    isRolledOut: observedGeneration >= meta.generation && availableReplicas >= spec.replicas,
  }
}
