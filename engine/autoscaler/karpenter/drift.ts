/**
 * Drift: nodes that are not what their pool would launch now are replaced, one at a time, the one that drifted first
 * before the others, those without pods before all.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/drift.go and pkg/controllers/nodeclaim/disruption/drift.go.
 * Simplified: no drift that a cloud tells of, and no instance type ever leaves the catalogue.
 */
import type { NodePool } from '../../model/karpenter.js'
import type { Labels } from '../../model/pod-spec.js'
import type { Consolidation } from './consolidation.js'
import type { Candidate } from './disruption-candidate.js'
import type { Allowances } from './disruption-command.js'
import { type DisruptionView, simulateRemoval } from './removal-simulation.js'
import { NONE_UNDEFINED, Requirements } from './requirements.js'

/** @param blocked told why the pods of a candidate cannot go elsewhere */
export function replaceDrifted(
  candidates: readonly Candidate[],
  allowances: Allowances,
  view: DisruptionView,
  blocked: (candidate: Candidate, why: string) => void,
): Consolidation | undefined {
  const inOrder = candidates.toSorted((a, b) => (a.claim.driftedAt ?? 0) - (b.claim.driftedAt ?? 0))
  const isEmpty = ({ reschedulablePods }: Candidate): boolean => reschedulablePods.length === 0
  const queue = [...inOrder.filter(isEmpty), ...inOrder.filter(candidate => !isEmpty(candidate))]
  for (const candidate of queue) {
    if ((allowances.get(candidate.pool.name) ?? 0) === 0) continue
    const removal = simulateRemoval([candidate], view, false)
    if (removal === undefined) continue
    const { claims, placements, obstacle } = removal
    if (obstacle === undefined) return { candidates: [candidate], replacements: claims, placements }
    blocked(candidate, obstacle)
  }
  return undefined
}

/** Whether the labels of a node are not among those that the pool asks for now. */
export function haveRequirementsDrifted(labels: Labels, { spec }: NodePool): boolean {
  const wanted = Requirements.read(spec.template.spec.requirements ?? [])
  return !Requirements.ofLabels(labels).isCompatible(wanted, NONE_UNDEFINED)
}
