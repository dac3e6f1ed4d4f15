import { type AffinityTerm, anchorOf } from '../../model/pod-affinity.js'
import { NONE, type NodeId } from '../../state/ids.js'
import type { TopologyKey } from './topology-key.js'

/** What a term does to pods it means: keeps them away, draws them near, or weighs for or against a node. */
export const TermKind = { RequiredAnti: 0, Required: 1, Preferred: 2 } as const
export type TermKind = (typeof TermKind)[keyof typeof TermKind]

/**
 * One affinity term that pods on nodes have, counted by the domains those pods are in. Pods whose terms mean the same
 * pods by the same topology key share it, whatever the weight.
 *
 * Upstream: existingAntiAffinityCounts and topologyScore of pkg/scheduler/framework/plugins/interpodaffinity (1.36),
 * where the terms of all pods are gone through for every new one.
 * Simplified: nothing known.
 */
export class HeldTerm {
  readonly term: AffinityTerm
  readonly kind: TermKind
  readonly key: TopologyKey
  readonly anchor: string
  /** By domain: how many terms, or for preferred ones the sum of their weights, anti-affinity negative. */
  amounts = new Int32Array(0)
  /** Terms counted in all domains; a weight of theirs may be outweighed and sum up to 0. */
  holders = 0
  /** Whether pods can find it: not while nobody has held it for a while. */
  isListed = false

  constructor(term: AffinityTerm, kind: TermKind, key: TopologyKey) {
    this.term = term
    this.kind = kind
    this.key = key
    this.anchor = anchorOf(term.selector)
  }

  /** Makes room for every domain of the key: call it before reading `amounts` by domain. */
  fit(): void {
    const { size } = this.key
    if (this.amounts.length >= size) return
    const grown = new Int32Array(Math.ceil(size * 1.5))
    grown.set(this.amounts)
    this.amounts = grown
  }

  /** Counts a term of a pod on the node (or takes it off); false where the node lacks the key. */
  count(node: NodeId, amount: number, sign: 1 | -1): boolean {
    const domain = this.key.domainOf[node]
    if (domain === NONE) return false
    this.fit()
    this.amounts[domain] += sign * amount
    this.holders += sign
    return true
  }

  /** Gives the column back once nobody holds the term any more. */
  release(): void {
    this.amounts = new Int32Array(0)
    this.isListed = false
  }
}
