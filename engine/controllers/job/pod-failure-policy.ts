/**
 * What a Job does about a failed pod: the first rule of its podFailurePolicy that matches the exit codes of
 * the pod's containers or the pod's conditions.
 *
 * Upstream: pkg/controller/job/pod_failure_policy.go (1.36).
 * Simplified: nothing known.
 */
import type { ExitCodesRequirement, FailureAction, PodFailurePolicy } from '../../model/jobs.js'

/** The parts of a pod's status that rules can ask for. */
export interface FailedPod {
  readonly namespace: string
  readonly name: string
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
  readonly containers: readonly ContainerEnd[]
  readonly initContainers: readonly ContainerEnd[]
}

export interface ContainerEnd {
  readonly name: string
  /** Absent while the container has not terminated. */
  readonly exitCode?: number
}

export interface FailureVerdict {
  /** Absent when no rule matches. */
  readonly action?: FailureAction
  /** Whether the failure counts towards the back-off limits. */
  readonly counted: boolean
  /** What the Job fails with. */
  readonly failJobMessage?: string
}

const COUNTED: FailureVerdict = { counted: true }

export function judgeFailure(policy: PodFailurePolicy | undefined, pod: FailedPod): FailureVerdict {
  if (policy === undefined) return COUNTED
  for (const [index, { action, onExitCodes, onPodConditions }] of policy.rules.entries()) {
    const of = `${pod.namespace}/${pod.name}`
    let found: string | undefined
    if (onExitCodes !== undefined && onExitCodes !== null) {
      const end = matching(pod.containers, onExitCodes) ?? matching(pod.initContainers, onExitCodes)
      if (end !== undefined)
        found = `Container ${end.name} for pod ${of} failed with exit code ${end.exitCode}`
    } else if (onPodConditions !== undefined && onPodConditions !== null) {
      const condition = pod.conditions.find(({ type, status }) =>
        onPodConditions.some(pattern => pattern.type === type && pattern.status === status),
      )
      if (condition !== undefined) found = `Pod ${of} has condition ${condition.type}`
    }
    if (found === undefined) continue
    if (action !== 'FailJob') return { action, counted: action !== 'Ignore' }
    return { action, counted: true, failJobMessage: `${found} matching FailJob rule at index ${index}` }
  }
  return COUNTED
}

function matching(
  ends: readonly ContainerEnd[],
  { containerName, operator, values }: ExitCodesRequirement,
): ContainerEnd | undefined {
  return ends.find(({ name, exitCode }) => {
    if (exitCode === undefined || exitCode === 0) return false
    if (containerName !== undefined && containerName !== null && containerName !== name) return false
    return values.includes(exitCode) === (operator === 'In')
  })
}
