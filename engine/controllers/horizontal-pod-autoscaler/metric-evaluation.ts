/**
 * Evaluates one metric of an autoscaler: asks its API, calculates the replicas, tells the status and the
 * name under which the metric appears in messages; or why it could not.
 *
 * Upstream: computeReplicasForMetric, computeStatusFor... in pkg/controller/podautoscaler/horizontal.go
 * (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { MetricIdentifier, MetricSpec, MetricStatus, MetricTarget } from '../../model/autoscaling.js'
import { quoted } from '../../model/field-error.js'
import { type CompiledSelector, type LabelSelector, readSelector } from '../../model/labels.js'
import type { MetricsApi } from '../../model/metrics-api.js'
import { formatQuantity, quantityFromJson, quantityOfMilli, roundedUp } from '../../model/quantity.js'
import { podMetricSamples, resourceSamples } from './metric-samples.js'
import { type PodTally, tallyPods } from './pod-tally.js'
import {
  type Calculation,
  type CalculationFailure,
  type ReplicaProposal,
  replicasForMean,
  replicasForUtilization,
  replicasForValue,
  replicasForValuePerPod,
} from './replica-calculator.js'
import { selectorInGo } from './selector-in-go.js'

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

type Evaluation = EvaluatedMetric | FailedMetric

export function evaluateMetric(query: MetricQuery, spec: MetricSpec): Evaluation {
  switch (spec.type) {
    case 'Resource':
      if (spec.resource) return evaluateResource(query, spec.resource)
      break
    case 'ContainerResource':
      if (spec.containerResource) return evaluateContainer(query, spec.containerResource)
      break
    case 'Pods':
      if (spec.pods) return evaluatePods(query, spec.pods)
      break
    case 'Object':
      if (spec.object) return evaluateObject(query, spec.object)
      break
    case 'External':
      if (spec.external) return evaluateExternal(query, spec.external)
      break
  }
  const error = `unknown metric source type ${quoted(spec.type)}`
  return { reason: 'InvalidMetricSourceType', message: error, error }
}

function evaluateResource(query: MetricQuery, spec: NonNullable<MetricSpec['resource']>): Evaluation {
  const { name, target } = spec
  const proposal = forResource(query, name, '', target, 'resource')
  if ('error' in proposal) {
    const message = proposal.error
    const error = `failed to get ${name} resource metric value: ${message}`
    return { reason: 'FailedGetResourceMetric', message, error }
  }
  const current = currentOf(proposal, name)
  return {
    replicas: proposal.replicas,
    name: `${name} resource${nameOfTarget(proposal)}`,
    status: { type: 'Resource', resource: { name, current } },
  }
}

function evaluateContainer(
  query: MetricQuery,
  spec: NonNullable<MetricSpec['containerResource']>,
): Evaluation {
  const { name, container, target } = spec
  const proposal = forResource(query, name, container, target, 'container resource')
  if ('error' in proposal) {
    const message = proposal.error
    const error = `failed to get ${container} container metric value: ${message}`
    return { reason: 'FailedGetContainerResourceMetric', message, error }
  }
  const current = currentOf(proposal, name)
  return {
    replicas: proposal.replicas,
    name:
      proposal.utilization === undefined
        ? `${name} resource`
        : `${name} container resource utilization (percentage of request)`,
    status: { type: 'ContainerResource', containerResource: { name, container, current } },
  }
}

function forResource(
  query: MetricQuery,
  resource: string,
  container: string,
  target: MetricTarget,
  source: string,
): ReplicaProposal | CalculationFailure {
  const mean = milliOf(target.averageValue)
  const { averageUtilization } = target
  if (mean === undefined && (averageUtilization === undefined || averageUtilization === null)) {
    const missing = 'neither an average utilization target nor an average value (usage) target was set'
    return { error: `invalid ${source} metric source: ${missing}` }
  }
  const prefix = `failed to get ${resource} ${mean === undefined ? 'utilization' : 'usage'}: `
  const tally = query.calculation.pods.tally?.(resource, container) ?? tallyOf(query, resource, container)
  if ('error' in tally) return { error: prefix + tally.error }
  const proposal =
    mean === undefined
      ? replicasForUtilization(query.calculation, tally, averageUtilization ?? 0)
      : replicasForMean(query.calculation, tally, mean)
  return 'error' in proposal ? { error: prefix + proposal.error } : proposal
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

function nameOfTarget({ utilization }: ReplicaProposal): string {
  return utilization === undefined ? '' : ' utilization (percentage of request)'
}

function currentOf({ usageMilli, utilization }: ReplicaProposal, resource: string) {
  const format = resource === 'cpu' ? 'DecimalSI' : 'BinarySI'
  const averageValue = formatQuantity(quantityOfMilli(usageMilli, format))
  return utilization === undefined ? { averageValue } : { averageUtilization: utilization, averageValue }
}

function evaluatePods(query: MetricQuery, spec: NonNullable<MetricSpec['pods']>): Evaluation {
  const { metric, target } = spec
  const reason = 'FailedGetPodsMetric'
  const failed = (message: string): FailedMetric => ({
    reason,
    message,
    error: `failed to get pods metric value: ${message}`,
  })
  const selector = metricSelector(metric.selector)
  if ('error' in selector) return failed(selector.error)
  const { api, namespace, now, calculation } = query
  const samples = podMetricSamples(api, namespace, metric.name, query.selector, selector, now)
  if ('error' in samples) return failed(samples.error)
  const tally = tallyPods(calculation.pods.list(), calculation, samples, '', '')
  const proposal = replicasForMean(calculation, tally, milliOf(target.averageValue) ?? 0)
  if ('error' in proposal) return failed(proposal.error)
  const current = { averageValue: milliText(proposal.usageMilli) }
  return {
    replicas: proposal.replicas,
    name: `pods metric ${metric.name}`,
    status: { type: 'Pods', pods: { metric: shown(metric), current } },
  }
}

function evaluateObject(query: MetricQuery, spec: NonNullable<MetricSpec['object']>): Evaluation {
  const { describedObject: object, metric, target } = spec
  const reason = 'FailedGetObjectMetric'
  const failed = (message: string, prefix = ''): FailedMetric => ({
    reason,
    message,
    error: `failed to get object metric value: ${prefix}${message}`,
  })
  const selector = metricSelector(metric.selector)
  if ('error' in selector) return failed(selector.error)
  const isMean = target.type === 'AverageValue'
  const targetMilli = milliOf(isMean ? target.averageValue : target.value)
  if ((!isMean && target.type !== 'Value') || targetMilli === undefined) {
    return failed('invalid object metric source: neither a value target nor an average value target was set')
  }
  const { api, namespace, now, calculation, statusReplicas } = query
  const answer = api.objectMetric({ namespace, object, metric: metric.name, selector }, now)
  const prefix = isMean ? `failed to get ${metric.name} object metric: ` : ''
  if (typeof answer !== 'number') {
    const refusal = `unable to fetch metrics from custom metrics API: ${answer.error}`
    const where = `${object.kind} on ${namespace} ${object.name}`
    return failed(`unable to get metric ${metric.name}: ${where}/${refusal}`, prefix)
  }
  const proposal = isMean
    ? replicasForValuePerPod(statusReplicas, calculation.tolerances, answer, targetMilli)
    : replicasForValue(calculation, answer, targetMilli)
  if ('error' in proposal) return failed(proposal.error, prefix)
  const current = valueOf(proposal, isMean)
  return {
    replicas: proposal.replicas,
    name: isMean ? externalName(metric) : `${object.kind} metric ${metric.name}`,
    status: { type: 'Object', object: { describedObject: object, metric: shown(metric), current } },
  }
}

function evaluateExternal(query: MetricQuery, spec: NonNullable<MetricSpec['external']>): Evaluation {
  const { metric, target } = spec
  const perPod = milliOf(target.averageValue)
  const targetMilli = perPod ?? milliOf(target.value)
  const what = perPod === undefined ? `external metric ${metric.name}` : `${metric.name} external metric`
  const failed = (message: string, prefix = `failed to get ${what}: `): FailedMetric => ({
    reason: 'FailedGetExternalMetric',
    message,
    error: `failed to get ${metric.name} external metric value: ${prefix}${message}`,
  })
  if (targetMilli === undefined) {
    return failed(
      'invalid external metric source: neither a value target nor an average value target was set',
      '',
    )
  }
  const selector = metricSelector(metric.selector)
  if ('error' in selector) return failed(selector.error)
  const { api, namespace, now, calculation, statusReplicas } = query
  const answer = api.externalMetric(namespace, metric.name, selector, now)
  if ('error' in answer || answer.length === 0) {
    const refusal =
      'error' in answer
        ? `unable to fetch metrics from external metrics API: ${answer.error}`
        : 'no metrics returned from external metrics API'
    const series = `${namespace}/${metric.name}/${selectorInGo(metric.selector)}`
    return failed(`unable to get external metric ${series}: ${refusal}`)
  }
  let usageMilli = 0
  for (const value of answer) usageMilli += value
  const proposal =
    perPod === undefined
      ? replicasForValue(calculation, usageMilli, targetMilli)
      : replicasForValuePerPod(statusReplicas, calculation.tolerances, usageMilli, targetMilli)
  if ('error' in proposal) return failed(proposal.error)
  const current = valueOf(proposal, perPod !== undefined)
  return {
    replicas: proposal.replicas,
    name: externalName(metric),
    status: { type: 'External', external: { metric: shown(metric), current } },
  }
}

function externalName({ name, selector }: MetricIdentifier): string {
  return `external metric ${name}(${selectorInGo(selector)})`
}

function valueOf({ usageMilli }: ReplicaProposal, isMean: boolean) {
  const value = milliText(usageMilli)
  return isMean ? { averageValue: value } : { value }
}

/** The metric as the status repeats it. */
function shown({ name, selector }: MetricIdentifier): MetricIdentifier {
  return selector === undefined || selector === null ? { name } : { name, selector }
}

/** No selector of a metric means all series. */
function metricSelector(selector: LabelSelector | null | undefined) {
  return readSelector(selector ?? {})
}

function milliText(milli: number): string {
  return formatQuantity(quantityOfMilli(milli))
}

function milliOf(amount: string | number | null | undefined): number | undefined {
  if (amount === undefined || amount === null) return undefined
  const quantity = quantityFromJson(amount)
  return 'error' in quantity ? undefined : roundedUp(quantity, -3)
}
