/**
 * Whether the indexes that have succeeded are enough for a Job: the message of the first rule that is met.
 *
 * Upstream: pkg/controller/job/success_policy.go (1.36).
 * Simplified: nothing known.
 */
import type { SuccessPolicy, SuccessPolicyRule } from '../../model/jobs.js'
import { CompletionIndexes } from './completion-indexes.js'

export function metSuccessRule(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: CompletionIndexes,
): string | undefined {
  if (policy === undefined || succeeded.isEmpty) return undefined
  const index = policy.rules.findIndex(rule => isMet(rule, completions, succeeded))
  return index < 0 ? undefined : `Matched rules at index ${index}`
}

function isMet(rule: SuccessPolicyRule, completions: number, succeeded: CompletionIndexes): boolean {
  const count = rule.succeededCount ?? Infinity
  const { succeededIndexes } = rule
  if (succeededIndexes === undefined || succeededIndexes === null) return succeeded.total >= count
  const required = CompletionIndexes.parse(succeededIndexes, completions)
  if (required.isEmpty) return false
  const met = required.overlap(succeeded)
  return met === required.total || met >= count
}
