import { type AffinityTerm, compileAffinityTerm, meansPod } from '../../model/pod-affinity.js'
import type { PodAffinityTerm, WeightedPodAffinityTerm } from '../../model/pod-spec.js'
import type { NodeId } from '../../state/ids.js'
import type { PodShape } from '../framework/pod-shape.js'
import { HeldTerm, TermKind } from './held-term.js'
import type { NamespaceLabels } from './namespace-labels.js'
import { Anchored, type Population, type Populations } from './population.js'
import type { TopologyKey } from './topology-key.js'

/** What one pod of a shape holds of a term. */
interface Share {
  readonly term: HeldTerm
  readonly amount: number
}

/** So many terms may be held by nobody before they are looked through. */
const MOST_IDLE = 64

/**
 * The affinity terms of all pods on nodes, and for every population those that mean its pods: a pod to be placed asks
 * no other.
 *
 * Upstream: getExistingAntiAffinityCounts of pkg/scheduler/framework/plugins/interpodaffinity/filtering.go and
 * processExistingPod of scoring.go (1.36).
 * Simplified: nothing known.
 */
export class HeldTerms {
  readonly #populations: Populations
  readonly #namespaces: NamespaceLabels
  readonly #keyOf: (name: string) => TopologyKey
  readonly #terms = new Map<string, HeldTerm>()
  readonly #listed = new Set<HeldTerm>()
  readonly #anchored = new Anchored<HeldTerm>()
  readonly #sharesOf: (readonly Share[] | undefined)[] = []
  readonly #antiTermsOf: (readonly HeldTerm[] | undefined)[] = []
  #idle = 0
  #epoch = 0

  constructor(populations: Populations, namespaces: NamespaceLabels, keyOf: (name: string) => TopologyKey) {
    this.#populations = populations
    this.#namespaces = namespaces
    this.#keyOf = keyOf
  }

  /** Counts the terms of a pod on a node, or takes them off. */
  count(shape: PodShape, node: NodeId, sign: 1 | -1): void {
    const shares = this.#sharesOf[shape.id] ?? this.#share(shape)
    for (let i = 0; i < shares.length; i++) {
      const { term, amount } = shares[i]
      if (!term.count(node, amount, sign)) continue
      if (sign === 1 && term.holders === 1) this.#taken(term)
      else if (term.holders === 0) this.#left()
    }
  }

  /** Required anti-affinity terms of a shape. */
  antiTermsOf(shape: PodShape): readonly HeldTerm[] {
    let terms = this.#antiTermsOf[shape.id]
    if (terms === undefined) {
      const shares = this.#sharesOf[shape.id] ?? this.#share(shape)
      terms = shares.map(({ term }) => term).filter(({ kind }) => kind === TermKind.RequiredAnti)
      this.#antiTermsOf[shape.id] = terms
    }
    return terms
  }

  /** The terms that mean the pods of a population, those held by nobody at present among them. */
  meaning(population: Population): readonly HeldTerm[] {
    if (population.meantAt !== this.#epoch) {
      population.meantAt = this.#epoch
      population.meantBy = []
      this.#anchored.visit(population.labels, term => {
        if (this.means(term.term, population)) population.meantBy.push(term)
      })
    }
    return population.meantBy
  }

  means(term: AffinityTerm, { labels, namespace }: Population): boolean {
    return meansPod(term, labels, namespace, this.#namespaces.of(namespace))
  }

  /** Labels of namespaces have changed. */
  forget(): void {
    this.#epoch++
  }

  #taken(term: HeldTerm): void {
    if (term.isListed) {
      this.#idle--
      return
    }
    term.isListed = true
    this.#listed.add(term)
    this.#anchored.add(term.anchor, term)
    for (const population of this.#populations.anchoredAt(term.anchor)) {
      if (population.meantAt !== this.#epoch) continue
      if (this.means(term.term, population)) population.meantBy.push(term)
    }
  }

  /** A term lost its last holder. Such terms are kept a while, since the next pod of the kind may hold it again. */
  #left(): void {
    this.#idle++
    if (this.#idle <= MOST_IDLE || this.#idle * 2 <= this.#listed.size) return
    this.#idle = 0
    this.#epoch++
    this.#anchored.clear()
    for (const term of [...this.#listed]) {
      if (term.holders > 0) this.#anchored.add(term.anchor, term)
      else {
        term.release()
        this.#listed.delete(term)
      }
    }
  }

  #share(shape: PodShape): readonly Share[] {
    const { podAffinity, podAntiAffinity } = shape.template.spec.affinity ?? {}
    const shares: Share[] = []
    const required = (terms: readonly PodAffinityTerm[] | undefined, kind: TermKind): void => {
      for (const term of terms ?? []) shares.push({ term: this.#term(term, shape, kind), amount: 1 })
    }
    const preferred = (terms: readonly WeightedPodAffinityTerm[] | undefined, sign: 1 | -1): void => {
      for (const { weight, podAffinityTerm } of terms ?? []) {
        const term = this.#term(podAffinityTerm, shape, TermKind.Preferred)
        shares.push({ term, amount: sign * weight })
      }
    }
    required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, TermKind.RequiredAnti)
    required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, TermKind.Required)
    preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1)
    preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1)
    this.#sharesOf[shape.id] = shares
    return shares
  }

  #term(written: PodAffinityTerm, shape: PodShape, kind: TermKind): HeldTerm {
    const compiled = compileAffinityTerm(written, shape.namespace)
    const key = `${kind} ${compiled.topologyKey} ${compiled.key}`
    let term = this.#terms.get(key)
    if (term === undefined) {
      term = new HeldTerm(compiled, kind, this.#keyOf(compiled.topologyKey))
      this.#terms.set(key, term)
    }
    return term
  }
}
