/**
 * What a node pool says about disrupting its nodes, read once, with the API's defaults.
 * Upstream: Karpenter core 1.15, pkg/apis/v1/nodepool.go (Disruption).
 * Simplified: no static pools (`replicas`), whose gate is off by default; a duration that cannot be read, which the
 * API server refuses, counts as Never.
 */
import type { SimTime } from '../../kernel/time.js'
import { parseGoDuration } from '../../model/go-duration.js'
import type { NodePool, NodePoolSpec } from '../../model/karpenter.js'
import {
  DEFAULT_CONSOLIDATE_AFTER,
  DEFAULT_CONSOLIDATION_POLICY,
  DEFAULT_DISRUPTION_BUDGETS,
  DEFAULT_EXPIRE_AFTER,
} from '../../model/karpenter-defaults.js'
import { DisruptionBudgets } from './disruption-budget.js'

export type ConsolidationPolicy = NonNullable<NonNullable<NodePoolSpec['disruption']>['consolidationPolicy']>

export class PoolDisruption {
  readonly name: string
  /** Microseconds without pods coming or going after which a node may be consolidated; undefined: never. */
  readonly consolidateAfter: number | undefined
  readonly policy: ConsolidationPolicy
  readonly budgets: DisruptionBudgets
  /** For nodes launched from now on, in microseconds; undefined: never. */
  readonly expireAfter: number | undefined
  readonly terminationGracePeriod: number | undefined

  constructor({ metadata, spec }: NodePool) {
    const { disruption = {}, template } = spec
    this.name = metadata.name
    this.consolidateAfter = microsecondsOf(disruption.consolidateAfter ?? DEFAULT_CONSOLIDATE_AFTER)
    this.policy = disruption.consolidationPolicy ?? DEFAULT_CONSOLIDATION_POLICY
    this.budgets = new DisruptionBudgets(disruption.budgets ?? DEFAULT_DISRUPTION_BUDGETS)
    this.expireAfter = microsecondsOf(template.spec.expireAfter ?? DEFAULT_EXPIRE_AFTER)
    this.terminationGracePeriod = microsecondsOf(template.spec.terminationGracePeriod)
  }

  /**
   * From when on a node may be consolidated, and take pods of nodes that are.
   * @param lastPodEvent when a pod last came or went; undefined: none ever did
   */
  settledAt(initializedAt: SimTime, lastPodEvent: SimTime | undefined): SimTime {
    return (lastPodEvent ?? initializedAt) + (this.consolidateAfter ?? 0)
  }
}

/** Undefined for `Never`. */
export function microsecondsOf(duration: string | undefined): number | undefined {
  const nanos = duration === undefined ? undefined : parseGoDuration(duration)
  return typeof nanos === 'bigint' ? Number(nanos) / 1000 : undefined
}
