import type { DeviceAttribute, DeviceConstraint } from '../../../model/devices.js'
import type { PoolDevice } from './device-pools.js'

/**
 * A condition over all devices of a claim; for every device that was added `remove` is called in reverse
 * order.
 */
export interface Constraint {
  /** Whether the device may join those there are; if so it has joined them. */
  add(request: string, subRequest: string, device: PoolDevice): boolean
  remove(request: string, subRequest: string): void
}

/**
 * One value of an attribute for all devices of some requests, or a value of its own for each.
 * Upstream: allocator_incubating.go and constraint.go of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating (1.36).
 * Simplified: nothing known. As upstream, distinct values are kept one per request: several devices of one
 * request are compared with the last of them only.
 */
export function makeConstraint(constraint: DeviceConstraint): Constraint | undefined {
  const { matchAttribute, distinctAttribute, requests = [] } = constraint
  if (matchAttribute !== undefined) return new MatchAttribute(matchAttribute, requests)
  return distinctAttribute === undefined ? undefined : new DistinctAttribute(distinctAttribute, requests)
}

class MatchAttribute implements Constraint {
  readonly #name: string
  readonly #requests: readonly string[]
  #value: DeviceAttribute | undefined
  #count = 0

  constructor(name: string, requests: readonly string[]) {
    this.#name = name
    this.#requests = requests
  }

  add(request: string, subRequest: string, device: PoolDevice): boolean {
    if (!isConcerned(this.#requests, request, subRequest)) return true
    const value = findAttribute(device, this.#name)
    if (value === undefined) return false
    if (this.#count === 0) this.#value = value
    else if (!isSameValue(value, this.#value as DeviceAttribute)) return false
    this.#count++
    return true
  }

  remove(request: string, subRequest: string): void {
    if (isConcerned(this.#requests, request, subRequest)) this.#count--
  }
}

class DistinctAttribute implements Constraint {
  readonly #name: string
  readonly #requests: readonly string[]
  readonly #values = new Map<string, DeviceAttribute>()
  #count = 0

  constructor(name: string, requests: readonly string[]) {
    this.#name = name
    this.#requests = requests
  }

  add(request: string, subRequest: string, device: PoolDevice): boolean {
    if (!isConcerned(this.#requests, request, subRequest)) return true
    const value = findAttribute(device, this.#name)
    if (value === undefined) return false
    if (this.#count > 0) {
      for (const other of this.#values.values()) {
        if (!hasKnownType(value) || isSameValue(value, other)) return false
      }
    }
    this.#values.set(request, value)
    this.#count++
    return true
  }

  remove(request: string, subRequest: string): void {
    if (!isConcerned(this.#requests, request, subRequest)) return
    this.#values.delete(request)
    this.#count--
  }
}

function isConcerned(requests: readonly string[], request: string, subRequest: string): boolean {
  if (requests.length === 0 || requests.includes(request)) return true
  return subRequest !== '' && requests.includes(`${request}/${subRequest}`)
}

/** The attribute under its full name, or without the domain where that is the driver's. */
function findAttribute({ device, slice }: PoolDevice, name: string): DeviceAttribute | undefined {
  const { attributes = {} } = device
  const slash = name.indexOf('/')
  if (attributes[name] !== undefined || slash < 0) return attributes[name]
  return name.slice(0, slash) === slice.driver ? attributes[name.slice(slash + 1)] : undefined
}

function hasKnownType({ string, int, bool, version }: DeviceAttribute): boolean {
  return string !== undefined || int !== undefined || bool !== undefined || version !== undefined
}

function isSameValue(a: DeviceAttribute, b: DeviceAttribute): boolean {
  if (a.string !== undefined) return a.string === b.string
  if (a.int !== undefined) return a.int === b.int
  if (a.bool !== undefined) return a.bool === b.bool
  // Versions have one way of being written, so equal texts are equal versions.
  return a.version !== undefined && a.version === b.version
}
