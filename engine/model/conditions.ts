/**
 * Status conditions of workloads: a list with one entry per type, replaced only when status or reason change.
 * Upstream: deployment_util.go and replica_set_utils.go of pkg/controller/deployment/util and replicaset (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'

export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** Times are whole seconds of the day, as the API keeps them. */
export interface Condition {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: SimTime
  /** Deployments keep it, other workloads do not. */
  readonly lastUpdateTime?: SimTime
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  for (let i = 0; i < conditions.length; i++) if (conditions[i].type === type) return conditions[i]
  return undefined
}

export function withoutCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return findCondition(conditions, type) === undefined
    ? conditions
    : conditions.filter(condition => condition.type !== type)
}

/**
 * The list with this condition at its end; the same list when one of equal status and reason is there already.
 * A condition whose status stays keeps its transition time.
 */
export function withCondition(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const current = findCondition(conditions, condition.type)
  if (current?.status === condition.status && current.reason === condition.reason) return conditions
  const lastTransitionTime =
    current?.status === condition.status ? current.lastTransitionTime : condition.lastTransitionTime
  return [...withoutCondition(conditions, condition.type), { ...condition, lastTransitionTime }]
}

/** Whether two lists hold the same conditions in the same order. */
export function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameCondition(a[i], b[i])) return false
  return true
}

function sameCondition(a: Condition, b: Condition): boolean {
  if (a === b) return true
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.lastTransitionTime === b.lastTransitionTime &&
    a.lastUpdateTime === b.lastUpdateTime
  )
}
