import type { Consolidation } from '../../../../engine/autoscaler/karpenter/consolidation.js'
import {
  consolidationOf,
  type Eligibility,
  emptinessOf,
} from '../../../../engine/autoscaler/karpenter/consolidation-rules.js'
import { DisruptionReason } from '../../../../engine/autoscaler/karpenter/disruption-budget.js'
import {
  type Candidate,
  candidateOf,
  isEmpty,
  type StateNode,
  savingsRatio,
} from '../../../../engine/autoscaler/karpenter/disruption-candidate.js'
import { removeEmpty } from '../../../../engine/autoscaler/karpenter/emptiness.js'
import { PoolDisruption } from '../../../../engine/autoscaler/karpenter/pool-disruption.js'
import { NODE_POOL } from '../../../../engine/autoscaler/karpenter/well-known-labels.js'
import { byCodeUnits } from '../../../../engine/model/resource-list.js'
import { microsecondsOf } from '../../../support/autoscaler-rig.js'
import { type GivenDisruption, instanceTypesOf, limitsOf, poolsOf, stateNodes } from './given-disruption.js'

/** The cluster looked at by each consolidation method on its own, without the second look after 15 s. */
export function disrupt(given: GivenDisruption, want: unknown): unknown {
  const now = microsecondsOf(given.now)
  const limits = limitsOf(given, now)
  const nodePools = poolsOf(given)
  const pools = new Map(nodePools.map(pool => [pool.metadata.name, new PoolDisruption(pool)]))
  const nodes = stateNodes(given, now, pools)
  const instanceTypes = new Map(instanceTypesOf(given).map(type => [type.name, type]))
  const blocked: Record<string, string> = {}
  const candidates: Candidate[] = []
  for (const node of nodes) {
    const found = candidateOf(node, { now, limits, pools, instanceTypes }, 'graceful')
    if (typeof found !== 'string') candidates.push(found)
    else if (node.claim !== undefined) blocked[node.cluster.name] = found
  }
  const allowances = (reason: DisruptionReason): Map<string, number> =>
    new Map([...pools.values()].map(pool => [pool.name, allowanceOf(pool, reason, nodes, now)]))
  const forEmpty = allowances(DisruptionReason.Empty)
  const forUnderutilized = allowances(DisruptionReason.Underutilized)
  const taken = (rule: (candidate: Candidate) => Eligibility): Candidate[] =>
    candidates.filter(candidate => rule(candidate).isEligible)
  const empty = taken(emptinessOf)
  const eligible = taken(consolidationOf)
  const results = {
    blocked,
    candidates: Object.fromEntries(
      candidates.map(candidate => [candidate.node.cluster.name, figures(candidate)]),
    ),
    emptyEligible: names(empty),
    multiEligible: names(eligible),
    singleEligible: names(eligible),
    budgetsEmpty: Object.fromEntries(forEmpty),
    budgetsMulti: Object.fromEntries(forUnderutilized),
    budgetsSingle: Object.fromEntries(forUnderutilized),
    empty: commands(removeEmpty(empty, forEmpty).command),
  }
  return asWanted(results, want)
}

function names(candidates: readonly Candidate[]): string[] {
  return candidates.map(({ node }) => node.cluster.name).sort(byCodeUnits)
}

function figures(candidate: Candidate): unknown {
  return {
    disruptionCost: candidate.disruptionCost,
    empty: isEmpty(candidate),
    price: candidate.price,
    rescheduleDisruptionCost: candidate.rescheduleCost,
    savingsRatio: savingsRatio(candidate),
  }
}

function commands(command: Consolidation | undefined): unknown[] {
  if (command === undefined) return []
  const { candidates, replacements } = command
  const decision = replacements.length === 0 ? 'delete' : 'replace'
  return [{ candidates: names(candidates), decision }]
}

function allowanceOf(
  pool: PoolDisruption,
  reason: DisruptionReason,
  nodes: readonly StateNode[],
  now: number,
): number {
  const own = nodes.filter(
    ({ cluster, claim }) => claim !== undefined && cluster.labels[NODE_POOL] === pool.name,
  )
  return pool.budgets.left(
    reason,
    own.map(({ cluster, claim, isReady }) => ({
      isInitialized: cluster.isInitialized,
      isTerminating: claim?.isTerminating ?? false,
      isReady,
      isMarkedForDeletion: cluster.isMarkedForDeletion,
    })),
    now,
  )
}

function asWanted(results: Record<string, unknown>, want: unknown): unknown {
  const wanted = want as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(results)
      .filter(k => k in wanted || (results[k] as unknown[]).length !== 0)
      .map(k => [k, results[k]]),
  )
}
