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
import { type NamespaceId, NONE, type ObjectId, type PodId, type TemplateId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import type { LabelMatcher } from '../label-matches.js'
import { type GroupPorts, portsKey, portsOf } from './service-ports.js'

export interface LedgerSlice {
  readonly id: ObjectId
  readonly name: string
  /** Of its ports. */
  readonly key: string
  resourceVersion: number
  spec: EndpointSliceSpec
  /** UIDs of the endpoints' pods, so that one is found without a look at all endpoints. */
  uids: readonly number[]
}

/** Slices of the same ports, by name, and how many endpoints they hold. */
export interface LedgerGroup {
  readonly slices: LedgerSlice[]
  endpoints: number
}

export class ServiceLedger {
  readonly spec: ServiceSpec
  readonly namespace: NamespaceId
  readonly matcher: LabelMatcher
  /** Labels of all slices. */
  readonly labels: Labels
  readonly groups = new Map<string, LedgerGroup>()
  /** Pods to look at, by UID: changed since the last sync, or left out at it. */
  readonly changed = new Map<number, PodId>()
  readonly #state: ClusterState
  readonly #serviceLabels: Labels
  /** The slices that the controller lists for the Service. */
  readonly #listed: ReadonlySet<ObjectId>
  readonly #slices = new Map<ObjectId, LedgerSlice>()
  /** By UID of the pod. */
  readonly #places = new Map<number, LedgerSlice>()
  readonly #portsOf = new Map<TemplateId, GroupPorts>()

  constructor(
    { state, labels: matches }: ControllerContext,
    { spec, meta }: StoredObject<ServiceSpec>,
    labels: Labels,
    listed: ReadonlySet<ObjectId>,
  ) {
    this.#state = state
    this.#listed = listed
    this.labels = labels
    this.spec = spec
    this.namespace = state.namespaceId(meta.namespace)
    this.matcher = matches.ofLabels(spec.selector as Labels)
    this.#serviceLabels = meta.labels
  }

  /** Whether Service and slices are as they were at the end of the last sync. */
  isCurrent({ spec, meta }: StoredObject<ServiceSpec>): boolean {
    if (spec !== this.spec || meta.labels !== this.#serviceLabels) return false
    const { objects } = this.#state
    let count = 0
    for (const id of this.#listed) {
      if (!objects.exists(id)) continue
      const { deletionAt, resourceVersion } = objects.get(id).meta
      if (deletionAt !== NEVER) continue
      if (this.#slices.get(id)?.resourceVersion !== resourceVersion) return false
      count++
    }
    return count === this.#slices.size
  }

  get sliceCount(): number {
    return this.#slices.size
  }

  /** The slice in which the pod is an endpoint now. */
  placeOf(uid: number): LedgerSlice | undefined {
    return this.#places.get(uid)
  }

  /** The ports of the Service as pods of this template have them. */
  portsOf(template: TemplateId): GroupPorts {
    let ports = this.#portsOf.get(template)
    if (ports === undefined) {
      ports = portsOf(this.spec, this.#state.templates.get(template).spec)
      this.#portsOf.set(template, ports)
    }
    return ports
  }

  /** Takes over a slice as it is in the store, or that it is gone. */
  update(id: ObjectId): void {
    const before = this.#slices.get(id)
    const { objects } = this.#state
    if (!objects.exists(id)) {
      if (before !== undefined) this.#forget(before)
      return
    }
    const { meta, spec } = objects.get<EndpointSliceSpec>(id)
    if (before !== undefined) {
      // A group that loses its only slice and gets it back is the last of the groups.
      const staysInPlace = this.groups.size === 1 || (this.groups.get(before.key)?.slices.length ?? 0) > 1
      if (before.spec.ports === spec.ports && staysInPlace && meta.deletionAt === NEVER) {
        this.#replace(before, meta.resourceVersion, spec)
        return
      }
      this.#forget(before)
    }
    if (meta.deletionAt !== NEVER) return
    const key = portsKey(spec.ports)
    const { name, resourceVersion } = meta
    const slice: LedgerSlice = { id, name, key, resourceVersion, spec, uids: spec.endpoints.map(uidOf) }
    this.#slices.set(id, slice)
    let group = this.groups.get(key)
    if (group === undefined) {
      group = { slices: [], endpoints: 0 }
      this.groups.set(key, group)
    }
    group.slices.splice(placeByName(group.slices, name), 0, slice)
    group.endpoints += spec.endpoints.length
    for (const uid of slice.uids) if (uid !== NONE) this.#places.set(uid, slice)
  }

  /** The slice has other endpoints now; those at its front and back that have stayed keep their places. */
  #replace(slice: LedgerSlice, resourceVersion: number, spec: EndpointSliceSpec): void {
    const { uids } = slice
    const before = slice.spec.endpoints
    const after = spec.endpoints
    const shorter = Math.min(before.length, after.length)
    let front = 0
    while (front < shorter && before[front] === after[front]) front++
    let back = 0
    while (back < shorter - front && before[before.length - 1 - back] === after[after.length - 1 - back])
      back++
    for (let i = front; i < before.length - back; i++) this.#vacate(uids[i], slice)
    const now = uids.slice(0, front)
    for (let i = front; i < after.length - back; i++) {
      const uid = uidOf(after[i])
      now.push(uid)
      if (uid !== NONE) this.#places.set(uid, slice)
    }
    for (let i = before.length - back; i < before.length; i++) now.push(uids[i])
    const group = this.groups.get(slice.key) as LedgerGroup
    group.endpoints += after.length - before.length
    slice.resourceVersion = resourceVersion
    slice.spec = spec
    slice.uids = now
  }

  #vacate(uid: number, slice: LedgerSlice): void {
    // An endpoint that moved to another slice may have arrived there first.
    if (this.#places.get(uid) === slice) this.#places.delete(uid)
  }

  #forget(slice: LedgerSlice): void {
    const { id, name, key, uids } = slice
    this.#slices.delete(id)
    const group = this.groups.get(key) as LedgerGroup
    group.slices.splice(placeByName(group.slices, name), 1)
    group.endpoints -= uids.length
    if (group.slices.length === 0) this.groups.delete(key)
    for (const uid of uids) this.#vacate(uid, slice)
  }
}

function uidOf({ targetRef }: Endpoint): number {
  return targetRef?.uid ?? NONE
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
