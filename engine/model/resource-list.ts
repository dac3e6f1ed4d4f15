/**
 * Lists of quantities by resource name, added and compared exactly, as quotas and limit ranges need them.
 *
 * Upstream: staging/src/k8s.io/apiserver/pkg/quota/v1/resources.go and staging/src/k8s.io/component-helpers/
 * resource/helpers.go PodRequests, PodLimits (1.36).
 * Simplified: in-place resize (status.containerStatuses[].resources) is not modelled; the spec alone counts.
 */
import type { Amounts, Container, PodSpec } from './pod-spec.js'
import { formatQuantity, parseQuantity, type Quantity, quantityOf } from './quantity.js'
import { addQuantities, compareQuantities } from './quantity-arithmetic.js'
import { isPodLevel } from './resources.js'

export type ResourceList = ReadonlyMap<string, Quantity>

const NOTHING: ResourceList = new Map()
export const ONE: Quantity = quantityOf(1)
export const ZERO: Quantity = quantityOf(0)

/** Amounts that do not parse are left out: they have been validated before. */
export function resourceListOf(amounts: Amounts | undefined): ResourceList {
  if (amounts === undefined) return NOTHING
  const list = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(amounts)) {
    const quantity = parseQuantity(text)
    if (quantity !== undefined) list.set(name, quantity)
  }
  return list
}

/** The list as the API writes it, names in order. */
export function amountsOf(list: ResourceList): Amounts {
  const amounts: Record<string, string> = {}
  for (const name of namesOf(list)) amounts[name] = formatQuantity(list.get(name) as Quantity)
  return amounts
}

/** Names in order of their code units. */
export function namesOf(list: ResourceList): string[] {
  return [...list.keys()].sort(byCodeUnits)
}

export function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function sumOf(a: ResourceList, b: ResourceList): ResourceList {
  const sum = new Map(a)
  addTo(sum, b)
  return sum
}

/** The entries whose names are given. */
export function maskOf(list: ResourceList, names: Iterable<string>): ResourceList {
  const masked = new Map<string, Quantity>()
  for (const name of names) {
    const quantity = list.get(name)
    if (quantity !== undefined) masked.set(name, quantity)
  }
  return masked
}

/** Whether both hold the same amounts; how they are written does not matter. */
export function sameAmounts(a: ResourceList, b: ResourceList): boolean {
  if (a.size !== b.size) return false
  for (const [name, quantity] of a) {
    const other = b.get(name)
    if (other === undefined || compareQuantities(quantity, other) !== 0) return false
  }
  return true
}

/** `cpu=1,pods=2`, as messages name them. */
export function listText(list: ResourceList): string {
  return namesOf(list)
    .map(name => `${name}=${formatQuantity(list.get(name) as Quantity)}`)
    .join(',')
}

/** What the containers and the pod ask for, or are limited to. */
export function podResourceList(spec: PodSpec, field: 'requests' | 'limits'): ResourceList {
  const sum = containerSum(spec, field)
  for (const [name, quantity] of resourceListOf(spec.resources?.[field])) {
    if (isPodLevel(name)) sum.set(name, quantity)
  }
  for (const [name, quantity] of resourceListOf(spec.overhead)) {
    const own = sum.get(name)
    // Nothing is limited by the overhead alone.
    if (field === 'limits' && (own === undefined || own.unscaled === 0n)) continue
    sum.set(name, own === undefined ? quantity : addQuantities(own, quantity))
  }
  return sum
}

/** Whether cpu, memory or huge pages are given for the pod as a whole. */
export function hasPodLevelResources({ resources }: PodSpec): boolean {
  const names = [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})]
  return names.some(isPodLevel)
}

function containerSum(spec: PodSpec, field: 'requests' | 'limits'): Map<string, Quantity> {
  const sum = new Map<string, Quantity>()
  for (const container of spec.containers) addTo(sum, containerList(container, field))
  const sidecars = new Map<string, Quantity>()
  const largestInit = new Map<string, Quantity>()
  for (const container of spec.initContainers ?? []) {
    const own = new Map(containerList(container, field))
    if (container.restartPolicy === 'Always') {
      addTo(sum, own)
      addTo(sidecars, own)
      raiseTo(largestInit, sidecars)
    } else {
      addTo(own, sidecars)
      raiseTo(largestInit, own)
    }
  }
  raiseTo(sum, largestInit)
  return sum
}

function containerList(container: Container, field: 'requests' | 'limits'): ResourceList {
  return resourceListOf(container.resources?.[field])
}

function addTo(sum: Map<string, Quantity>, list: ResourceList): void {
  for (const [name, quantity] of list) {
    const own = sum.get(name)
    sum.set(name, own === undefined ? quantity : addQuantities(own, quantity))
  }
}

function raiseTo(largest: Map<string, Quantity>, list: ResourceList): void {
  for (const [name, quantity] of list) {
    const own = largest.get(name)
    if (own === undefined || compareQuantities(quantity, own) > 0) largest.set(name, quantity)
  }
}
