/**
 * The policy Balanced: a move is made only if its share of the pool's cost is at least half of its share of the pool's
 * disruption. Every balanced pool that a move touches must agree; other policies ask for nothing.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/balanced.go.
 * Simplified: nothing known.
 */
import type { Candidate, StateNode } from './disruption-candidate.js'
import { evictionCost, NODE_COST } from './eviction-cost.js'
import { NODE_POOL } from './well-known-labels.js'

/** The share of disruption that a share of savings of one is worth. */
const K = 2

export interface PoolTotals {
  readonly cost: number
  readonly disruptionCost: number
}

/** What savings and disruption are shares of: nodes that may not be disrupted count as well. */
export function poolTotals(
  candidates: readonly Candidate[],
  nodes: readonly StateNode[],
): ReadonlyMap<string, PoolTotals> {
  const candidateOf = new Map(candidates.map(candidate => [candidate.node, candidate]))
  const cost = new Map<string, number>()
  for (const { pool, price } of candidates) cost.set(pool.name, (cost.get(pool.name) ?? 0) + price)
  const disruption = new Map<string, number>()
  for (const node of nodes) {
    const pool = node.cluster.labels[NODE_POOL]
    if (pool === undefined) continue
    const added = candidateOf.get(node)?.rescheduleCost ?? standingCost(node)
    disruption.set(pool, (disruption.get(pool) ?? 0) + added)
  }
  return new Map(
    [...cost].map(([pool, sum]) => [pool, { cost: sum, disruptionCost: disruption.get(pool) ?? 0 }]),
  )
}

/** Of a node that is no candidate: what the cluster state keeps, which forgets finished pods. */
function standingCost({ pods }: StateNode): number {
  return pods
    .filter(({ isOfDaemonSet, isTerminal }) => !isOfDaemonSet && !isTerminal)
    .reduce((sum, pod) => sum + Math.max(0, evictionCost(pod)), NODE_COST)
}

/** @param savings what the whole move saves an hour */
export function isWorthIt(
  candidates: readonly Candidate[],
  savings: number,
  totals: ReadonlyMap<string, PoolTotals>,
): boolean {
  const pools = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const list = pools.get(candidate.pool.name)
    if (list === undefined) pools.set(candidate.pool.name, [candidate])
    else list.push(candidate)
  }
  const whole = priceOf(candidates)
  for (const [name, ofPool] of pools) {
    if (ofPool[0].pool.policy !== 'Balanced') continue
    // Savings across pools are the pools' by what they paid before.
    const share = whole > 0 && pools.size > 1 ? priceOf(ofPool) / whole : 1
    const disruption = ofPool.reduce((sum, { rescheduleCost }) => sum + rescheduleCost, 0)
    if (!passes(savings * share, disruption, totals.get(name))) return false
  }
  return true
}

/** Whether deleting the node would be worth it, which is the most that can be saved by moving its pods. */
export function canBeWorthIt(candidate: Candidate, totals: ReadonlyMap<string, PoolTotals>): boolean {
  const { pool, price, rescheduleCost } = candidate
  if (pool.policy !== 'Balanced') return true
  const ofPool = totals.get(pool.name)
  if (ofPool === undefined || ofPool.cost <= 0) return true
  return passes(price, rescheduleCost, ofPool)
}

export function priceOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { price }) => sum + price, 0)
}

function passes(savings: number, disruption: number, totals: PoolTotals | undefined): boolean {
  if (totals === undefined || totals.cost <= 0 || totals.disruptionCost <= 0) return false
  const saved = savings / totals.cost
  if (saved <= 0) return false
  const disrupted = disruption / totals.disruptionCost
  return disrupted === 0 || saved / disrupted >= 1 / K
}
