/**
 * VerticalPodAutoscalers as they are written and stored, in Kubernetes' own field names.
 * Upstream: vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1/types.go (VPA 1.8.1). Amounts stay the
 * strings they were written as.
 */
import type { SimTime } from '../kernel/time.js'
import type { CrossVersionObjectReference } from './autoscaling.js'
import type { Amounts } from './pod-spec.js'

export const UpdateMode = {
  Off: 'Off',
  Initial: 'Initial',
  Recreate: 'Recreate',
  InPlaceOrRecreate: 'InPlaceOrRecreate',
  InPlace: 'InPlace',
  Auto: 'Auto',
} as const
export type UpdateMode = (typeof UpdateMode)[keyof typeof UpdateMode]

export interface EvictionRequirement {
  readonly resources: readonly string[]
  /** TargetHigherThanRequests or TargetLowerThanRequests. */
  readonly changeRequirement: string
}

export interface PodUpdatePolicy {
  readonly updateMode?: string | null
  readonly minReplicas?: number | null
  readonly evictionRequirements?: readonly EvictionRequirement[] | null
  readonly evictAfterOOMSeconds?: number | null
}

export interface ContainerResourcePolicy {
  /** `*` for every container without a policy of its own. */
  readonly containerName?: string
  /** Auto or Off. */
  readonly mode?: string | null
  readonly minAllowed?: Amounts | null
  readonly maxAllowed?: Amounts | null
  readonly controlledResources?: readonly string[] | null
  /** RequestsAndLimits or RequestsOnly. */
  readonly controlledValues?: string | null
  readonly oomBumpUpRatio?: string | number | null
  readonly oomMinBumpUp?: string | number | null
  readonly memoryAggregationIntervalSeconds?: number | null
  readonly memoryAggregationIntervalCount?: number | null
  readonly startupBoost?: object | null
}

export interface PodResourcePolicy {
  readonly containerPolicies?: readonly ContainerResourcePolicy[] | null
}

export interface VerticalPodAutoscalerSpec {
  readonly targetRef?: CrossVersionObjectReference | null
  readonly updatePolicy?: PodUpdatePolicy | null
  readonly resourcePolicy?: PodResourcePolicy | null
  readonly recommenders?: readonly { readonly name: string }[] | null
  readonly startupBoost?: object | null
}

export interface RecommendedContainerResources {
  readonly containerName: string
  readonly target: Amounts
  readonly lowerBound?: Amounts
  readonly upperBound?: Amounts
  readonly uncappedTarget?: Amounts
}

export interface RecommendedPodResources {
  readonly containerRecommendations?: readonly RecommendedContainerResources[] | null
}

export interface VerticalPodAutoscalerCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly lastTransitionTime?: SimTime
  readonly reason?: string
  readonly message?: string
}

export interface VerticalPodAutoscalerStatus {
  readonly recommendation?: RecommendedPodResources | null
  readonly conditions?: readonly VerticalPodAutoscalerCondition[] | null
  readonly observedGeneration?: number
}

/** The mode a spec asks for; one without a mode asks for Recreate. */
export function updateModeOf({ updatePolicy }: VerticalPodAutoscalerSpec): string {
  const mode = updatePolicy?.updateMode ?? ''
  return mode === '' ? UpdateMode.Recreate : mode
}

/** The policy written for a container, else the one for all. */
export function containerPolicyOf(
  container: string,
  policy: PodResourcePolicy | null | undefined,
): ContainerResourcePolicy | undefined {
  let forAll: ContainerResourcePolicy | undefined
  for (const candidate of policy?.containerPolicies ?? []) {
    if (candidate.containerName === container) return candidate
    if (candidate.containerName === '*') forAll = candidate
  }
  return forAll
}

/** Whether limits are to follow the requests of a container. */
export function controlsLimits(container: string, policy: PodResourcePolicy | null | undefined): boolean {
  const values = containerPolicyOf(container, policy)?.controlledValues ?? 'RequestsAndLimits'
  return values === 'RequestsAndLimits'
}
