/**
 * Limit ranges: the defaults they give to containers that name no amounts, and what they refuse in pods and claims.
 *
 * Upstream: plugin/pkg/admission/limitranger/admission.go and SetDefaults_LimitRangeItem of
 * pkg/apis/core/v1/defaults.go (1.36).
 * Simplified: violations come in order of names, where upstream's order is that of a hash map.
 */
import type { Amounts, Container, Labels, PodSpec } from '../../model/pod-spec.js'
import { formatQuantity, MAX_INT64, type Quantity } from '../../model/quantity.js'
import { scaledInt64 } from '../../model/quantity-arithmetic.js'
import {
  byCodeUnits,
  podResourceList,
  type ResourceList,
  resourceListOf,
  ZERO,
} from '../../model/resource-list.js'

export interface LimitRangeItem {
  readonly type: string
  readonly min?: Amounts
  readonly max?: Amounts
  readonly default?: Amounts
  readonly defaultRequest?: Amounts
  readonly maxLimitRequestRatio?: Amounts
}

export interface LimitRangeSpec {
  readonly limits?: readonly LimitRangeItem[]
}

const ANNOTATION = 'kubernetes.io/limit-ranger'
/** Largest whole number whose thousandths still fit an int64. */
const MAX_MILLI_VALUE = MAX_INT64 / 1000n

/** The spec with upstream's defaults: a maximum is the default limit, which is the default request. */
export function defaultLimitRange(spec: LimitRangeSpec): LimitRangeSpec {
  return { ...spec, limits: (spec.limits ?? []).map(defaultItem) }
}

function defaultItem(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item
  const limits = { ...item.max, ...item.default }
  return { ...item, default: limits, defaultRequest: { ...item.min, ...limits, ...item.defaultRequest } }
}

/** A pod with the amounts a defaulted limit range gives it; the same pod when it lacks none. */
export function withLimitDefaults(
  spec: PodSpec,
  annotations: Labels,
  range: LimitRangeSpec,
): { readonly spec: PodSpec; readonly annotations: Labels } {
  let requests: Amounts = {}
  let limits: Amounts = {}
  for (const item of range.limits ?? []) {
    if (item.type !== 'Container') continue
    requests = { ...requests, ...item.defaultRequest }
    limits = { ...limits, ...item.default }
  }
  const set: string[] = []
  const fill = (container: Container, what: string): Container => {
    const { resources = {} } = container
    const missingRequests = missing(requests, resources.requests)
    const missingLimits = missing(limits, resources.limits)
    if (missingRequests.length > 0)
      set.push(`${missingRequests.join(', ')} request for ${what} ${container.name}`)
    if (missingLimits.length > 0) set.push(`${missingLimits.join(', ')} limit for ${what} ${container.name}`)
    if (missingRequests.length + missingLimits.length === 0) return container
    const filled = {
      ...resources,
      ...withDefaults('requests', requests, resources.requests),
      ...withDefaults('limits', limits, resources.limits),
    }
    return { ...container, resources: filled }
  }
  const containers = spec.containers.map(container => fill(container, 'container'))
  const initContainers = spec.initContainers?.map(container => fill(container, 'init container'))
  if (set.length === 0) return { spec, annotations }
  return {
    spec: { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) },
    annotations: { ...annotations, [ANNOTATION]: `LimitRanger plugin set: ${set.join('; ')}` },
  }
}

function missing(defaults: Amounts, own: Amounts = {}): string[] {
  return Object.keys(defaults)
    .filter(name => own[name] === undefined)
    .sort(byCodeUnits)
}

function withDefaults(field: 'requests' | 'limits', defaults: Amounts, own: Amounts | undefined): object {
  const filled = { ...defaults, ...own }
  return Object.keys(filled).length === 0 ? {} : { [field]: filled }
}

/** What a limit range finds wrong with a pod. */
export function podViolations(spec: PodSpec, range: LimitRangeSpec): string[] {
  const found: string[] = []
  for (const item of range.limits ?? []) {
    if (item.type === 'Container') {
      for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        check(found, item, resourceListOf(resources?.requests), resourceListOf(resources?.limits))
      }
    } else if (item.type === 'Pod') {
      check(found, item, podResourceList(spec, 'requests'), podResourceList(spec, 'limits'))
    }
  }
  return found
}

/** What a limit range finds wrong with a claim that requests these amounts. */
export function claimViolations(requested: Amounts | undefined, range: LimitRangeSpec): string[] {
  const found: string[] = []
  const requests = resourceListOf(requested)
  for (const item of range.limits ?? []) {
    if (item.type !== 'PersistentVolumeClaim') continue
    check(
      found,
      { type: item.type, ...(item.min === undefined ? {} : { min: item.min }) },
      requests,
      new Map(),
    )
    for (const [name, most] of sortedList(item.max)) {
      const start = `maximum ${name} usage per ${item.type} is ${formatQuantity(most)}`
      const request = requests.get(name)
      if (request === undefined) found.push(`${start}.  No request is specified`)
      else if (isAbove(request, most)) found.push(`${start}, but request is ${formatQuantity(request)}`)
    }
  }
  return found
}

/** Several violations as one message. */
export function violationText(violations: readonly string[]): string {
  const distinct = [...new Set(violations)]
  return distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`
}

function check(found: string[], item: LimitRangeItem, requests: ResourceList, limits: ResourceList): void {
  const { type } = item
  for (const [name, least] of sortedList(item.min)) {
    checkMin(found, `minimum ${name} usage per ${type} is ${formatQuantity(least)}`, least, {
      request: requests.get(name),
      limit: limits.get(name),
    })
  }
  for (const [name, most] of sortedList(item.max)) {
    checkMax(found, `maximum ${name} usage per ${type} is ${formatQuantity(most)}`, most, {
      request: requests.get(name),
      limit: limits.get(name),
    })
  }
  for (const [name, ratio] of sortedList(item.maxLimitRequestRatio)) {
    checkRatio(found, `${name} max limit to request ratio per ${type} is ${formatQuantity(ratio)}`, ratio, {
      request: requests.get(name),
      limit: limits.get(name),
    })
  }
}

function sortedList(amounts: Amounts | undefined): [string, Quantity][] {
  return [...resourceListOf(amounts)].sort(([a], [b]) => byCodeUnits(a, b))
}

interface Observed {
  readonly request: Quantity | undefined
  readonly limit: Quantity | undefined
}

function checkMin(found: string[], start: string, least: Quantity, { request, limit }: Observed): void {
  const { requested, limited, enforced } = atOnePrecision(request, limit, least)
  if (request === undefined) found.push(`${start}.  No request is specified`)
  else if (requested < enforced) found.push(`${start}, but request is ${formatQuantity(request)}`)
  else if (limit !== undefined && limited < enforced) {
    found.push(`${start}, but limit is ${formatQuantity(limit)}`)
  }
}

function checkMax(found: string[], start: string, most: Quantity, { request, limit }: Observed): void {
  const { requested, limited, enforced } = atOnePrecision(request, limit, most)
  if (limit === undefined) found.push(`${start}.  No limit is specified`)
  else if (limited > enforced) found.push(`${start}, but limit is ${formatQuantity(limit)}`)
  else if (request !== undefined && requested > enforced) {
    found.push(`${start}, but request is ${formatQuantity(request)}`)
  }
}

function checkRatio(found: string[], start: string, ratio: Quantity, { request, limit }: Observed): void {
  const { requested, limited } = atOnePrecision(request, limit, ratio)
  if (request === undefined || requested === 0n) {
    found.push(`${start}, but no request is specified or request is 0`)
    return
  }
  if (limit === undefined || limited === 0n) {
    found.push(`${start}, but no limit is specified or limit is 0`)
    return
  }
  const observed = Number(limited) / Number(requested)
  const whole = scaledInt64(ratio, 0)
  const isExceeded =
    whole <= MAX_MILLI_VALUE ? observed * 1000 > Number(scaledInt64(ratio, -3)) : observed > Number(whole)
  if (isExceeded) found.push(`${start}, but provided ratio is ${observed.toFixed(6)}`)
}

/** Thousandths where all three have them as an int64, else whole units. */
function atOnePrecision(request: Quantity = ZERO, limit: Quantity = ZERO, bound: Quantity) {
  const whole = [request, limit, bound].map(quantity => scaledInt64(quantity, 0))
  const isSmall = whole.every(units => units <= MAX_MILLI_VALUE)
  const [requested, limited, enforced] = isSmall
    ? [request, limit, bound].map(quantity => scaledInt64(quantity, -3))
    : whole
  return { requested, limited, enforced }
}

function isAbove(request: Quantity, most: Quantity): boolean {
  const { requested, enforced } = atOnePrecision(request, undefined, most)
  return requested > enforced
}
