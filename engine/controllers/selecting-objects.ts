/**
 * Which objects of one kind select a pod: answered once for each namespace and set of labels, until an object of the
 * kind comes, goes or changes.
 *
 * Upstream: GetPodPodDisruptionBudgets of client-go/listers/policy/v1, GetPodServices of client-go/listers/core/v1.
 * Simplified: nothing known.
 */
import { SelectorIndex } from '../model/selector-index.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NamespaceId, ObjectId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { LabelMatcher } from './label-matches.js'

export interface SelectingObjectsOptions {
  readonly state: ClusterState
  readonly informer: Informer
  readonly kind: string
  /** What the object selects; undefined: no pods at all. */
  readonly matcherOf: (id: ObjectId) => LabelMatcher | undefined
}

/** An answer, and the version of the namespace's selectors that it holds for. */
interface Answer {
  version: number
  objects: readonly ObjectId[]
}

/** Of one namespace. */
interface Selectors {
  readonly index: SelectorIndex<ObjectId>
  /** Counts up whenever one of the objects changes. */
  version: number
  readonly answers: Map<LabelSetId, Answer>
}

const NO_OBJECTS: readonly ObjectId[] = []

export class SelectingObjects {
  readonly #options: SelectingObjectsOptions
  readonly #byNamespace = new Map<NamespaceId, Selectors>()
  #isListed = false

  constructor(options: SelectingObjectsOptions) {
    this.#options = options
  }

  /** This object came, went or changed: answers that named it, or name it from now on, are others. */
  changed(id: ObjectId): void {
    if (!this.#isListed) return
    const { state, matcherOf } = this.#options
    const { objects } = state
    const selectors = this.#in(state.namespaceId(objects.get(id).meta.namespace))
    selectors.version++
    const matcher = objects.exists(id) ? matcherOf(id) : undefined
    if (matcher === undefined) selectors.index.delete(id)
    else selectors.index.set(id, matcher.selector)
  }

  /** In order of names. */
  of(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const { state, kind } = this.#options
    if (state.objects.countOfKind(kind) === 0) return NO_OBJECTS
    if (!this.#isListed) this.#list()
    const { index, version, answers } = this.#in(namespace)
    const answer = answers.get(labels)
    if (answer !== undefined && answer.version === version) return answer.objects
    const objects = this.#seen(index.selecting(state.labelSets.get(labels)))
    if (answer === undefined) answers.set(labels, { version, objects })
    else {
      answer.version = version
      answer.objects = objects
    }
    return objects
  }

  #seen(ids: ObjectId[]): readonly ObjectId[] {
    const { state, informer } = this.#options
    const { objects } = state
    const seen = ids.filter(id => objects.exists(id) && informer.sees(objects.createdSequence[id], 0))
    return seen.length < 2
      ? seen
      : seen.sort((a, b) => (objects.get(a).meta.name < objects.get(b).meta.name ? -1 : 1))
  }

  #in(namespace: NamespaceId): Selectors {
    let selectors = this.#byNamespace.get(namespace)
    if (selectors === undefined) {
      selectors = { index: new SelectorIndex(), version: 0, answers: new Map() }
      this.#byNamespace.set(namespace, selectors)
    }
    return selectors
  }

  #list(): void {
    this.#isListed = true
    const { state, kind } = this.#options
    for (const id of state.objects.ofKind(kind)) this.changed(id)
  }
}
