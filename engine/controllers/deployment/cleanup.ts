/**
 * Removes the oldest ReplicaSets beyond revisionHistoryLimit, those that are empty and settled.
 *
 * Upstream: pkg/controller/deployment/sync.go cleanupDeployment (1.36).
 * Simplified: nothing known.
 */
import type { DeploymentSync } from './deployment-sync.js'
import { byCreation, type ReplicaSetView } from './replica-set-view.js'
import { revisionOf } from './revisions.js'

export function cleanUp(sync: DeploymentSync, old: readonly ReplicaSetView[]): void {
  if (!sync.hasHistoryLimit) return
  const alive = old.filter(({ isDeleting }) => !isDeleting)
  const surplus = alive.length - sync.spec.revisionHistoryLimit
  if (surplus <= 0) return
  for (const replicaSet of alive.toSorted(byRevision).slice(0, surplus)) {
    const { spec, status, generation } = replicaSet
    if (status.replicas !== 0 || spec.replicas !== 0 || generation > status.observedGeneration) continue
    sync.deleteReplicaSet(replicaSet)
  }
}

function byRevision(a: ReplicaSetView, b: ReplicaSetView): number {
  const revisionA = revisionOf(a.annotations)
  const revisionB = revisionOf(b.annotations)
  if (revisionA === undefined || revisionB === undefined) return byCreation(a, b)
  return revisionA - revisionB || byCreation(a, b)
}
