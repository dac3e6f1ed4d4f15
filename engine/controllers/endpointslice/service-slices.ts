/**
 * What the slices of one Service with a selector shall be: its pods grouped by the ports they have, each group packed
 * into slices; one empty slice where there would be none.
 *
 * Upstream: reconcileByAddressType of staging/src/k8s.io/endpointslice/reconciler.go, setEndpointSliceLabels of
 * utils.go (1.36).
 * Simplified: IPv4 only; no topology hints.
 */
import { ENDPOINTS_PER_SLICE } from '../../model/defaults.js'
import type { Labels } from '../../model/pod-spec.js'
import { canonicalJson } from '../../model/pod-template.js'
import {
  type Endpoint,
  type EndpointPort,
  type EndpointSliceSpec,
  HEADLESS_LABEL,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
  type ServiceSpec,
} from '../../model/services.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId, type TemplateId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import {
  type ExistingSlice,
  type PackedSlice,
  packEndpoints,
  type WantedEndpoints,
} from './pack-endpoints.js'
import { endpointOf, isEndpoint } from './pod-endpoints.js'
import { portsKey, portsOf } from './service-ports.js'
import type { SliceDraft, SliceWrites } from './slice-writer.js'

const ADDRESS_TYPE = 'IPv4'

export interface ServiceSlices {
  readonly writes: SliceWrites
  /** Pods that were left out, because their node is not known. */
  readonly skipped: readonly PodId[]
}

type Slice = StoredObject<EndpointSliceSpec>

interface PortGroup {
  readonly ports: readonly EndpointPort[]
  /** By UID. */
  readonly pods: Map<number, PodId>
}

/** Labels of a Service's slices: its own, and those that tell whose they are. */
export function sliceLabels(service: StoredObject<ServiceSpec>, managedBy: string): Labels {
  const { labels, name } = service.meta
  const { [SERVICE_NAME_LABEL]: _, [MANAGED_BY_LABEL]: __, [HEADLESS_LABEL]: ___, ...own } = labels
  return {
    ...own,
    ...(isHeadless(service.spec) ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: name,
    [MANAGED_BY_LABEL]: managedBy,
  }
}

export function serviceSlices(
  context: ControllerContext,
  service: StoredObject<ServiceSpec>,
  pods: readonly PodId[],
  existing: readonly ObjectId[],
  labels: Labels,
): ServiceSlices {
  const { state } = context
  const writes: SliceWrites = { create: [], update: [], remove: [] }
  const byPorts = new Map<string, Slice[]>()
  for (const id of existing) {
    const slice = state.objects.get<EndpointSliceSpec>(id)
    const isOwned = slice.meta.owners.some(({ uid }) => uid === service.meta.uid)
    if (!isOwned || slice.spec.addressType !== ADDRESS_TYPE) {
      writes.remove.push(id)
      continue
    }
    const key = portsKey(slice.spec.ports)
    const same = byPorts.get(key)
    if (same === undefined) byPorts.set(key, [slice])
    else same.push(slice)
  }
  const skipped: PodId[] = []
  const groups = groupByPorts(context, service.spec, pods, skipped)
  for (const [key, { ports, pods: wanted }] of groups) {
    const slices = (byPorts.get(key) ?? []).map(slice => asExisting(slice, labels))
    const packed = packEndpoints(slices, new Wanted(state, service, wanted), ENDPOINTS_PER_SLICE)
    writes.create.push(...packed.create.map(slice => sliceDraft(ports, slice)))
    writes.update.push(...packed.update.map(slice => sliceDraft(ports, slice)))
    writes.remove.push(...packed.remove)
  }
  for (const [key, slices] of byPorts) {
    if (!groups.has(key)) writes.remove.push(...slices.map(({ id }) => id))
  }
  keepOne(state, existing.length, writes, labels)
  return { writes, skipped }
}

export function sliceDraft(
  ports: readonly EndpointPort[],
  { id, endpoints }: PackedSlice<ObjectId>,
): SliceDraft {
  return { id, addressType: ADDRESS_TYPE, ports, endpoints }
}

/** A Service never has no slice at all: the last empty one stays, or an empty one is made. */
export function keepOne(state: ClusterState, existing: number, writes: SliceWrites, labels: Labels): void {
  const { create, remove } = writes
  if (existing !== remove.length || create.length > 0) return
  const [only] = remove
  if (remove.length === 1 && isPlaceholder(state.objects.get(only) as Slice, labels)) remove.length = 0
  else create.push({ id: undefined, addressType: ADDRESS_TYPE, ports: [], endpoints: [] })
}

function isPlaceholder({ spec, meta }: Slice, labels: Labels): boolean {
  const isEmpty = spec.endpoints.length === 0 && spec.ports.length === 0
  return isEmpty && spec.addressType === ADDRESS_TYPE && sameLabels(meta.labels, labels)
}

function asExisting({ id, spec, meta }: Slice, labels: Labels): ExistingSlice<ObjectId> {
  return {
    id,
    endpoints: spec.endpoints,
    isOutdated: !sameLabels(withoutReserved(meta.labels), withoutReserved(labels)),
  }
}

function groupByPorts(
  context: ControllerContext,
  spec: ServiceSpec,
  pods: readonly PodId[],
  skipped: PodId[],
): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>()
  const byTemplate = new Map<TemplateId, PortGroup>()
  const { state } = context
  for (const pod of pods) {
    if (!isEndpoint(state, pod)) continue
    const template = state.pods.templateOf(pod)
    let group = byTemplate.get(template)
    if (group === undefined) {
      const { ports, key } = portsOf(spec, state.templates.get(template).spec)
      group = groups.get(key) ?? { ports, pods: new Map() }
      groups.set(key, group)
      byTemplate.set(template, group)
    }
    if (isNodeKnown(context, pod) || spec.publishNotReadyAddresses === true)
      group.pods.set(state.pods.uid[pod], pod)
    else skipped.push(pod)
  }
  return groups
}

export function isNodeKnown({ state, informer }: ControllerContext, pod: PodId): boolean {
  const { nodes } = state
  const node = state.pods.node[pod] as NodeId
  return node !== NONE && informer.sees(nodes.createdSequence[node], nodes.deletedSequence[node])
}

/** The pods of one group, as the packing asks for them. */
class Wanted implements WantedEndpoints {
  readonly #state: ClusterState
  readonly #service: { readonly name: string; readonly publishNotReady: boolean }
  readonly #pods: Map<number, PodId>

  constructor(state: ClusterState, { meta, spec }: StoredObject<ServiceSpec>, pods: Map<number, PodId>) {
    this.#state = state
    this.#service = { name: meta.name, publishNotReady: spec.publishNotReadyAddresses === true }
    this.#pods = pods
  }

  get size(): number {
    return this.#pods.size
  }

  take(current: Endpoint): Endpoint | undefined {
    const uid = current.targetRef?.uid ?? NONE
    const pod = this.#pods.get(uid)
    if (pod === undefined) return undefined
    this.#pods.delete(uid)
    return endpointOf(this.#state, pod, this.#service, current)
  }

  next(): Endpoint {
    const [uid, pod] = this.#pods.entries().next().value as [number, PodId]
    this.#pods.delete(uid)
    return endpointOf(this.#state, pod, this.#service)
  }
}

function isHeadless({ clusterIP }: ServiceSpec): boolean {
  return clusterIP === 'None'
}

function withoutReserved(labels: Labels): Labels {
  const { [SERVICE_NAME_LABEL]: _, [MANAGED_BY_LABEL]: __, [HEADLESS_LABEL]: ___, ...own } = labels
  return own
}

function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b)
}
