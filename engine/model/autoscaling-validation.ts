/**
 * What the API server refuses in a HorizontalPodAutoscaler.
 * Upstream: pkg/apis/autoscaling/validation/validation.go (1.36), gate HPAScaleToZero off.
 * Simplified: nothing known.
 */
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ScalingPolicy,
  ScalingRules,
} from './autoscaling.js'
import { forbiddenField, invalidField, requiredField, unsupportedField } from './field-error.js'
import { dns1123LabelErrors, qualifiedNameErrors } from './names.js'
import { quantityFromJson } from './quantity.js'

const MAX_PERIOD_SECONDS = 1800
const MAX_STABILIZATION_WINDOW_SECONDS = 3600
const SELECT_POLICIES = ['Disabled', 'Max', 'Min']
const POLICY_TYPES = ['Percent', 'Pods']
const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

/** Errors of a spec that is new; one that scaled to zero already may go on (`minReplicasLowerBound` 0). */
export function horizontalPodAutoscalerErrors(
  spec: HorizontalPodAutoscalerSpec,
  minReplicasLowerBound = 1,
): string[] {
  const { maxReplicas, behavior } = spec
  const minReplicas = spec.minReplicas ?? undefined
  const errors: string[] = []
  if (minReplicas !== undefined && minReplicas < minReplicasLowerBound) {
    const detail = `must be greater than or equal to ${minReplicasLowerBound}`
    errors.push(invalidField('spec.minReplicas', minReplicas, detail))
  }
  if (maxReplicas === 0) {
    errors.push(requiredField('spec.maxReplicas', 'must be set and greater than 0'))
  } else if (maxReplicas < 0) {
    errors.push(invalidField('spec.maxReplicas', maxReplicas, 'must be greater than 0'))
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(
      invalidField('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'),
    )
  }
  errors.push(...referenceErrors(spec.scaleTargetRef, 'spec.scaleTargetRef'))
  const metrics = spec.metrics ?? []
  for (const [i, metric] of metrics.entries()) errors.push(...metricErrors(metric, `spec.metrics[${i}]`))
  const hasOutsideMetric = metrics.some(({ type }) => type === 'Object' || type === 'External')
  if (minReplicas === 0 && !hasOutsideMetric) {
    const detail = 'must specify at least one Object or External metric to support scaling to zero replicas'
    errors.push(forbiddenField('spec.metrics', detail))
  }
  errors.push(...rulesErrors(behavior?.scaleUp, 'spec.behavior.scaleUp'))
  errors.push(...rulesErrors(behavior?.scaleDown, 'spec.behavior.scaleDown'))
  return errors
}

function referenceErrors({ apiVersion, kind, name }: CrossVersionObjectReference, path: string): string[] {
  const errors = [...segmentErrors(kind, `${path}.kind`), ...segmentErrors(name, `${path}.name`)]
  if ((apiVersion ?? '').split('/').length > 2) {
    const detail = `unexpected GroupVersion string: ${apiVersion}`
    errors.push(invalidField(`${path}.apiVersion`, apiVersion ?? '', detail))
  }
  return errors
}

function segmentErrors(name: string | undefined, path: string, detail = ''): string[] {
  if (name === undefined || name === '') return [requiredField(path, detail)]
  return pathSegmentErrors(name).map(error => invalidField(path, name, error))
}

/** What may not stand in the path of a request. */
function pathSegmentErrors(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter(part => name.includes(part)).map(part => `may not contain '${part}'`)
}

function rulesErrors(rules: ScalingRules | null | undefined, path: string): string[] {
  if (rules === null || rules === undefined) return []
  const errors: string[] = []
  const window = rules.stabilizationWindowSeconds ?? undefined
  if (window !== undefined && window < 0) {
    errors.push(
      invalidField(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'),
    )
  }
  if (window !== undefined && window > MAX_STABILIZATION_WINDOW_SECONDS) {
    const detail = `must be less than or equal to ${MAX_STABILIZATION_WINDOW_SECONDS}`
    errors.push(invalidField(`${path}.stabilizationWindowSeconds`, window, detail))
  }
  const select = rules.selectPolicy ?? undefined
  if (select !== undefined && !SELECT_POLICIES.includes(select)) {
    errors.push(unsupportedField(`${path}.selectPolicy`, select, SELECT_POLICIES))
  }
  const policies = rules.policies ?? []
  if (policies.length === 0) {
    errors.push(requiredField(`${path}.policies`, 'must specify at least one Policy'))
  }
  for (const [i, policy] of policies.entries()) errors.push(...policyErrors(policy, `${path}.policies[${i}]`))
  const tolerance = rules.tolerance ?? undefined
  if (tolerance !== undefined && isNegative(tolerance)) {
    errors.push(invalidField(`${path}.tolerance`, String(tolerance), 'must be greater than or equal to 0'))
  }
  return errors
}

function isNegative(amount: string | number): boolean {
  const quantity = quantityFromJson(amount)
  return !('error' in quantity) && quantity.unscaled < 0n
}

function policyErrors({ type, value, periodSeconds }: ScalingPolicy, path: string): string[] {
  const errors: string[] = []
  if (!POLICY_TYPES.includes(type)) errors.push(unsupportedField(`${path}.type`, type, POLICY_TYPES))
  if (value <= 0) errors.push(invalidField(`${path}.value`, value, 'must be greater than zero'))
  if (periodSeconds <= 0) {
    errors.push(invalidField(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero'))
  }
  if (periodSeconds > MAX_PERIOD_SECONDS) {
    const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`
    errors.push(invalidField(`${path}.periodSeconds`, periodSeconds, detail))
  }
  return errors
}

/** The field that carries the source of a metric of each type, in the order in which upstream looks. */
const SOURCES = [
  ['Object', 'object'],
  ['External', 'external'],
  ['Pods', 'pods'],
  ['Resource', 'resource'],
  ['ContainerResource', 'containerResource'],
] as const

function metricErrors(spec: MetricSpec, path: string): string[] {
  const errors: string[] = []
  if (spec.type === '') errors.push(requiredField(`${path}.type`, 'must specify a metric source type'))
  const isKnown = METRIC_TYPES.includes(spec.type)
  if (!isKnown) errors.push(unsupportedField(`${path}.type`, spec.type, METRIC_TYPES))
  const present = SOURCES.map(([, field]) => field).filter(field => (spec[field] ?? null) !== null)
  if (present.length > 0) errors.push(...sourceErrors(spec, present[0], path))
  const expected = SOURCES.find(([type]) => type === spec.type)?.[1]
  if (expected === undefined) {
    errors.push(unsupportedField(`${path}.type`, spec.type, METRIC_TYPES))
  } else if (!present.includes(expected)) {
    errors.push(requiredField(`${path}.${expected}`, 'must populate information for the given metric source'))
  }
  if (present.length === 1) return errors
  for (const field of present) {
    if (field === expected) continue
    errors.push(forbiddenField(`${path}.${field}`, 'must populate the given metric source only'))
  }
  return errors
}

function sourceErrors(spec: MetricSpec, field: (typeof SOURCES)[number][1], metricPath: string): string[] {
  const path = `${metricPath}.${field}`
  if (field === 'object') return objectErrors(spec.object!, path)
  if (field === 'external') return externalErrors(spec.external!, path)
  if (field === 'pods') return podsErrors(spec.pods!, path)
  if (field === 'containerResource') return containerErrors(spec.containerResource!, path)
  const { name, target } = spec.resource!
  const errors = name === '' ? [requiredField(`${path}.name`, 'must specify a resource name')] : []
  return [...errors, ...resourceTargetErrors(target, `${path}.target`)]
}

function objectErrors(source: NonNullable<MetricSpec['object']>, path: string): string[] {
  const { describedObject, metric, target } = source
  const errors = [
    ...referenceErrors(describedObject, `${path}.describedObject`),
    ...identifierErrors(metric, `${path}.metric`),
    ...targetErrors(target, `${path}.target`),
  ]
  if (!hasNone(target.value, target.averageValue)) return errors
  const detail = 'must set either a target value or averageValue'
  return [...errors, requiredField(`${path}.target.averageValue`, detail)]
}

function podsErrors({ metric, target }: NonNullable<MetricSpec['pods']>, path: string): string[] {
  const errors = [...identifierErrors(metric, `${path}.metric`), ...targetErrors(target, `${path}.target`)]
  if (!hasNone(target.averageValue)) return errors
  const detail = 'must specify a positive target averageValue'
  return [...errors, requiredField(`${path}.target.averageValue`, detail)]
}

function externalErrors({ metric, target }: NonNullable<MetricSpec['external']>, path: string): string[] {
  const errors = [...identifierErrors(metric, `${path}.metric`), ...targetErrors(target, `${path}.target`)]
  if (hasNone(target.value, target.averageValue)) {
    const detail = 'must set either a target value for metric or a per-pod target'
    errors.push(requiredField(`${path}.target.averageValue`, detail))
  }
  if (!hasNone(target.value) && !hasNone(target.averageValue)) {
    const detail = 'may not set both a target value for metric and a per-pod target'
    errors.push(forbiddenField(`${path}.target.value`, detail))
  }
  return errors
}

function containerErrors(
  { name, container, target }: NonNullable<MetricSpec['containerResource']>,
  path: string,
): string[] {
  const errors: string[] = []
  if (name === '') errors.push(requiredField(`${path}.name`, 'must specify a resource name'))
  else errors.push(...containerResourceErrors(name, `${path}.name`))
  if (container === '') errors.push(requiredField(`${path}.container`, 'must specify a container'))
  else {
    const found = dns1123LabelErrors(container)
    errors.push(...found.map(error => invalidField(`${path}.container`, container, error)))
  }
  return [...errors, ...resourceTargetErrors(target, `${path}.target`)]
}

/** A resource of containers: a qualified name, and without a prefix one of the standard ones. */
function containerResourceErrors(name: string, path: string): string[] {
  const errors = qualifiedNameErrors(name).map(error => invalidField(path, name, error))
  if (name.includes('/') || name.startsWith('hugepages-')) return errors
  if (['cpu', 'memory', 'ephemeral-storage'].includes(name)) return errors
  return [...errors, invalidField(path, name, 'must be a standard resource for containers')]
}

function resourceTargetErrors(target: MetricTarget, path: string): string[] {
  const errors = targetErrors(target, path)
  if (hasNone(target.averageUtilization, target.averageValue)) {
    const detail = 'must set either a target raw value or a target utilization'
    errors.push(requiredField(`${path}.averageUtilization`, detail))
  }
  if (!hasNone(target.averageUtilization) && !hasNone(target.averageValue)) {
    const detail = 'may not set both a target raw value and a target utilization'
    errors.push(forbiddenField(`${path}.averageValue`, detail))
  }
  return errors
}

function hasNone(...fields: readonly (string | number | null | undefined)[]): boolean {
  return fields.every(field => field === undefined || field === null)
}

function targetErrors(
  { type, value, averageValue, averageUtilization }: MetricTarget,
  path: string,
): string[] {
  const errors: string[] = []
  if (type === '') errors.push(requiredField(`${path}.type`, 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalidField(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  errors.push(
    ...positiveErrors(value, `${path}.value`),
    ...positiveErrors(averageValue, `${path}.averageValue`),
  )
  const utilization = averageUtilization ?? undefined
  if (utilization !== undefined && utilization < 1) {
    errors.push(invalidField(`${path}.averageUtilization`, utilization, 'must be greater than 0'))
  }
  return errors
}

function positiveErrors(amount: string | number | null | undefined, path: string): string[] {
  if (amount === null || amount === undefined) return []
  const quantity = quantityFromJson(amount)
  if ('error' in quantity || quantity.unscaled > 0n) return []
  return [invalidField(path, String(amount), 'must be positive')]
}

function identifierErrors({ name }: MetricIdentifier, path: string): string[] {
  return segmentErrors(name, `${path}.name`, 'must specify a metric name')
}
