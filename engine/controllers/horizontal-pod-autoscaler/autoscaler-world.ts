/**
 * What an autoscaler is given and what it answers: flags, the scale of its target, the cluster as far as it may see it.
 * Upstream: HorizontalController in pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus } from '../../model/autoscaling.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { MetricsApi } from '../../model/metrics-api.js'
import type { Labels } from '../../model/pod-spec.js'
import type { PodTally, ReadinessRules } from './pod-tally.js'
import type { Scale, ScaleRefusal, TargetReference } from './scale-subresource.js'
import type { ScaledPod } from './scaled-pod.js'

/** kube-controller-manager's --horizontal-pod-autoscaler-... flags. */
export interface AutoscalerSettings extends ReadinessRules {
  readonly downscaleStabilization: SimTime
  readonly tolerance: number
}

/** The pods that the target's selector matches, as they are at one look. */
export interface TargetPods {
  readonly count: number
  /** Every set of labels among them, at least once. */
  readonly labels: readonly Labels[]
  list(): readonly ScaledPod[]
  /**
   * What tallyPods would make of the pods and of what the API of resource metrics answers about them; undefined where
   * that cannot be told faster. Without it it never can.
   */
  tally?(resource: string, container: string): PodTally | undefined
}

/** What an autoscaler needs of the cluster. */
export interface AutoscalerWorld {
  readonly metrics: MetricsApi
  scale(target: TargetReference): Scale | ScaleRefusal
  /** Why the size could not be written; undefined when it was. */
  rescale(replicas: number): string | undefined
  pods(selector: CompiledSelector): TargetPods
  event(type: 'Normal' | 'Warning', reason: string, message: string): void
}

export interface AutoscalerSubject {
  readonly namespace: string
  readonly name: string
  readonly spec: HorizontalPodAutoscalerSpec
  readonly status: HorizontalPodAutoscalerStatus
}

/** What one look came to; there is none when the metrics could not be told or did not matter. */
export interface Look {
  readonly current: number
  /** What the metrics ask for, before windows, policies and bounds. */
  readonly wanted: number
  readonly desired: number
  readonly metric: string
  /** Why `desired` is not what is wanted; empty when it is. */
  readonly limited: string
  readonly isStabilized: boolean
  readonly isLimitedByPolicy: boolean
}

export interface Reconciliation {
  readonly status: HorizontalPodAutoscalerStatus
  readonly look: Look | undefined
  readonly error: string | undefined
}
