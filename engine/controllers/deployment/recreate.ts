/**
 * The Recreate strategy: all old pods go, and only when their objects are gone the new ones are created.
 *
 * Upstream: pkg/controller/deployment/recreate.go (1.36).
 * Simplified: nothing known.
 */
import { NONE, type ObjectId, type PodId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import { cleanUp } from './cleanup.js'
import type { DeploymentSync } from './deployment-sync.js'
import { syncRevision } from './new-replica-set.js'
import { isComplete, syncRolloutStatus } from './progress.js'
import { activeOf, actualReplicas, type ReplicaSetView } from './replica-set-view.js'

export function rolloutRecreate(sync: DeploymentSync, replicaSets: readonly ReplicaSetView[]): void {
  let sets = syncRevision(sync, replicaSets, false)
  if (sync.failed) return
  const activeOld = activeOf(sets.old)
  if (activeOld.length > 0) {
    for (const replicaSet of activeOld) if (!sync.failed) sync.scale(replicaSet, 0)
    if (!sync.failed) syncRolloutStatus(sync, sets)
    return
  }
  if (areOldPodsRunning(sync, replicaSets, sets.newest, sets.old)) {
    syncRolloutStatus(sync, sets)
    return
  }
  if (sets.newest === undefined) sets = syncRevision(sync, replicaSets, true)
  const { newest } = sets
  if (sync.failed || newest === undefined) return
  if (newest.spec.replicas !== sync.spec.replicas) sync.scale(newest, sync.spec.replicas)
  if (sync.failed) return
  if (isComplete(sync, sync.status)) cleanUp(sync, sets.old)
  syncRolloutStatus(sync, sets)
}

/** A pod counts until its object is gone, unless it has finished; so does one a status still shows. */
function areOldPodsRunning(
  { context }: DeploymentSync,
  replicaSets: readonly ReplicaSetView[],
  newest: ReplicaSetView | undefined,
  old: readonly ReplicaSetView[],
): boolean {
  if (actualReplicas(old) > 0) return true
  const { pods } = context.state
  return replicaSets.some(({ id, uid }) => {
    if (uid === newest?.uid) return false
    return somePod(context, id, pod => !pods.isFinished(pod))
  })
}

/** Whether the ReplicaSet has a pod, that the informer knows, with this property. */
export function somePod(
  { state, informer }: ControllerContext,
  replicaSet: ObjectId,
  has: (pod: PodId) => boolean,
): boolean {
  const { firstPod } = state.objects
  const { nextOfOwner, createdSequence } = state.pods
  for (let pod = firstPod[replicaSet]; pod !== NONE; pod = nextOfOwner[pod]) {
    if (informer.sees(createdSequence[pod], 0) && has(pod as PodId)) return true
  }
  return false
}
