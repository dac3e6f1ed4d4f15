import {
  type AffinityTerm,
  anchorOf,
  compileAffinityTerm,
  meansPlacedPod,
} from '../../../model/pod-affinity.js'
import type { PodAffinityTerm, WeightedPodAffinityTerm } from '../../../model/pod-spec.js'
import type { ClusterCounts } from '../../counts/cluster-counts.js'
import type { DomainCounts } from '../../counts/domain-counts.js'
import type { Selection } from '../../counts/selection.js'
import type { PodShape } from '../../framework/pod-shape.js'

/** The pods one or more terms of a pod to be placed mean, by the domains of a key. */
export interface CountedTerm {
  readonly selection: Selection
  readonly table: DomainCounts
  /** Of a preferred term, negative for anti-affinity. */
  readonly weight: number
}

/** The terms of a pod shape, with the counts they read. */
export interface AffinityPlan {
  /** Required affinity: pods that all terms mean at once, by each of the terms' keys. */
  readonly near: readonly CountedTerm[]
  /** Whether the pod itself is one that all its required terms mean. */
  readonly isOwnNeighbour: boolean
  /** Required anti-affinity, term by term. */
  readonly apart: readonly CountedTerm[]
  readonly preferred: readonly CountedTerm[]
}

interface KeptPlan {
  readonly plan: AffinityPlan
  readonly epoch: number
}

/**
 * Finds the counts that the affinity terms of a pod read. Kept by pod shape.
 *
 * Upstream: NewPodInfo of pkg/scheduler/framework/types.go and PreFilter of
 * pkg/scheduler/framework/plugins/interpodaffinity/filtering.go (1.36).
 * Simplified: nothing known; matchLabelKeys and mismatchLabelKeys are merged into the selector by the API server.
 */
export class AffinityPlans {
  readonly #counts: ClusterCounts
  readonly #kept: (KeptPlan | undefined)[] = []

  constructor(counts: ClusterCounts) {
    this.#counts = counts
  }

  of(shape: PodShape): AffinityPlan {
    const { epoch } = this.#counts
    let kept = this.#kept[shape.id]
    if (kept === undefined || kept.epoch !== epoch) {
      kept = { plan: this.#make(shape), epoch }
      this.#kept[shape.id] = kept
      // Asking for counts may have made others be given up, some just found among them: then once more.
      if (this.#counts.epoch !== epoch) return this.of(shape)
    }
    const { near, apart, preferred } = kept.plan
    this.#use(near)
    this.#use(apart)
    this.#use(preferred)
    return kept.plan
  }

  #use(terms: readonly CountedTerm[]): void {
    for (let i = 0; i < terms.length; i++) {
      this.#counts.touch(terms[i].selection)
      terms[i].table.fit()
    }
  }

  #make(shape: PodShape): AffinityPlan {
    const { podAffinity, podAntiAffinity } = shape.template.spec.affinity ?? {}
    const near = compileAll(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, shape)
    const apart = compileAll(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, shape)
    const keys = [...new Set(near.map(({ topologyKey }) => topologyKey))]
    return {
      near: keys.map(key => this.#counted(near, key, 0)),
      isOwnNeighbour: near.length > 0 && this.#means(near, shape.labels, shape.namespace),
      apart: apart.map(term => this.#counted([term], term.topologyKey, 0)),
      preferred: [
        ...this.#preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, shape, 1),
        ...this.#preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, shape, -1),
      ],
    }
  }

  #preferred(
    terms: readonly WeightedPodAffinityTerm[] | undefined,
    shape: PodShape,
    sign: 1 | -1,
  ): CountedTerm[] {
    return (terms ?? []).map(({ weight, podAffinityTerm }) => {
      const term = compileAffinityTerm(podAffinityTerm, shape.namespace)
      return this.#counted([term], term.topologyKey, sign * weight)
    })
  }

  #counted(terms: readonly AffinityTerm[], topologyKey: string, weight: number): CountedTerm {
    const selection = this.#counts.selection({
      key: `affinity ${terms.map(({ key }) => key).join(' ')}`,
      liveOnly: false,
      anchor: terms.map(({ selector }) => anchorOf(selector)).find(anchor => anchor !== '') ?? '',
      matches: (labels, namespace) => this.#means(terms, labels, namespace),
    })
    return { selection, table: this.#counts.table(selection, this.#counts.key(topologyKey)), weight }
  }

  #means(terms: readonly AffinityTerm[], labels: PodShape['labels'], namespace: string): boolean {
    const namespaceLabels = this.#counts.namespaces.of(namespace)
    return terms.every(term => meansPlacedPod(term, labels, namespace, namespaceLabels))
  }
}

function compileAll(terms: readonly PodAffinityTerm[] | undefined, { namespace }: PodShape): AffinityTerm[] {
  return (terms ?? []).map(term => compileAffinityTerm(term, namespace))
}
