/**
 * What a disruption has decided: nodes that go, and the nodes that are launched before they do.
 * Upstream: Karpenter core 1.15, Command of pkg/controllers/disruption/types.go.
 * Simplified: nothing known.
 */
import type { Candidate } from './disruption-candidate.js'

/** @template Replacement a node that is to be launched */
export interface DisruptionCommand<Replacement> {
  readonly candidates: readonly Candidate[]
  readonly replacements: readonly Replacement[]
}

/** What a method has found in one look at the cluster. */
export interface MethodResult<Replacement> {
  /** Undefined: there is nothing to do. */
  readonly command: DisruptionCommand<Replacement> | undefined
  /** Nothing but a change of the cluster would lead to another result; a budget alone kept nothing back. */
  readonly isSettled: boolean
}

/** How many nodes of a pool may still be disrupted, by the name of the pool. */
export type Allowances = ReadonlyMap<string, number>

/** The first candidates that the allowances of their pools let go together. */
export function takenWithin(
  candidates: readonly Candidate[],
  allowances: Allowances,
): { readonly taken: readonly Candidate[]; readonly isConstrained: boolean } {
  const left = new Map(allowances)
  const taken = candidates.filter(({ pool }) => {
    const allowed = left.get(pool.name) ?? 0
    if (allowed > 0) left.set(pool.name, allowed - 1)
    return allowed > 0
  })
  return { taken, isConstrained: taken.length < candidates.length }
}
