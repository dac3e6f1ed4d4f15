/**
 * The status of a ReplicaSet or ReplicationController: its sums over the pods it had before this sync's writes, and
 * whether creating or deleting pods fails.
 *
 * Upstream: pkg/controller/replicaset/replica_set_utils.go calculateStatus, updateReplicaSetStatus (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { findCondition, sameConditions, withCondition, withoutCondition } from '../../model/conditions.js'
import type { Labels } from '../../model/pod-spec.js'
import type { ReplicaSetStatus } from '../../model/workloads.js'
import { NONE } from '../../state/ids.js'
import type { ClaimedPods } from '../claim-pods.js'
import type { ControllerContext } from '../controller.js'
import { isAvailable } from '../pod-availability.js'

const FAILURE = 'ReplicaFailure'

export interface ReplicaSetLike {
  readonly minReadySeconds: number
  readonly template: { readonly metadata: { readonly labels: Labels } }
}

export function calculateStatus(
  context: ControllerContext,
  { minReadySeconds, template }: ReplicaSetLike,
  before: ReplicaSetStatus,
  { active, terminating }: ClaimedPods,
  now: SimTime,
): ReplicaSetStatus {
  const { pods } = context.state
  const { clock } = context
  const fullyLabeled = context.labels.ofLabels(template.metadata.labels)
  let labeled = 0
  let ready = 0
  let available = 0
  // Most pods of an owner have the same labels.
  let lastLabels = NONE
  let isLabeled = false
  for (const pod of active) {
    if (pods.labels[pod] !== lastLabels) {
      lastLabels = pods.labels[pod]
      isLabeled = fullyLabeled.matches(pods.labelsOf(pod))
    }
    if (isLabeled) labeled++
    if (pods.ready[pod] === 0) continue
    ready++
    if (isAvailable(pods, pod, minReadySeconds, clock, now)) available++
  }
  return {
    observedGeneration: before.observedGeneration,
    replicas: active.length,
    fullyLabeledReplicas: labeled,
    readyReplicas: ready,
    availableReplicas: available,
    terminatingReplicas: terminating.length,
    conditions: before.conditions,
  }
}

/** The status with or without the condition that pods cannot be created or deleted. */
export function withFailure(
  status: ReplicaSetStatus,
  reason: 'FailedCreate' | 'FailedDelete',
  /** What the API server said; undefined when all went well. */
  failure: string | undefined,
  at: SimTime,
): ReplicaSetStatus {
  const { conditions } = status
  const current = findCondition(conditions, FAILURE)
  if ((failure === undefined) === (current === undefined)) return status
  if (failure === undefined) return { ...status, conditions: withoutCondition(conditions, FAILURE) }
  const condition = {
    type: FAILURE,
    status: 'True',
    reason,
    message: failure,
    lastTransitionTime: at,
  } as const
  return { ...status, conditions: withCondition(conditions, condition) }
}

/** Whether a write of this status would change nothing. */
export function sameStatus(a: ReplicaSetStatus, b: ReplicaSetStatus): boolean {
  return (
    a.replicas === b.replicas &&
    a.fullyLabeledReplicas === b.fullyLabeledReplicas &&
    a.readyReplicas === b.readyReplicas &&
    a.availableReplicas === b.availableReplicas &&
    a.terminatingReplicas === b.terminatingReplicas &&
    sameConditions(a.conditions, b.conditions)
  )
}
