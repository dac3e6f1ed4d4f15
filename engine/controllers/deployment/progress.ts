/**
 * The status of a Deployment: its sums over the ReplicaSets, whether it has minimum availability, and whether the
 * rollout progresses, is complete, or has taken longer than progressDeadlineSeconds since it last progressed.
 *
 * Upstream: pkg/controller/deployment/progress.go, sync.go calculateStatus, checkPausedConditions (1.36).
 * Simplified: a rollout that was complete and lost pods is looked at again when something changes; upstream asks ten
 * times a second, which cannot find anything before.
 */
import { SECOND } from '../../kernel/time.js'
import {
  type Condition,
  findCondition,
  sameConditions,
  withCondition,
  withoutCondition,
} from '../../model/conditions.js'
import type { DeploymentStatus } from '../../model/workloads.js'
import type { DeploymentSync, Outlook } from './deployment-sync.js'
import { maxUnavailableOf } from './fenceposts.js'
import {
  actualReplicas,
  allOf,
  availableReplicas,
  type ReplicaSets,
  type ReplicaSetView,
  readyReplicas,
  terminatingReplicas,
  wantedReplicas,
} from './replica-set-view.js'

const PROGRESSING = 'Progressing'

/** The status as the ReplicaSets make it, without looking at progress. */
export function calculateStatus(sync: DeploymentSync, sets: ReplicaSets): DeploymentStatus {
  const { spec, status } = sync
  const all = allOf(sets)
  const available = availableReplicas(all)
  const terminating = terminatingReplicas(all)
  const isAvailable = available >= spec.replicas || available >= spec.replicas - maxUnavailableOf(spec)
  const sums = {
    observedGeneration: sync.generation,
    replicas: actualReplicas(all),
    updatedReplicas: sets.newest?.status.replicas ?? 0,
    readyReplicas: readyReplicas(all),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedReplicas(all) - available),
    terminatingReplicas: terminating ?? 0,
    conditions: withAvailable(sync, isAvailable),
  }
  if (terminating !== undefined && status.collisionCount === undefined) return sums
  const { terminatingReplicas: _, conditions, ...others } = sums
  return {
    ...others,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(status.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
    conditions,
  }
}

function withAvailable(sync: DeploymentSync, isAvailable: boolean): readonly Condition[] {
  const { conditions } = sync.status
  const status = isAvailable ? 'True' : 'False'
  const reason = isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable'
  const current = findCondition(conditions, 'Available')
  if (current?.status === status && current.reason === reason) return conditions
  const message = `Deployment ${isAvailable ? 'has' : 'does not have'} minimum availability.`
  return withCondition(conditions, sync.condition('Available', status, reason, message))
}

/** After scaling: the status without a verdict on progress. */
export function writeStatusIfChanged(sync: DeploymentSync, sets: ReplicaSets): void {
  const status = calculateStatus(sync, sets)
  if (sameStatus(sync.status, status)) return
  sync.status = status
  sync.writeStatus()
}

/** During a rollout: the status with the Progressing condition; looks again when the deadline may have passed. */
export function syncRolloutStatus(sync: DeploymentSync, sets: ReplicaSets): void {
  const calculated = calculateStatus(sync, sets)
  let { conditions } = calculated
  if (!sync.hasProgressDeadline) conditions = withoutCondition(conditions, PROGRESSING)
  const current = findCondition(sync.status.conditions, PROGRESSING)
  const isDone =
    calculated.replicas === calculated.updatedReplicas && current?.reason === 'NewReplicaSetAvailable'
  if (sync.hasProgressDeadline && !isDone) {
    conditions = withProgress(sync, sets, withConditions(calculated, conditions), current)
  }
  const failure = replicaFailure(sets)
  conditions =
    failure === undefined
      ? withoutCondition(conditions, 'ReplicaFailure')
      : withCondition(conditions, failure)
  const status = withConditions(calculated, conditions)
  if (sameStatus(sync.status, status)) {
    requeueStuck(sync, status)
    return
  }
  sync.status = status
  sync.writeStatus()
}

function withConditions(status: DeploymentStatus, conditions: readonly Condition[]): DeploymentStatus {
  return conditions === status.conditions ? status : Object.assign({}, status, { conditions })
}

function withProgress(
  sync: DeploymentSync,
  { newest }: ReplicaSets,
  status: DeploymentStatus,
  current: Condition | undefined,
): readonly Condition[] {
  const subject = newest === undefined ? `Deployment "${sync.name}"` : `ReplicaSet "${newest.name}"`
  const { conditions } = status
  if (isComplete(sync, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(conditions, sync.condition(PROGRESSING, 'True', 'NewReplicaSetAvailable', message))
  }
  if (hasProgressed(sync.status, status)) {
    const message = `${subject} is progressing.`
    const updated = sync.condition(PROGRESSING, 'True', 'ReplicaSetUpdated', message)
    // The time of the update moves with each step of progress, so the condition is replaced even when it is equal.
    const { lastTransitionTime } = current?.status === 'True' ? current : updated
    return withCondition(withoutCondition(conditions, PROGRESSING), { ...updated, lastTransitionTime })
  }
  if (isTimedOut(sync, status)) {
    const message = `${subject} has timed out progressing.`
    return withCondition(
      conditions,
      sync.condition(PROGRESSING, 'False', 'ProgressDeadlineExceeded', message),
    )
  }
  return conditions
}

/** All pods are of the newest template and available, and the status is about the present spec. */
export function isComplete({ spec, generation }: DeploymentSync, status: DeploymentStatus): boolean {
  return (
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas &&
    status.observedGeneration >= generation
  )
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  return (
    after.updatedReplicas > before.updatedReplicas ||
    after.replicas - after.updatedReplicas < before.replicas - before.updatedReplicas ||
    after.readyReplicas > before.readyReplicas ||
    after.availableReplicas > before.availableReplicas
  )
}

function isTimedOut(sync: DeploymentSync, status: DeploymentStatus): boolean {
  const condition = findCondition(status.conditions, PROGRESSING)
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return deadlineOf(sync, condition) < sync.now
}

function deadlineOf({ spec }: DeploymentSync, condition: Condition): number {
  return (condition.lastUpdateTime ?? 0) + spec.progressDeadlineSeconds * SECOND
}

/**
 * What the next sync would do if it found what this one left, which scaled nothing and wrote only the status. Sums and
 * availability follow from the ReplicaSets; a rollout that is done stays done; so what is left is {@link requeueStuck}.
 */
export function outlookOf(sync: DeploymentSync): Outlook {
  const { status } = sync
  if (!sync.hasProgressDeadline) return 'nothing'
  const current = findCondition(status.conditions, PROGRESSING)
  if (current?.reason !== 'NewReplicaSetAvailable' || status.replicas !== status.updatedReplicas)
    return 'open'
  if (isComplete(sync, status)) return 'nothing'
  return deadlineOf(sync, current) - sync.now < SECOND ? 'retry in vain' : 'open'
}

/** Nothing changed, so nothing will call again: the deadline itself must. */
function requeueStuck(sync: DeploymentSync, status: DeploymentStatus): void {
  const current = findCondition(sync.status.conditions, PROGRESSING)
  if (!sync.hasProgressDeadline || current === undefined) return
  if (isComplete(sync, status) || current.reason === 'ProgressDeadlineExceeded') return
  const left = deadlineOf(sync, current) - sync.now
  const { queue } = sync.context
  // One second more, or the check could come a moment too early.
  if (left >= SECOND) queue.addAfter(sync.id, left + SECOND)
  else if (current.reason === 'NewReplicaSetAvailable') queue.addInVain(sync.id)
  else queue.addRateLimited(sync.id)
}

/** Pausing suspends the verdict on progress, resuming starts it anew. */
export function checkPausedConditions(sync: DeploymentSync): void {
  if (!sync.hasProgressDeadline) return
  const current = findCondition(sync.status.conditions, PROGRESSING)
  if (current?.reason === 'ProgressDeadlineExceeded') return
  const isKnownPaused = current?.reason === 'DeploymentPaused'
  if (sync.spec.paused === isKnownPaused) return
  sync.setCondition(
    sync.spec.paused
      ? sync.condition(PROGRESSING, 'Unknown', 'DeploymentPaused', 'Deployment is paused')
      : sync.condition(PROGRESSING, 'Unknown', 'DeploymentResumed', 'Deployment is resumed'),
  )
  sync.writeStatus()
}

/** The failure of the newest ReplicaSet, or else of the first old one that has any. */
function replicaFailure({ newest, old }: ReplicaSets): Condition | undefined {
  let failure = newest === undefined ? undefined : failureOf(newest)
  for (let i = 0; i < old.length && failure === undefined; i++) failure = failureOf(old[i])
  if (failure === undefined) return undefined
  return { ...failure, lastUpdateTime: failure.lastTransitionTime }
}

function failureOf({ status }: ReplicaSetView): Condition | undefined {
  return findCondition(status.conditions, 'ReplicaFailure')
}

function sameStatus(a: DeploymentStatus, b: DeploymentStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    a.replicas === b.replicas &&
    a.updatedReplicas === b.updatedReplicas &&
    a.readyReplicas === b.readyReplicas &&
    a.availableReplicas === b.availableReplicas &&
    a.unavailableReplicas === b.unavailableReplicas &&
    a.terminatingReplicas === b.terminatingReplicas &&
    a.collisionCount === b.collisionCount &&
    sameConditions(a.conditions, b.conditions)
  )
}
