/**
 * Pod priority admission: the priority class a pod names, or the cluster's default one, gives the pod its priority
 * and its preemption policy. What the client wrote itself must agree.
 * Upstream: plugin/pkg/admission/priority/admission.go and pkg/apis/scheduling/v1/helpers.go (1.36).
 * Simplified: nothing known.
 */
import type { PodSpec } from './pod-spec.js'

export interface PriorityClass {
  readonly name: string
  readonly value: number
  readonly globalDefault?: boolean
  readonly preemptionPolicy?: NonNullable<PodSpec['preemptionPolicy']>
}

/** The classes every cluster has from its start. */
export const SYSTEM_PRIORITY_CLASSES: readonly PriorityClass[] = [
  { name: 'system-node-critical', value: 2_000_001_000 },
  { name: 'system-cluster-critical', value: 2_000_000_000 },
]

/** Of a pod that names no class while there is no default one. */
const NO_CLASS: PriorityClass = { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }

export interface AdmittedPriority {
  readonly priority: number
  readonly priorityClassName: string
  /** Absent: the class says nothing, and lower priority is preempted. */
  readonly preemptionPolicy?: NonNullable<PodSpec['preemptionPolicy']>
}

/** What admission makes of a pod, or why it refuses it. */
export function admitPriority(
  spec: Pick<PodSpec, 'priority' | 'priorityClassName' | 'preemptionPolicy'>,
  classes: Iterable<PriorityClass>,
): AdmittedPriority | { readonly error: string } {
  const { priorityClassName: name = '', priority, preemptionPolicy } = spec
  const found = name === '' ? defaultClass(classes) : findClass(name, classes)
  if (found === undefined) return { error: `no PriorityClass with name ${name} was found` }
  if (priority !== undefined && priority !== found.value) {
    const computed = `priority admission controller computed ${found.value} from the given PriorityClass name`
    return {
      error: `the integer value of priority (${priority}) must not be provided in pod spec; ${computed}`,
    }
  }
  const policy = found.preemptionPolicy ?? preemptionPolicy
  if (preemptionPolicy !== undefined && preemptionPolicy !== policy) {
    const computed = `priority admission controller computed ${policy} from the given PriorityClass name`
    return {
      error: `the string value of PreemptionPolicy (${preemptionPolicy}) must not be provided in pod spec; ${computed}`,
    }
  }
  const admitted = { priority: found.value, priorityClassName: found.name }
  return policy === undefined ? admitted : { ...admitted, preemptionPolicy: policy }
}

function findClass(name: string, classes: Iterable<PriorityClass>): PriorityClass | undefined {
  const own = [...classes].find(candidate => candidate.name === name)
  return own ?? SYSTEM_PRIORITY_CLASSES.find(candidate => candidate.name === name)
}

/** Several defaults are a mistake of whoever raced; the lowest value of them counts. */
function defaultClass(classes: Iterable<PriorityClass>): PriorityClass {
  let lowest: PriorityClass | undefined
  for (const candidate of classes) {
    const isLower = lowest === undefined || candidate.value < lowest.value
    if (candidate.globalDefault === true && isLower) lowest = candidate
  }
  return lowest ?? NO_CLASS
}
