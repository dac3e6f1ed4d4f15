/**
 * Changes of the resources of pods that exist: which are allowed, what a pod counts for until they are made, and which
 * containers have to be started again for them.
 *
 * Upstream: ValidatePodResize of pkg/apis/core/validation/validation.go, UseStatusResources of
 * staging/src/k8s.io/component-helpers/resource/helpers.go (1.36).
 * Simplified: pod-level resources and init containers that end are not resized.
 */
import type { Amounts, Container, PodSpec, ResourceRequirements } from './pod-spec.js'
import { canonicalJson } from './pod-template.js'
import { qosClass } from './qos.js'
import { amountOf } from './resources.js'

const RESIZABLE = ['cpu', 'memory']

/** Why the API server refuses the resize, if so. */
export function resizeFault(before: PodSpec, after: PodSpec): string | undefined {
  if (canonicalJson(withoutResources(before)) !== canonicalJson(withoutResources(after)))
    return 'spec: Forbidden: only cpu and memory resources are mutable'
  for (const [i, container] of after.containers.entries()) {
    const path = `spec.containers[${i}].resources`
    const fault = containerFault(before.containers[i].resources ?? {}, container.resources ?? {}, path)
    if (fault !== undefined) return fault
  }
  if (qosClass(before) === qosClass(after)) return undefined
  return `spec: Invalid value: "${qosClass(after)}": Pod QOS Class may not change as a result of resizing`
}

/** The same spec with other containers in place of its own. */
export function withContainers(spec: PodSpec, containers: readonly Container[]): PodSpec {
  return { ...spec, containers }
}

/** What a pod counts for while a change is not made: of each request the larger one. */
export function largerSpec(wanted: PodSpec, present: PodSpec): PodSpec {
  return withContainers(
    wanted,
    wanted.containers.map((container, i) => {
      const requests = largerAmounts(
        container.resources?.requests ?? {},
        present.containers[i].resources?.requests ?? {},
      )
      return Object.keys(requests).length === 0
        ? container
        : { ...container, resources: { ...container.resources, requests } }
    }),
  )
}

/** Names of the containers whose resources differ, and whether each has to be started again for it. */
export function resizedContainers(
  before: PodSpec,
  after: PodSpec,
): { readonly container: Container; readonly isRestarted: boolean }[] {
  const changed: { readonly container: Container; readonly isRestarted: boolean }[] = []
  for (const [i, container] of after.containers.entries()) {
    const resources = RESIZABLE.filter(name => isOther(before.containers[i], container, name))
    if (resources.length === 0) continue
    const isRestarted = (container.resizePolicy ?? []).some(
      ({ resourceName, restartPolicy }) =>
        restartPolicy === 'RestartContainer' && resources.includes(resourceName),
    )
    changed.push({ container, isRestarted })
  }
  return changed
}

function isOther(before: Container, after: Container, name: string): boolean {
  const { requests: hadRequests = {}, limits: hadLimits = {} } = before.resources ?? {}
  const { requests = {}, limits = {} } = after.resources ?? {}
  return hadRequests[name] !== requests[name] || hadLimits[name] !== limits[name]
}

function containerFault(
  before: ResourceRequirements,
  after: ResourceRequirements,
  path: string,
): string | undefined {
  for (const part of ['requests', 'limits'] as const) {
    for (const name of RESIZABLE) {
      if (before[part]?.[name] !== undefined && after[part]?.[name] === undefined)
        return `${path}.${part}: Forbidden: resource ${part} cannot be removed`
    }
  }
  for (const name of RESIZABLE) {
    const request = after.requests?.[name]
    const limit = after.limits?.[name]
    if (request === undefined || limit === undefined) continue
    if ((amountOf(name, request) ?? 0) > (amountOf(name, limit) ?? 0))
      return `${path}.requests: Invalid value: "${request}": must be less than or equal to ${name} limit of ${limit}`
  }
  return undefined
}

function withoutResources(spec: PodSpec): object {
  const stripped = spec.containers.map(({ resources, ...container }) => ({
    ...container,
    requests: others(resources?.requests),
    limits: others(resources?.limits),
  }))
  return { ...spec, containers: stripped }
}

function others(amounts: Amounts = {}): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => !RESIZABLE.includes(name)))
}

function largerAmounts(wanted: Amounts, present: Amounts): Amounts {
  const larger: Record<string, string> = { ...wanted }
  for (const [name, text] of Object.entries(present)) {
    const own = larger[name]
    if (own === undefined || (amountOf(name, text) ?? 0) > (amountOf(name, own) ?? 0)) larger[name] = text
  }
  return larger
}
