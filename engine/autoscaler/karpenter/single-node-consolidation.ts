/**
 * Consolidates one node: of the candidates by savings, those of the pools in turn, the first that can go.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/singlenodeconsolidation.go.
 * Simplified: pools take their turns by name, where upstream's order is random; the search takes no time, so it is
 * never cut off after three minutes.
 */
import { byCodeUnits } from '../../model/resource-list.js'
import { canBeWorthIt } from './balanced-score.js'
import { type ConsolidationContext, consolidate, isApproved } from './consolidation.js'
import { bySavings, type Candidate } from './disruption-candidate.js'
import type { Allowances, MethodResult } from './disruption-command.js'
import type { NewClaim } from './scheduling-result.js'

/** @param refused told why a candidate stays, where there is something to tell */
export function consolidateOne(
  candidates: readonly Candidate[],
  allowances: Allowances,
  context: ConsolidationContext,
  refused: (candidate: Candidate, why: string) => void,
): MethodResult<NewClaim> {
  let isConstrained = false
  for (const candidate of inTurns(bySavings(candidates))) {
    if ((allowances.get(candidate.pool.name) ?? 0) === 0) {
      isConstrained = true
      continue
    }
    if (!canBeWorthIt(candidate, context.totals)) continue
    const move = consolidate([candidate], context)
    if (typeof move === 'string') {
      if (move !== '') refused(candidate, move)
    } else if (isApproved(move, context)) return { command: move, isSettled: false }
  }
  return { command: undefined, isSettled: !isConstrained }
}

function inTurns(candidates: readonly Candidate[]): Candidate[] {
  const pools = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const ofPool = pools.get(candidate.pool.name)
    if (ofPool === undefined) pools.set(candidate.pool.name, [candidate])
    else ofPool.push(candidate)
  }
  const queues = [...pools.keys()].sort(byCodeUnits).map(name => pools.get(name) ?? [])
  const rounds = Math.max(0, ...queues.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, i) => queues.flatMap(queue => queue.slice(i, i + 1))).flat()
}
