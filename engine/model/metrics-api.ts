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

export interface ObjectMetricQuery {
  readonly namespace: string
  readonly object: CrossVersionObjectReference
  readonly metric: string
  readonly selector: CompiledSelector
}

export interface MetricsApi {
  /** metrics.k8s.io: pods of the namespace that the selector matches, as far as they were measured. */
  podUsage(namespace: string, selector: CompiledSelector, now: SimTime): readonly PodUsage[] | MetricsRefusal
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
