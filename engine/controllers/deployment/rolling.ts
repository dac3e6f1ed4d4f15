/**
 * A rolling update, one step a sync: grow the newest ReplicaSet as far as maxSurge allows, or shrink the old ones as
 * far as maxUnavailable allows, pods that are not healthy first.
 *
 * Upstream: pkg/controller/deployment/rolling.go (1.36).
 * Simplified: after a ReplicaSet was created its key comes back for the rest of the step.
 */
import { cleanUp, mayHaveSurplus } from './cleanup.js'
import type { DeploymentSync } from './deployment-sync.js'
import { maxUnavailableOf } from './fenceposts.js'
import { newestReplicas, syncRevision } from './new-replica-set.js'
import { isComplete, outlookOf, syncRolloutStatus } from './progress.js'
import {
  activeOf,
  availableReplicas,
  byCreation,
  type ReplicaSets,
  type ReplicaSetView,
  wantedReplicas,
} from './replica-set-view.js'

export function rolloutRolling(sync: DeploymentSync, replicaSets: readonly ReplicaSetView[]): void {
  const sets = syncRevision(sync, replicaSets, true)
  const { newest, old } = sets
  if (sync.failed || newest === undefined) return
  const isCreated = !replicaSets.some(({ id }) => id === newest.id)
  // What is scaled next is asked for when the creation has been answered; the new ReplicaSet brings the key back.
  if (isCreated && activeOf(old).length > 0 && sync.context.client.latency > 0) return
  const isScaled = scaleNewest(sync, newest, old) || scaleOld(sync, newest, old)
  if (sync.failed) return
  if (!isScaled && isComplete(sync, sync.status)) cleanUp(sync, old)
  const hasWritten = sync.writes > 0
  syncRolloutStatus(sync, sets)
  if (!hasWritten && !mayHaveSurplus(sync, old)) sync.outlook = outlookOf(sync)
}

function scaleNewest(sync: DeploymentSync, newest: ReplicaSetView, old: ReplicaSets['old']): boolean {
  const present = newest.spec.replicas
  if (present === sync.spec.replicas) return false
  const replicas = present > sync.spec.replicas ? sync.spec.replicas : newestReplicas(sync, old, newest)
  if (replicas === present) return false
  sync.scale(newest, replicas)
  return true
}

function scaleOld(sync: DeploymentSync, newest: ReplicaSetView, old: ReplicaSets['old']): boolean {
  const active = activeOf(old)
  if (active.length === 0) return false
  const minAvailable = sync.spec.replicas - maxUnavailableOf(sync.spec)
  const newestUnavailable = newest.spec.replicas - newest.status.availableReplicas
  const total = wantedReplicas(old) + newest.spec.replicas
  const maxScaledDown = total - minAvailable - newestUnavailable
  if (maxScaledDown <= 0) return false
  const oldestFirst = active.toSorted(byCreation)
  const unhealthy = removeUnhealthy(sync, oldestFirst, maxScaledDown)
  if (unhealthy === undefined) return false
  const { left, count } = unhealthy
  const available = availableReplicas(left) + newest.status.availableReplicas
  return count + removeHealthy(sync, left, available - minAvailable) > 0
}

/**
 * Pods that are not available do not help availability, and could hold the rollout up for ever. Undefined when a
 * status still shows more available pods than its ReplicaSet wants: then nothing more is scaled in this sync.
 */
function removeUnhealthy(
  sync: DeploymentSync,
  oldestFirst: readonly ReplicaSetView[],
  most: number,
): { readonly left: readonly ReplicaSetView[]; readonly count: number } | undefined {
  const left = [...oldestFirst]
  let count = 0
  for (const [i, replicaSet] of oldestFirst.entries()) {
    if (count >= most) break
    const surplus = replicaSet.spec.replicas - replicaSet.status.availableReplicas
    if (surplus === 0) continue
    if (surplus < 0) return undefined
    const removed = Math.min(most - count, surplus)
    left[i] = sync.scale(replicaSet, replicaSet.spec.replicas - removed)
    count += removed
  }
  return { left, count }
}

function removeHealthy(sync: DeploymentSync, oldestFirst: readonly ReplicaSetView[], most: number): number {
  let count = 0
  for (const replicaSet of oldestFirst) {
    if (count >= most) break
    if (replicaSet.spec.replicas === 0) continue
    const removed = Math.min(replicaSet.spec.replicas, most - count)
    sync.scale(replicaSet, replicaSet.spec.replicas - removed)
    count += removed
  }
  return count
}
