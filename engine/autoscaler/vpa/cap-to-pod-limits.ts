/**
 * Fits the recommendations of a pod's containers together into what limit ranges allow whole pods, each in
 * proportion.
 * Upstream: vertical-pod-autoscaler/pkg/utils/vpa/capping.go capProportionallyToPodLimitRange (VPA 1.8.1).
 * Simplified: where upstream crashes (a container has neither request nor recommendation, or the bound to be
 * changed is missing) the container is left as it is.
 */
import type { Quantity } from '../../model/quantity.js'
import { addQuantities, compareQuantities } from '../../model/quantity-arithmetic.js'
import { ZERO } from '../../model/resource-list.js'
import { currentResources, type ManagedPod } from './managed-pod.js'
import type { LimitBounds } from './namespace-limits.js'
import {
  proportionalLimit,
  type Rounding,
  SCALED_RESOURCES,
  type ScaledResource,
  scaleProportionally,
} from './proportional-limits.js'
import { type ContainerRecommendation, copyOf } from './recommendation.js'

type Field = 'target' | 'lowerBound' | 'upperBound'
const FIELDS: readonly Field[] = ['upperBound', 'target', 'lowerBound']

type PodContainers = Pick<ManagedPod, 'containers' | 'containerStatuses'>

/** Changed copies; containers without a recommendation are added with what they request. */
export function capToPodLimits(
  recommended: readonly ContainerRecommendation[],
  pod: PodContainers,
  bounds: LimitBounds,
): ContainerRecommendation[] {
  const result = recommended.map(copyOf)
  for (const { name } of pod.containers) {
    const { requests } = currentResources(pod, name)
    if (requests.size === 0 || recommended.some(({ containerName }) => containerName === name)) continue
    const target = new Map(requests)
    result.push({
      containerName: name,
      target,
      lowerBound: undefined,
      upperBound: undefined,
      uncappedTarget: undefined,
    })
  }
  for (const field of FIELDS) {
    for (const resource of SCALED_RESOURCES) fitTogether(result, pod, bounds, resource, field)
  }
  return result
}

function fitTogether(
  recommended: readonly ContainerRecommendation[],
  pod: PodContainers,
  { min, max, defaults }: LimitBounds,
  resource: ScaledResource,
  field: Field,
): void {
  const least = min?.get(resource) ?? ZERO
  const most = max?.get(resource) ?? ZERO
  let limitSum: Quantity = ZERO
  let requestSum: Quantity = ZERO
  const paired = pod.containers.map(({ name }) =>
    recommended.find(({ containerName }) => containerName === name),
  )
  for (const [i, { name }] of pod.containers.entries()) {
    const { requests, limits } = currentResources(pod, name)
    const original = { limit: limits.get(resource), request: requests.get(resource) }
    const own = paired[i]
    const request = (own === undefined ? original.request : own[field]?.get(resource)) ?? ZERO
    const limit = proportionalLimit(resource, original, request, defaults.get(resource))
    if (limit !== undefined) limitSum = addQuantities(limitSum, limit)
    requestSum = addQuantities(requestSum, request)
  }
  const hasMost = most.unscaled !== 0n
  const isTooLittle = compareQuantities(least, requestSum) > 0
  const isAbove = hasMost && compareQuantities(most, limitSum) < 0
  if (limitSum.unscaled === 0n) return
  if (isTooLittle) scaleAll(paired, resource, field, requestSum, least, 'up to minimum')
  else if (isAbove) scaleAll(paired, resource, field, limitSum, most, 'down to maximum')
  else if (compareQuantities(least, limitSum) > 0)
    scaleAll(paired, resource, field, limitSum, least, 'down to maximum')
}

function scaleAll(
  paired: readonly (ContainerRecommendation | undefined)[],
  resource: ScaledResource,
  field: Field,
  sum: Quantity,
  wanted: Quantity,
  rounding: Rounding,
): void {
  for (const recommendation of paired) {
    const resources = recommendation?.[field]
    if (resources === undefined) continue
    const amount = resources.get(resource) ?? ZERO
    const scaled = scaleProportionally(resource, amount, sum, wanted, rounding)
    if (scaled !== undefined) resources.set(resource, scaled)
  }
}
