/**
 * Labels that Karpenter knows the meaning of. A pod may ask for a well-known one that nothing has given a value yet,
 * since the instance type will; any other one that no node pool defines is a label no new node will have.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/labels.go.
 * Simplified: labels of Windows builds are known but no instance type has one.
 */

export const HOSTNAME = 'kubernetes.io/hostname'
export const ZONE = 'topology.kubernetes.io/zone'
export const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
export const ARCHITECTURE = 'kubernetes.io/arch'
export const OPERATING_SYSTEM = 'kubernetes.io/os'

export const NODE_POOL = 'karpenter.sh/nodepool'
export const CAPACITY_TYPE = 'karpenter.sh/capacity-type'
export const REGISTERED = 'karpenter.sh/registered'
export const INITIALIZED = 'karpenter.sh/initialized'
/** Which reservation a reserved offering belongs to; upstream leaves the key to the cloud provider. */
export const RESERVATION_ID = 'karpenter.sh/reservation-id'

export const CapacityType = { OnDemand: 'on-demand', Spot: 'spot', Reserved: 'reserved' } as const
export type CapacityType = (typeof CapacityType)[keyof typeof CapacityType]

/** Core's own and the reservation; a cloud provider registers further labels of its instance types. */
export const WELL_KNOWN_LABELS: ReadonlySet<string> = new Set([
  NODE_POOL,
  ZONE,
  'topology.kubernetes.io/region',
  INSTANCE_TYPE,
  ARCHITECTURE,
  OPERATING_SYSTEM,
  CAPACITY_TYPE,
  'node.kubernetes.io/windows-build',
  RESERVATION_ID,
])

/** Older spellings, read as the present ones. */
const PRESENT_SPELLING: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', ZONE],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/arch', ARCHITECTURE],
  ['beta.kubernetes.io/os', OPERATING_SYSTEM],
  ['beta.kubernetes.io/instance-type', INSTANCE_TYPE],
])

export function presentSpelling(key: string): string {
  return PRESENT_SPELLING.get(key) ?? key
}
