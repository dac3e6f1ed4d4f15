import { NONE } from '../../../state/ids.js'
import type { Cycle } from '../../framework/interface.js'
import type { NodeList } from '../../framework/node-list.js'
import { OK, SKIP, type Verdict } from '../../framework/status.js'
import type { SpreadConstraint } from './constraints.js'
import type { SpreadPlan, SpreadPlans } from './spread-plans.js'

/** Stands for nodes that lack a key, until scores are normalised. */
const IGNORED = -1

/**
 * Constraints that would rather hold: the fewer pods a node's domains have, the better, and domains weigh more where
 * there are many of them.
 *
 * Upstream: pkg/scheduler/framework/plugins/podtopologyspread/scoring.go (1.36).
 * Simplified: nothing known.
 */
export class SoftSpread {
  readonly #plans: SpreadPlans
  #plan: SpreadPlan = { constraints: [], requireAllKeys: true }
  readonly #weights: number[] = []
  /** By domain: the last round in which it was met. */
  #metIn = new Int32Array(16)
  #round = 0

  constructor(plans: SpreadPlans) {
    this.#plans = plans
  }

  preScore(cycle: Cycle, nodes: NodeList): Verdict {
    this.#plan = this.#plans.of(cycle)
    const { constraints } = this.#plan
    if (constraints.length === 0) return SKIP
    cycle.countsAllNodes = true
    for (let c = 0; c < constraints.length; c++) {
      // Where no node has the key nobody gets a score by it.
      if (constraints[c].key.size === 0) continue
      this.#weights[c] = Math.log(this.#sizeOf(constraints[c], nodes) + 2)
    }
    return OK
  }

  score(_cycle: Cycle, nodes: NodeList, scores: Float64Array): void {
    const { constraints, requireAllKeys } = this.#plan
    const { ids, length } = nodes
    let only = -1
    let asked = 0
    for (let c = 0; c < constraints.length; c++) {
      if (constraints[c].key.size === 0) continue
      only = c
      asked++
    }
    if (asked === 1 && constraints[only].isHostname) {
      this.#scoreByNode(constraints[only], this.#weights[only], nodes, scores)
      if (requireAllKeys) this.#ignore(nodes, scores)
      return
    }
    scores.fill(0, 0, length)
    for (let c = 0; c < constraints.length; c++) {
      const { key, isHostname, selection, table, maxSkew } = constraints[c]
      if (key.size === 0) continue
      const { domainOf } = key
      const counted = table.key.domainOf
      const { counts } = table
      const { countOf } = selection
      const weight = this.#weights[c]
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        if (domainOf[node] === NONE) continue
        const pods = isHostname ? countOf[node] : counts[counted[node]]
        scores[i] += pods * weight + (maxSkew - 1)
      }
    }
    for (let i = 0; i < length; i++) scores[i] = Math.round(scores[i])
    if (requireAllKeys) this.#ignore(nodes, scores)
  }

  /** All in one pass, for the most frequent case: spread over nodes alone. */
  #scoreByNode(
    { key, selection, maxSkew }: SpreadConstraint,
    weight: number,
    { ids, length }: NodeList,
    scores: Float64Array,
  ): void {
    const { domainOf } = key
    const { countOf } = selection
    for (let i = 0; i < length; i++) {
      const node = ids[i]
      scores[i] = domainOf[node] === NONE ? 0 : Math.round(countOf[node] * weight + (maxSkew - 1))
    }
  }

  normalize(_cycle: Cycle, nodes: NodeList, scores: Float64Array): void {
    const { length } = nodes
    let least = Number.POSITIVE_INFINITY
    let most = 0
    for (let i = 0; i < length; i++) {
      const score = scores[i]
      if (score === IGNORED) continue
      if (score < least) least = score
      if (score > most) most = score
    }
    // Neighbours mostly have the same.
    let last = IGNORED
    let normalized = 0
    for (let i = 0; i < length; i++) {
      const score = scores[i]
      if (score !== last) {
        last = score
        if (score === IGNORED) normalized = 0
        else normalized = most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most)
      }
      scores[i] = normalized
    }
  }

  /** Marks the nodes that lack a key of any constraint. */
  #ignore({ ids, length }: NodeList, scores: Float64Array): void {
    const { constraints } = this.#plan
    for (let c = 0; c < constraints.length; c++) {
      const { domainOf } = constraints[c].key
      for (let i = 0; i < length; i++) if (domainOf[ids[i]] === NONE) scores[i] = IGNORED
    }
  }

  /** How many domains the nodes are in; for hostnames, how many nodes there are. */
  #sizeOf({ isHostname, table }: SpreadConstraint, { ids, length }: NodeList): number {
    const { constraints, requireAllKeys } = this.#plan
    const { domainOf, size } = table.key
    const isChecked = requireAllKeys && constraints.length > 1
    if (isHostname) {
      let counted = 0
      for (let i = 0; i < length; i++) {
        if (domainOf[ids[i]] !== NONE && !(isChecked && this.#isIgnored(ids[i]))) counted++
      }
      return counted
    }
    if (this.#metIn.length < size) this.#metIn = new Int32Array(Math.ceil(size * 1.5))
    const metIn = this.#metIn
    const round = ++this.#round
    let domains = 0
    for (let i = 0; i < length; i++) {
      const domain = domainOf[ids[i]]
      if (domain === NONE || metIn[domain] === round || (isChecked && this.#isIgnored(ids[i]))) continue
      metIn[domain] = round
      domains++
    }
    return domains
  }

  #isIgnored(node: number): boolean {
    const { constraints } = this.#plan
    for (let c = 0; c < constraints.length; c++) {
      if (constraints[c].key.domainOf[node] === NONE) return true
    }
    return false
  }
}
