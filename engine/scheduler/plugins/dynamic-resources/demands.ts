import { type DeviceSelector, deviceSelector } from '../../../model/cel/device-selector.js'
import type {
  CelSelector,
  DeviceClass,
  DeviceConstraint,
  DeviceDemand,
  DeviceTaint,
  DeviceToleration,
  ResourceClaimSpec,
} from '../../../model/devices.js'
import type { Amounts } from '../../../model/pod-spec.js'

/** One request, or one alternative of a request, with its class and its defaults. */
export interface Demand {
  /** Of the request, or of the alternative. */
  readonly name: string
  /** The request that the alternative belongs to, empty for a request of its own. */
  readonly parent: string
  readonly className: string
  readonly class: DeviceClass | undefined
  readonly wantsAll: boolean
  readonly count: number
  readonly isAdmin: boolean
  readonly tolerations: readonly DeviceToleration[]
  readonly capacityRequests: Amounts | undefined
  readonly selectors: readonly NumberedSelector[]
}

/** A selector of the request's class or of the request itself, and its number there. */
export interface NumberedSelector {
  readonly number: number
  readonly isOfClass: boolean
  readonly selector: DeviceSelector | undefined
}

/** What is to be allocated for a claim: of each request, one of its alternatives. Equal claims share it. */
export interface ClaimDemand {
  readonly requests: readonly (readonly Demand[])[]
  readonly constraints: readonly DeviceConstraint[]
}

/**
 * A claim as the search for devices wants it.
 * Upstream: validateDeviceRequest of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/allocator_incubating.go (1.36).
 * Simplified: nothing known.
 */
export function demandOf(
  spec: ResourceClaimSpec,
  findClass: (name: string) => DeviceClass | undefined,
): ClaimDemand {
  const { requests = [], constraints = [] } = spec.devices ?? {}
  const make = (name: string, parent: string, demand: DeviceDemand): Demand => {
    const { deviceClassName, tolerations = [], count = 1, allocationMode, adminAccess = false } = demand
    const found = findClass(deviceClassName)
    return {
      name,
      parent,
      className: deviceClassName,
      class: found,
      wantsAll: allocationMode === 'All',
      count,
      isAdmin: adminAccess,
      tolerations,
      capacityRequests: demand.capacity?.requests,
      selectors: [...numbered(found?.spec.selectors ?? [], true), ...numbered(demand.selectors ?? [], false)],
    }
  }
  return {
    constraints,
    requests: requests.map(({ name, exactly, firstAvailable = [] }) =>
      exactly === undefined
        ? firstAvailable.map(alternative => make(alternative.name, name, alternative))
        : [make(name, '', exactly)],
    ),
  }
}

/** How an allocation names the request it was made for. */
export function requestName({ name, parent }: Demand): string {
  return parent === '' ? name : `${parent}/${name}`
}

/** Whether a taint of the device keeps the request away. */
export function isKeptAway({ tolerations }: Demand, taints: readonly DeviceTaint[] | undefined): boolean {
  if (taints === undefined) return false
  return taints.some(
    taint =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !tolerations.some(toleration => isTolerated(toleration, taint)),
  )
}

function isTolerated(toleration: DeviceToleration, taint: DeviceTaint): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return (operator === 'Equal' || operator === '') && value === (taint.value ?? '')
}

function numbered(selectors: readonly CelSelector[], isOfClass: boolean): NumberedSelector[] {
  return selectors.map(({ cel }, number) => ({
    number,
    isOfClass,
    selector: cel === undefined ? undefined : deviceSelector(cel.expression),
  }))
}
