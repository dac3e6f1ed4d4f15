/**
 * A ReplicaSet as one sync of a Deployment sees it: what it was when the sync began, or what the sync's own write made
 * of it. Views are never changed, so a sync works on what it has read, as upstream's copies do.
 *
 * Upstream: pkg/controller/controller_utils.go (sort orders), pkg/controller/deployment/util/deployment_util.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { Labels } from '../../model/pod-spec.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { ReplicaSetSpec, ReplicaSetStatus } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'

export interface ReplicaSetView {
  readonly id: ObjectId
  readonly name: string
  readonly uid: number
  /** In whole seconds, as the API keeps it. */
  readonly createdAt: SimTime
  readonly isDeleting: boolean
  readonly generation: number
  readonly annotations: Labels
  readonly spec: ReplicaSetSpec
  readonly status: ReplicaSetStatus
}

/** Those of one Deployment. */
export interface ReplicaSets {
  /** Of the present template; undefined while it does not exist. */
  readonly newest: ReplicaSetView | undefined
  /** All others, oldest first. */
  readonly old: readonly ReplicaSetView[]
}

export function allOf({ newest, old }: ReplicaSets): readonly ReplicaSetView[] {
  return newest === undefined ? old : [...old, newest]
}

export function viewOf(state: ClusterState, id: ObjectId, clock: WallClock): ReplicaSetView {
  const { meta, spec, status } = state.objects.get<ReplicaSetSpec, ReplicaSetStatus>(id)
  return {
    id,
    name: meta.name,
    uid: meta.uid,
    createdAt: clock.wholeSecond(meta.createdAt),
    isDeleting: meta.deletionAt !== NEVER,
    generation: meta.generation,
    annotations: meta.annotations,
    spec,
    status,
  }
}

/** Oldest first; of equal age by name. */
export function byCreation(a: ReplicaSetView, b: ReplicaSetView): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}

/** Largest first; of equal size the newest. */
export function bySizeNewer(a: ReplicaSetView, b: ReplicaSetView): number {
  return b.spec.replicas - a.spec.replicas || byCreation(b, a)
}

/** Largest first; of equal size the oldest. */
export function bySizeOlder(a: ReplicaSetView, b: ReplicaSetView): number {
  return b.spec.replicas - a.spec.replicas || byCreation(a, b)
}

/** Those that want pods. */
export function activeOf(replicaSets: readonly ReplicaSetView[]): ReplicaSetView[] {
  return replicaSets.filter(({ spec }) => spec.replicas > 0)
}

/** Pods the ReplicaSets want. */
export function wantedReplicas(replicaSets: readonly ReplicaSetView[]): number {
  let sum = 0
  for (const { spec } of replicaSets) sum += spec.replicas
  return sum
}

/** Pods the ReplicaSets have. */
export function actualReplicas(replicaSets: readonly ReplicaSetView[]): number {
  let sum = 0
  for (const { status } of replicaSets) sum += status.replicas
  return sum
}

export function readyReplicas(replicaSets: readonly ReplicaSetView[]): number {
  let sum = 0
  for (const { status } of replicaSets) sum += status.readyReplicas
  return sum
}

export function availableReplicas(replicaSets: readonly ReplicaSetView[]): number {
  let sum = 0
  for (const { status } of replicaSets) sum += status.availableReplicas
  return sum
}

/** Of those that report any; undefined while none does. */
export function terminatingReplicas(replicaSets: readonly ReplicaSetView[]): number | undefined {
  let sum: number | undefined
  for (const { status } of replicaSets) {
    if (status.terminatingReplicas !== undefined) sum = (sum ?? 0) + status.terminatingReplicas
  }
  return sum
}
