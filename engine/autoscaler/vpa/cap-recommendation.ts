/**
 * Fits an autoscaler's recommendation to one pod: limit ranges first, then the policy, then, where limits are
 * not to be touched, the container's own limits.
 * Upstream: vertical-pod-autoscaler/pkg/utils/vpa/capping.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { Quantity } from '../../model/quantity.js'
import { compareQuantities, scaledInt64 } from '../../model/quantity-arithmetic.js'
import { type ResourceList, resourceListOf, ZERO } from '../../model/resource-list.js'
import {
  containerPolicyOf,
  controlsLimits,
  type PodResourcePolicy,
  type VerticalPodAutoscalerSpec,
  type VerticalPodAutoscalerStatus,
} from '../../model/vertical-pod-autoscaler.js'
import { capToPodLimits } from './cap-to-pod-limits.js'
import { type CurrentResources, currentResources, type ManagedPod } from './managed-pod.js'
import { type LimitBounds, type LimitRange, limitBounds } from './namespace-limits.js'
import { boundaryRequest, SCALED_RESOURCES } from './proportional-limits.js'
import {
  type ContainerRecommendation,
  copyOf,
  loweredBy,
  type MutableResources,
  raisedBy,
  readRecommendation,
} from './recommendation.js'

export interface CappedRecommendation {
  /** False when there is neither a recommendation nor a policy. */
  readonly isAny: boolean
  readonly containers: readonly ContainerRecommendation[]
  /** By container, what the target was capped to. */
  readonly annotations: ReadonlyMap<string, readonly string[]>
}

/** Bounds of a request by resource name; 0 bounds nothing. */
type Bounds = ReadonlyMap<string, Quantity>
const UNBOUNDED: Bounds = new Map()

/** Recommendations for containers that the pod does not have are dropped. */
export function capRecommendation(
  autoscaler: { readonly spec: VerticalPodAutoscalerSpec; readonly status?: VerticalPodAutoscalerStatus },
  pod: Pick<ManagedPod, 'containers' | 'containerStatuses'>,
  ranges: readonly LimitRange[],
): CappedRecommendation {
  const policy = autoscaler.spec.resourcePolicy
  const recommended = autoscaler.status?.recommendation ?? undefined
  if (recommended === undefined && (policy === undefined || policy === null)) return NOTHING
  const read = readRecommendation(recommended ?? {})
  const podBounds = limitBounds(ranges, 'Pod')
  const containerBounds = limitBounds(ranges, 'Container')
  const together = podBounds === undefined ? read : capToPodLimits(read, pod, podBounds)
  const containers: ContainerRecommendation[] = []
  const annotations = new Map<string, readonly string[]>()
  for (const recommendation of together) {
    const { containerName } = recommendation
    if (!pod.containers.some(({ name }) => name === containerName)) continue
    const capped = copyOf(recommendation)
    const said = capContainer(capped, currentResources(pod, containerName), policy, containerBounds)
    if (said.length > 0) annotations.set(containerName, said)
    containers.push(capped)
  }
  return { isAny: true, containers, annotations }
}

const NOTHING: CappedRecommendation = { isAny: false, containers: [], annotations: new Map() }

/** Answers what was done to the target. */
function capContainer(
  { containerName, target, lowerBound, upperBound }: ContainerRecommendation,
  current: CurrentResources,
  policy: PodResourcePolicy | null | undefined,
  range: LimitBounds | undefined,
): string[] {
  const own = containerPolicyOf(containerName, policy)
  const leastByRange = lowestRequests(current, range)
  const mostByRange = highestRequests(current, range)
  const leastByPolicy = resourceListOf(own?.minAllowed ?? undefined)
  const mostByPolicy = resourceListOf(own?.maxAllowed ?? undefined)
  const isLimited = !controlsLimits(containerName, policy)
  const process = (resources: MutableResources): string[] => [
    ...capBetween(
      resources,
      leastByRange,
      mostByRange,
      'fit Min in container LimitRange',
      'fit Max in container LimitRange',
    ),
    ...capBetween(resources, leastByPolicy, mostByPolicy, 'minAllowed', 'maxAllowed'),
    ...(isLimited ? capToLimits(resources, current.limits) : []),
  ]
  const said = process(target)
  if (lowerBound !== undefined) process(lowerBound)
  if (upperBound !== undefined) process(upperBound)
  return said
}

function capBetween(
  resources: MutableResources,
  least: Bounds,
  most: Bounds,
  min: string,
  max: string,
): string[] {
  const said: string[] = []
  for (const [name, amount] of resources) {
    const raised = raisedBy(amount, least.get(name))
    if (raised !== undefined) said.push(`${name} capped to ${min}`)
    const lowered = loweredBy(raised ?? amount, most.get(name))
    if (lowered !== undefined) said.push(`${name} capped to ${max}`)
    resources.set(name, lowered ?? raised ?? amount)
  }
  return said
}

function capToLimits(resources: MutableResources, limits: ResourceList): string[] {
  const said: string[] = []
  for (const [name, limit] of limits) {
    const amount = resources.get(name)
    if (amount === undefined || scaledInt64(amount, -3) <= scaledInt64(limit, -3)) continue
    resources.set(name, limit)
    said.push(`${name} capped to container limit`)
  }
  return said
}

function highestRequests(current: CurrentResources, range: LimitBounds | undefined): Bounds {
  return range?.max === undefined ? UNBOUNDED : boundaries(current, range.max, range.defaults)
}

/** Both the limit and the request have to reach the minimum. */
function lowestRequests(current: CurrentResources, range: LimitBounds | undefined): Bounds {
  if (range?.min === undefined) return UNBOUNDED
  const bounds = boundaries(current, range.min, range.defaults)
  for (const name of SCALED_RESOURCES) {
    const least = range.min.get(name) ?? ZERO
    if (compareQuantities(least, bounds.get(name) as Quantity) > 0) bounds.set(name, least)
  }
  return bounds
}

function boundaries(
  current: CurrentResources,
  limits: ResourceList,
  defaults: ResourceList,
): Map<string, Quantity> {
  const bounds = new Map<string, Quantity>()
  for (const name of SCALED_RESOURCES) {
    bounds.set(name, boundaryRequest(name, current, limits.get(name) ?? ZERO, defaults.get(name)))
  }
  return bounds
}
