/**
 * What the admission controller refuses in a new VerticalPodAutoscaler.
 * Upstream: vertical-pod-autoscaler/pkg/admission-controller/resource/vpa/validation.go (VPA 1.8.1), gates
 * InPlace, PerVPAConfig and CPUStartupBoost off.
 * Simplified: nothing known.
 */
import { forbiddenField, invalidField, requiredField, unsupportedField } from './field-error.js'
import type { Amounts } from './pod-spec.js'
import { formatQuantity, parseQuantity, type Quantity } from './quantity.js'
import { compareQuantities, scaledInt64 } from './quantity-arithmetic.js'
import { namesOf, resourceListOf } from './resource-list.js'
import {
  type ContainerResourcePolicy,
  type PodUpdatePolicy,
  UpdateMode,
  type VerticalPodAutoscalerSpec,
} from './vertical-pod-autoscaler.js'

const SUPPORTED_MODES = ['InPlace', 'InPlaceOrRecreate', 'Initial', 'Off', 'Recreate']
const KNOWN_MODES: ReadonlySet<string> = new Set(Object.values(UpdateMode))
const SCALING_MODES = ['Auto', 'Off']
const SCALED = ['cpu', 'memory']
const NEEDS_PER_VPA_CONFIG = 'not supported when feature flag PerVPAConfig is disabled'

export function verticalPodAutoscalerErrors(spec: VerticalPodAutoscalerSpec): string[] {
  const errors: string[] = []
  if (isMissing(spec.targetRef)) {
    const detail = "If you're using v1beta1 version of the API, please migrate to v1"
    errors.push(requiredField('spec.targetRef', detail))
  }
  if (!isMissing(spec.updatePolicy))
    errors.push(...updatePolicyErrors(spec.updatePolicy, 'spec.updatePolicy'))
  for (const [i, policy] of (spec.resourcePolicy?.containerPolicies ?? []).entries()) {
    errors.push(...containerPolicyErrors(policy, `spec.resourcePolicy.containerPolicies[${i}]`))
  }
  if (!isMissing(spec.startupBoost)) errors.push(startupBoostError('spec.startupBoost'))
  const recommenders = spec.recommenders?.length ?? 0
  if (recommenders > 1) {
    errors.push(`spec.recommenders: Too many: ${recommenders}: must have at most 1 item`)
  }
  return errors
}

function isMissing(field: unknown): field is null | undefined {
  return field === null || field === undefined
}

function updatePolicyErrors(policy: PodUpdatePolicy, path: string): string[] {
  const { updateMode, minReplicas, evictAfterOOMSeconds } = policy
  const errors: string[] = []
  const at = `${path}.updateMode`
  if (isMissing(updateMode)) {
    errors.push(requiredField(at, 'updateMode is required if UpdatePolicy is used'))
  } else if (!KNOWN_MODES.has(updateMode)) {
    errors.push(unsupportedField(at, updateMode, SUPPORTED_MODES))
  } else if (updateMode === UpdateMode.InPlace) {
    const where = 'you must enable feature gate InPlace in the admission-controller args'
    errors.push(forbiddenField(at, `in order to use UpdateMode InPlace, ${where}`))
  }
  if (!isMissing(minReplicas) && minReplicas <= 0) {
    errors.push(invalidField(`${path}.minReplicas`, minReplicas, 'minReplicas has to be positive'))
  }
  if (!isMissing(evictAfterOOMSeconds)) {
    errors.push(forbiddenField(`${path}.evictAfterOOMSeconds`, NEEDS_PER_VPA_CONFIG))
  }
  return errors
}

function containerPolicyErrors(policy: ContainerResourcePolicy, path: string): string[] {
  const { containerName = '', mode, controlledValues, controlledResources } = policy
  const errors: string[] = []
  if (containerName === '') errors.push(requiredField(`${path}.containerName`, ''))
  if (!isMissing(mode) && !SCALING_MODES.includes(mode)) {
    errors.push(unsupportedField(`${path}.mode`, mode, SCALING_MODES))
  }
  errors.push(...allowedErrors(policy.minAllowed ?? {}, policy.maxAllowed ?? {}, path))
  if (mode === 'Off' && controlledValues === 'RequestsAndLimits') {
    const detail = "controlledValues shouldn't be specified if container scaling mode is off"
    errors.push(forbiddenField(`${path}.controlledValues`, detail))
  }
  for (const [i, resource] of (controlledResources ?? []).entries()) {
    if (SCALED.includes(resource)) continue
    errors.push(unsupportedField(`${path}.controlledResources[${i}]`, resource, SCALED))
  }
  const gated = {
    oomBumpUpRatio: policy.oomBumpUpRatio,
    oomMinBumpUp: policy.oomMinBumpUp,
    memoryAggregationIntervalSeconds: policy.memoryAggregationIntervalSeconds,
    memoryAggregationIntervalCount: policy.memoryAggregationIntervalCount,
  }
  for (const [name, value] of Object.entries(gated)) {
    if (!isMissing(value)) errors.push(forbiddenField(`${path}.${name}`, NEEDS_PER_VPA_CONFIG))
  }
  if (!isMissing(policy.startupBoost)) errors.push(startupBoostError(`${path}.startupBoost`))
  return errors
}

function allowedErrors(minAllowed: Amounts, maxAllowed: Amounts, path: string): string[] {
  const errors: string[] = []
  const least = resourceListOf(minAllowed)
  const most = resourceListOf(maxAllowed)
  for (const name of namesOf(least)) {
    const min = least.get(name) as Quantity
    const max = most.get(name)
    errors.push(...resolutionErrors(`${path}.minAllowed[${name}]`, name, min))
    if (max === undefined || compareQuantities(max, min) >= 0) continue
    const detail = `max resource for ${name} is lower than min of "${formatQuantity(min)}"`
    errors.push(invalidField(`${path}.maxAllowed[${name}]`, formatQuantity(max), detail))
  }
  for (const name of namesOf(most)) {
    errors.push(...resolutionErrors(`${path}.maxAllowed[${name}]`, name, most.get(name) as Quantity))
  }
  return errors
}

/** Cpu goes down to milli, memory to bytes. */
function resolutionErrors(path: string, resource: string, amount: Quantity): string[] {
  if (!SCALED.includes(resource)) return []
  const isCPU = resource === 'cpu'
  const unit = isCPU ? 'm' : ''
  const whole = parseQuantity(`${scaledInt64(amount, isCPU ? -3 : 0)}${unit}`)
  if (whole !== undefined && compareQuantities(whole, amount) === 0) return []
  const detail = `must be a whole number of ${isCPU ? 'milli CPUs' : 'bytes'}`
  return [invalidField(path, formatQuantity(amount), detail)]
}

function startupBoostError(path: string): string {
  const how = 'you must enable feature gate CPUStartupBoost in the admission-controller args'
  return forbiddenField(path, `in order to use startupBoost, ${how}`)
}
