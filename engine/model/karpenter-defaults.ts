/**
 * Defaults of Karpenter's objects and flags.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodepool.go, nodeclaim.go and pkg/operator/options/options.go.
 * Simplified: nothing known.
 */
import { MINUTE, SECOND } from '../kernel/time.js'
import type { NodePoolSpec } from './karpenter.js'
import type { KarpenterSettings } from './karpenter-run.js'

type Disruption = Required<NonNullable<NodePoolSpec['disruption']>>

/** spec.disruption.consolidateAfter */
export const DEFAULT_CONSOLIDATE_AFTER = '0s'
/** spec.disruption.consolidationPolicy */
export const DEFAULT_CONSOLIDATION_POLICY: Disruption['consolidationPolicy'] = 'WhenEmptyOrUnderutilized'
/** spec.disruption.budgets */
export const DEFAULT_DISRUPTION_BUDGETS: Disruption['budgets'] = [{ nodes: '10%' }]
/** spec.template.spec.expireAfter */
export const DEFAULT_EXPIRE_AFTER = '720h'

export const DEFAULT_KARPENTER: KarpenterSettings = {
  batchIdleDuration: SECOND,
  batchMaxDuration: 10 * SECOND,
  spotToSpotConsolidation: false,
  preferencePolicy: 'Respect',
  minValuesPolicy: 'Strict',
  client: { qps: 200, burst: 300 },
  // The last two are no flags: clouds answer within a second or so, and what AWS is out of it is not asked for again
  // for three minutes (pkg/cache/cache.go of karpenter-provider-aws 1).
  launchTime: SECOND,
  unavailableFor: 3 * MINUTE,
}
