import { NONE } from '../../../state/ids.js'
import type { ClusterCounts } from '../../counts/cluster-counts.js'
import { TermKind } from '../../counts/held-term.js'
import type { TopologyKey } from '../../counts/topology-key.js'
import type { Cycle } from '../../framework/interface.js'
import type { NodeList } from '../../framework/node-list.js'
import { OK, SKIP, type Verdict } from '../../framework/status.js'
import type { AffinityPlans } from './affinity-plans.js'

export interface AffinityScoring {
  readonly hardPodAffinityWeight: number
  readonly ignorePreferredTermsOfExistingPods: boolean
}

/** What one term adds to the score of a node: a weight for each unit counted in the node's domain. */
interface Contribution {
  key: TopologyKey
  amounts: Int32Array
  weight: number
}

/**
 * Terms that weigh: the pod's own preferred ones, and those of pods on nodes that mean it, their required affinity
 * among them.
 *
 * Upstream: pkg/scheduler/framework/plugins/interpodaffinity/scoring.go (1.36).
 * Simplified: nothing known.
 */
export class PreferredAffinity {
  readonly #counts: ClusterCounts
  readonly #plans: AffinityPlans
  readonly #scoring: AffinityScoring
  readonly #contributions: Contribution[] = []

  constructor(counts: ClusterCounts, plans: AffinityPlans, scoring: AffinityScoring) {
    this.#counts = counts
    this.#plans = plans
    this.#scoring = scoring
  }

  preScore(cycle: Cycle): Verdict {
    const { shape } = cycle
    const { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods } = this.#scoring
    const { preferred } = this.#plans.of(shape)
    if (preferred.length === 0 && ignorePreferredTermsOfExistingPods) return SKIP
    if (preferred.length > 0) cycle.countsAllNodes = true
    this.#contributions.length = 0
    for (let i = 0; i < preferred.length; i++) {
      const { table, weight } = preferred[i]
      if (table.total > 0) this.#add(table.key, table.counts, weight)
    }
    const meaning = this.#counts.held.meaning(this.#counts.populationOf(shape))
    for (let i = 0; i < meaning.length; i++) {
      const term = meaning[i]
      if (term.kind === TermKind.RequiredAnti || term.holders === 0) continue
      const weight = term.kind === TermKind.Preferred ? 1 : hardPodAffinityWeight
      if (weight === 0) continue
      term.fit()
      this.#add(term.key, term.amounts, weight)
    }
    return this.#contributions.length === 0 ? SKIP : OK
  }

  score(_cycle: Cycle, { ids, length }: NodeList, scores: Float64Array): void {
    scores.fill(0, 0, length)
    for (const { key, amounts, weight } of this.#contributions) {
      const { domainOf } = key
      for (let i = 0; i < length; i++) {
        const domain = domainOf[ids[i]]
        if (domain !== NONE) scores[i] += weight * amounts[domain]
      }
    }
  }

  normalize(_cycle: Cycle, { length }: NodeList, scores: Float64Array): void {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < length; i++) {
      const score = scores[i]
      if (score < least) least = score
      if (score > most) most = score
    }
    const span = most - least
    if (span === 0) scores.fill(0, 0, length)
    else for (let i = 0; i < length; i++) scores[i] = Math.trunc(100 * ((scores[i] - least) / span))
  }

  #add(key: TopologyKey, amounts: Int32Array, weight: number): void {
    this.#contributions.push({ key, amounts, weight })
  }
}
