/**
 * Consolidates as many nodes at once as a binary search finds: the first so many by savings, never fewer than two.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/multinodeconsolidation.go.
 * Simplified: the search takes no time, so it is never cut off after a minute.
 */
import {
  type Consolidation,
  type ConsolidationContext,
  cheaperThan,
  consolidate,
  isApproved,
} from './consolidation.js'
import { bySavings, type Candidate } from './disruption-candidate.js'
import { type Allowances, type MethodResult, takenWithin } from './disruption-command.js'
import { compatibleOfferings } from './instance-type.js'
import { Requirements } from './requirements.js'
import type { NewClaim } from './scheduling-result.js'

const MOST_NODES = 100

export function consolidateMany(
  candidates: readonly Candidate[],
  allowances: Allowances,
  context: ConsolidationContext,
): MethodResult<NewClaim> {
  const { taken, isConstrained } = takenWithin(bySavings(candidates), allowances)
  const command = largestMove(taken, context)
  return { command, isSettled: command === undefined && !isConstrained }
}

function largestMove(
  candidates: readonly Candidate[],
  context: ConsolidationContext,
): Consolidation | undefined {
  if (candidates.length < 2) return undefined
  let least = 1
  let most = Math.min(candidates.length - 1, MOST_NODES)
  let best: Consolidation | undefined
  while (least <= most) {
    const middle = Math.floor((least + most) / 2)
    const move = sensibleMove(candidates.slice(0, middle + 1), context)
    if (move !== undefined && isApproved(move, context)) {
      best = move
      least = middle + 1
    } else most = middle - 1
  }
  return best
}

function sensibleMove(
  candidates: readonly Candidate[],
  context: ConsolidationContext,
): Consolidation | undefined {
  const move = consolidate(candidates, context)
  if (typeof move === 'string') return undefined
  const [replacement] = move.replacements
  if (replacement === undefined) return move
  const cheaper = cheaperThan(
    replacement,
    leastOfSameTypes(replacement, candidates, context),
    context.wellKnown,
  )
  return typeof cheaper === 'string' ? undefined : { ...move, replacements: [cheaper] }
}

/** What the cheapest node costs of a type that the replacement could be as well: better to keep that one. */
function leastOfSameTypes(
  { instanceTypes }: NewClaim,
  candidates: readonly Candidate[],
  { wellKnown }: ConsolidationContext,
): number {
  const existing = new Set<string>()
  const prices = new Map<string, number>()
  for (const { instanceType, node } of candidates) {
    if (instanceType === undefined) continue
    const { name, offerings } = instanceType
    existing.add(name)
    const labels = Requirements.ofLabels(node.cluster.labels)
    const own = compatibleOfferings(offerings, labels, wellKnown).map(({ price }) => price)
    if (own.length > 0) prices.set(name, Math.min(prices.get(name) ?? Number.POSITIVE_INFINITY, ...own))
  }
  // A type that is not sold any more where its nodes are counts as free, so nothing replaces it.
  const shared = instanceTypes
    .filter(({ name }) => existing.has(name))
    .map(({ name }) => prices.get(name) ?? 0)
  return Math.min(Number.POSITIVE_INFINITY, ...shared)
}
