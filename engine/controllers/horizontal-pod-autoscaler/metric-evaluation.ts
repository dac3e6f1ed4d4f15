/**
 * Evaluates one metric of an autoscaler: asks its API, calculates the replicas, tells the status and the
 * name under which the metric appears in messages; or why it could not.
 *
 * Upstream: computeReplicasForMetric, computeStatusFor... in pkg/controller/podautoscaler/horizontal.go
 * (1.36).
 * Simplified: nothing known.
 */
import type { MetricIdentifier, MetricSpec } from '../../model/autoscaling.js'
import { quoted } from '../../model/field-error.js'
import { type LabelSelector, readSelector } from '../../model/labels.js'
import { formatMilli } from '../../model/quantity.js'
import { milliOf } from './metric-amounts.js'
import type { Evaluation, FailedMetric, MetricQuery } from './metric-query.js'
import { podMetricSamples } from './metric-samples.js'
import { tallyPods } from './pod-tally.js'
import {
  type ReplicaProposal,
  replicasForPods,
  replicasForValue,
  replicasForValuePerPod,
} from './replica-calculator.js'
import { evaluateResource, type ResourceMetric, readResourceMetric } from './resource-metric.js'
import { selectorInGo } from './selector-in-go.js'

/** A metric of a spec, and what has been read of it once and for all. */
export interface PlannedMetric {
  readonly spec: MetricSpec
  readonly resource: ResourceMetric | undefined
}

/** What is read of lists of metrics: equal lists share it, since most autoscalers are of a few kinds. */
export class MetricPlans {
  readonly #byText = new Map<string, readonly PlannedMetric[]>()

  of(specs: readonly MetricSpec[]): readonly PlannedMetric[] {
    const text = JSON.stringify(specs)
    let planned = this.#byText.get(text)
    if (planned === undefined) {
      planned = specs.map(spec => ({ spec, resource: readResourceMetric(spec) }))
      this.#byText.set(text, planned)
    }
    return planned
  }
}

export function evaluateMetric(query: MetricQuery, { spec, resource }: PlannedMetric): Evaluation {
  if (resource !== undefined) return evaluateResource(query, resource)
  switch (spec.type) {
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
  const proposal = replicasForPods(calculation, tally, {
    isPercent: false,
    value: milliOf(target.averageValue) ?? 0,
  })
  if ('error' in proposal) return failed(proposal.error)
  const current = { averageValue: formatMilli(proposal.usageMilli) }
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
  const value = formatMilli(usageMilli)
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
