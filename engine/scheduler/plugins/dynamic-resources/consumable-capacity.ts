import type { CapacityRequestPolicy, Device, DeviceCapacity } from '../../../model/devices.js'
import type { Amounts } from '../../../model/pod-spec.js'
import { parseQuantity, type Quantity, quantityOf, roundedUp } from '../../../model/quantity.js'
import { addQuantities, compareQuantities } from '../../../model/quantity-arithmetic.js'

/** Amounts of a device's capacities that are in use. */
export type ConsumedCapacity = ReadonlyMap<string, Quantity>

const NOTHING: ConsumedCapacity = new Map()

/**
 * Devices that several claims share by capacity: what a request consumes of each capacity, and whether that
 * is left. A request is rounded up to what the device hands out; without one the default is consumed, or all
 * there is.
 *
 * Upstream: k8s.io/dynamic-resource-allocation structured/internal/incubating/consumable_capacity.go (1.36).
 * Simplified: nothing known.
 */
export function hasCapacity(
  device: Device,
  requests: Amounts | undefined,
  consumed: ConsumedCapacity = NOTHING,
  allocating: ConsumedCapacity = NOTHING,
): boolean {
  const { capacity = {} } = device
  for (const name of Object.keys(requests ?? {})) if (capacity[name] === undefined) return false
  for (const [name, offer] of Object.entries(capacity)) {
    const wanted = consumptionOf(offer, requests?.[name])
    if (wanted === undefined || isAgainstPolicy(wanted, offer.requestPolicy)) return false
    let sum = wanted
    for (const used of [consumed.get(name), allocating.get(name)]) {
      if (used !== undefined) sum = addQuantities(sum, used)
    }
    if (compareQuantities(sum, quantity(offer.value)) > 0) return false
  }
  return true
}

/** What the request consumes of every capacity of a device. */
export function consumedBy(device: Device, requests: Amounts | undefined): Map<string, Quantity> {
  const consumed = new Map<string, Quantity>()
  for (const [name, offer] of Object.entries(device.capacity ?? {})) {
    const amount = consumptionOf(offer, requests?.[name])
    if (amount !== undefined) consumed.set(name, amount)
  }
  return consumed
}

export function addCapacity(a: ConsumedCapacity | undefined, b: ConsumedCapacity): ConsumedCapacity {
  if (a === undefined) return b
  const sum = new Map(a)
  for (const [name, amount] of b) {
    const before = sum.get(name)
    sum.set(name, before === undefined ? amount : addQuantities(before, amount))
  }
  return sum
}

function quantity(text: string): Quantity {
  return parseQuantity(text) ?? quantityOf(0)
}

function consumptionOf(offer: DeviceCapacity, request: string | undefined): Quantity | undefined {
  const { value, requestPolicy } = offer
  if (request === undefined) return parseQuantity(requestPolicy?.default ?? value)
  const wanted = parseQuantity(request)
  if (wanted === undefined || requestPolicy === undefined) return wanted
  const { validRange, validValues } = requestPolicy
  if (validRange?.min !== undefined) return roundedToRange(wanted, quantity(validRange.min), validRange.step)
  return validValues?.map(quantity).find(offered => compareQuantities(wanted, offered) <= 0) ?? wanted
}

function roundedToRange(wanted: Quantity, min: Quantity, step: string | undefined): Quantity {
  if (compareQuantities(wanted, min) < 0) return min
  if (step === undefined) return wanted
  const start = wholeUnits(min)
  const stepUnits = wholeUnits(quantity(step))
  const steps = Math.ceil((wholeUnits(wanted) - start) / stepUnits)
  return quantityOf(start + steps * stepUnits, 'BinarySI')
}

function wholeUnits(amount: Quantity): number {
  return roundedUp(amount, 0) ?? Number.MAX_SAFE_INTEGER
}

function isAgainstPolicy(wanted: Quantity, policy: CapacityRequestPolicy | undefined): boolean {
  if (policy === undefined) return false
  if (policy.default !== undefined && compareQuantities(wanted, quantity(policy.default)) === 0) return false
  const { validRange, validValues = [] } = policy
  if (validRange !== undefined) {
    const { min = '0', max, step } = validRange
    if (max !== undefined && compareQuantities(wanted, quantity(max)) > 0) return true
    if (step === undefined) return false
    return (wholeUnits(wanted) - wholeUnits(quantity(min))) % wholeUnits(quantity(step)) !== 0
  }
  return (
    validValues.length > 0 && !validValues.some(value => compareQuantities(wanted, quantity(value)) === 0)
  )
}
