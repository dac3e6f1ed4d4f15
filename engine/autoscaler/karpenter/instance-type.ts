/**
 * Instance types: what a cloud sells, where, at what price and whether it can be had now.
 * Upstream: Karpenter core 1.15, pkg/cloudprovider/types.go.
 * Simplified: no price or capacity overlays, no devices.
 */

import { sortLikeGo } from '../../model/go-sort.js'
import { byCodeUnits } from '../../model/resource-list.js'
import type { AmountMap } from '../../model/resources.js'
import { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import { CAPACITY_TYPE, CapacityType, RESERVATION_ID, ZONE } from './well-known-labels.js'

/** By resource name: milliCPU for cpu, whole units for all others. */
export type ResourceAmounts = ReadonlyMap<string, number>

export interface Offering {
  /** Zone and capacity type at least. */
  readonly requirements: Requirements
  /** Per hour. */
  readonly price: number
  /** It exists, but perhaps cannot be launched now. */
  readonly isAvailable: boolean
  /** How many machines a reserved offering still has. */
  readonly reservationCapacity?: number
  /** Resources of which this offering has another amount, or that it keeps for itself another amount of. */
  readonly capacityOverride?: ResourceAmounts
  readonly overheadOverride?: ResourceAmounts
}

/** What the type is given as. */
export interface InstanceType {
  readonly name: string
  /** Every label its nodes may have, with all the values that are possible. */
  readonly requirements: Requirements
  readonly offerings: readonly Offering[]
  readonly capacity: ResourceAmounts
  /** What the kubelet, the system and the eviction threshold keep of it. */
  readonly overhead: ResourceAmounts
}

/** What pods may use of a machine bought by some of the type's available offerings. */
export interface AllocatableOfferings {
  readonly allocatable: ResourceAmounts
  readonly offerings: readonly Offering[]
}

export function zoneOf({ requirements }: Offering): string {
  return firstValue(requirements.get(ZONE))
}

export function capacityTypeOf({ requirements }: Offering): string {
  return firstValue(requirements.get(CAPACITY_TYPE))
}

export function reservationOf({ requirements }: Offering): string {
  return firstValue(requirements.get(RESERVATION_ID))
}

function firstValue(requirement: Requirement): string {
  return requirement.isComplement ? '' : (requirement.sortedValues()[0] ?? '')
}

/** The price of a machine of this type there, launchable or not; undefined if it is not sold there. */
export function offeringPrice(type: InstanceType, zone: string, capacityType: string): number | undefined {
  return type.offerings.find(
    offering => zoneOf(offering) === zone && capacityTypeOf(offering) === capacityType,
  )?.price
}

export function compatibleOfferings(
  offerings: readonly Offering[],
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): readonly Offering[] {
  return offerings.filter(offering => requirements.isCompatible(offering.requirements, wellKnown))
}

/** The price of the cheapest offering that could be launched under the requirements; Infinity if there is none. */
export function cheapestPrice(
  type: InstanceType,
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): number {
  let cheapest = Number.POSITIVE_INFINITY
  for (const { isAvailable, price, requirements: offered } of type.offerings) {
    if (isAvailable && price < cheapest && requirements.isCompatible(offered, wellKnown)) cheapest = price
  }
  return cheapest
}

/**
 * The highest price that a launch could come to: of the compatible offerings of the capacity type that would be
 * launched, which is reserved before spot before on demand. Infinity if none is compatible.
 */
export function worstLaunchPrice(
  type: InstanceType,
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): number {
  const available = type.offerings.filter(({ isAvailable }) => isAvailable)
  const compatible = compatibleOfferings(available, requirements, wellKnown)
  for (const capacityType of [CapacityType.Reserved, CapacityType.Spot, CapacityType.OnDemand]) {
    const wanted = new Requirements([Requirement.in(CAPACITY_TYPE, [capacityType])])
    const prices = compatibleOfferings(compatible, wanted, wellKnown).map(({ price }) => price)
    if (prices.length > 0) return Math.max(...prices)
  }
  return Number.POSITIVE_INFINITY
}

/** The types by the price of their cheapest compatible offering, as an unstable sort leaves them. */
export function orderByPrice(
  types: readonly InstanceType[],
  requirements: Requirements,
  wellKnown: ReadonlySet<string>,
): InstanceType[] {
  const prices = new Map(types.map(type => [type, cheapestPrice(type, requirements, wellKnown)]))
  const ordered = [...types]
  sortLikeGo(ordered, (a, b) => (prices.get(a) ?? 0) < (prices.get(b) ?? 0))
  return ordered
}

export interface MinValuesCheck {
  /** How many of the types, from the first, are enough. */
  readonly neededTypes: number
  /** Keys of which too few values are there, with how many there are; empty: satisfied. */
  readonly missing: ReadonlyMap<string, number>
}

/** Whether the types offer as many different values of the labels as the requirements want. */
export function checkMinValues(types: readonly InstanceType[], requirements: Requirements): MinValuesCheck {
  const wanted = [...requirements].filter(({ minValues }) => minValues !== undefined)
  const missing = new Map<string, number>()
  const found = wanted.map(() => new Set<string>())
  for (const [i, type] of types.entries()) {
    for (const [k, { key, minValues = 0 }] of wanted.entries()) {
      for (const value of type.requirements.get(key).values) found[k].add(value)
      if (found[k].size < minValues) missing.set(key, found[k].size)
      else missing.delete(key)
    }
    if (missing.size === 0) return { neededTypes: i + 1, missing }
  }
  return { neededTypes: types.length, missing }
}

/** Available offerings by what pods can use of their machines; those without overrides come first. */
export function allocatableOfferings(type: InstanceType): readonly AllocatableOfferings[] {
  const plain: Offering[] = []
  const groups = new Map<string, Offering[]>()
  for (const offering of type.offerings) {
    if (!offering.isAvailable) continue
    const key = overrideKey(offering)
    const group = groups.get(key)
    if (key === '') plain.push(offering)
    else if (group === undefined) groups.set(key, [offering])
    else group.push(offering)
  }
  return [
    { allocatable: allocatableOf(type, undefined), offerings: plain },
    ...[...groups.values()].map(offerings => ({
      allocatable: allocatableOf(type, offerings[0]),
      offerings,
    })),
  ]
}

function overrideKey({ capacityOverride, overheadOverride }: Offering): string {
  const hasCapacity = capacityOverride !== undefined && capacityOverride.size > 0
  if (!hasCapacity && overheadOverride === undefined) return ''
  return `${amountsKey(capacityOverride)} less ${amountsKey(overheadOverride)}`
}

function amountsKey(amounts: ResourceAmounts = new Map()): string {
  const names = [...amounts.keys()].sort(byCodeUnits)
  return names.map(name => `${name}=${amounts.get(name)}`).join(',')
}

function allocatableOf(type: InstanceType, offering: Offering | undefined): ResourceAmounts {
  const capacity = new Map([...type.capacity, ...(offering?.capacityOverride ?? [])])
  const overhead = new Map([...type.overhead, ...(offering?.overheadOverride ?? [])])
  const allocatable: AmountMap = new Map()
  for (const [name, amount] of capacity) allocatable.set(name, amount - (overhead.get(name) ?? 0))
  // Huge pages are set aside from the memory.
  for (const [name, amount] of capacity) {
    if (name.startsWith('hugepages-')) {
      allocatable.set('memory', Math.max(0, (allocatable.get('memory') ?? 0) - amount))
    }
  }
  return allocatable
}
