/**
 * Owner references of pods. Nearly every pod has one controlling owner, which the pod table keeps; what else there is
 * (several owners, pods or nodes as owners, owners that do not exist) is kept here.
 *
 * Upstream: metadata.ownerReferences of staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { OwnerReference } from '../model/api-object.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type ObjectId, type PodId } from '../state/ids.js'

const NO_OWNERS: readonly OwnerReference[] = []

export class PodReferences {
  readonly #state: ClusterState
  readonly #others = new Map<PodId, readonly OwnerReference[]>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(pod: PodId): readonly OwnerReference[] {
    const others = this.#others.get(pod)
    if (others !== undefined) return others
    const owner = this.#state.pods.owner[pod] as ObjectId
    if (owner === NONE) return NO_OWNERS
    const object = this.#state.objects.object[owner]
    // The row of an owner that has gone lives as long as its pods do.
    if (object === undefined) return NO_OWNERS
    const { kind, meta } = object
    return [{ kind, name: meta.name, uid: meta.uid, controller: true, blockOwnerDeletion: true }]
  }

  /** Whether the owners are more than the one the pod table names. */
  hasOthers(pod: PodId): boolean {
    return this.#others.has(pod)
  }

  /** Keeps what the pod table cannot say. */
  keep(pod: PodId, owners: readonly OwnerReference[]): void {
    const controller = this.controllerAmong(owners)
    if (owners.length === 0 || (owners.length === 1 && controller !== NONE)) this.#others.delete(pod)
    else this.#others.set(pod, owners)
  }

  drop(pod: PodId): void {
    this.#others.delete(pod)
  }

  /** The controlling owner as a row of the object table, NONE when it is none. */
  controllerAmong(owners: readonly OwnerReference[]): ObjectId {
    const controller = owners.find(owner => owner.controller)
    if (controller === undefined) return NONE as ObjectId
    return this.#state.objects.findByUid(controller.uid) ?? (NONE as ObjectId)
  }
}
