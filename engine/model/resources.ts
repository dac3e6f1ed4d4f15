/**
 * What a pod asks of a node: the largest of its containers together and each init container with the sidecars before
 * it, pod-level requests in their place, and the overhead on top.
 *
 * Upstream: staging/src/k8s.io/component-helpers/resource/helpers.go (PodRequests, 1.36).
 * Simplified: in-place resize (status.containerStatuses[].resources) is not modelled; the spec alone counts.
 */
import type { Amounts, Container, PodSpec } from './pod-spec.js'
import { milliValue, value } from './quantity.js'

/** Requested when a container names none, for scoring only. Upstream: pkg/scheduler/util/pod_resources.go. */
export const DEFAULT_MILLI_CPU_REQUEST = 100
export const DEFAULT_MEMORY_REQUEST_BYTES = 200 * 1024 * 1024

/** Amounts by resource name: milliCPU for cpu, whole units (bytes, counts) for all others, rounded up. */
export type AmountMap = Map<string, number>

/** Amounts stand in when a container does not name the resource at all. */
export type RequestDefaults = Readonly<Record<string, number>>

/** An amount in the unit of its resource: milli for cpu, else whole. Undefined when the text is no quantity. */
export function amountOf(resource: string, quantity: string): number | undefined {
  return resource === 'cpu' ? milliValue(quantity) : value(quantity)
}

/** What the scheduler and the kubelet reserve for the pod. */
export function effectiveRequests(spec: PodSpec): AmountMap {
  return podRequests(spec, {}, true)
}

/**
 * The request of the pod's containers with `defaults` for what they leave out; pod-level values replace it where
 * `podLevel` says so (they may only name cpu, memory and hugepages).
 */
export function podRequests(spec: PodSpec, defaults: RequestDefaults, podLevel: boolean): AmountMap {
  const sum = containerSum(spec, defaults)
  if (podLevel) {
    for (const [name, quantity] of Object.entries(spec.resources?.requests ?? {})) {
      if (isPodLevel(name)) sum.set(name, amountOf(name, quantity) ?? 0)
    }
  }
  for (const [name, quantity] of Object.entries(spec.overhead ?? {}))
    add(sum, name, amountOf(name, quantity) ?? 0)
  return sum
}

/** Whether a resource may be requested for the pod as a whole. */
export function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}

function containerSum(spec: PodSpec, defaults: RequestDefaults): AmountMap {
  const sum: AmountMap = new Map()
  for (const container of spec.containers) addAll(sum, containerRequests(container, defaults))
  const sidecars: AmountMap = new Map()
  const largestInit: AmountMap = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = containerRequests(container, defaults)
    if (container.restartPolicy === 'Always') {
      addAll(sum, own)
      addAll(sidecars, own)
      raise(largestInit, sidecars)
    } else {
      addAll(own, sidecars)
      raise(largestInit, own)
    }
  }
  raise(sum, largestInit)
  return sum
}

function containerRequests(container: Container, defaults: RequestDefaults): AmountMap {
  const amounts = parseAmounts(container.resources?.requests)
  for (const [name, amount] of Object.entries(defaults)) if (!amounts.has(name)) amounts.set(name, amount)
  return amounts
}

/** Amounts that do not parse count as nothing. */
export function parseAmounts(amounts: Amounts | undefined): AmountMap {
  const parsed: AmountMap = new Map()
  for (const [name, quantity] of Object.entries(amounts ?? {}))
    parsed.set(name, amountOf(name, quantity) ?? 0)
  return parsed
}

function add(sum: AmountMap, name: string, amount: number): void {
  sum.set(name, (sum.get(name) ?? 0) + amount)
}

function addAll(sum: AmountMap, amounts: AmountMap): void {
  for (const [name, amount] of amounts) add(sum, name, amount)
}

function raise(largest: AmountMap, amounts: AmountMap): void {
  for (const [name, amount] of amounts) largest.set(name, Math.max(largest.get(name) ?? 0, amount))
}
