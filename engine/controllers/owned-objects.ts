/**
 * Objects by the one that controls them: the ReplicaSets of a Deployment, the Jobs of a CronJob; and those of a kind
 * that nobody controls. Kept from the watch, so an object is listed when the informer has seen it.
 *
 * Upstream: the controller-UID indexes of pkg/controller (replicaset, cronjob, controller_utils.go, 1.36).
 * Simplified: lists are in order of names, where upstream's order is that of a hash map.
 */
import type { OwnerReference } from '../model/api-object.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { ObjectId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'

/** The reference that says who controls an object. */
export function controllerOf(owners: readonly OwnerReference[]): OwnerReference | undefined {
  return owners.find(owner => owner.controller)
}

export class OwnedObjects {
  readonly #state: ClusterState
  readonly #byOwner = new Map<number, Set<ObjectId>>()
  readonly #orphans = new Map<string, Set<ObjectId>>()
  /** The set each object lies in. */
  readonly #kept = new Map<ObjectId, Set<ObjectId>>()

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    const { objects } = state
    for (let id = 0; id < objects.highWater; id++)
      if (objects.exists(id as ObjectId)) this.#update(id as ObjectId)
    const fields = Change.Added | Change.Deleted | Change.Ownership
    informer.subscribe(Source.Objects, fields, (id, changed) => {
      if ((changed & Change.Deleted) !== 0) this.#remove(id as ObjectId)
      else this.#update(id as ObjectId)
    })
  }

  /** What the object of this UID controls, of one kind, in order of names. */
  of(ownerUid: number, kind: string): ObjectId[] {
    return this.#list(this.#byOwner.get(ownerUid), kind)
  }

  /** Objects of the kind in the namespace that nobody controls, in order of names. */
  orphans(kind: string, namespace: string): ObjectId[] {
    return this.#list(this.#orphans.get(`${kind}/${namespace}`), kind)
  }

  #list(ids: ReadonlySet<ObjectId> | undefined, kind: string): ObjectId[] {
    if (ids === undefined || ids.size === 0) return []
    const { objects } = this.#state
    const found: ObjectId[] = []
    for (const id of ids) if (objects.get(id).kind === kind) found.push(id)
    return found.length < 2
      ? found
      : found.sort((a, b) => (objects.get(a).meta.name < objects.get(b).meta.name ? -1 : 1))
  }

  #update(id: ObjectId): void {
    this.#remove(id)
    const { kind, meta } = this.#state.objects.get(id)
    const controller = controllerOf(meta.owners)
    const set =
      controller === undefined
        ? setOf(this.#orphans, `${kind}/${meta.namespace}`)
        : setOf(this.#byOwner, controller.uid)
    set.add(id)
    this.#kept.set(id, set)
  }

  #remove(id: ObjectId): void {
    this.#kept.get(id)?.delete(id)
    this.#kept.delete(id)
  }
}

function setOf<Key>(sets: Map<Key, Set<ObjectId>>, key: Key): Set<ObjectId> {
  let set = sets.get(key)
  if (set === undefined) {
    set = new Set()
    sets.set(key, set)
  }
  return set
}
