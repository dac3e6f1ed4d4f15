/**
 * A pod as the replica calculation sees it, and what its containers request.
 * Upstream: calculateRequests in pkg/controller/podautoscaler/replica_calculator.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ConditionStatus } from '../../model/conditions.js'
import type { Labels, PodSpec, ResourceRequirements } from '../../model/pod-spec.js'
import { milliValue } from '../../model/quantity.js'

/** Times are whole seconds, as the API keeps them. */
export interface ScaledPod {
  readonly name: string
  readonly labels: Labels
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** Its deletion was requested. */
  readonly isDeleted: boolean
  readonly startTime?: SimTime
  /** The Ready condition. */
  readonly ready?: { readonly status: ConditionStatus; readonly since: SimTime }
  readonly spec: PodSpec
}

interface PodRequests {
  readonly byPod: ReadonlyMap<string, number>
}

/** What each pod or its container requests; a container without a request makes the calculation impossible. */
export function podRequests(
  pods: readonly ScaledPod[],
  resource: string,
  container: string,
): PodRequests | { readonly error: string } {
  const byPod = new Map<string, number>()
  let refused: { readonly pod: string; readonly container: string } | undefined
  for (const { name, spec } of pods) {
    const request = requestOf(spec, resource, container)
    if (typeof request === 'number') byPod.set(name, request)
    else if (refused === undefined || name < refused.pod)
      refused = { pod: name, container: request.missingIn }
  }
  if (refused === undefined) return { byPod }
  if (refused.container === '')
    return { error: `missing pod-level request for ${resource} in Pod ${refused.pod}` }
  return { error: `missing request for ${resource} in container ${refused.container} of Pod ${refused.pod}` }
}

interface MissingRequest {
  /** Empty for the pod's own request. */
  readonly missingIn: string
}

/** Pods of one template share their spec, and are asked about again and again. */
const known = new WeakMap<PodSpec, Map<string, number | MissingRequest>>()

/** What a pod requests, or its container where one is named. */
export function requestOf(spec: PodSpec, resource: string, container: string): number | MissingRequest {
  let byKey = known.get(spec)
  if (byKey === undefined) {
    byKey = new Map()
    known.set(spec, byKey)
  }
  const key = `${resource}/${container}`
  let request = byKey.get(key)
  if (request === undefined) {
    request = readRequest(spec, resource, container)
    byKey.set(key, request)
  }
  return request
}

function readRequest(spec: PodSpec, resource: string, container: string): number | MissingRequest {
  if (container === '' && hasPodRequests(spec.resources)) {
    return milliOf(spec.resources, resource) ?? { missingIn: '' }
  }
  let sum = 0
  for (const { name, resources } of spec.containers) {
    if (container !== '' && container !== name) continue
    const request = milliOf(resources, resource)
    if (request === undefined) return { missingIn: name }
    sum += request
  }
  for (const { name, resources, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy !== 'Always' || (container !== '' && container !== name)) continue
    const request = milliOf(resources, resource)
    if (request === undefined) return { missingIn: name }
    sum += request
  }
  return sum
}

function hasPodRequests(resources: ResourceRequirements | undefined): boolean {
  const requests = resources?.requests
  return requests !== undefined && Object.keys(requests).length > 0
}

function milliOf(resources: ResourceRequirements | undefined, resource: string): number | undefined {
  const text = resources?.requests?.[resource]
  return text === undefined ? undefined : milliValue(text)
}
