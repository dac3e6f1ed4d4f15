/**
 * Spec and status of the workloads that keep a number of pods, in Kubernetes' field names, after API defaulting.
 * Upstream: staging/src/k8s.io/api/apps/v1/types.go and core/v1/types.go (1.36). Times are virtual microseconds.
 * Simplified: fields that nothing simulated reads are left out.
 */
import type { Condition } from './conditions.js'
import type { IntOrPercent } from './int-or-percent.js'
import type { LabelSelector } from './labels.js'
import type { Labels, PersistentVolumeClaimTemplate, PodSpec } from './pod-spec.js'

export interface PodTemplateSpec {
  readonly metadata: {
    readonly labels: Labels
    readonly annotations: Labels
    readonly finalizers?: readonly string[]
  }
  readonly spec: PodSpec
}

export interface DeploymentSpec {
  readonly replicas: number
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  readonly strategy: DeploymentStrategy
  readonly minReadySeconds: number
  readonly revisionHistoryLimit: number
  readonly progressDeadlineSeconds: number
  readonly paused: boolean
}

export type DeploymentStrategy =
  | { readonly type: 'Recreate' }
  | {
      readonly type: 'RollingUpdate'
      readonly rollingUpdate: { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent }
    }

export interface DeploymentStatus {
  readonly observedGeneration: number
  readonly replicas: number
  readonly updatedReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
  readonly unavailableReplicas: number
  /** Absent until every ReplicaSet has reported its own. */
  readonly terminatingReplicas?: number
  readonly collisionCount?: number
  readonly conditions: readonly Condition[]
}

export interface ReplicaSetSpec {
  readonly replicas: number
  readonly minReadySeconds: number
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
}

export interface ReplicaSetStatus {
  readonly observedGeneration: number
  readonly replicas: number
  readonly fullyLabeledReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
  readonly terminatingReplicas?: number
  readonly conditions: readonly Condition[]
}

/** Differs from a ReplicaSet's only in the selector: exact labels. */
export interface ReplicationControllerSpec {
  readonly replicas: number
  readonly minReadySeconds: number
  readonly selector: Labels
  readonly template: PodTemplateSpec
}

export interface StatefulSetSpec {
  readonly replicas: number
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  readonly volumeClaimTemplates: readonly PersistentVolumeClaimTemplate[]
  readonly serviceName: string
  readonly podManagementPolicy: 'OrderedReady' | 'Parallel'
  readonly updateStrategy: StatefulSetUpdateStrategy
  readonly revisionHistoryLimit: number
  readonly minReadySeconds: number
  readonly persistentVolumeClaimRetentionPolicy: {
    readonly whenDeleted: 'Retain' | 'Delete'
    readonly whenScaled: 'Retain' | 'Delete'
  }
  readonly ordinals: { readonly start: number }
}

export interface StatefulSetUpdateStrategy {
  readonly type: 'RollingUpdate' | 'OnDelete'
  readonly rollingUpdate?: { readonly partition: number }
}

export interface StatefulSetStatus {
  readonly observedGeneration: number
  readonly replicas: number
  readonly readyReplicas: number
  readonly currentReplicas: number
  readonly updatedReplicas: number
  readonly availableReplicas: number
  readonly currentRevision: string
  readonly updateRevision: string
  readonly collisionCount?: number
  readonly conditions: readonly Condition[]
}

export interface DaemonSetSpec {
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  readonly updateStrategy: DaemonSetUpdateStrategy
  readonly minReadySeconds: number
  readonly revisionHistoryLimit: number
}

export type DaemonSetUpdateStrategy =
  | { readonly type: 'OnDelete' }
  | {
      readonly type: 'RollingUpdate'
      readonly rollingUpdate: { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent }
    }

export interface DaemonSetStatus {
  readonly observedGeneration: number
  readonly currentNumberScheduled: number
  readonly numberMisscheduled: number
  readonly desiredNumberScheduled: number
  readonly numberReady: number
  readonly updatedNumberScheduled: number
  readonly numberAvailable: number
  readonly numberUnavailable: number
  readonly collisionCount?: number
  readonly conditions: readonly Condition[]
}

/** A template that a StatefulSet or DaemonSet has had; such an object has no status. */
export interface ControllerRevisionSpec {
  readonly data: { readonly spec: { readonly template: PodTemplateSpec } }
  readonly revision: number
}

/** What a workload's status is before its controller has looked at it. */
export const NEW_DEPLOYMENT_STATUS: DeploymentStatus = {
  observedGeneration: 0,
  replicas: 0,
  updatedReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
  unavailableReplicas: 0,
  conditions: [],
}

export const NEW_REPLICA_SET_STATUS: ReplicaSetStatus = {
  observedGeneration: 0,
  replicas: 0,
  fullyLabeledReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
  conditions: [],
}

export const NEW_STATEFUL_SET_STATUS: StatefulSetStatus = {
  observedGeneration: 0,
  replicas: 0,
  readyReplicas: 0,
  currentReplicas: 0,
  updatedReplicas: 0,
  availableReplicas: 0,
  currentRevision: '',
  updateRevision: '',
  conditions: [],
}

export const NEW_DAEMON_SET_STATUS: DaemonSetStatus = {
  observedGeneration: 0,
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
  updatedNumberScheduled: 0,
  numberAvailable: 0,
  numberUnavailable: 0,
  conditions: [],
}
