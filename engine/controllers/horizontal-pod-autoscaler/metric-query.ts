/**
 * What the evaluation of a metric is given, and what it comes to.
 * Upstream: computeReplicasForMetric in pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { MetricStatus } from '../../model/autoscaling.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { MetricsApi } from '../../model/metrics-api.js'
import type { Calculation } from './replica-calculator.js'

export interface MetricQuery {
  readonly api: MetricsApi
  readonly namespace: string
  /** The pods of the target. */
  readonly selector: CompiledSelector
  readonly statusReplicas: number
  readonly calculation: Calculation
  readonly now: SimTime
}

export interface EvaluatedMetric {
  readonly replicas: number
  readonly name: string
  readonly status: MetricStatus
}

export interface FailedMetric {
  /** Reason of the event and of the ScalingActive condition. */
  readonly reason: string
  /** Message of the event. */
  readonly message: string
  /** The error as it goes on to the caller. */
  readonly error: string
}

export type Evaluation = EvaluatedMetric | FailedMetric
