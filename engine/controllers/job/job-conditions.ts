/**
 * Conditions of a Job. Other than a Deployment's they stay where they are in the list when they change, and
 * one that is not there is not added as False.
 *
 * Upstream: pkg/controller/job/job_controller.go newCondition, ensureJobConditionStatus (1.36).
 * Simplified: lastProbeTime is left out.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Condition, ConditionStatus } from '../../model/conditions.js'

export function jobCondition(
  type: string,
  reason: string,
  message: string,
  at: SimTime,
  status: ConditionStatus = 'True',
): Condition {
  return { type, status, reason, message, lastTransitionTime: at }
}

export function isConditionTrue(condition: Condition | undefined, type: string): boolean {
  return condition !== undefined && condition.type === type && condition.status === 'True'
}

/** The list with this condition; the same list when it says so already. */
export function ensureCondition(conditions: readonly Condition[], wanted: Condition): readonly Condition[] {
  const at = conditions.findIndex(({ type }) => type === wanted.type)
  if (at < 0) return wanted.status === 'False' ? conditions : [...conditions, wanted]
  const { status, reason, message } = conditions[at]
  if (status === wanted.status && reason === wanted.reason && message === wanted.message) return conditions
  return conditions.with(at, wanted)
}
