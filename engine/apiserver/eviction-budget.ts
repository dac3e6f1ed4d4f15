/**
 * What a disruption budget says to an eviction, and what an accepted one leaves behind in its status.
 *
 * Upstream: checkAndDecrement of pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { DISRUPTED_PODS_MAX } from '../model/defaults.js'
import {
  DISRUPTION_ALLOWED,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
  SYNC_FAILED,
  withDisruptionAllowed,
} from '../model/pod-disruption-budget.js'
import type { StoredObject } from '../state/objects.js'
import type { EvictionAnswer } from './eviction-answer.js'

/** Undefined: one more pod may go. */
export function budgetRefusal({
  meta,
  status,
}: StoredObject<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>): EvictionAnswer | undefined {
  const { name } = meta
  if (status.observedGeneration < meta.generation) {
    return tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  }
  if (status.disruptionsAllowed < 0) return forbidden(name, 'pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    return forbidden(name, why)
  }
  if (status.disruptionsAllowed !== 0) return undefined
  let refusal = refusals.get(status)
  if (refusal === undefined) {
    refusal = tooMany(whyNone(name, status), 0)
    refusals.set(status, refusal)
  }
  return refusal
}

/** A status is replaced, never changed, so it refuses all who ask in the same words. */
const refusals = new WeakMap<PodDisruptionBudgetStatus, EvictionAnswer>()

/** The status when this pod's eviction has been granted. */
export function withEvictedPod(
  status: PodDisruptionBudgetStatus,
  pod: string,
  now: SimTime,
): PodDisruptionBudgetStatus {
  const disruptionsAllowed = status.disruptionsAllowed - 1
  const disruptedPods = { ...status.disruptedPods, [pod]: now }
  const granted = { ...status, disruptionsAllowed, disruptedPods }
  return disruptionsAllowed === 0 ? withDisruptionAllowed(granted, now) : granted
}

/** After a failed sync the counts are worth nothing, so its reason comes first. */
function whyNone(name: string, status: PodDisruptionBudgetStatus): string {
  const { currentHealthy, desiredHealthy, conditions } = status
  const refused = `The disruption budget ${name} does not allow evicting pods currently`
  const denial = conditions.find(
    ({ type, status: value, message }) => type === DISRUPTION_ALLOWED && value === 'False' && message !== '',
  )
  if (denial?.reason === SYNC_FAILED) return `${refused} because it failed sync: ${denial.message}`
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
  }
  return denial === undefined ? refused : `${refused} (${denial.reason}): ${denial.message}`
}

function tooMany(cause: string, retryAfterSeconds: number): EvictionAnswer {
  return {
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    causes: [cause],
    retryAfterSeconds,
  }
}

function forbidden(name: string, why: string): EvictionAnswer {
  const message = `poddisruptionbudget.policy "${name}" is forbidden: ${why}`
  return { code: 403, reason: 'Forbidden', message, retryAfterSeconds: 0 }
}
