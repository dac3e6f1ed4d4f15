/**
 * What the metrics APIs answer, as samples by pod: sums over containers, or those of one container.
 *
 * Upstream: pkg/controller/podautoscaler/metrics/client.go (1.36): a pod with a container that lacks the
 * resource has no sample.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import { type ContainerUsage, type MetricsApi, usageOf } from '../../model/metrics-api.js'
import type { MetricSample, MetricSamples } from './metric-sample.js'
import type { CalculationFailure } from './replica-calculator.js'

/** Samples of a resource; `container` is empty for whole pods. */
export function resourceSamples(
  api: MetricsApi,
  namespace: string,
  selector: CompiledSelector,
  resource: string,
  container: string,
  now: SimTime,
): MetricSamples | CalculationFailure {
  const prefix = `unable to get metrics for resource ${resource}: `
  const answer = api.podUsage(namespace, selector, now)
  if ('error' in answer) {
    return { error: `${prefix}unable to fetch metrics from resource metrics API: ${answer.error}` }
  }
  if (answer.length === 0) return { error: `${prefix}no metrics returned from resource metrics API` }
  const samples = new Map<string, MetricSample>()
  // Pods that did the same share their answer, and so their sample.
  let last: readonly ContainerUsage[] | undefined
  let sample: MetricSample | undefined
  for (const { pod, timestamp, window, containers } of answer) {
    if (containers !== last || sample?.timestamp !== timestamp) {
      const milli = usageOf(containers, resource, container)
      sample = milli === undefined ? undefined : { milli, timestamp, window }
      last = containers
    }
    if (sample !== undefined) samples.set(pod, sample)
  }
  return samples
}

/** Samples of a custom metric of pods. */
export function podMetricSamples(
  api: MetricsApi,
  namespace: string,
  metric: string,
  selector: CompiledSelector,
  metricSelector: CompiledSelector,
  now: SimTime,
): MetricSamples | CalculationFailure {
  const prefix = `unable to get metric ${metric}: `
  const answer = api.podMetric(namespace, metric, selector, metricSelector, now)
  if ('error' in answer) {
    return { error: `${prefix}unable to fetch metrics from custom metrics API: ${answer.error}` }
  }
  if (answer.length === 0) return { error: `${prefix}no metrics returned from custom metrics API` }
  return new Map(answer.map(value => [value.pod, value]))
}
