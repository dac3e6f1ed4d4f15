/**
 * Requirements of an autoscaler on the direction of a change: all have to hold for some container.
 * Upstream: vertical-pod-autoscaler/pkg/updater/priority/scaling_direction_pod_eviction_admission.go
 * (VPA 1.8.1).
 * Simplified: nothing known.
 */
import { scaledInt64 } from '../../model/quantity-arithmetic.js'
import { type ResourceList, ZERO } from '../../model/resource-list.js'
import type { EvictionRequirement, VerticalPodAutoscalerSpec } from '../../model/vertical-pod-autoscaler.js'
import { currentResources, type ManagedPod } from './managed-pod.js'
import type { ContainerRecommendation } from './recommendation.js'

export function meetsRequirements(
  pod: ManagedPod,
  recommended: readonly ContainerRecommendation[],
  { updatePolicy }: VerticalPodAutoscalerSpec,
): boolean {
  if (updatePolicy === undefined || updatePolicy === null) return true
  const requirements = updatePolicy.evictionRequirements ?? []
  return pod.containers.some(({ name }) => {
    const recommendation = recommended.find(({ containerName }) => containerName === name)
    if (recommendation === undefined) return false
    const { requests } = currentResources(pod, name)
    if (!requests.has('cpu') || !requests.has('memory')) return true
    return requirements.every(requirement => holds(requirement, requests, recommendation.target))
  })
}

function holds(
  { resources, changeRequirement }: EvictionRequirement,
  requests: ResourceList,
  target: ResourceList,
): boolean {
  return resources.some(name => {
    const difference = scaledInt64(target.get(name) ?? ZERO, -3) - scaledInt64(requests.get(name) ?? ZERO, -3)
    if (changeRequirement === 'TargetHigherThanRequests') return difference > 0n
    return changeRequirement === 'TargetLowerThanRequests' && difference < 0n
  })
}
