/**
 * The status of a StatefulSet: its pods counted by readiness, availability and revision.
 *
 * Upstream: updateStatus, completeRollingUpdate and inconsistentStatus of
 * pkg/controller/statefulset/stateful_set_control.go and stateful_set_utils.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { StatefulSetSpec, StatefulSetStatus } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { PodId } from '../../state/ids.js'
import { isAvailable } from '../pod-availability.js'
import { isRunningAndReady, revisionNameOf } from './stateful-pods.js'

export interface StatusInput {
  readonly state: ClusterState
  readonly clock: WallClock
  readonly now: SimTime
  readonly minReadySeconds: number
  readonly pods: readonly PodId[]
}

/** The status with its counts taken from the pods; revisions and the rest stay. */
export function countPods(status: StatefulSetStatus, input: StatusInput): StatefulSetStatus {
  const { state, clock, now, minReadySeconds, pods: members } = input
  const { pods } = state
  let ready = 0
  let available = 0
  let current = 0
  let updated = 0
  for (const pod of members) {
    if (isRunningAndReady(pods, pod)) {
      ready++
      if (isAvailable(pods, pod, minReadySeconds, clock, now)) available++
    }
    if (pods.isTerminating(pod)) continue
    const revision = revisionNameOf(state, pod)
    if (revision === status.currentRevision) current++
    if (revision === status.updateRevision) updated++
  }
  return {
    ...status,
    replicas: members.length,
    readyReplicas: ready,
    availableReplicas: available,
    currentReplicas: current,
    updatedReplicas: updated,
  }
}

/** When every pod has been updated and is ready, the new revision becomes the current one. */
export function withRolloutCompleted(status: StatefulSetStatus, spec: StatefulSetSpec): StatefulSetStatus {
  const { updatedReplicas, readyReplicas, replicas, updateRevision } = status
  const isComplete =
    spec.updateStrategy.type === 'RollingUpdate' &&
    updatedReplicas === spec.replicas &&
    readyReplicas === spec.replicas &&
    replicas === spec.replicas
  if (!isComplete) return status
  return { ...status, currentReplicas: updatedReplicas, currentRevision: updateRevision }
}

/** Whether writing `next` over `before` would tell anything new. */
export function isNews(before: StatefulSetStatus, next: StatefulSetStatus): boolean {
  return (
    next.observedGeneration > before.observedGeneration ||
    next.replicas !== before.replicas ||
    next.readyReplicas !== before.readyReplicas ||
    next.availableReplicas !== before.availableReplicas ||
    next.currentReplicas !== before.currentReplicas ||
    next.updatedReplicas !== before.updatedReplicas ||
    next.currentRevision !== before.currentRevision ||
    next.updateRevision !== before.updateRevision
  )
}
