/**
 * The mutating webhook: a new pod gets the resources that its autoscaler recommends, and says which containers
 * were seen.
 * Upstream: vertical-pod-autoscaler/pkg/admission-controller/resource/pod/patch (resource_updates.go,
 * observed_containers.go) and resource/vpa/matcher.go (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { Container, Labels } from '../../model/pod-spec.js'
import { amountsOf, type ResourceList } from '../../model/resource-list.js'
import { UpdateMode, updateModeOf } from '../../model/vertical-pod-autoscaler.js'
import { capRecommendation } from './cap-recommendation.js'
import { containerResources, type NewResources } from './container-resources.js'
import { type Autoscaler, controllingAutoscaler, type TopmostController } from './controlling-autoscaler.js'
import type { ManagedPod } from './managed-pod.js'
import type { LimitRange } from './namespace-limits.js'

export const OBSERVED_CONTAINERS = 'vpaObservedContainers'
const UPDATES = 'vpaUpdates'

export interface AdmittedPod {
  readonly containers: readonly Container[]
  readonly annotations: Labels
  /** Whether resources were touched. */
  readonly isChanged: boolean
  readonly autoscaler: Autoscaler
}

/** A new pod as it will be stored; undefined when no autoscaler controls it. */
export function admitPod(
  pod: ManagedPod,
  autoscalers: readonly Autoscaler[],
  topmost: TopmostController,
  ranges: readonly LimitRange[],
): AdmittedPod | undefined {
  const acting = autoscalers.filter(({ spec }) => updateModeOf(spec) !== UpdateMode.Off)
  const autoscaler = controllingAutoscaler(pod, acting, topmost)
  if (autoscaler === undefined) return undefined
  const resources = containerResources(autoscaler, pod, ranges)
  const capped = capRecommendation(autoscaler, pod, ranges).annotations
  const containers: Container[] = []
  const updates: string[] = []
  for (const [i, container] of pod.containers.entries()) {
    containers.push(withResources(container, resources[i]))
    if (!isTouched(container, resources[i])) continue
    const said = [
      ...(capped.get(container.name) ?? []),
      ...[...resources[i].requests.keys()].map(name => `${name} request`),
      ...[...resources[i].limits.keys()].map(name => `${name} limit`),
    ]
    updates.push(`container ${i}: ${said.join(', ')}`)
  }
  const isChanged = updates.length > 0
  const annotations = {
    ...pod.annotations,
    ...(isChanged ? { [UPDATES]: `Pod resources updated by ${autoscaler.name}: ${updates.join('; ')}` } : {}),
    [OBSERVED_CONTAINERS]: pod.containers.map(({ name }) => name).join(', '),
  }
  return { containers, annotations, isChanged, autoscaler }
}

/** A container that names no resources is given an empty list of them, which counts as a change. */
export function isTouched({ resources }: Container, { requests, limits }: NewResources): boolean {
  const isBare = resources?.requests === undefined && resources?.limits === undefined
  return isBare || requests.size > 0 || limits.size > 0
}

/** The container with these amounts beside those it has. */
export function withResources(container: Container, { requests, limits }: NewResources): Container {
  if (requests.size === 0 && limits.size === 0) return container
  const { resources = {} } = container
  return {
    ...container,
    resources: {
      ...resources,
      ...merged('requests', resources.requests, requests),
      ...merged('limits', resources.limits, limits),
    },
  }
}

function merged(field: 'requests' | 'limits', own: Labels | undefined, added: ResourceList) {
  return added.size === 0 ? {} : { [field]: { ...own, ...amountsOf(added) } }
}
