/**
 * A metric of an autoscaler about cpu or memory of its pods, or of one of their containers: read once from its spec,
 * then evaluated at each look.
 *
 * Upstream: computeStatusForResourceMetric, computeStatusForContainerResourceMetric in
 * pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: nothing known.
 */
import type { MetricSpec, MetricStatus, MetricTarget } from '../../model/autoscaling.js'
import { formatMilli, QuantityFormat } from '../../model/quantity.js'
import { milliOf } from './metric-amounts.js'
import type { Evaluation, MetricQuery } from './metric-query.js'
import { resourceSamples } from './metric-samples.js'
import { type PodTally, tallyPods } from './pod-tally.js'
import {
  type CalculationFailure,
  type PodTarget,
  type ReplicaProposal,
  replicasForPods,
} from './replica-calculator.js'

export interface ResourceMetric {
  readonly resource: string
  /** Empty: whole pods, and the metric is of the type Resource. */
  readonly container: string
  readonly isOfContainer: boolean
  /** Percent of the requests, or thousandths a pod; undefined: the spec says neither. */
  readonly target: PodTarget | undefined
  readonly format: QuantityFormat
  /** How messages call it. */
  readonly name: string
  /** The message when it tells how many replicas there should be. */
  readonly found: string
}

/** Undefined: the metric is none of a resource. */
export function readResourceMetric({ type, resource, containerResource }: MetricSpec) {
  if (type === 'Resource' && resource) return resourceMetric(resource.name, '', false, resource.target)
  if (type !== 'ContainerResource' || !containerResource) return undefined
  return resourceMetric(containerResource.name, containerResource.container, true, containerResource.target)
}

function resourceMetric(
  resource: string,
  container: string,
  isOfContainer: boolean,
  { averageValue, averageUtilization }: MetricTarget,
): ResourceMetric {
  const mean = milliOf(averageValue)
  const isPercent = mean === undefined
  const value = mean ?? averageUtilization
  const source = isPercent && isOfContainer ? `${resource} container resource` : `${resource} resource`
  const name = isPercent ? `${source} utilization (percentage of request)` : source
  return {
    resource,
    container,
    isOfContainer,
    target: value === undefined || value === null ? undefined : { isPercent, value },
    format: resource === 'cpu' ? QuantityFormat.DecimalSI : QuantityFormat.BinarySI,
    name,
    found: foundMessage(name),
  }
}

/** How a condition says which metric told how many replicas there should be. */
export function foundMessage(metric: string): string {
  return `the HPA was able to successfully calculate a replica count from ${metric}`
}

export function evaluateResource(query: MetricQuery, metric: ResourceMetric): Evaluation {
  const proposal = propose(query, metric)
  const { resource, container, isOfContainer, name } = metric
  if ('error' in proposal) {
    const message = proposal.error
    if (isOfContainer) {
      const error = `failed to get ${container} container metric value: ${message}`
      return { reason: 'FailedGetContainerResourceMetric', message, error }
    }
    const error = `failed to get ${resource} resource metric value: ${message}`
    return { reason: 'FailedGetResourceMetric', message, error }
  }
  return { replicas: proposal.replicas, name, status: statusOf(proposal, metric) }
}

function propose(query: MetricQuery, metric: ResourceMetric): ReplicaProposal | CalculationFailure {
  const { resource, container, target } = metric
  if (target === undefined) {
    const source = metric.isOfContainer ? 'container resource' : 'resource'
    const missing = 'neither an average utilization target nor an average value (usage) target was set'
    return { error: `invalid ${source} metric source: ${missing}` }
  }
  const { calculation } = query
  const tally = calculation.pods.tally?.(resource, container) ?? tallyOf(query, resource, container)
  const proposal = 'error' in tally ? tally : replicasForPods(calculation, tally, target)
  if (!('error' in proposal)) return proposal
  const what = target.isPercent ? 'utilization' : 'usage'
  return { error: `failed to get ${resource} ${what}: ${proposal.error}` }
}

function tallyOf(
  { api, namespace, selector, calculation, now }: MetricQuery,
  resource: string,
  container: string,
): PodTally | CalculationFailure {
  const samples = resourceSamples(api, namespace, selector, resource, container, now)
  if ('error' in samples) return samples
  return tallyPods(calculation.pods.list(), calculation, samples, resource, container)
}

function statusOf(
  { usageMilli, utilization }: ReplicaProposal,
  { resource: name, container, isOfContainer, format }: ResourceMetric,
): MetricStatus {
  const averageValue = formatMilli(usageMilli, format)
  const current =
    utilization === undefined ? { averageValue } : { averageUtilization: utilization, averageValue }
  return isOfContainer
    ? { type: 'ContainerResource', containerResource: { name, container, current } }
    : { type: 'Resource', resource: { name, current } }
}
