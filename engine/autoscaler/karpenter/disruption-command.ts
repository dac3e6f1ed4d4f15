/**
 * What a disruption has decided: nodes that go, and the nodes that are launched before they do.
 * Upstream: Karpenter core 1.15, Command of pkg/controllers/disruption/types.go.
 * Simplified: nothing known.
 */
import type { Candidate } from './disruption-candidate.js'
import type { Placement } from './scheduling-result.js'

/** @template Replacement a node that is to be launched */
export interface DisruptionCommand<Replacement> {
  readonly candidates: readonly Candidate[]
  readonly replacements: readonly Replacement[]
  /** Nodes that are there and will get pods. */
  readonly placements: readonly Placement[]
}

/** As upstream writes it: `replace: [a, b] -> [1 replacement]`. */
export function commandText({ candidates, replacements }: DisruptionCommand<unknown>): string {
  const names = candidates.map(({ node }) => node.cluster.name).join(', ')
  const count = replacements.length
  if (count === 0) return `delete: [${names}]`
  return `replace: [${names}] -> [${count} ${count === 1 ? 'replacement' : 'replacements'}]`
}

/** The command as one of its nodes is told of it. */
export function commandTextFor(command: DisruptionCommand<unknown>, { node }: Candidate): string {
  const { candidates, replacements } = command
  if (candidates.length === 1) return commandText(command)
  const decision = replacements.length === 0 ? 'delete' : 'replace'
  return `${decision}: [${node.cluster.name}] (part of ${candidates.length}-node consolidation)`
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
