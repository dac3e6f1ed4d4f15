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
  for (let i = 0; i < owners.length; i++) if (owners[i].controller) return owners[i]
  return undefined
}

/** Objects that have the same controller, or none. */
interface Group {
  readonly ids: Set<ObjectId>
  /** Those of the kind that was asked for last, in order of names; kept until one comes or goes. */
  listed: readonly ObjectId[] | undefined
  kind: string
}

const NO_OBJECTS: readonly ObjectId[] = []

export class OwnedObjects {
  readonly #state: ClusterState
  readonly #byOwner = new Map<number, Group>()
  /** By kind and namespace. */
  readonly #orphans = new Map<string, Map<string, Group>>()
  /** The group each object lies in, by row. */
  readonly #kept: (Group | undefined)[] = []

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

  /** What the object of this UID controls, of one kind, in order of names. The list is another after a change. */
  of(ownerUid: number, kind: string): readonly ObjectId[] {
    const group = this.#byOwner.get(ownerUid)
    return group === undefined ? NO_OBJECTS : this.#list(group, kind)
  }

  /** Objects of the kind in the namespace that nobody controls, in order of names. */
  orphans(kind: string, namespace: string): readonly ObjectId[] {
    const group = this.#orphans.get(kind)?.get(namespace)
    return group === undefined ? NO_OBJECTS : this.#list(group, kind)
  }

  #list(group: Group, kind: string): readonly ObjectId[] {
    if (group.listed !== undefined && group.kind === kind) return group.listed
    const { objects } = this.#state
    const found: ObjectId[] = []
    for (const id of group.ids) if (objects.get(id).kind === kind) found.push(id)
    if (found.length > 1) found.sort((a, b) => (objects.get(a).meta.name < objects.get(b).meta.name ? -1 : 1))
    group.listed = found
    group.kind = kind
    return found
  }

  #update(id: ObjectId): void {
    this.#remove(id)
    const { kind, meta } = this.#state.objects.get(id)
    const controller = controllerOf(meta.owners)
    const group =
      controller === undefined
        ? groupOf(groupsOf(this.#orphans, kind), meta.namespace)
        : groupOf(this.#byOwner, controller.uid)
    group.ids.add(id)
    group.listed = undefined
    this.#kept[id] = group
  }

  #remove(id: ObjectId): void {
    const group = this.#kept[id]
    if (group === undefined) return
    group.ids.delete(id)
    group.listed = undefined
    this.#kept[id] = undefined
  }
}

function groupsOf(orphans: Map<string, Map<string, Group>>, kind: string): Map<string, Group> {
  let groups = orphans.get(kind)
  if (groups === undefined) {
    groups = new Map()
    orphans.set(kind, groups)
  }
  return groups
}

function groupOf<Key>(groups: Map<Key, Group>, key: Key): Group {
  let group = groups.get(key)
  if (group === undefined) {
    group = { ids: new Set(), listed: undefined, kind: '' }
    groups.set(key, group)
  }
  return group
}
