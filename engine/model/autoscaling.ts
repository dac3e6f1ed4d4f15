/**
 * HorizontalPodAutoscalers as they are written and stored, in Kubernetes' own field names.
 * Upstream: staging/src/k8s.io/api/autoscaling/v2/types.go (1.36). Amounts stay the strings they were
 * written as.
 */
import type { SimTime } from '../kernel/time.js'
import type { Condition } from './conditions.js'
import type { LabelSelector } from './labels.js'

export interface CrossVersionObjectReference {
  readonly apiVersion?: string
  readonly kind: string
  readonly name: string
}

export interface MetricIdentifier {
  readonly name: string
  readonly selector?: LabelSelector | null
}

export interface MetricTarget {
  readonly type: string
  readonly value?: string | number | null
  readonly averageValue?: string | number | null
  readonly averageUtilization?: number | null
}

export interface MetricSpec {
  readonly type: string
  readonly resource?: { readonly name: string; readonly target: MetricTarget } | null
  readonly containerResource?: {
    readonly name: string
    readonly container: string
    readonly target: MetricTarget
  } | null
  readonly pods?: { readonly metric: MetricIdentifier; readonly target: MetricTarget } | null
  readonly object?: {
    readonly describedObject: CrossVersionObjectReference
    readonly metric: MetricIdentifier
    readonly target: MetricTarget
  } | null
  readonly external?: { readonly metric: MetricIdentifier; readonly target: MetricTarget } | null
}

export interface ScalingPolicy {
  readonly type: string
  readonly value: number
  readonly periodSeconds: number
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number | null
  readonly selectPolicy?: string | null
  readonly policies?: readonly ScalingPolicy[] | null
  readonly tolerance?: string | number | null
}

export interface HorizontalPodAutoscalerBehavior {
  readonly scaleUp?: ScalingRules | null
  readonly scaleDown?: ScalingRules | null
}

export interface HorizontalPodAutoscalerSpec {
  readonly scaleTargetRef: CrossVersionObjectReference
  readonly minReplicas?: number | null
  readonly maxReplicas: number
  readonly metrics?: readonly MetricSpec[] | null
  readonly behavior?: HorizontalPodAutoscalerBehavior | null
}

/** What a metric was at the last reconciliation: one of the amounts, or a utilization and its amount. */
export interface MetricValue {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

/** One entry per metric of the spec; a metric that could not be read has the type "". */
export interface MetricStatus {
  readonly type: string
  readonly resource?: { readonly name: string; readonly current: MetricValue }
  readonly containerResource?: {
    readonly name: string
    readonly container: string
    readonly current: MetricValue
  }
  readonly pods?: { readonly metric: MetricIdentifier; readonly current: MetricValue }
  readonly object?: {
    readonly describedObject: CrossVersionObjectReference
    readonly metric: MetricIdentifier
    readonly current: MetricValue
  }
  readonly external?: { readonly metric: MetricIdentifier; readonly current: MetricValue }
}

export interface HorizontalPodAutoscalerStatus {
  readonly currentReplicas: number
  readonly desiredReplicas: number
  readonly lastScaleTime?: SimTime
  readonly currentMetrics: readonly MetricStatus[]
  readonly conditions: readonly Condition[]
}

export const NEW_HORIZONTAL_POD_AUTOSCALER_STATUS: HorizontalPodAutoscalerStatus = {
  currentReplicas: 0,
  desiredReplicas: 0,
  currentMetrics: [],
  conditions: [],
}
