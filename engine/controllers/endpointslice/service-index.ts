/**
 * The slices of each Service by its name, as the labels of the slices say it.
 * Upstream: the listers' label selector of endpointslice_controller.go syncService (1.36).
 * Simplified: nothing known.
 */

import { NEVER } from '../../kernel/time.js'
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../../model/services.js'
import { Change } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'

export class ServiceIndex {
  readonly #state: ClusterState
  readonly #managedBy: string
  readonly #byService = new Map<string, Set<ObjectId>>()
  readonly #kept = new Map<ObjectId, string>()

  constructor(state: ClusterState, managedBy: string) {
    this.#state = state
    this.#managedBy = managedBy
    for (const id of state.objects.ofKind('EndpointSlice')) this.#update(id)
  }

  /**
   * Slices of the Service that this controller manages, those deleted a moment ago too, in no order: the same set at
   * every call, which changes with what is listed.
   */
  all(namespace: string, service: string): ReadonlySet<ObjectId> {
    return this.#setOf(`${namespace}/${service}`)
  }

  /** Slices that this controller manages and nobody has deleted, in order of names. */
  of(namespace: string, service: string): ObjectId[] {
    const { objects } = this.#state
    const found: ObjectId[] = []
    for (const id of this.#byService.get(`${namespace}/${service}`) ?? []) {
      if (objects.exists(id) && objects.get(id).meta.deletionAt === NEVER) found.push(id)
    }
    return found.sort((a, b) => (objects.get(a).meta.name < objects.get(b).meta.name ? -1 : 1))
  }

  /** The Service that a slice belongs to; undefined when this controller does not manage it. */
  serviceOf(id: ObjectId): string | undefined {
    const { labels } = this.#state.objects.get(id).meta
    return labels[MANAGED_BY_LABEL] === this.#managedBy ? labels[SERVICE_NAME_LABEL] : undefined
  }

  /** Takes in a change of these fields; only some say anything about where a slice belongs. */
  changed(id: ObjectId, fields: number): void {
    if ((fields & (Change.Added | Change.Deleted | Change.Labels)) !== 0) this.#update(id)
  }

  #update(id: ObjectId): void {
    const before = this.#kept.get(id)
    if (before !== undefined) {
      this.#byService.get(before)?.delete(id)
      this.#kept.delete(id)
    }
    const { objects } = this.#state
    if (!objects.exists(id)) return
    const service = this.serviceOf(id)
    if (service === undefined) return
    const key = `${objects.get(id).meta.namespace}/${service}`
    this.#setOf(key).add(id)
    this.#kept.set(id, key)
  }

  #setOf(key: string): Set<ObjectId> {
    let set = this.#byService.get(key)
    if (set === undefined) {
      set = new Set()
      this.#byService.set(key, set)
    }
    return set
  }
}
