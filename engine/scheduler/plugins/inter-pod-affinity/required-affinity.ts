import { NONE, type NodeId, type PodId } from '../../../state/ids.js'
import type { ClusterCounts } from '../../counts/cluster-counts.js'
import { type HeldTerm, TermKind } from '../../counts/held-term.js'
import type { Cycle, FrameworkHandle } from '../../framework/interface.js'
import type { NodeList } from '../../framework/node-list.js'
import type { PodShape } from '../../framework/pod-shape.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../../framework/status.js'
import type { AffinityPlan, AffinityPlans, CountedTerm } from './affinity-plans.js'

/** Pods put on the overlay or taken off it: how much more its node has of what a term counts. */
interface Difference {
  readonly term: CountedTerm | HeldTerm
  pods: number
}

/**
 * Terms that must hold: the pod's own affinity and anti-affinity, and the anti-affinity of pods on nodes. The first of
 * a series that wants to be near its own kind may go anywhere its keys exist.
 *
 * Upstream: pkg/scheduler/framework/plugins/interpodaffinity/filtering.go (1.36).
 * Simplified: nothing known.
 */
export class RequiredAffinity {
  readonly #counts: ClusterCounts
  readonly #plans: AffinityPlans
  readonly #notNear: RejectionId
  readonly #notApart: RejectionId
  readonly #keptAway: RejectionId
  #plan: AffinityPlan = { near: [], isOwnNeighbour: false, apart: [], preferred: [] }
  /** Anti-affinity terms of pods on nodes that mean this pod. */
  readonly #against: HeldTerm[] = []
  /** The node whose pods are different in this cycle, and how. */
  #changedNode = NONE as NodeId
  readonly #differences: Difference[] = []

  constructor(counts: ClusterCounts, plans: AffinityPlans, handle: FrameworkHandle) {
    this.#counts = counts
    this.#plans = plans
    this.#notNear = handle.reason(
      "node(s) didn't match pod affinity rules",
      Code.UnschedulableAndUnresolvable,
    )
    this.#notApart = handle.reason("node(s) didn't match pod anti-affinity rules")
    this.#keptAway = handle.reason("node(s) didn't satisfy existing pods anti-affinity rules")
  }

  preFilter(cycle: Cycle): Verdict {
    const { shape } = cycle
    const plan = this.#plans.of(shape)
    this.#plan = plan
    this.#changedNode = NONE as NodeId
    this.#differences.length = 0
    this.#against.length = 0
    const meaning = this.#counts.held.meaning(this.#counts.populationOf(shape))
    for (let i = 0; i < meaning.length; i++) {
      const term = meaning[i]
      if (term.kind !== TermKind.RequiredAnti || term.holders === 0) continue
      term.fit()
      this.#against.push(term)
    }
    const { near, apart } = plan
    if (near.length === 0 && apart.length === 0) return this.#against.length === 0 ? SKIP : OK
    cycle.countsAllNodes = true
    return OK
  }

  change(cycle: Cycle, pod: PodId, row: NodeId, pods: 1 | -1): void {
    const { snapshot, shape } = cycle
    const node = snapshot.original(row)
    if (node !== this.#changedNode) {
      this.#changedNode = node
      this.#differences.length = 0
    }
    const other = snapshot.shapes.of(pod)
    const { near, apart } = this.#plan
    for (const terms of [near, apart]) {
      for (const term of terms) {
        if (term.selection.rule.matches(other.labels, other.namespace)) this.#differ(term, pods)
      }
    }
    this.#changeAgainst(shape, other, pods)
  }

  #changeAgainst(shape: PodShape, other: PodShape, pods: 1 | -1): void {
    const population = this.#counts.populationOf(shape)
    for (const term of this.#counts.held.antiTermsOf(other)) {
      if (!this.#counts.held.means(term.term, population)) continue
      term.fit()
      if (!this.#against.includes(term)) this.#against.push(term)
      this.#differ(term, pods)
    }
  }

  #differ(term: CountedTerm | HeldTerm, pods: 1 | -1): void {
    const known = this.#differences.find(difference => difference.term === term)
    if (known === undefined) this.#differences.push({ term, pods })
    else known.pods += pods
  }

  filter(cycle: Cycle, nodes: NodeList): void {
    this.#keepNear(cycle, nodes)
    const { apart } = this.#plan
    for (let i = 0; i < apart.length; i++) {
      const { table } = apart[i]
      this.#keepApart(cycle, nodes, apart[i], table.key.domainOf, table.counts, this.#notApart)
    }
    const against = this.#against
    for (let i = 0; i < against.length; i++) {
      const { key, amounts } = against[i]
      this.#keepApart(cycle, nodes, against[i], key.domainOf, amounts, this.#keptAway)
    }
  }

  #keepNear({ snapshot: { overlay, overlayOf } }: Cycle, nodes: NodeList): void {
    const { near } = this.#plan
    const isAnywhere = near.length > 0 && this.#mayGoAnywhere()
    const { ids, reason } = nodes
    const notNear = this.#notNear
    for (let t = 0; t < near.length; t++) {
      const { key, counts } = near[t].table
      const { domainOf } = key
      const more = this.#moreOf(near[t])
      const changed = more === 0 ? NONE : domainOf[this.#changedNode]
      const { length } = nodes
      let kept = 0
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const domain = domainOf[node === overlay ? overlayOf : node]
        const isNear = domain !== NONE && (isAnywhere || counts[domain] + (domain === changed ? more : 0) > 0)
        if (isNear) ids[kept++] = node
        else reason[node] = notNear
      }
      nodes.length = kept
    }
  }

  /** Drops the nodes in whose domain there is anything the term counts. */
  #keepApart(
    { snapshot: { overlay, overlayOf } }: Cycle,
    nodes: NodeList,
    term: CountedTerm | HeldTerm,
    domainOf: Int32Array,
    counts: Int32Array,
    rejection: RejectionId,
  ): void {
    const { ids, reason, length } = nodes
    const more = this.#moreOf(term)
    const changed = more === 0 ? NONE : domainOf[this.#changedNode]
    let kept = 0
    for (let i = 0; i < length; i++) {
      const node = ids[i]
      const domain = domainOf[node === overlay ? overlayOf : node]
      if (domain !== NONE && counts[domain] + (domain === changed ? more : 0) > 0) reason[node] = rejection
      else ids[kept++] = node
    }
    nodes.length = kept
  }

  /** Nobody in the cluster is what the pod wants to be near to, but it is so itself. */
  #mayGoAnywhere(): boolean {
    const { near, isOwnNeighbour } = this.#plan
    if (!isOwnNeighbour) return false
    for (const term of near) {
      const { table } = term
      const more = this.#moreOf(term)
      const isCounted = more !== 0 && table.key.domainOf[this.#changedNode] !== NONE
      if (table.total + (isCounted ? more : 0) !== 0) return false
    }
    return true
  }

  #moreOf(term: CountedTerm | HeldTerm): number {
    const differences = this.#differences
    for (let i = 0; i < differences.length; i++) {
      if (differences[i].term === term) return differences[i].pods
    }
    return 0
  }
}
