/**
 * What is read of an autoscaler's spec once and used at every look until the spec is replaced.
 *
 * Upstream: reconcileAutoscaler, normalizeDesiredReplicasWithBehaviors in
 * pkg/controller/podautoscaler/horizontal.go (1.36); gate HPAConfigurableTolerance on.
 * Simplified: nothing known.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerSpec, ScalingRules } from '../../model/autoscaling.js'
import { quantityFromJson } from '../../model/quantity.js'
import type { MetricPlans, PlannedMetric } from './metric-evaluation.js'
import type { Tolerances } from './replica-calculator.js'
import { readTargetReference, type TargetReference } from './scale-subresource.js'

export interface AutoscalerPlan {
  /** The spec that it was read from: specs are replaced, never changed. */
  readonly spec: HorizontalPodAutoscalerSpec
  readonly target: TargetReference
  /** The target as errors call it. */
  readonly reference: string
  readonly minReplicas: number
  readonly tolerances: Tolerances
  readonly metrics: readonly PlannedMetric[]
  /** There are metrics, and all are of resources of whole pods. */
  readonly isByResources: boolean
  readonly behavior: PlannedBehavior | undefined
  /** How long a recommendation keeps from scaling up, or down. */
  readonly windows: { readonly up: SimTime; readonly down: SimTime }
}

interface PlannedBehavior {
  readonly scaleUp: ScalingRules
  readonly scaleDown: ScalingRules
}

interface Defaults {
  readonly tolerance: number
  readonly downscaleStabilization: SimTime
}

export function planAutoscaler(
  spec: HorizontalPodAutoscalerSpec,
  namespace: string,
  metricPlans: MetricPlans,
  { tolerance, downscaleStabilization }: Defaults,
): AutoscalerPlan {
  const { scaleTargetRef, behavior } = spec
  const metrics = spec.metrics ?? []
  const up = behavior?.scaleUp ?? {}
  const down = behavior?.scaleDown ?? {}
  return {
    spec,
    target: readTargetReference(scaleTargetRef),
    reference: `${scaleTargetRef.kind}/${namespace}/${scaleTargetRef.name}`,
    minReplicas: spec.minReplicas ?? 1,
    tolerances: {
      scaleUp: toleranceOf(up.tolerance) ?? tolerance,
      scaleDown: toleranceOf(down.tolerance) ?? tolerance,
    },
    metrics: metricPlans.of(metrics),
    isByResources: metrics.length > 0 && metrics.every(({ type }) => type === 'Resource'),
    behavior: behavior === undefined || behavior === null ? undefined : { scaleUp: up, scaleDown: down },
    windows: {
      up: windowOf(up) ?? 0,
      down: windowOf(down) ?? downscaleStabilization,
    },
  }
}

function windowOf({ stabilizationWindowSeconds: seconds }: ScalingRules): SimTime | undefined {
  return seconds === undefined || seconds === null ? undefined : seconds * SECOND
}

function toleranceOf(tolerance: string | number | null | undefined): number | undefined {
  if (tolerance === undefined || tolerance === null) return undefined
  const quantity = quantityFromJson(tolerance)
  if ('error' in quantity) return undefined
  return Number(quantity.unscaled) * Number(`1e${quantity.scale}`)
}
