/**
 * The metrics APIs that autoscalers read: resource metrics of pods, custom metrics of pods and objects, external ones.
 * Whoever answers decides how old the answers are; nobody is told a true present value.
 *
 * Upstream: staging/src/k8s.io/metrics pkg/apis/metrics, custom_metrics, external_metrics (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { CrossVersionObjectReference } from './autoscaling.js'
import type { CompiledSelector } from './labels.js'

/** Why an API gave no answer. */
export interface MetricsRefusal {
  readonly error: string
}

export interface ContainerUsage {
  readonly name: string
  /** By resource name, in thousandths: milliCPU, thousandths of bytes. */
  readonly usageMilli: ReadonlyMap<string, number>
}

/** Usage of one pod, averaged over the `window` before `timestamp`. */
export interface PodUsage {
  readonly pod: string
  readonly timestamp: SimTime
  readonly window: SimTime
  readonly containers: readonly ContainerUsage[]
}

export interface PodMetricValue {
  readonly pod: string
  readonly milli: number
  readonly timestamp: SimTime
  readonly window: SimTime
}

export interface UsageQuery {
  readonly namespace: string
  readonly selector: CompiledSelector
  readonly resource: string
  /** Empty: all containers of a pod together. */
  readonly container: string
}

/** The `window` before `timestamp` that samples are averaged over. */
export interface SampleTime {
  readonly timestamp: SimTime
  readonly window: SimTime
}

export interface ObjectMetricQuery {
  readonly namespace: string
  readonly object: CrossVersionObjectReference
  readonly metric: string
  readonly selector: CompiledSelector
}

/** The answers of {@link MetricsApi.podUsage} by rows of the pod table, in thousandths. */
export interface PodRowMetrics {
  /**
   * Calls `visit` for each pod that was measured, and tells when all of them were. Pods of one template with one
   * `source` have the same usage now and later, until one of them changes; without source nothing is known of later.
   * Undefined: ask podUsage.
   */
  each(
    query: UsageQuery,
    now: SimTime,
    visit: (pod: number, usageMilli: number, source: object | undefined) => void,
  ): SampleTime | undefined
  /** Usage of a pod that had a source and has not changed; undefined when it was not measured. */
  usage(pod: number, resource: string, container: string, now: SimTime): number | undefined
  /** Until when that stays as it is. */
  steadyUntil(pod: number, now: SimTime): SimTime
}

export interface MetricsApi {
  /** metrics.k8s.io: pods of the namespace that the selector matches, as far as they were measured. */
  podUsage(namespace: string, selector: CompiledSelector, now: SimTime): readonly PodUsage[] | MetricsRefusal
  /** Resource metrics for who knows pods by their rows. Absent: nobody answers so. */
  readonly rows?: PodRowMetrics
  /** custom.metrics.k8s.io: one metric of all matching pods. */
  podMetric(
    namespace: string,
    metric: string,
    selector: CompiledSelector,
    metricSelector: CompiledSelector,
    now: SimTime,
  ): readonly PodMetricValue[] | MetricsRefusal
  /** custom.metrics.k8s.io: a metric of one object, in thousandths. */
  objectMetric(query: ObjectMetricQuery, now: SimTime): number | MetricsRefusal
  /** external.metrics.k8s.io: the values of all matching series, in thousandths. */
  externalMetric(
    namespace: string,
    metric: string,
    selector: CompiledSelector,
    now: SimTime,
  ): readonly number[] | MetricsRefusal
  /**
   * Until when the answers about the resources of these pods stay as they are now, if nothing changes that
   * {@link onChange} tells of; `now` when that cannot be told. Absent: it never can.
   */
  steadyUntil?(namespace: string, selector: CompiledSelector, now: SimTime): SimTime
  /** Tells of pods whose answers change from a time on: ids of the namespace and of the set of labels. */
  onChange?(listener: (namespace: number, labels: number, from: SimTime) => void): void
}

/**
 * What a pod uses of a resource, or its container where one is named; undefined when a container does not tell.
 */
export function usageOf(
  containers: readonly ContainerUsage[],
  resource: string,
  container: string,
): number | undefined {
  if (containers.length === 0) return undefined
  let sum = 0
  for (const { name, usageMilli } of containers) {
    if (container !== '' && name !== container) continue
    const milli = usageMilli.get(resource)
    if (container !== '') return milli
    if (milli === undefined) return undefined
    sum += milli
  }
  return container === '' ? sum : undefined
}
