/**
 * Why pods of a workload's newest template are not available, in one line: what the API server answered to their
 * creation, or what most of them wait for.
 *
 * Upstream: what `kubectl describe` shows of conditions, pods and their waiting containers.
 * Simplified: one reason stands for all.
 */
import { type Condition, findCondition } from '../model/conditions.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, Phase, type PodId, type ReasonId } from '../state/ids.js'
import type { StoredObject } from '../state/objects.js'

const REVISION = 'deployment.kubernetes.io/revision'

export function whyUnavailable(state: ClusterState, workload: StoredObject): string {
  const { conditions = [] } = workload.status as { readonly conditions?: readonly Condition[] }
  const refused = findCondition(conditions, 'ReplicaFailure')
  if (refused !== undefined) return `${refused.reason}: ${refused.message}`
  const { spec } = workload as StoredObject<{ readonly paused?: boolean }>
  if (spec.paused === true) return 'the rollout is paused'
  const owner = workload.kind === 'Deployment' ? newestReplicaSet(state, workload) : workload
  if (owner === undefined) return 'no pods yet'
  const reasons = new Map<string, number>()
  let pods = 0
  for (let row = state.objects.firstPod[owner.id]; row !== NONE; row = state.pods.nextOfOwner[row]) {
    const pod = row as PodId
    if (state.pods.isTerminating(pod)) continue
    pods++
    const reason = reasonOf(state, pod)
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  let most = ''
  for (const [reason, count] of reasons) if (count > (reasons.get(most) ?? 0)) most = reason
  if (most !== '') return `${reasons.get(most)} of ${pods} pods: ${most}`
  return pods === 0 ? 'no pods yet' : 'pods are to be replaced'
}

/** Undefined: nothing is wrong with the pod. */
function reasonOf({ pods, reasons }: ClusterState, pod: PodId): string | undefined {
  const text = (id: number): string => reasons.get(id as ReasonId)
  const phase = pods.phase[pod]
  if (phase === Phase.Failed) return pods.reason[pod] === NONE ? 'Failed' : text(pods.reason[pod])
  if (pods.waiting[pod] !== NONE) return text(pods.waiting[pod])
  if (pods.node[pod] === NONE) {
    return pods.unschedulableReason[pod] === NONE ? 'not scheduled yet' : text(pods.unschedulableReason[pod])
  }
  if (phase === Phase.Pending) return 'starting'
  return pods.ready[pod] === 1 ? undefined : 'not ready'
}

function newestReplicaSet({ objects }: ClusterState, { meta }: StoredObject): StoredObject | undefined {
  let newest: StoredObject | undefined
  let highest = -1
  for (const id of objects.ofKind('ReplicaSet')) {
    const replicaSet = objects.get(id)
    if (!replicaSet.meta.owners.some(({ uid, controller }) => controller && uid === meta.uid)) continue
    const revision = Number(replicaSet.meta.annotations[REVISION] ?? 0)
    if (revision <= highest) continue
    highest = revision
    newest = replicaSet
  }
  return newest
}
