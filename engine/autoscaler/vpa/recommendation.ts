/**
 * Recommendations as the updater and the admission controller compute with them, read from a status and
 * written back.
 * Upstream: vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1/types.go RecommendedContainerResources and
 * pkg/utils/vpa/capping.go ApplyVPAPolicy (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { Amounts } from '../../model/pod-spec.js'
import type { Quantity } from '../../model/quantity.js'
import { compareQuantities } from '../../model/quantity-arithmetic.js'
import { amountsOf, resourceListOf } from '../../model/resource-list.js'
import {
  containerPolicyOf,
  type PodResourcePolicy,
  type RecommendedPodResources,
} from '../../model/vertical-pod-autoscaler.js'

export type MutableResources = Map<string, Quantity>

/** Bounds that are missing are undefined: upstream tells them from empty ones. */
export interface ContainerRecommendation {
  readonly containerName: string
  readonly target: MutableResources
  readonly lowerBound: MutableResources | undefined
  readonly upperBound: MutableResources | undefined
  readonly uncappedTarget: MutableResources | undefined
}

export function readRecommendation(recommended: RecommendedPodResources): ContainerRecommendation[] {
  return (recommended.containerRecommendations ?? []).map(container => ({
    containerName: container.containerName,
    target: new Map(resourceListOf(container.target)),
    lowerBound: mutableOrMissing(container.lowerBound),
    upperBound: mutableOrMissing(container.upperBound),
    uncappedTarget: mutableOrMissing(container.uncappedTarget),
  }))
}

export function writeRecommendation(containers: readonly ContainerRecommendation[]): RecommendedPodResources {
  return {
    containerRecommendations: containers.map(container => ({
      containerName: container.containerName,
      target: amountsOf(container.target),
      ...(container.lowerBound === undefined ? {} : { lowerBound: amountsOf(container.lowerBound) }),
      ...(container.upperBound === undefined ? {} : { upperBound: amountsOf(container.upperBound) }),
      ...(container.uncappedTarget === undefined
        ? {}
        : { uncappedTarget: amountsOf(container.uncappedTarget) }),
    })),
  }
}

function mutableOrMissing(amounts: Amounts | undefined): MutableResources | undefined {
  return amounts === undefined ? undefined : new Map(resourceListOf(amounts))
}

export function copyOf(recommendation: ContainerRecommendation): ContainerRecommendation {
  const { containerName, target, lowerBound, upperBound, uncappedTarget } = recommendation
  return {
    containerName,
    target: new Map(target),
    lowerBound: lowerBound && new Map(lowerBound),
    upperBound: upperBound && new Map(upperBound),
    uncappedTarget: uncappedTarget && new Map(uncappedTarget),
  }
}

/** The bound when it is set, greater than 0 and above the amount. */
export function raisedBy(amount: Quantity, least: Quantity | undefined): Quantity | undefined {
  if (least === undefined || least.unscaled === 0n) return undefined
  return compareQuantities(amount, least) < 0 ? least : undefined
}

/** The bound when it is set, greater than 0 and below the amount. */
export function loweredBy(amount: Quantity, most: Quantity | undefined): Quantity | undefined {
  if (most === undefined || most.unscaled === 0n) return undefined
  return compareQuantities(amount, most) > 0 ? most : undefined
}

/**
 * Fits recommendations into what the policy allows, in place; the uncapped target stays.
 * @param globalMaxAllowed the recommender's own maximum, for resources without one in the policy
 */
export function applyPolicy(
  containers: readonly ContainerRecommendation[],
  policy: PodResourcePolicy | null | undefined,
  globalMaxAllowed: Amounts,
): void {
  for (const { containerName, target, lowerBound, upperBound } of containers) {
    const own = containerPolicyOf(containerName, policy)
    const minAllowed = resourceListOf(own?.minAllowed ?? undefined)
    const maxAllowed = resourceListOf({ ...globalMaxAllowed, ...own?.maxAllowed })
    for (const resources of [target, lowerBound, upperBound]) {
      for (const [name, amount] of resources ?? []) {
        const raised = raisedBy(amount, minAllowed.get(name)) ?? amount
        resources?.set(name, loweredBy(raised, maxAllowed.get(name)) ?? raised)
      }
    }
  }
}
