/**
 * Emptiness: all nodes that nobody would miss go at once, as far as the budgets of their pools allow.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/emptiness.go.
 * Simplified: nothing known.
 */
import { bySavings, type Candidate } from './disruption-candidate.js'
import { type Allowances, type MethodResult, takenWithin } from './disruption-command.js'

export function removeEmpty(candidates: readonly Candidate[], allowances: Allowances): MethodResult<never> {
  const { taken, isConstrained } = takenWithin(bySavings(candidates), allowances)
  if (taken.length === 0) return { command: undefined, isSettled: !isConstrained }
  return { command: { candidates: taken, replacements: [], placements: [] }, isSettled: false }
}
