/**
 * What the API server refuses in the specs of workloads, before defaults are filled in, in upstream's words.
 * Upstream: pkg/apis/apps/validation and pkg/apis/batch/validation (validation.go), pkg/apis/core/validation
 * (ReplicationController, Service), release 1.36.
 * Simplified: what pod templates hold is checked elsewhere; policies of Jobs and the addresses of Services are not
 * looked into.
 */
import { forbiddenField, invalidField, requiredField, unsupportedField } from './field-error.js'
import type { IntOrPercent } from './int-or-percent.js'
import { selectorErrors } from './label-validation.js'
import { compileSelector, type LabelSelector, type Labels } from './labels.js'

/** A spec as it is written: fields of the right kinds, any of them missing. */
export interface WrittenSpec {
  readonly [field: string]: unknown
  readonly selector?: LabelSelector | Labels
  readonly template?: WrittenTemplate
}

interface WrittenTemplate {
  readonly metadata?: { readonly labels?: Labels }
  readonly spec: { readonly restartPolicy?: string; readonly activeDeadlineSeconds?: number }
}

const NOT_NEGATIVE = 'must be greater than or equal to 0'
const SERVICE_TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const MOST_PORT = 65_535
/** Names of Jobs end in a time of eleven characters, and labels in 63. */
const LONGEST_CRON_JOB_NAME = 52

const CHECKS: ReadonlyMap<string, (spec: WrittenSpec) => string[]> = new Map([
  ['Deployment', deploymentErrors],
  ['ReplicaSet', spec => [...amounts(spec, 'replicas', 'minReadySeconds'), ...ownPods('ReplicaSet', spec)]],
  ['ReplicationController', controllerErrors],
  ['StatefulSet', statefulSetErrors],
  ['DaemonSet', daemonSetErrors],
  ['Job', spec => jobErrors(spec, 'spec')],
  ['Service', serviceErrors],
])

/** Errors in the spec of an object; none for kinds that are not looked at. */
export function workloadErrors(kind: string, spec: WrittenSpec): string[] {
  return CHECKS.get(kind)?.(spec) ?? []
}

/** What is wrong with a CronJob besides its schedule and time zone. */
export function cronJobErrors(name: string, spec: WrittenSpec): string[] {
  const template = spec['jobTemplate'] as { readonly spec: WrittenSpec }
  const errors =
    name.length > LONGEST_CRON_JOB_NAME
      ? [invalidField('metadata.name', name, `must be no more than ${LONGEST_CRON_JOB_NAME} characters`)]
      : []
  return [
    ...errors,
    ...amounts(spec, 'startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'),
    ...oneOf(spec['concurrencyPolicy'], 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']),
    ...jobErrors(template.spec, 'spec.jobTemplate.spec'),
  ]
}

function deploymentErrors(spec: WrittenSpec): string[] {
  const errors = [...amounts(spec, 'replicas', 'minReadySeconds', 'revisionHistoryLimit')]
  const deadline = spec['progressDeadlineSeconds']
  errors.push(...amounts(spec, 'progressDeadlineSeconds'))
  if (typeof deadline === 'number' && deadline <= number(spec['minReadySeconds'])) {
    errors.push(
      invalidField('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'),
    )
  }
  const { type = 'RollingUpdate', rollingUpdate } = (spec['strategy'] ?? {}) as Strategy
  errors.push(...oneOf(type, 'spec.strategy.type', ['Recreate', 'RollingUpdate']))
  if (type === 'Recreate' && rollingUpdate !== undefined) {
    const detail = "may not be specified when strategy `type` is 'Recreate'"
    errors.push(forbiddenField('spec.strategy.rollingUpdate', detail))
  } else errors.push(...stepErrors(rollingUpdate, 'spec.strategy.rollingUpdate'))
  return [...errors, ...ownPods('Deployment', spec)]
}

interface Strategy {
  readonly type?: string
  readonly rollingUpdate?: {
    readonly maxSurge?: IntOrPercent
    readonly maxUnavailable?: IntOrPercent
    readonly partition?: number
  }
}

/** Steps of a rolling update: without any way to go on they are refused. */
function stepErrors(steps: Strategy['rollingUpdate'], path: string): string[] {
  if (steps === undefined) return []
  const { maxSurge, maxUnavailable } = steps
  const errors = [
    ...shareErrors(maxUnavailable, `${path}.maxUnavailable`),
    ...shareErrors(maxSurge, `${path}.maxSurge`),
  ]
  if (isNothing(maxSurge) && isNothing(maxUnavailable)) {
    const detail = 'may not be 0 when `maxSurge` is 0'
    errors.push(invalidField(`${path}.maxUnavailable`, maxUnavailable!, detail))
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalidField(`${path}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'))
  }
  return errors
}

function isNothing(amount: IntOrPercent | undefined): boolean {
  return amount === 0 || amount === '0%'
}

const NO_PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used " +
  "for validation is '[0-9]+%')"

function shareErrors(amount: IntOrPercent | undefined, path: string): string[] {
  if (typeof amount === 'number' && amount < 0) return [invalidField(path, amount, NOT_NEGATIVE)]
  if (typeof amount === 'string' && !/^[0-9]+%$/.test(amount)) return [invalidField(path, amount, NO_PERCENT)]
  return []
}

function controllerErrors(spec: WrittenSpec): string[] {
  const errors = amounts(spec, 'replicas', 'minReadySeconds')
  const { selector, template } = spec
  if (template === undefined) return [...errors, requiredField('spec.template', '')]
  const labels = template.metadata?.labels ?? {}
  // Without a selector of its own it has the labels of its template.
  const wanted = selector === undefined ? labels : (selector as Labels)
  if (Object.keys(wanted).length === 0) errors.push(requiredField('spec.selector', ''))
  else if (Object.keys(wanted).some(key => labels[key] !== wanted[key])) {
    errors.push(invalidField('spec.template.metadata.labels', labels, MISMATCH))
  }
  return [...errors, ...alwaysRestarted('ReplicationController', template)]
}

function statefulSetErrors(spec: WrittenSpec): string[] {
  const errors = amounts(spec, 'replicas', 'minReadySeconds', 'revisionHistoryLimit')
  const { type, rollingUpdate } = (spec['updateStrategy'] ?? {}) as Strategy
  errors.push(
    ...oneOf(spec['podManagementPolicy'], 'spec.podManagementPolicy', ['OrderedReady', 'Parallel']),
    ...oneOf(type, 'spec.updateStrategy.type', ['RollingUpdate', 'OnDelete']),
    ...shareErrors(rollingUpdate?.partition, 'spec.updateStrategy.rollingUpdate.partition'),
  )
  const retention = (spec['persistentVolumeClaimRetentionPolicy'] ?? {}) as Record<string, unknown>
  for (const field of ['whenDeleted', 'whenScaled']) {
    const path = `spec.persistentVolumeClaimRetentionPolicy.${field}`
    errors.push(...oneOf(retention[field], path, ['Retain', 'Delete']))
  }
  const { start } = (spec['ordinals'] ?? {}) as { readonly start?: number }
  errors.push(...shareErrors(start, 'spec.ordinals.start'))
  return [...errors, ...ownPods('StatefulSet', spec)]
}

function daemonSetErrors(spec: WrittenSpec): string[] {
  const errors = amounts(spec, 'minReadySeconds', 'revisionHistoryLimit')
  const { type, rollingUpdate } = (spec['updateStrategy'] ?? {}) as Strategy
  errors.push(...oneOf(type, 'spec.updateStrategy.type', ['RollingUpdate', 'OnDelete']))
  if (rollingUpdate !== undefined) {
    errors.push(...daemonStepErrors(rollingUpdate, 'spec.updateStrategy.rollingUpdate'))
  }
  return [...errors, ...ownPods('DaemonSet', spec)]
}

/** A daemon is replaced either by one beside it or after it is gone: one of the two, and not both. */
function daemonStepErrors(
  { maxSurge = 0, maxUnavailable = 1 }: NonNullable<Strategy['rollingUpdate']>,
  path: string,
): string[] {
  const errors = [
    ...shareErrors(maxUnavailable, `${path}.maxUnavailable`),
    ...shareErrors(maxSurge, `${path}.maxSurge`),
  ]
  if (isNothing(maxSurge) && isNothing(maxUnavailable)) {
    errors.push(requiredField(`${path}.maxUnavailable`, 'cannot be 0 when `maxSurge` is 0'))
  } else if (!isNothing(maxSurge) && !isNothing(maxUnavailable)) {
    const detail = 'may not be set when `maxUnavailable` is set'
    errors.push(invalidField(`${path}.maxSurge`, maxSurge, detail))
  }
  return errors
}

const MISMATCH = '`selector` does not match template `labels`'

/** What holds for the selector and template of all that keep pods running. */
function ownPods(kind: string, { selector, template }: WrittenSpec): string[] {
  const errors: string[] = []
  if (selector === undefined) errors.push(requiredField('spec.selector', ''))
  else errors.push(...setErrors(kind, selector, template))
  return template === undefined ? errors : [...errors, ...alwaysRestarted(kind, template)]
}

function setErrors(kind: string, selector: LabelSelector, template: WrittenTemplate | undefined): string[] {
  const errors = selectorErrors(selector, 'spec.selector')
  const { matchLabels, matchExpressions } = selector
  if (Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0) {
    // The words for a ReplicaSet are upstream's own slip.
    const word = kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase()
    return [...errors, invalidField('spec.selector', {}, `empty selector is invalid for ${word}`)]
  }
  const compiled = errors.length > 0 ? undefined : compileSelector(selector)
  const labels = template?.metadata?.labels ?? {}
  if (compiled === undefined || compiled.matches(labels)) return errors
  return [...errors, invalidField('spec.template.metadata.labels', labels, MISMATCH)]
}

function alwaysRestarted(kind: string, { spec }: WrittenTemplate): string[] {
  const errors = oneOf(spec.restartPolicy, 'spec.template.spec.restartPolicy', ['Always'])
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', detail))
  }
  return errors
}

function jobErrors(spec: WrittenSpec, path: string): string[] {
  const errors = amountsBelow(
    path,
    spec,
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  )
  const mode = spec['completionMode'] ?? 'NonIndexed'
  errors.push(...oneOf(mode, `${path}.completionMode`, ['NonIndexed', 'Indexed']))
  if (mode === 'Indexed' && spec['completions'] === undefined) {
    errors.push(requiredField(`${path}.completions`, 'when completion mode is Indexed'))
  }
  if (mode === 'NonIndexed' && spec['backoffLimitPerIndex'] !== undefined) {
    const detail = 'requires indexed completion mode'
    errors.push(invalidField(`${path}.backoffLimitPerIndex`, number(spec['backoffLimitPerIndex']), detail))
  }
  const restarts = `${path}.template.spec.restartPolicy`
  const policy = spec.template?.spec.restartPolicy ?? 'Always'
  if (policy === 'Always') errors.push(requiredField(restarts, 'valid values: "OnFailure", "Never"'))
  else errors.push(...oneOf(policy, restarts, ['OnFailure', 'Never']))
  if (spec['podFailurePolicy'] !== undefined && policy === 'OnFailure') {
    errors.push(
      invalidField(restarts, policy, 'only "Never" is supported when podFailurePolicy is specified'),
    )
  }
  return errors
}

interface WrittenPort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
}

function serviceErrors(spec: WrittenSpec): string[] {
  const ports = (spec['ports'] ?? []) as readonly WrittenPort[]
  const errors = [
    ...oneOf(spec['type'], 'spec.type', SERVICE_TYPES),
    ...oneOf(spec['sessionAffinity'], 'spec.sessionAffinity', ['ClientIP', 'None']),
  ]
  const needsPorts = spec['clusterIP'] !== 'None' && spec['type'] !== 'ExternalName'
  if (ports.length === 0 && needsPorts) errors.push(requiredField('spec.ports', ''))
  const names = new Set<string>()
  for (const [i, { name = '', port, protocol }] of ports.entries()) {
    const path = `spec.ports[${i}]`
    if (name === '' && ports.length > 1) errors.push(requiredField(`${path}.name`, ''))
    if (name !== '' && names.has(name)) errors.push(`${path}.name: Duplicate value: ${JSON.stringify(name)}`)
    names.add(name)
    if (port < 1 || port > MOST_PORT) {
      errors.push(invalidField(`${path}.port`, port, `must be between 1 and ${MOST_PORT}, inclusive`))
    }
    errors.push(...oneOf(protocol, `${path}.protocol`, PROTOCOLS))
  }
  return errors
}

function amounts(spec: WrittenSpec, ...fields: readonly string[]): string[] {
  return amountsBelow('spec', spec, ...fields)
}

/** Numbers that count something. */
function amountsBelow(path: string, spec: WrittenSpec, ...fields: readonly string[]): string[] {
  return fields.flatMap(field =>
    number(spec[field]) < 0 ? [invalidField(`${path}.${field}`, number(spec[field]), NOT_NEGATIVE)] : [],
  )
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function oneOf(value: unknown, path: string, supported: readonly string[]): string[] {
  if (value === undefined) return []
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return supported.includes(text) ? [] : [unsupportedField(path, text, supported)]
}
