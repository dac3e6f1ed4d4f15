/**
 * What the API server would refuse in a PodSpec whose fields are known ones of the right kinds.
 * Upstream: pkg/apis/core/validation/validation.go (1.36).
 * Simplified: volumes, probes, security contexts and the less used fields are taken as they are.
 */
import {
  amountOf,
  type Container,
  compileNodeSelector,
  didYouMean,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  type LabelSelector,
  labelValueErrors,
  type PodAffinity,
  type PodSpec,
  qualifiedNameErrors,
  type ResourceRequirements,
  readNodePreferences,
  selectorErrors,
  TaintEffect,
} from '../../engine/index.js'
import { listAlternatives } from '../describe-value.js'
import type { Fault } from '../issue.js'
import type { Path } from '../path.js'
import { quantityFault } from '../quantity-fault.js'

/** Collects faults below one path. */
class Faults {
  readonly found: Fault[] = []

  add(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.found.push({ path, message, part })
  }

  addAll(path: Path, messages: readonly string[], part: 'key' | 'value' = 'value'): void {
    if (messages.length > 0) this.add(path, messages.join('; '), part)
  }

  oneOf(path: Path, value: string | undefined, allowed: readonly string[]): void {
    if (value === undefined || allowed.includes(value)) return
    this.add(path, `expected ${listAlternatives(allowed)}, got ${JSON.stringify(value)}`)
  }
}

export function podSpecFaults(spec: PodSpec, path: Path): Fault[] {
  const faults = new Faults()
  if (spec.containers.length === 0) faults.add([...path, 'containers'], 'a pod needs at least one container')
  checkContainers(spec, path, faults)
  faults.oneOf([...path, 'restartPolicy'], spec.restartPolicy, ['Always', 'OnFailure', 'Never'])
  faults.oneOf([...path, 'preemptionPolicy'], spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  for (const field of ['terminationGracePeriodSeconds', 'activeDeadlineSeconds'] as const) {
    const seconds = spec[field]
    if (seconds !== undefined && seconds < 0)
      faults.add([...path, field], `cannot be negative, got ${seconds}`)
  }
  if (spec.nodeName !== undefined) {
    faults.addAll([...path, 'nodeName'], dns1123SubdomainErrors(spec.nodeName))
  }
  faults.found.push(...labelFaults(spec.nodeSelector, [...path, 'nodeSelector']))
  checkAffinity(spec, path, faults)
  checkTolerations(spec, path, faults)
  checkSpreading(spec, path, faults)
  checkResources(spec.resources, [...path, 'resources'], faults)
  return faults.found
}

/** Keys and values of a label map. */
export function labelFaults(labels: Readonly<Record<string, string>> | undefined, path: Path): Fault[] {
  const faults = new Faults()
  for (const [key, value] of Object.entries(labels ?? {})) {
    faults.addAll([...path, key], qualifiedNameErrors(key), 'key')
    faults.addAll([...path, key], labelValueErrors(value))
  }
  return faults.found
}

function checkContainers({ containers, initContainers = [] }: PodSpec, path: Path, faults: Faults): void {
  const names = new Set<string>()
  const check = (container: Container, place: Path): void => {
    faults.addAll([...place, 'name'], dns1123LabelErrors(container.name))
    if (names.has(container.name)) {
      faults.add([...place, 'name'], `there is a container "${container.name}" already`)
    }
    names.add(container.name)
    faults.oneOf([...place, 'imagePullPolicy'], container.imagePullPolicy, [
      'Always',
      'IfNotPresent',
      'Never',
    ])
    checkResources(container.resources, [...place, 'resources'], faults)
    for (const [i, { containerPort, hostPort, protocol }] of (container.ports ?? []).entries()) {
      const at = [...place, 'ports', i]
      checkPort([...at, 'containerPort'], containerPort, faults)
      if (hostPort !== undefined) checkPort([...at, 'hostPort'], hostPort, faults)
      faults.oneOf([...at, 'protocol'], protocol, ['TCP', 'UDP', 'SCTP'])
    }
  }
  for (const [i, container] of initContainers.entries()) check(container, [...path, 'initContainers', i])
  for (const [i, container] of containers.entries()) check(container, [...path, 'containers', i])
}

function checkPort(path: Path, port: number, faults: Faults): void {
  if (port < 1 || port > 65535) faults.add(path, `a port is between 1 and 65535, got ${port}`)
}

function checkResources(resources: ResourceRequirements | undefined, path: Path, faults: Faults): void {
  const { requests = {}, limits = {} } = resources ?? {}
  for (const [field, amounts] of [
    ['requests', requests],
    ['limits', limits],
  ] as const) {
    for (const [name, quantity] of Object.entries(amounts)) {
      const place = [...path, field, name]
      faults.addAll(place, resourceNameErrors(name), 'key')
      const fault = quantityFault(name, quantity)
      if (fault !== undefined) faults.add(place, fault)
    }
  }
  for (const [name, quantity] of Object.entries(requests)) {
    const limit = limits[name]
    if (limit === undefined) continue
    const [asked, allowed] = [amountOf(name, quantity), amountOf(name, limit)]
    if (asked !== undefined && allowed !== undefined && asked > allowed) {
      faults.add([...path, 'requests', name], `${quantity} is more than the limit of ${limit}`)
    }
  }
}

const STANDARD_RESOURCES = ['cpu', 'memory', 'ephemeral-storage']

/** A resource of containers: without a prefix it is one of those that Kubernetes knows. */
function resourceNameErrors(name: string): string[] {
  const errors = qualifiedNameErrors(name)
  const isStandard = STANDARD_RESOURCES.includes(name) || name.startsWith('hugepages-')
  if (errors.length > 0 || name.includes('/') || isStandard) return errors
  const meant = didYouMean(name, STANDARD_RESOURCES)
  return [
    `must be a standard resource for containers${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
  ]
}

function checkAffinity({ affinity }: PodSpec, path: Path, faults: Faults): void {
  const place = [...path, 'affinity']
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution
  if (required !== undefined) {
    const { error } = compileNodeSelector(required)
    const at = [...place, 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution']
    if (error !== undefined) faults.add(at, error)
  }
  if (preferred !== undefined) {
    const at = [...place, 'nodeAffinity', 'preferredDuringSchedulingIgnoredDuringExecution']
    const read = readNodePreferences(preferred)
    if ('error' in read) faults.add(at, read.error)
    for (const [i, { weight }] of preferred.entries()) checkWeight([...at, i, 'weight'], weight, faults)
  }
  checkPodAffinity(affinity?.podAffinity, [...place, 'podAffinity'], faults)
  checkPodAffinity(affinity?.podAntiAffinity, [...place, 'podAntiAffinity'], faults)
}

function checkPodAffinity(affinity: PodAffinity | undefined, path: Path, faults: Faults): void {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  for (const [i, term] of required.entries()) {
    const at = [...path, 'requiredDuringSchedulingIgnoredDuringExecution', i]
    checkSelector(term.labelSelector, [...at, 'labelSelector'], faults)
    faults.addAll([...at, 'topologyKey'], qualifiedNameErrors(term.topologyKey))
  }
  for (const [i, { weight, podAffinityTerm }] of preferred.entries()) {
    const at = [...path, 'preferredDuringSchedulingIgnoredDuringExecution', i]
    checkWeight([...at, 'weight'], weight, faults)
    checkSelector(podAffinityTerm.labelSelector, [...at, 'podAffinityTerm', 'labelSelector'], faults)
    faults.addAll([...at, 'podAffinityTerm', 'topologyKey'], qualifiedNameErrors(podAffinityTerm.topologyKey))
  }
}

function checkWeight(path: Path, weight: number, faults: Faults): void {
  if (weight < 1 || weight > 100) faults.add(path, `a weight is between 1 and 100, got ${weight}`)
}

function checkSelector(selector: LabelSelector | undefined, path: Path, faults: Faults): void {
  faults.addAll(path, selectorErrors(selector, 'labelSelector'))
}

function checkTolerations({ tolerations = [] }: PodSpec, path: Path, faults: Faults): void {
  for (const [i, { key = '', operator = 'Equal', value = '', effect = '' }] of tolerations.entries()) {
    const at = [...path, 'tolerations', i]
    faults.oneOf([...at, 'operator'], operator, ['Exists', 'Equal', 'Gt', 'Lt'])
    faults.oneOf([...at, 'effect'], effect === '' ? undefined : effect, Object.values(TaintEffect))
    if (key === '' && operator !== 'Exists') faults.add(at, 'without a key the operator must be Exists')
    if (operator === 'Exists' && value !== '') faults.add([...at, 'value'], 'with Exists there is no value')
  }
}

function checkSpreading({ topologySpreadConstraints = [] }: PodSpec, path: Path, faults: Faults): void {
  for (const [i, constraint] of topologySpreadConstraints.entries()) {
    const at = [...path, 'topologySpreadConstraints', i]
    const { maxSkew, whenUnsatisfiable, topologyKey, labelSelector, minDomains } = constraint
    if (maxSkew < 1) faults.add([...at, 'maxSkew'], `must be at least 1, got ${maxSkew}`)
    if (minDomains !== undefined && minDomains < 1) {
      faults.add([...at, 'minDomains'], `must be at least 1, got ${minDomains}`)
    }
    faults.oneOf([...at, 'whenUnsatisfiable'], whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])
    faults.addAll([...at, 'topologyKey'], qualifiedNameErrors(topologyKey))
    checkSelector(labelSelector, [...at, 'labelSelector'], faults)
  }
}
