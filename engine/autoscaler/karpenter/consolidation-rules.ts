/**
 * Which candidates emptiness and consolidation take, and what they tell about those that they do not.
 * Upstream: Karpenter core 1.15, ShouldDisrupt of pkg/controllers/disruption/consolidation.go and emptiness.go.
 * Simplified: no capacity buffers, whose gate is off by default.
 */
import { type Candidate, isEmpty } from './disruption-candidate.js'
import { CAPACITY_TYPE, INSTANCE_TYPE, ZONE } from './well-known-labels.js'

/** Whether the candidate is taken, and if something of interest keeps it out, what. */
export interface Eligibility {
  readonly isEligible: boolean
  readonly unconsolidatable?: string
}

const NOT_NOW: Eligibility = { isEligible: false }

export function emptinessOf(candidate: Candidate): Eligibility {
  const { pool, claim } = candidate
  if (pool.consolidateAfter === undefined)
    return refused(`NodePool "${pool.name}" has consolidation disabled`)
  return { isEligible: isEmpty(candidate) && claim.isConsolidatable }
}

/** Empty nodes are left to emptiness, so that they count against the budgets for it. */
export function consolidationOf(candidate: Candidate): Eligibility {
  const { pool, claim, node, instanceType, capacityType, zone } = candidate
  if (instanceType === undefined) {
    return refused(`Instance Type "${node.cluster.labels[INSTANCE_TYPE] ?? ''}" not found`)
  }
  if (capacityType === undefined) return refused(`Node does not have label "${CAPACITY_TYPE}"`)
  if (zone === undefined) return refused(`Node does not have label "${ZONE}"`)
  if (pool.consolidateAfter === undefined)
    return refused(`NodePool "${pool.name}" has consolidation disabled`)
  if (isEmpty(candidate)) return NOT_NOW
  if (pool.policy === 'WhenEmpty') {
    return refused(`NodePool "${pool.name}" has consolidation policy WhenEmpty, but node is not empty`)
  }
  return { isEligible: claim.isConsolidatable }
}

function refused(unconsolidatable: string): Eligibility {
  return { isEligible: false, unconsolidatable }
}
