/**
 * The ReplicaSets of a Deployment: its own that the selector still matches, and those without a controller that it
 * matches, which are adopted. Own ones it does not match any more are released.
 *
 * Upstream: pkg/controller/controller_ref_manager.go ReplicaSetControllerRefManager (1.36).
 * Simplified: nothing known.
 */
import { Result } from '../../apiserver/result.js'
import { NEVER } from '../../kernel/time.js'
import type { OwnerReference } from '../../model/api-object.js'
import type { ObjectId } from '../../state/ids.js'
import type { LabelMatcher } from '../label-matches.js'
import type { DeploymentSync } from './deployment-sync.js'
import type { ReplicaSetView } from './replica-set-view.js'

const KIND = 'ReplicaSet'

export function claimReplicaSets(sync: DeploymentSync, matcher: LabelMatcher): ReplicaSetView[] {
  const { owned, state } = sync.context
  const { isDeleting } = sync
  const claimed: ReplicaSetView[] = []
  for (const id of owned.of(sync.uid, KIND)) {
    if (matcher.matchesLabels(state.objects.get(id).meta.labels)) claimed.push(sync.view(id))
    else if (!isDeleting) setOwners(sync, id, owners => owners.filter(owner => owner.uid !== sync.uid))
  }
  if (!isDeleting) {
    for (const id of owned.orphans(KIND, sync.namespace)) {
      const { meta } = state.objects.get(id)
      if (meta.deletionAt !== NEVER || !matcher.matchesLabels(meta.labels)) continue
      if (setOwners(sync, id, owners => [...owners, ownReference(sync)])) claimed.push(sync.view(id))
    }
  }
  return claimed
}

function setOwners(
  sync: DeploymentSync,
  id: ObjectId,
  change: (owners: readonly OwnerReference[]) => readonly OwnerReference[],
): boolean {
  const { context } = sync
  if (!context.state.objects.exists(id)) return false
  const owners = change(context.state.objects.get(id).meta.owners)
  sync.writes++
  context.charge()
  return context.api.objects.update(id, { owners }) === Result.Ok
}

/** What a ReplicaSet's owner references say of its Deployment. */
export function ownReference({ name, uid }: DeploymentSync): OwnerReference {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true }
}
