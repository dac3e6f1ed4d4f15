/**
 * Defaults of Karpenter's objects and flags.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodepool.go and nodeclaim.go.
 * Simplified: nothing known.
 */
import type { NodePoolSpec } from './karpenter.js'

type Disruption = Required<NonNullable<NodePoolSpec['disruption']>>

/** spec.disruption.consolidateAfter */
export const DEFAULT_CONSOLIDATE_AFTER = '0s'
/** spec.disruption.consolidationPolicy */
export const DEFAULT_CONSOLIDATION_POLICY: Disruption['consolidationPolicy'] = 'WhenEmptyOrUnderutilized'
/** spec.disruption.budgets */
export const DEFAULT_DISRUPTION_BUDGETS: Disruption['budgets'] = [{ nodes: '10%' }]
/** spec.template.spec.expireAfter */
export const DEFAULT_EXPIRE_AFTER = '720h'
