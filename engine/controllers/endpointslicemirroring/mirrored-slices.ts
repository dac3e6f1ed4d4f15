/**
 * What the slices of an Endpoints object shall be: one for each set of ports and family of addresses, in the order of
 * the subsets; a slice that says all that already is left alone, and all further ones of the same ports go.
 *
 * Upstream: reconcile, reconcileByPortMapping of pkg/controller/endpointslicemirroring/reconciler.go,
 * addressToEndpoint, newEndpointSlice of utils.go (1.36).
 * Simplified: annotations are not mirrored; addresses keep the order they are written in.
 */
import { MIRRORED_ENDPOINTS_PER_SUBSET } from '../../model/defaults.js'
import type { Labels } from '../../model/pod-spec.js'
import { canonicalJson } from '../../model/pod-template.js'
import {
  type Endpoint,
  type EndpointAddress,
  type EndpointPort,
  type EndpointSliceSpec,
  type EndpointsSpec,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
} from '../../model/services.js'
import type { ObjectId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import type { SliceWrites } from '../endpointslice/slice-writer.js'

type Slice = StoredObject<EndpointSliceSpec>

interface PortGroup {
  readonly addressType: string
  readonly ports: readonly EndpointPort[]
  /** By what tells endpoints apart. */
  readonly endpoints: Map<string, Endpoint>
}

export interface MirroredSlices {
  readonly writes: SliceWrites
  /** Addresses beyond what one subset may have mirrored. */
  readonly skipped: number
}

/** Labels of the slices: those of the Endpoints, and those that tell whose they are. */
export function mirroredLabels({ meta }: StoredObject, managedBy: string): Labels {
  return { ...meta.labels, [SERVICE_NAME_LABEL]: meta.name, [MANAGED_BY_LABEL]: managedBy }
}

export function mirroredSlices(
  endpoints: StoredObject<EndpointsSpec>,
  existing: readonly Slice[],
  labels: Labels,
): MirroredSlices {
  const groups = new Map<string, PortGroup>()
  const skipped = groupSubsets(endpoints.spec, groups)
  const writes: SliceWrites = { create: [], update: [], remove: [] }
  const byPorts = new Map<string, Slice[]>()
  for (const slice of existing) {
    const key = groupKey(slice.spec.addressType, slice.spec.ports)
    const same = byPorts.get(key)
    if (same === undefined) byPorts.set(key, [slice])
    else same.push(slice)
  }
  for (const [key, { addressType, ports, endpoints: wanted }] of groups) {
    const [first, ...others] = byPorts.get(key) ?? []
    byPorts.delete(key)
    for (const { id } of others) writes.remove.push(id)
    if (first !== undefined && saysAll(first, wanted, labels)) continue
    const list = [...wanted.values()].slice(0, MIRRORED_ENDPOINTS_PER_SUBSET)
    const id = first?.id as ObjectId | undefined
    const draft = { id, addressType, ports, endpoints: list }
    if (id === undefined) writes.create.push(draft)
    else writes.update.push(draft)
  }
  for (const slices of byPorts.values()) writes.remove.push(...slices.map(({ id }) => id))
  return { writes, skipped }
}

/** Fills the groups; the number of addresses that were too many. */
function groupSubsets({ subsets }: EndpointsSpec, groups: Map<string, PortGroup>): number {
  let skipped = 0
  for (const { addresses, notReadyAddresses, ports } of subsets ?? []) {
    let added = 0
    const add = (address: EndpointAddress, ready: boolean): void => {
      if (added === MIRRORED_ENDPOINTS_PER_SUBSET) {
        skipped++
        return
      }
      added++
      const endpoint = endpointOf(address, ready)
      groupOf(groups, address.ip, ports ?? []).endpoints.set(identityOf(endpoint), endpoint)
    }
    for (const address of addresses ?? []) add(address, true)
    for (const address of notReadyAddresses ?? []) add(address, false)
  }
  return skipped
}

function groupOf(groups: Map<string, PortGroup>, ip: string, declared: readonly EndpointPort[]): PortGroup {
  const addressType = ip.includes(':') ? 'IPv6' : 'IPv4'
  const ports = declared.map(({ name = '', protocol = 'TCP', ...port }) => ({ ...port, name, protocol }))
  const key = groupKey(addressType, ports)
  let group = groups.get(key)
  if (group === undefined) {
    group = { addressType, ports, endpoints: new Map() }
    groups.set(key, group)
  }
  return group
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  }
}

/** Two endpoints with this in common are the same one in another condition. */
function identityOf({ addresses, hostname = '', targetRef }: Endpoint): string {
  const target = targetRef === undefined ? '' : `${targetRef.namespace}/${targetRef.name}/${targetRef.uid}`
  return `${addresses.join()} ${hostname} ${target}`
}

function saysAll({ spec, meta }: Slice, wanted: ReadonlyMap<string, Endpoint>, labels: Labels): boolean {
  if (spec.endpoints.length !== wanted.size || canonicalJson(meta.labels) !== canonicalJson(labels))
    return false
  return spec.endpoints.every(endpoint => {
    const same = wanted.get(identityOf(endpoint))
    return same !== undefined && canonicalJson(same) === canonicalJson(endpoint)
  })
}

/** Equal for lists of the same ports in any order. */
function groupKey(addressType: string, ports: readonly EndpointPort[]): string {
  const keys = ports.map(canonicalJson).sort((a, b) => (a < b ? -1 : 1))
  return `${addressType} ${keys.join()}`
}
