/**
 * PodDisruptionBudgets in Kubernetes' field names: defaults, status, the DisruptionAllowed condition, validation.
 * Upstream: staging/src/k8s.io/api/policy/v1/types.go, pkg/apis/policy/v1/defaults.go, pkg/apis/policy/validation/
 * validation.go, component-helpers/apps/poddisruptionbudget/helpers.go (1.36). Times are virtual microseconds.
 * Simplified: the API's limit of 63 characters for condition types and the like is not checked.
 */
import type { SimTime } from '../kernel/time.js'
import type { Condition } from './conditions.js'
import { invalidField, unsupportedField } from './field-error.js'
import type { IntOrPercent } from './int-or-percent.js'
import { selectorErrors } from './label-validation.js'
import type { LabelSelector } from './labels.js'

export interface PodDisruptionBudgetSpec {
  /** Absent: no pods; empty: every pod of the namespace. */
  readonly selector?: LabelSelector
  readonly minAvailable?: IntOrPercent
  readonly maxUnavailable?: IntOrPercent
  readonly unhealthyPodEvictionPolicy?: string
}

export interface BudgetCondition extends Condition {
  readonly observedGeneration?: number
}

/** Names to the whole second of the grant. */
export type DisruptedPods = Readonly<Record<string, SimTime>>

export interface PodDisruptionBudgetStatus {
  readonly observedGeneration: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly expectedPods: number
  readonly disruptionsAllowed: number
  /** Pods whose eviction was granted and is not seen yet. Absent until the first sync that succeeds. */
  readonly disruptedPods?: DisruptedPods
  readonly conditions: readonly BudgetCondition[]
}

export const NEW_BUDGET_STATUS: PodDisruptionBudgetStatus = {
  observedGeneration: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
  disruptionsAllowed: 0,
  conditions: [],
}

export const DISRUPTION_ALLOWED = 'DisruptionAllowed'
export const SYNC_FAILED = 'SyncFailed'
/** A pod that is not ready: evicted anyway, or only while enough others are ready. */
export const ALWAYS_ALLOW = 'AlwaysAllow'
const UNHEALTHY_POLICIES = [ALWAYS_ALLOW, 'IfHealthyBudget']

/** The spec as it is stored: fields given as null are absent. */
export function defaultBudgetSpec(
  spec: {
    readonly [Field in keyof PodDisruptionBudgetSpec]?: PodDisruptionBudgetSpec[Field] | null
  },
): PodDisruptionBudgetSpec {
  const { selector, minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = spec
  return {
    ...(selector == null ? {} : { selector }),
    ...(minAvailable == null ? {} : { minAvailable }),
    ...(maxUnavailable == null ? {} : { maxUnavailable }),
    ...(unhealthyPodEvictionPolicy == null ? {} : { unhealthyPodEvictionPolicy }),
  }
}

/** The list with this condition in its old place, or at the end; a status that stays keeps its transition time. */
export function setBudgetCondition(
  conditions: readonly BudgetCondition[],
  condition: BudgetCondition,
): readonly BudgetCondition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type)
  if (at < 0) return [...conditions, condition]
  const { status, lastTransitionTime } = conditions[at]
  const kept = status === condition.status ? { ...condition, lastTransitionTime } : condition
  return conditions.with(at, kept)
}

/** DisruptionAllowed as disruptionsAllowed says it. */
export function withDisruptionAllowed(
  status: PodDisruptionBudgetStatus,
  now: SimTime,
): PodDisruptionBudgetStatus {
  const isAllowed = status.disruptionsAllowed > 0
  const condition: BudgetCondition = {
    type: DISRUPTION_ALLOWED,
    status: isAllowed ? 'True' : 'False',
    reason: reasonOf(isAllowed),
    message: '',
    lastTransitionTime: now,
    observedGeneration: status.observedGeneration,
  }
  return { ...status, conditions: setBudgetCondition(status.conditions, condition) }
}

/** Whether the condition says what the status says, for the generation it was made of. */
export function saysDisruptionAllowed(status: PodDisruptionBudgetStatus): boolean {
  const condition = status.conditions.find(({ type }) => type === DISRUPTION_ALLOWED)
  if (condition === undefined || condition.observedGeneration !== status.observedGeneration) return false
  const isAllowed = status.disruptionsAllowed > 0
  return condition.status === (isAllowed ? 'True' : 'False') && condition.reason === reasonOf(isAllowed)
}

function reasonOf(isAllowed: boolean): string {
  return isAllowed ? 'SufficientPods' : 'InsufficientPods'
}

/** What the API server finds wrong with a spec, in its order. */
export function budgetSpecErrors(spec: PodDisruptionBudgetSpec): string[] {
  const { selector, minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec
  const errors: string[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    }
    errors.push(invalidField('spec', shown, 'minAvailable and maxUnavailable cannot be both set'))
  }
  if (minAvailable !== undefined) errors.push(...amountErrors('spec.minAvailable', minAvailable))
  if (maxUnavailable !== undefined) errors.push(...amountErrors('spec.maxUnavailable', maxUnavailable))
  if (policy !== undefined && !UNHEALTHY_POLICIES.includes(policy)) {
    errors.push(unsupportedField('spec.unhealthyPodEvictionPolicy', policy, UNHEALTHY_POLICIES))
  }
  if (selector !== undefined) errors.push(...selectorErrors(selector, 'spec.selector'))
  return errors
}

const NO_PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used " +
  "for validation is '[0-9]+%')"

/** Not below zero, and as a share not above the whole. */
function amountErrors(path: string, amount: IntOrPercent): string[] {
  if (typeof amount === 'number') {
    return amount < 0 ? [invalidField(path, amount, 'must be greater than or equal to 0')] : []
  }
  if (!/^[0-9]+%$/.test(amount)) return [invalidField(path, amount, NO_PERCENT)]
  const share = Number(amount.slice(0, -1))
  return share > 100 ? [invalidField(path, amount, 'must not be greater than 100%')] : []
}
