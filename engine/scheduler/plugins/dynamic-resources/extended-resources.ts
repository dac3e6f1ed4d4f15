import type { DeviceClass, DeviceRequest } from '../../../model/devices.js'
import type { Container, PodSpec } from '../../../model/pod-spec.js'
import { amountOf } from '../../../model/resources.js'

/** The claim for extended resources that exists in the scheduler's mind only. */
export const UNWRITTEN_CLAIM = '<extended-resources>'

/**
 * The device requests that stand for a pod's extended resources, where devices provide them: one for each
 * container and resource. Containers that run one after another share: an init container uses what later ones
 * get anyway, and only the largest request of init containers is made.
 *
 * Upstream: createRequestsAndMappings of
 * pkg/scheduler/framework/plugins/dynamicresources/extendeddynamicresources.go (1.36).
 * Simplified: the mapping of containers to requests in the pod's status is left out.
 */
export function extendedRequests(
  spec: PodSpec,
  resources: readonly string[],
  classFor: (resource: string) => DeviceClass | undefined,
): DeviceRequest[] {
  const initContainers = spec.initContainers ?? []
  const containers = [...initContainers, ...spec.containers]
  const requests: CountedRequest[] = []
  for (const resource of resources.toSorted()) {
    const className = classFor(resource)?.meta.name
    if (className === undefined) continue
    const longLived = containers.map((container, i) =>
      i < initContainers.length && container.restartPolicy !== 'Always'
        ? undefined
        : requestOf(container, i, resource, className, []),
    )
    let largest: CountedRequest | undefined
    for (const [i, container] of initContainers.entries()) {
      if (container.restartPolicy === 'Always') continue
      const request = requestOf(container, i, resource, className, longLived.slice(i))
      if (request !== undefined && (largest === undefined || largest.count < request.count)) largest = request
    }
    if (largest !== undefined) requests.push(largest)
    requests.push(...longLived.filter(request => request !== undefined))
  }
  requests.sort((a, b) => (a.name < b.name ? -1 : 1))
  return requests.map(({ name, className, count }) => ({
    name,
    exactly: { deviceClassName: className, allocationMode: 'ExactCount', count },
  }))
}

interface CountedRequest {
  readonly name: string
  readonly className: string
  readonly count: number
}

/** Undefined when the container asks for none, or the requests it can reuse hold enough. */
function requestOf(
  { resources }: Container,
  index: number,
  resource: string,
  className: string,
  reusable: readonly (CountedRequest | undefined)[],
): CountedRequest | undefined {
  const quantity = resources?.requests?.[resource]
  const count = quantity === undefined ? 0 : (amountOf(resource, quantity) ?? 0)
  if (count === 0) return undefined
  let sum = 0
  for (const request of reusable) {
    sum += request?.count ?? 0
    if (request !== undefined && sum >= count) return undefined
  }
  const number = Object.keys(resources?.requests ?? {})
    .sort()
    .indexOf(resource)
  return { name: `container-${index}-request-${number}`, className, count: count - sum }
}
