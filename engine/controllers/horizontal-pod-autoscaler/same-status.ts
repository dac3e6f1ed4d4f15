/**
 * Whether a look has found what the status says already, so that nothing is written.
 * Upstream: updateStatusIfNeeded in pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import type { HorizontalPodAutoscalerStatus, MetricStatus, MetricValue } from '../../model/autoscaling.js'
import { sameConditions } from '../../model/conditions.js'

export function sameStatus(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
  return (
    a.currentReplicas === b.currentReplicas &&
    a.desiredReplicas === b.desiredReplicas &&
    a.lastScaleTime === b.lastScaleTime &&
    sameMetrics(a.currentMetrics, b.currentMetrics) &&
    sameConditions(a.conditions, b.conditions)
  )
}

function sameMetrics(a: readonly MetricStatus[], b: readonly MetricStatus[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    // Most differ in their figures, if at all.
    if (!sameValue(valueOf(a[i]), valueOf(b[i])) || !sameData(a[i], b[i])) return false
  }
  return true
}

/** What the status shows of a metric; undefined for one that could not be read. */
export function valueOf(status: MetricStatus): MetricValue | undefined {
  const { resource, containerResource, pods, object, external } = status
  return (resource ?? containerResource ?? pods ?? object ?? external)?.current
}

function sameValue(a: MetricValue | undefined, b: MetricValue | undefined): boolean {
  return (
    a?.averageUtilization === b?.averageUtilization &&
    a?.averageValue === b?.averageValue &&
    a?.value === b?.value
  )
}

/** Compares what JSON can say; a field that is undefined is none. */
function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) if (!sameData(a[key as never], b[key as never])) return false
  return true
}
