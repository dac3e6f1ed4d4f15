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

interface Target {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

const NONE_OF_THEM: ReadonlySet<ObjectId> = new Set()

export class RestingAutoscalers {
  readonly #state: ClusterState
  readonly #since = new Map<ObjectId, number>()
  readonly #byNamespace = new Map<NamespaceId, KnownSelectors>()
  /** By namespace and name of the target, whatever its kind. */
  readonly #byTarget = new Map<string, Map<string, Set<ObjectId>>>()
  readonly #targets = new Map<ObjectId, Target>()

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

  rest(id: ObjectId, now: number, selector: CompiledSelector, target: Target): void {
    this.#since.set(id, now)
    const { namespace, name, kind } = target
    const before = this.#targets.get(id)
    if (before?.name !== name || before.namespace !== namespace || before.kind !== kind) {
      this.#forgetTarget(id)
      this.#targets.set(id, target)
      let byName = this.#byTarget.get(namespace)
      if (byName === undefined) {
        byName = new Map()
        this.#byTarget.set(namespace, byName)
      }
      const scaling = byName.get(name)
      if (scaling === undefined) byName.set(name, new Set([id]))
      else scaling.add(id)
    }
    this.#know(id, this.#known(this.#state.namespaceId(namespace)), selector)
  }

  #forgetTarget(id: ObjectId): void {
    const target = this.#targets.get(id)
    if (target !== undefined) this.#byTarget.get(target.namespace)?.get(target.name)?.delete(id)
    this.#targets.delete(id)
  }

  wake(id: ObjectId): void {
    this.#since.delete(id)
  }

  forget(id: ObjectId): void {
    this.wake(id)
    this.#forgetTarget(id)
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

  /** Calls `visit` for those that scale the object. */
  eachScaling(kind: string, namespace: string, name: string, visit: (id: ObjectId) => void): void {
    for (const id of this.#byTarget.get(namespace)?.get(name) ?? NONE_OF_THEM)
      if (this.#targets.get(id)?.kind === kind) visit(id)
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
