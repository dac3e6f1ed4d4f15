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
  if (!mayHaveSurplus(sync, old)) return
  const alive = old.filter(({ isDeleting }) => !isDeleting)
  const surplus = alive.length - sync.spec.revisionHistoryLimit
  for (const replicaSet of alive.toSorted(byRevision).slice(0, surplus)) {
    const { spec, status, generation } = replicaSet
    if (status.replicas !== 0 || spec.replicas !== 0 || generation > status.observedGeneration) continue
    sync.deleteReplicaSet(replicaSet)
  }
}

/** False: there is nothing to clean up, whatever becomes of the status. */
export function mayHaveSurplus(sync: DeploymentSync, old: readonly ReplicaSetView[]): boolean {
  return sync.hasHistoryLimit && old.length > sync.spec.revisionHistoryLimit
}

function byRevision(a: ReplicaSetView, b: ReplicaSetView): number {
  const revisionA = revisionOf(a.annotations)
  const revisionB = revisionOf(b.annotations)
  if (revisionA === undefined || revisionB === undefined) return byCreation(a, b)
  return revisionA - revisionB || byCreation(a, b)
}
