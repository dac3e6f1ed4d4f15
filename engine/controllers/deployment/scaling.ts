/**
 * Scaling outside a rollout: the size of the Deployment has changed, or it is paused. During a rollout the change is
 * shared out among the ReplicaSets in proportion to their sizes.
 *
 * Upstream: pkg/controller/deployment/sync.go sync, scale, isScalingEvent; deployment_util.go
 * GetReplicaSetProportion (1.36).
 * Simplified: nothing known.
 */

import { cleanUp } from './cleanup.js'
import type { DeploymentSync } from './deployment-sync.js'
import { maxSurgeOf } from './fenceposts.js'
import { syncRevision } from './new-replica-set.js'
import { writeStatusIfChanged } from './progress.js'
import {
  activeOf,
  byCreation,
  bySizeNewer,
  bySizeOlder,
  type ReplicaSets,
  type ReplicaSetView,
  wantedReplicas,
} from './replica-set-view.js'
import { DESIRED_REPLICAS, MAX_REPLICAS, replicasAnnotation } from './revisions.js'

/** A ReplicaSet remembers another size of the Deployment than the present one. */
export function isScalingEvent(sync: DeploymentSync, replicaSets: readonly ReplicaSetView[]): boolean {
  const { newest, old } = syncRevision(sync, replicaSets, false)
  if (newest !== undefined && remembersOtherSize(sync, newest)) return true
  for (const replicaSet of old) if (remembersOtherSize(sync, replicaSet)) return true
  return false
}

function remembersOtherSize(sync: DeploymentSync, { spec, annotations }: ReplicaSetView): boolean {
  if (spec.replicas === 0) return false
  const desired = replicasAnnotation(annotations, DESIRED_REPLICAS)
  return desired !== undefined && desired !== sync.spec.replicas
}

/** Scales without rolling out anything. */
export function scaleOnly(sync: DeploymentSync, replicaSets: readonly ReplicaSetView[]): void {
  const sets = syncRevision(sync, replicaSets, false)
  if (sync.failed) return
  scale(sync, sets)
  if (sync.failed) return
  if (sync.spec.paused) cleanUp(sync, sets.old)
  writeStatusIfChanged(sync, sets)
}

function scale(sync: DeploymentSync, { newest, old }: ReplicaSets): void {
  const { spec } = sync
  const newestFirst = old.toSorted((a, b) => byCreation(b, a))
  const all = newest === undefined ? newestFirst : [...newestFirst, newest]
  const active = activeOf(all)
  if (active.length < 2) {
    const only = active[0] ?? newest ?? newestFirst[0]
    if (only !== undefined && only.spec.replicas !== spec.replicas) sync.scale(only, spec.replicas)
    return
  }
  if (newest !== undefined && isSaturated(sync, newest)) {
    for (const replicaSet of activeOf(newestFirst)) sync.scale(replicaSet, 0)
    return
  }
  if (spec.strategy.type === 'RollingUpdate') scaleProportionally(sync, active)
}

/** The newest ReplicaSet has all the pods the Deployment wants, and they are available. */
function isSaturated({ spec }: DeploymentSync, newest: ReplicaSetView): boolean {
  return (
    newest.spec.replicas === spec.replicas &&
    replicasAnnotation(newest.annotations, DESIRED_REPLICAS) === spec.replicas &&
    newest.status.availableReplicas === spec.replicas
  )
}

function scaleProportionally(sync: DeploymentSync, active: readonly ReplicaSetView[]): void {
  const { spec } = sync
  const allowed = spec.replicas > 0 ? spec.replicas + maxSurgeOf(spec) : 0
  const toAdd = allowed - wantedReplicas(active)
  let ordered = active
  // Growing starts with the newest, shrinking with the oldest, so that what is left over lands there.
  if (toAdd > 0) ordered = active.toSorted(bySizeNewer)
  else if (toAdd < 0) ordered = active.toSorted(bySizeOlder)
  let added = 0
  const sizes = ordered.map(replicaSet => {
    const share = proportionOf(sync, replicaSet, toAdd, added)
    added += share
    return replicaSet.spec.replicas + share
  })
  if (toAdd !== 0) sizes[0] = Math.max(0, sizes[0] + toAdd - added)
  ordered.forEach((replicaSet, i) => {
    if (!sync.failed) sync.scale(replicaSet, sizes[i])
  })
}

function proportionOf(
  sync: DeploymentSync,
  replicaSet: ReplicaSetView,
  toAdd: number,
  added: number,
): number {
  if (replicaSet.spec.replicas === 0 || toAdd === 0 || toAdd === added) return 0
  const share = fractionOf(sync, replicaSet)
  const left = toAdd - added
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left)
}

/** What keeps the ReplicaSet's share of the Deployment the same as before it was scaled. */
function fractionOf({ spec, status }: DeploymentSync, { spec: own, annotations }: ReplicaSetView): number {
  if (spec.replicas === 0) return -own.replicas
  const maxReplicas = spec.replicas + maxSurgeOf(spec)
  const annotated = replicasAnnotation(annotations, MAX_REPLICAS) ?? 0
  const before = annotated === 0 ? status.replicas : annotated
  if (before === 0) return 0
  return roundHalfAway((own.replicas * maxReplicas) / before) - own.replicas
}

function roundHalfAway(value: number): number {
  return value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5)
}
