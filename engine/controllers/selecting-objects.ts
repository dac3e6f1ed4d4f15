/**
 * Which objects of one kind select a pod: answered once for each namespace and set of labels, until an object of the
 * kind comes, goes or changes.
 *
 * Upstream: GetPodPodDisruptionBudgets of client-go/listers/policy/v1, GetPodServices of client-go/listers/core/v1.
 * Simplified: nothing known.
 */
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

const NO_OBJECTS: readonly ObjectId[] = []

export class SelectingObjects {
  readonly #options: SelectingObjectsOptions
  readonly #known = new Map<NamespaceId, Map<LabelSetId, readonly ObjectId[]>>()
  /** Objects of the kind by namespace; undefined: to be listed anew. */
  #byNamespace: Map<string, ObjectId[]> | undefined

  constructor(options: SelectingObjectsOptions) {
    this.#options = options
  }

  /** An object of the kind came, went or changed: every answer may be another now. */
  forget(): void {
    this.#known.clear()
    this.#byNamespace = undefined
  }

  /** This object came, went or changed: answers that named it, or name it from now on, are others. */
  changed(id: ObjectId): void {
    const { state, matcherOf } = this.#options
    const { objects, labelSets } = state
    const isThere = objects.exists(id)
    const { namespace } = objects.get(id).meta
    if (this.#byNamespace !== undefined) list(this.#byNamespace, namespace, id, isThere)
    const byLabels = this.#known.get(state.namespaceId(namespace))
    if (byLabels === undefined) return
    const matcher = isThere ? matcherOf(id) : undefined
    for (const [labels, found] of byLabels)
      if (found.includes(id) || matcher?.matchesLabels(labelSets.get(labels)) === true)
        byLabels.delete(labels)
  }

  /** In order of names. */
  of(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const { state, kind } = this.#options
    if (state.objects.countOfKind(kind) === 0) return NO_OBJECTS
    let byLabels = this.#known.get(namespace)
    if (byLabels === undefined) {
      byLabels = new Map()
      this.#known.set(namespace, byLabels)
    }
    let found = byLabels.get(labels)
    if (found === undefined) {
      found = this.#search(namespace, labels)
      byLabels.set(labels, found)
    }
    return found
  }

  #search(namespaceId: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const { state, informer, matcherOf } = this.#options
    const { objects } = state
    const set = state.labelSets.get(labels)
    const found: ObjectId[] = []
    this.#byNamespace ??= this.#listed()
    for (const id of this.#byNamespace.get(state.namespaces.get(namespaceId)) ?? NO_OBJECTS) {
      if (!objects.exists(id) || !informer.sees(objects.createdSequence[id], 0)) continue
      // Kept here already: the matcher need not remember it, too.
      if (matcherOf(id)?.matchesLabels(set) === true) found.push(id)
    }
    return found.length < 2
      ? found
      : found.sort((a, b) => (objects.get(a).meta.name < objects.get(b).meta.name ? -1 : 1))
  }

  #listed(): Map<string, ObjectId[]> {
    const { objects } = this.#options.state
    const byNamespace = new Map<string, ObjectId[]>()
    for (const id of objects.ofKind(this.#options.kind)) {
      list(byNamespace, objects.get(id).meta.namespace, id, true)
    }
    return byNamespace
  }
}

/** Lists an object, or takes one out that is gone. */
function list(byNamespace: Map<string, ObjectId[]>, namespace: string, id: ObjectId, isThere: boolean): void {
  const ids = byNamespace.get(namespace)
  const place = ids?.indexOf(id) ?? -1
  if (!isThere) {
    if (place >= 0) ids?.splice(place, 1)
  } else if (ids === undefined) byNamespace.set(namespace, [id])
  else if (place < 0) ids.push(id)
}
