/**
 * One look at the cluster for disruption: which nodes could go, how many the budgets allow, and when time alone would
 * make another picture of it.
 * Upstream: Karpenter core 1.15, GetCandidatesWithTotals and BuildDisruptionBudgetMapping of
 * pkg/controllers/disruption/helpers.go.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../../kernel/time.js'
import type { WallClock } from '../../../model/wall-clock.js'
import { poolTotals } from '../balanced-score.js'
import { protectedUntil } from '../disrupted-pod.js'
import type { DisruptionReason } from '../disruption-budget.js'
import { type Candidate, candidateOf, type DisruptionClass, type StateNode } from '../disruption-candidate.js'
import type { Allowances } from '../disruption-command.js'
import type { DisruptionView } from '../removal-simulation.js'
import { NODE_POOL } from '../well-known-labels.js'
import type { ClusterScheduling } from './cluster-scheduling.js'
import type { ClusterTracker } from './cluster-tracker.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { NodeClaim } from './node-claim.js'
import type { NodePools } from './node-pools.js'
import { settledTime } from './tracked-node.js'

export interface LookSettings {
  readonly tracker: ClusterTracker
  readonly pools: NodePools
  readonly scheduling: ClusterScheduling
  readonly events: KarpenterEvents
  readonly clock: WallClock
  /** A command has to do with it already. */
  readonly isTaken: (claim: NodeClaim) => boolean
}

export class DisruptionLook {
  readonly view: DisruptionView
  readonly #settings: LookSettings
  readonly #now: SimTime
  readonly #candidates = new Map<DisruptionClass, readonly Candidate[]>()
  readonly #turns: SimTime[] = []

  constructor(settings: LookSettings, now: SimTime) {
    const { tracker, scheduling } = settings
    this.#settings = settings
    this.#now = now
    const nodes = tracker.view(now)
    const pendingPods = tracker.pendingPods().map(({ viewed }) => viewed)
    const limits = tracker.limits(now)
    this.view = { nodes, pendingPods, limits, schedule: scheduling.over(nodes) }
  }

  claimOf({ node }: Candidate): NodeClaim {
    return node.cluster.claim as NodeClaim
  }

  /** All nodes that nothing keeps from being disrupted so far. */
  candidates(reach: DisruptionClass): readonly Candidate[] {
    let candidates = this.#candidates.get(reach)
    if (candidates === undefined) {
      candidates = this.#find(reach)
      this.#candidates.set(reach, candidates)
    }
    return candidates
  }

  /** What the policy Balanced measures moves by. */
  totals(): ReturnType<typeof poolTotals> {
    return poolTotals(this.candidates('graceful'), this.view.nodes)
  }

  allowances(reason: DisruptionReason): Allowances {
    const { pools, clock, events } = this.#settings
    const wallMicros = clock.epochMicros + this.#now
    const allowances = new Map<string, number>()
    for (const pool of pools.all) {
      const nodes = this.view.nodes.filter(
        ({ claim, cluster }) => claim !== undefined && cluster.labels[NODE_POOL] === pool.name,
      )
      const { budgets } = pool.disruption
      const initialized = nodes.filter(({ cluster }) => cluster.isInitialized).length
      if (initialized > 0 && budgets.allowed(reason, initialized, wallMicros) === 0)
        events.poolBlocked(pool, reason)
      allowances.set(pool.name, budgets.left(reason, nodes.map(budgeted), wallMicros))
    }
    return allowances
  }

  /** When time alone may change what was found; undefined: never. */
  nextTurn(): SimTime | undefined {
    const { tracker, pools, clock } = this.#settings
    const turns = [...this.#turns]
    for (const claim of tracker.claims) {
      const settled = settledTime(claim, pools)
      if (settled !== undefined) turns.push(settled)
      turns.push(claim.nominatedUntil)
    }
    for (const { disruption } of pools.all) {
      const change = disruption.budgets.nextChange(clock.epochMicros + this.#now)
      if (change !== undefined) turns.push(change - clock.epochMicros)
    }
    const coming = turns.filter(turn => turn > this.#now)
    return coming.length === 0 ? undefined : coming.reduce((a, b) => Math.min(a, b))
  }

  #find(reach: DisruptionClass): readonly Candidate[] {
    const { tracker, pools, scheduling, events, isTaken } = this.#settings
    const { nodes, limits } = this.view
    const facts = {
      now: this.#now,
      limits,
      pools: new Map(pools.all.map(({ name, disruption }) => [name, disruption])),
      instanceTypes: scheduling.instanceTypes,
    }
    const candidates: Candidate[] = []
    for (const node of nodes) {
      const claim = tracker.claimOf(node)
      if (claim === undefined || isTaken(claim)) continue
      const found = candidateOf(node, facts, reach)
      if (typeof found !== 'string') {
        candidates.push(found)
        continue
      }
      events.blocked(claim, found)
      for (const pod of node.pods) this.#turns.push(protectedUntil(pod) ?? 0)
    }
    return candidates
  }
}

function budgeted({ claim, cluster, isReady }: StateNode) {
  return {
    isInitialized: cluster.isInitialized,
    isTerminating: claim?.isTerminating ?? false,
    isReady,
    isMarkedForDeletion: cluster.isMarkedForDeletion,
  }
}
