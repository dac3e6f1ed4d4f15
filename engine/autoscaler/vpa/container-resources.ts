/**
 * What a pod's containers get from an autoscaler: requests as recommended, limits in proportion unless the
 * policy leaves them alone.
 * Upstream: vertical-pod-autoscaler/pkg/admission-controller/resource/pod/recommendation/
 * recommendation_provider.go (VPA 1.8.1).
 * Simplified: the cpu startup boost, whose gate is off.
 */
import type { Quantity } from '../../model/quantity.js'
import type { ResourceList } from '../../model/resource-list.js'
import {
  controlsLimits,
  UpdateMode,
  type VerticalPodAutoscalerSpec,
  type VerticalPodAutoscalerStatus,
} from '../../model/vertical-pod-autoscaler.js'
import { capRecommendation } from './cap-recommendation.js'
import { currentResources, type ManagedPod } from './managed-pod.js'
import { type LimitRange, limitBounds } from './namespace-limits.js'
import { proportionalLimits } from './proportional-limits.js'

export interface NewResources {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

const NOTHING: ReadonlyMap<string, Quantity> = new Map()
const UNCHANGED: NewResources = { requests: NOTHING, limits: NOTHING }

/** One entry per container of the pod, in order; empty lists where nothing is recommended. */
export function containerResources(
  autoscaler: { readonly spec: VerticalPodAutoscalerSpec; readonly status?: VerticalPodAutoscalerStatus },
  pod: Pick<ManagedPod, 'containers' | 'containerStatuses'>,
  ranges: readonly LimitRange[],
): NewResources[] {
  const { spec, status } = autoscaler
  const hasRecommendation = (status?.recommendation ?? undefined) !== undefined
  const capped = hasRecommendation ? capRecommendation(autoscaler, pod, ranges).containers : []
  const defaults = limitBounds(ranges, 'Container')?.defaults ?? NOTHING
  const policy = spec.updatePolicy?.updateMode === UpdateMode.Off ? undefined : spec.resourcePolicy
  return pod.containers.map(({ name }) => {
    const recommended = capped.find(({ containerName }) => containerName === name)
    if (recommended === undefined) return UNCHANGED
    const requests = recommended.target
    if (!controlsLimits(name, policy)) return { requests, limits: NOTHING }
    return { requests, limits: proportionalLimits(currentResources(pod, name), requests, defaults) }
  })
}
