import type { NodeSelector } from './node-affinity.js'
import type { Amounts } from './pod-spec.js'
import type { StorageObject } from './storage.js'

/**
 * The objects of dynamic resource allocation as far as they are simulated, in Kubernetes' own field names.
 * Upstream: staging/src/k8s.io/api/resource/v1/types.go (1.36).
 */
export interface DeviceAttribute {
  readonly string?: string
  readonly int?: number
  readonly bool?: boolean
  readonly version?: string
}

/** What a request for some of a device's capacity is rounded to. */
export interface CapacityRequestPolicy {
  readonly default?: string
  readonly validValues?: readonly string[]
  readonly validRange?: { readonly min?: string; readonly max?: string; readonly step?: string }
}

export interface DeviceCapacity {
  readonly value: string
  readonly requestPolicy?: CapacityRequestPolicy
}

export interface DeviceTaint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export interface DeviceToleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

export type Counters = Readonly<Record<string, { readonly value: string }>>

export interface Device {
  readonly name: string
  readonly attributes?: Readonly<Record<string, DeviceAttribute>>
  readonly capacity?: Readonly<Record<string, DeviceCapacity>>
  readonly consumesCounters?: readonly { readonly counterSet: string; readonly counters: Counters }[]
  readonly taints?: readonly DeviceTaint[]
  readonly nodeName?: string
  readonly nodeSelector?: NodeSelector
  readonly allNodes?: boolean
  readonly bindsToNode?: boolean
  readonly bindingConditions?: readonly string[]
  readonly bindingFailureConditions?: readonly string[]
  readonly allowMultipleAllocations?: boolean
}

export interface ResourceSliceSpec {
  readonly driver: string
  readonly pool: {
    readonly name: string
    readonly generation: number
    readonly resourceSliceCount: number
  }
  readonly nodeName?: string
  readonly nodeSelector?: NodeSelector
  readonly allNodes?: boolean
  readonly perDeviceNodeSelection?: boolean
  readonly devices?: readonly Device[]
  readonly sharedCounters?: readonly { readonly name: string; readonly counters: Counters }[]
}

export interface CelSelector {
  readonly cel?: { readonly expression: string }
}

export interface DeviceClassSpec {
  readonly selectors?: readonly CelSelector[]
  readonly config?: readonly object[]
  readonly extendedResourceName?: string
}

/** What an exact request and one of several alternatives have in common. */
export interface DeviceDemand {
  readonly deviceClassName: string
  readonly selectors?: readonly CelSelector[]
  /** ExactCount when left out. */
  readonly allocationMode?: string
  /** One when left out. */
  readonly count?: number
  readonly adminAccess?: boolean
  readonly tolerations?: readonly DeviceToleration[]
  readonly capacity?: { readonly requests?: Amounts }
}

export interface DeviceSubRequest extends DeviceDemand {
  readonly name: string
}

export interface DeviceRequest {
  readonly name: string
  readonly exactly?: DeviceDemand
  readonly firstAvailable?: readonly DeviceSubRequest[]
}

export interface DeviceConstraint {
  /** The requests it is about; none: all. */
  readonly requests?: readonly string[]
  readonly matchAttribute?: string
  readonly distinctAttribute?: string
}

export interface DeviceClaimConfiguration {
  readonly requests?: readonly string[]
}

export interface ResourceClaimSpec {
  readonly devices?: {
    readonly requests?: readonly DeviceRequest[]
    readonly constraints?: readonly DeviceConstraint[]
    readonly config?: readonly DeviceClaimConfiguration[]
  }
}

export interface AllocatedDevice {
  readonly request: string
  readonly driver: string
  readonly pool: string
  readonly device: string
  readonly adminAccess?: boolean
  readonly tolerations?: readonly DeviceToleration[]
  readonly bindingConditions?: readonly string[]
  readonly bindingFailureConditions?: readonly string[]
  readonly shareID?: string
  readonly consumedCapacity?: Amounts
}

export interface AllocationResult {
  readonly devices: { readonly results: readonly AllocatedDevice[]; readonly config?: readonly object[] }
  /** Missing: available on every node. */
  readonly nodeSelector?: NodeSelector
  /** Virtual microseconds; a text when it comes from a manifest. */
  readonly allocationTimestamp?: number | string
}

export interface ConsumerReference {
  readonly apiGroup?: string
  readonly resource: string
  readonly name: string
  /** The number of the pod; a text when it comes from a manifest, and then the name decides. */
  readonly uid: number | string
}

export interface DeviceStatus {
  readonly driver: string
  readonly pool: string
  readonly device: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
    readonly message?: string
  }[]
}

export interface ResourceClaimStatus {
  readonly allocation?: AllocationResult
  readonly reservedFor?: readonly ConsumerReference[]
  readonly devices?: readonly DeviceStatus[]
}

export type ResourceClaim = StorageObject<ResourceClaimSpec, ResourceClaimStatus>
export type ResourceSlice = StorageObject<ResourceSliceSpec>
export type DeviceClass = StorageObject<DeviceClassSpec>

/** A claim can hold no more devices than this. */
export const MAX_DEVICES_PER_CLAIM = 32
/** How many alternatives a request can have. */
export const MAX_ALTERNATIVES = 8
/** Keeps a claim from vanishing while devices are allocated for it. */
export const CLAIM_FINALIZER = 'resource.kubernetes.io/delete-protection'
/** Marks the claim that the scheduler makes for extended resources. */
export const EXTENDED_RESOURCE_CLAIM = 'resource.kubernetes.io/extended-resource-claim'
/** Names the entry of `spec.resourceClaims` that a claim was made for. */
export const POD_CLAIM_NAME = 'resource.kubernetes.io/pod-claim-name'
/** Every class can be requested as an extended resource of this prefix and its name. */
export const DEVICE_CLASS_RESOURCE_PREFIX = 'deviceclass.resource.kubernetes.io/'
