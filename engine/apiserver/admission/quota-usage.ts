/**
 * What an object takes from a resource quota, which of a quota's resources concern it, and what a quota demands of
 * pods.
 *
 * Upstream: pkg/quota/v1/evaluator/core (pods.go, persistent_volume_claims.go, services.go) and
 * staging/src/k8s.io/apiserver/pkg/quota/v1/generic/evaluator.go (1.36).
 * Simplified: resource claims of dynamic resource allocation count as objects only.
 */
import type { Amounts, Labels, PersistentVolumeClaimSpec, PodSpec } from '../../model/pod-spec.js'
import { type Quantity, quantityOf } from '../../model/quantity.js'
import { compareQuantities } from '../../model/quantity-arithmetic.js'
import {
  byCodeUnits,
  hasPodLevelResources,
  namesOf,
  ONE,
  podResourceList,
  type ResourceList,
  resourceListOf,
  sumOf,
} from '../../model/resource-list.js'

const POD_COUNT = 'count/pods'
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'] as const
const POD_RESOURCES: ReadonlySet<string> = new Set([
  POD_COUNT,
  'pods',
  ...COMPUTE,
  ...COMPUTE.map(name => `requests.${name}`),
  ...COMPUTE.map(name => `limits.${name}`),
])
/** A quota of one of these makes every container name its amount. */
const DEMANDED: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
])
const HUGE_PAGES = 'hugepages-'
const CLASS_SUFFIXES = [
  '.storageclass.storage.k8s.io/requests.storage',
  '.storageclass.storage.k8s.io/persistentvolumeclaims',
]
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

/** Kinds of the core group that a quota may also name without `count/`. */
const BARE_COUNTS: ReadonlySet<string> = new Set([
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'secrets',
])

/** A pod's use; one that is finished or overdue in its deletion counts as an object only. */
export function podUsage(spec: PodSpec, isCharged: boolean): ResourceList {
  const usage: ResourceList = new Map([[POD_COUNT, ONE]])
  return isCharged
    ? sumOf(usage, computeUsage(podResourceList(spec, 'requests'), podResourceList(spec, 'limits')))
    : usage
}

function computeUsage(requests: ResourceList, limits: ResourceList): Map<string, Quantity> {
  const usage = new Map<string, Quantity>([['pods', ONE]])
  for (const name of COMPUTE) {
    const request = requests.get(name)
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request)
    const limit = limits.get(name)
    if (limit !== undefined) usage.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (name.startsWith(HUGE_PAGES)) usage.set(name, request).set(`requests.${name}`, request)
    else if (isExtended(name)) usage.set(`requests.${name}`, request)
  }
  return usage
}

/** Names outside Kubernetes' own domain. */
function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.')
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/')
}

export interface ClaimLike {
  readonly spec?: PersistentVolumeClaimSpec
  readonly annotations?: Labels
  readonly allocatedResources?: Amounts
}

export function claimUsage({ spec = {}, annotations = {}, allocatedResources }: ClaimLike): ResourceList {
  const usage = new Map<string, Quantity>([
    ['count/persistentvolumeclaims', ONE],
    ['persistentvolumeclaims', ONE],
  ])
  const className = annotations[CLASS_ANNOTATION] ?? spec.storageClassName ?? ''
  if (className !== '') usage.set(className + CLASS_SUFFIXES[1], ONE)
  const storage = largestOf(
    resourceListOf(spec.resources?.requests).get('storage'),
    resourceListOf(allocatedResources).get('storage'),
  )
  if (storage === undefined) return usage
  usage.set('requests.storage', storage)
  if (className !== '') usage.set(className + CLASS_SUFFIXES[0], storage)
  return usage
}

/** A volume that is being enlarged counts with what is allocated already. */
function largestOf(request: Quantity | undefined, allocated: Quantity | undefined): Quantity | undefined {
  if (request === undefined || allocated === undefined) return request
  return compareQuantities(allocated, request) > 0 ? allocated : request
}

export interface ServiceLike {
  readonly type?: string
  readonly ports?: readonly { readonly nodePort?: number }[]
  readonly allocateLoadBalancerNodePorts?: boolean
}

export function serviceUsage({
  type,
  ports = [],
  allocateLoadBalancerNodePorts = true,
}: ServiceLike): ResourceList {
  let nodePorts = 0
  if (type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts))
    nodePorts = ports.length
  else if (type === 'LoadBalancer') nodePorts = ports.filter(({ nodePort = 0 }) => nodePort !== 0).length
  return new Map([
    ['count/services', ONE],
    ['services', ONE],
    ['services.nodeports', quantityOf(nodePorts)],
    ['services.loadbalancers', quantityOf(type === 'LoadBalancer' ? 1 : 0)],
  ])
}

/** An object of any other kind counts as one, under its resource name with the group. */
export function objectUsage(resource: string): ResourceList {
  const usage = new Map([[`count/${resource}`, ONE]])
  if (BARE_COUNTS.has(resource)) usage.set(resource, ONE)
  return usage
}

/** Which of these resources are measured at objects of the kind, in order of names. */
export function countedResources(kind: string, hard: readonly string[], usage: ResourceList): string[] {
  return hard.filter(name => isCounted(kind, name, usage)).sort(byCodeUnits)
}

function isCounted(kind: string, name: string, usage: ResourceList): boolean {
  if (kind === 'Pod') {
    if (POD_RESOURCES.has(name) || name.startsWith(HUGE_PAGES)) return true
    return (
      name.startsWith(`requests.${HUGE_PAGES}`) || (name.startsWith('requests.') && isExtendedQuota(name))
    )
  }
  if (kind === 'PersistentVolumeClaim' && CLASS_SUFFIXES.some(suffix => name.endsWith(suffix))) return true
  if (kind === 'PersistentVolumeClaim' && name === 'requests.storage') return true
  return usage.has(name)
}

function isExtendedQuota(name: string): boolean {
  return !isNative(name)
}

/** Why a quota of these resources refuses the pod whatever room it has; undefined when it does not. */
export function missingAmounts(spec: PodSpec, counted: readonly string[]): string | undefined {
  const demanded = counted.filter(name => DEMANDED.has(name))
  if (demanded.length === 0) return undefined
  // Amounts of the pod as a whole spare its containers their own.
  const ofPod = hasPodLevelResources(spec)
    ? computeUsage(resourceListOf(spec.resources?.requests), resourceListOf(spec.resources?.limits))
    : new Map<string, Quantity>()
  const lacking = new Map<string, Set<string>>()
  for (const { name, resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const own = computeUsage(resourceListOf(resources?.requests), resourceListOf(resources?.limits))
    for (const resource of demanded) {
      if (own.has(resource) || ofPod.has(resource)) continue
      const containers = lacking.get(resource)
      if (containers === undefined) lacking.set(resource, new Set([name]))
      else containers.add(name)
    }
  }
  if (lacking.size === 0) return undefined
  const parts = [...lacking.keys()]
    .sort(byCodeUnits)
    .map(name => `${name} for: ${[...(lacking.get(name) as Set<string>)].sort(byCodeUnits).join(',')}`)
  return `must specify ${parts.join('; ')}`
}

/** Names of a quota's hard limits. */
export function hardNames(hard: Amounts | undefined): string[] {
  return namesOf(resourceListOf(hard))
}
