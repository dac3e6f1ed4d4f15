/**
 * What a controller knows of one Service since its last sync: which slice each endpoint is in, and which pods have
 * changed meanwhile. It saves the next sync from looking at all pods, and is made anew after a change by somebody else.
 *
 * Upstream: none; endpointslice_controller.go lists all pods of the Service at every sync (1.36).
 * Simplified: nothing known.
 */
import { NEVER } from '../../kernel/time.js'
import type { Labels } from '../../model/pod-spec.js'
import type { Endpoint, EndpointSliceSpec, ServiceSpec } from '../../model/services.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId, PodId, TemplateId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import { type GroupPorts, portsKey, portsOf } from './service-ports.js'

export interface LedgerSlice {
  readonly id: ObjectId
  readonly name: string
  readonly resourceVersion: number
  readonly spec: EndpointSliceSpec
}

/** Slices of the same ports, by name, and how many endpoints they hold. */
export interface LedgerGroup {
  readonly slices: LedgerSlice[]
  endpoints: number
}

interface Kept {
  slice: LedgerSlice
  readonly key: string
}

export class ServiceLedger {
  /** Labels of all slices. */
  readonly labels: Labels
  readonly groups = new Map<string, LedgerGroup>()
  /** Pods to look at, by UID: changed since the last sync, or left out at it. */
  readonly changed = new Map<number, PodId>()
  readonly #state: ClusterState
  readonly #spec: ServiceSpec
  readonly #serviceLabels: Labels
  readonly #kept = new Map<ObjectId, Kept>()
  /** By UID of the pod. */
  readonly #places = new Map<number, Kept>()
  readonly #portsOf = new Map<TemplateId, GroupPorts>()

  constructor(state: ClusterState, service: StoredObject<ServiceSpec>, labels: Labels) {
    this.#state = state
    this.labels = labels
    this.#spec = service.spec
    this.#serviceLabels = service.meta.labels
  }

  /** Whether Service and slices are as they were at the end of the last sync. */
  isCurrent({ spec, meta }: StoredObject<ServiceSpec>, slices: Iterable<ObjectId>): boolean {
    if (spec !== this.#spec || meta.labels !== this.#serviceLabels) return false
    const { objects } = this.#state
    let count = 0
    for (const id of slices) {
      if (!objects.exists(id)) continue
      const { deletionAt, resourceVersion } = objects.get(id).meta
      if (deletionAt !== NEVER) continue
      if (this.#kept.get(id)?.slice.resourceVersion !== resourceVersion) return false
      count++
    }
    return count === this.#kept.size
  }

  get sliceIds(): ObjectId[] {
    return [...this.#kept.keys()]
  }

  /** Where the pod is an endpoint now, as slice and key of its ports. */
  placeOf(uid: number): Kept | undefined {
    return this.#places.get(uid)
  }

  /** The ports of the Service as pods of this template have them. */
  portsOf(template: TemplateId): GroupPorts {
    let ports = this.#portsOf.get(template)
    if (ports === undefined) {
      ports = portsOf(this.#spec, this.#state.templates.get(template).spec)
      this.#portsOf.set(template, ports)
    }
    return ports
  }

  /** Takes over a slice as it is in the store, or that it is gone. */
  update(id: ObjectId): void {
    const before = this.#kept.get(id)
    const { objects } = this.#state
    if (!objects.exists(id)) {
      if (before !== undefined) this.#forget(before)
      return
    }
    const { meta, spec } = objects.get<EndpointSliceSpec>(id)
    const slice = { id, name: meta.name, resourceVersion: meta.resourceVersion, spec }
    const hasSamePorts = before?.slice.spec.ports === spec.ports
    if (before !== undefined) {
      // A group that loses its only slice and gets it back is the last of the groups.
      const staysInPlace = this.groups.size === 1 || (this.groups.get(before.key)?.slices.length ?? 0) > 1
      if (hasSamePorts && staysInPlace && meta.deletionAt === NEVER) {
        this.#replace(before, slice)
        return
      }
      this.#forget(before)
    }
    if (meta.deletionAt !== NEVER) return
    const key = portsKey(spec.ports)
    const kept = { slice, key }
    this.#kept.set(id, kept)
    let group = this.groups.get(key)
    if (group === undefined) {
      group = { slices: [], endpoints: 0 }
      this.groups.set(key, group)
    }
    group.slices.splice(placeByName(group.slices, meta.name), 0, slice)
    group.endpoints += spec.endpoints.length
    for (const { targetRef } of spec.endpoints) {
      if (targetRef !== undefined) this.#places.set(targetRef.uid, kept)
    }
  }

  /** The slice has other endpoints now; those at its front and back that have stayed keep their places. */
  #replace(kept: Kept, slice: LedgerSlice): void {
    const group = this.groups.get(kept.key) as LedgerGroup
    const before = kept.slice.spec.endpoints
    const after = slice.spec.endpoints
    group.slices[placeByName(group.slices, slice.name)] = slice
    group.endpoints += after.length - before.length
    kept.slice = slice
    const shorter = Math.min(before.length, after.length)
    let front = 0
    while (front < shorter && before[front] === after[front]) front++
    let back = 0
    while (back < shorter - front && before[before.length - 1 - back] === after[after.length - 1 - back])
      back++
    for (let i = front; i < before.length - back; i++) this.#vacate(before[i], kept)
    for (const { targetRef } of after) {
      if (targetRef !== undefined && this.#places.get(targetRef.uid) !== kept)
        this.#places.set(targetRef.uid, kept)
    }
  }

  #vacate({ targetRef }: Endpoint, kept: Kept): void {
    // An endpoint that moved to another slice may have arrived there first.
    if (targetRef !== undefined && this.#places.get(targetRef.uid) === kept)
      this.#places.delete(targetRef.uid)
  }

  #forget(kept: Kept): void {
    const { slice, key } = kept
    this.#kept.delete(slice.id)
    const group = this.groups.get(key) as LedgerGroup
    group.slices.splice(placeByName(group.slices, slice.name), 1)
    group.endpoints -= slice.spec.endpoints.length
    if (group.slices.length === 0) this.groups.delete(key)
    for (const endpoint of slice.spec.endpoints) this.#vacate(endpoint, kept)
  }
}

/** Where a slice of that name is, or belongs. */
function placeByName(slices: readonly LedgerSlice[], name: string): number {
  let low = 0
  let high = slices.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (slices[middle].name < name) low = middle + 1
    else high = middle
  }
  return low
}
