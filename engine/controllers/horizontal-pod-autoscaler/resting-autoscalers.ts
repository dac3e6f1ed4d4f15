/**
 * Autoscalers that need not look before something changes: which of them select a pod, and which scale an object.
 *
 * Upstream: nothing; upstream looks every 15 s and finds what it found before.
 * Simplified: nothing known.
 */
import type { CompiledSelector } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, ObjectId } from '../../state/ids.js'

interface KnownSelectors {
  readonly selectors: Map<ObjectId, CompiledSelector>
  /** Sets of labels that were asked about. */
  readonly found: Map<LabelSetId, Set<ObjectId>>
}

const NONE_OF_THEM: ReadonlySet<ObjectId> = new Set()

export class RestingAutoscalers {
  readonly #state: ClusterState
  readonly #since = new Map<ObjectId, number>()
  readonly #byNamespace = new Map<NamespaceId, KnownSelectors>()
  readonly #byTarget = new Map<string, Set<ObjectId>>()
  readonly #targets = new Map<ObjectId, string>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  get isEmpty(): boolean {
    return this.#since.size === 0
  }

  /** When it looked last; undefined: it does not rest. */
  since(id: ObjectId): number | undefined {
    return this.#since.get(id)
  }

  rest(id: ObjectId, now: number, namespace: string, selector: CompiledSelector, target: string): void {
    this.#since.set(id, now)
    const targetKey = `${target.toLowerCase()} in ${namespace}`
    const before = this.#targets.get(id)
    if (before !== targetKey) {
      if (before !== undefined) this.#byTarget.get(before)?.delete(id)
      this.#targets.set(id, targetKey)
      const scaling = this.#byTarget.get(targetKey)
      if (scaling === undefined) this.#byTarget.set(targetKey, new Set([id]))
      else scaling.add(id)
    }
    this.#know(id, this.#known(this.#state.namespaceId(namespace)), selector)
  }

  wake(id: ObjectId): void {
    this.#since.delete(id)
  }

  forget(id: ObjectId): void {
    this.wake(id)
    const target = this.#targets.get(id)
    if (target !== undefined) this.#byTarget.get(target)?.delete(id)
    this.#targets.delete(id)
    for (const { selectors, found } of this.#byNamespace.values()) {
      if (!selectors.delete(id)) continue
      for (const ids of found.values()) ids.delete(id)
    }
  }

  /** Autoscalers, resting or not, whose pods have these labels. */
  selecting(namespace: NamespaceId, labels: LabelSetId): ReadonlySet<ObjectId> {
    const known = this.#byNamespace.get(namespace)
    if (known === undefined) return NONE_OF_THEM
    let ids = known.found.get(labels)
    if (ids === undefined) {
      ids = new Set()
      const set = this.#state.labelSets.get(labels)
      for (const [id, selector] of known.selectors) if (selector.matches(set)) ids.add(id)
      known.found.set(labels, ids)
    }
    return ids
  }

  scaling(kind: string, namespace: string, name: string): ReadonlySet<ObjectId> {
    return this.#byTarget.get(`${kind}/${name} in ${namespace}`.toLowerCase()) ?? NONE_OF_THEM
  }

  /** All that rest in a namespace. */
  in(namespace: string): ObjectId[] {
    const known = this.#byNamespace.get(this.#state.namespaceId(namespace))
    return known === undefined ? [] : [...known.selectors.keys()].filter(id => this.#since.has(id))
  }

  #known(namespace: NamespaceId): KnownSelectors {
    let known = this.#byNamespace.get(namespace)
    if (known === undefined) {
      known = { selectors: new Map(), found: new Map() }
      this.#byNamespace.set(namespace, known)
    }
    return known
  }

  #know(id: ObjectId, { selectors, found }: KnownSelectors, selector: CompiledSelector): void {
    if (selectors.get(id)?.key === selector.key) return
    selectors.set(id, selector)
    for (const [labels, ids] of found) {
      if (selector.matches(this.#state.labelSets.get(labels))) ids.add(id)
      else ids.delete(id)
    }
  }
}
