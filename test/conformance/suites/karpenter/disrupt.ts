import { poolTotals } from '../../../../engine/autoscaler/karpenter/balanced-score.js'
import type {
  Consolidation,
  ConsolidationContext,
} from '../../../../engine/autoscaler/karpenter/consolidation.js'
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
import { consolidateMany } from '../../../../engine/autoscaler/karpenter/multi-node-consolidation.js'
import { PoolDisruption } from '../../../../engine/autoscaler/karpenter/pool-disruption.js'
import { SchedulingCluster } from '../../../../engine/autoscaler/karpenter/scheduling-cluster.js'
import { simulateScheduling } from '../../../../engine/autoscaler/karpenter/scheduling-round.js'
import { consolidateOne } from '../../../../engine/autoscaler/karpenter/single-node-consolidation.js'
import { NODE_POOL } from '../../../../engine/autoscaler/karpenter/well-known-labels.js'
import { byCodeUnits } from '../../../../engine/model/resource-list.js'
import { microsecondsOf } from '../../../support/autoscaler-rig.js'
import { karpenterCatalog } from '../../../support/karpenter-case.js'
import { claimAnswer } from './claim-answer.js'
import { type GivenDisruption, limitsOf, podsOf, stateNodes } from './given-disruption.js'

const COMMANDS: ReadonlySet<string> = new Set(['empty', 'multi', 'single'])

/** The cluster looked at by each consolidation method on its own, without the second look after 15 s. */
export function disrupt(given: GivenDisruption, want: unknown): unknown {
  const now = microsecondsOf(given.now)
  const limits = limitsOf(given, now)
  const pools = new Map(given.nodePools.map(pool => [pool.metadata.name, new PoolDisruption(pool)]))
  const pods = podsOf(given)
  const nodes = stateNodes(given, pods, pools, now)
  const catalog = karpenterCatalog(given)
  const instanceTypes = new Map([...catalog.instanceTypes()].map(type => [type.name, type]))
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
  const cluster = new SchedulingCluster(catalog, {
    nodes: nodes.map(node => node.cluster),
    namespaces: new Map(pods.map(({ namespace }) => [namespace, {}])),
  })
  const context: ConsolidationContext = {
    nodes,
    pendingPods: pods.filter(({ nodeName, isPending }) => nodeName === undefined && isPending),
    limits,
    schedule: request => simulateScheduling(cluster, request),
    spotToSpot: given.spotToSpotConsolidation ?? false,
    wellKnown: catalog.wellKnown,
    totals: poolTotals(candidates, nodes),
  }
  const many = consolidateMany(eligible, forUnderutilized, context).command
  const one = consolidateOne(eligible, forUnderutilized, context, () => undefined).command
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
    empty: commands(removeEmpty(empty, forEmpty).command, context),
    multi: commands(many, context),
    single: commands(one, context),
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

function commands(command: Consolidation | undefined, { wellKnown }: ConsolidationContext): unknown[] {
  if (command === undefined) return []
  const { candidates, replacements } = command
  if (replacements.length === 0) return [{ candidates: names(candidates), decision: 'delete' }]
  const shown = replacements.map(claim => {
    const answer = claimAnswer(claim, wellKnown)
    return { ...answer, pods: answer.pods.toSorted(byCodeUnits) }
  })
  return [{ candidates: names(candidates), decision: 'replace', replacements: shown }]
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

/** A recording leaves out empty lists, but those of commands only when they differed from run to run. */
function asWanted(results: Readonly<Record<string, unknown>>, want: unknown): unknown {
  const recorded = new Set(Object.keys(want as object))
  const compared = Object.entries(results).filter(
    ([name, value]) => recorded.has(name) || !(COMMANDS.has(name) || isEmptyList(value)),
  )
  return Object.fromEntries(compared)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
