/**
 * Autoscalers that need not look before something changes: which of them select a pod, and which scale an object.
 *
 * Upstream: nothing; upstream looks every 15 s and finds what it found before.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, ObjectId } from '../../state/ids.js'
import type { AttachedColumn } from '../../state/table.js'

/** What is known of an autoscaler that has rested once. */
interface Rest {
  target: ObjectId
  selector: CompiledSelector
  readonly namespace: NamespaceId
}

/** Autoscalers of one namespace that select pods with one set of labels. */
interface Selecting {
  readonly namespace: NamespaceId
  readonly labels: LabelSetId
  readonly ids: ObjectId[]
  /** The same labels in another namespace. */
  readonly next: Selecting | undefined
}

interface KnownSelectors {
  readonly selectors: Map<ObjectId, CompiledSelector>
  /** Sets of labels that were asked about. */
  readonly asked: Selecting[]
}

const NONE_OF_THEM: readonly ObjectId[] = []

export class RestingAutoscalers {
  readonly #state: ClusterState
  readonly #rests: (Rest | undefined)[] = []
  /** By row: when it looked last; NEVER: it does not rest. */
  readonly #since: AttachedColumn<Float64Array>
  #count = 0
  readonly #byNamespace = new Map<NamespaceId, KnownSelectors>()
  readonly #byLabels: (Selecting | undefined)[] = []
  readonly #byTarget: (ObjectId[] | undefined)[] = []

  constructor(state: ClusterState) {
    this.#state = state
    this.#since = state.objects.attach(Float64Array, NEVER)
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** When it looked last; undefined: it does not rest. */
  since(id: ObjectId): SimTime | undefined {
    const since = this.#since.values[id]
    return since === NEVER ? undefined : since
  }

  rest(id: ObjectId, now: SimTime, namespace: string, selector: CompiledSelector, target: ObjectId): void {
    this.#count++
    this.#since.values[id] = now
    const rest = this.#rests[id]
    if (rest === undefined) {
      const known = { target, selector, namespace: this.#state.namespaceId(namespace) }
      while (this.#rests.length <= id) this.#rests.push(undefined)
      this.#rests[id] = known
      this.#scale(id, target)
      this.#know(id, known.namespace, selector)
      return
    }
    if (rest.target !== target) {
      this.#scaleNoLonger(id, rest.target)
      this.#scale(id, target)
      rest.target = target
    }
    if (rest.selector !== selector) {
      this.#know(id, rest.namespace, selector)
      rest.selector = selector
    }
  }

  #scale(id: ObjectId, target: ObjectId): void {
    while (this.#byTarget.length <= target) this.#byTarget.push(undefined)
    const scaling = this.#byTarget[target]
    if (scaling === undefined) this.#byTarget[target] = [id]
    else scaling.push(id)
  }

  #scaleNoLonger(id: ObjectId, target: ObjectId): void {
    this.#byTarget[target] = this.#byTarget[target]?.filter(other => other !== id)
  }

  wake(id: ObjectId): void {
    if (this.#since.values[id] === NEVER) return
    this.#since.values[id] = NEVER
    this.#count--
  }

  forget(id: ObjectId): void {
    const rest = this.#rests[id]
    if (rest === undefined) return
    this.wake(id)
    this.#scaleNoLonger(id, rest.target)
    this.#rests[id] = undefined
    const { selectors, asked } = this.#known(rest.namespace)
    selectors.delete(id)
    for (const { ids } of asked) remove(ids, id)
  }

  /** Autoscalers, resting or not, whose pods have these labels. */
  selecting(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    let found = this.#byLabels[labels]
    while (found !== undefined && found.namespace !== namespace) found = found.next
    return found === undefined ? this.#ask(namespace, labels) : found.ids
  }

  #ask(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const known = this.#byNamespace.get(namespace)
    if (known === undefined) return NONE_OF_THEM
    const ids: ObjectId[] = []
    const set = this.#state.labelSets.get(labels)
    for (const [id, selector] of known.selectors) if (selector.matches(set)) ids.push(id)
    while (this.#byLabels.length <= labels) this.#byLabels.push(undefined)
    const found = { namespace, labels, ids, next: this.#byLabels[labels] }
    this.#byLabels[labels] = found
    known.asked.push(found)
    return ids
  }

  /** Those that scale the object, as far as they rested last. */
  scaling(target: ObjectId): readonly ObjectId[] {
    return this.#byTarget[target] ?? NONE_OF_THEM
  }

  /** All that rest in a namespace. */
  in(namespace: string): ObjectId[] {
    const known = this.#byNamespace.get(this.#state.namespaceId(namespace))
    if (known === undefined) return []
    return [...known.selectors.keys()].filter(id => this.since(id) !== undefined)
  }

  #known(namespace: NamespaceId): KnownSelectors {
    let known = this.#byNamespace.get(namespace)
    if (known === undefined) {
      known = { selectors: new Map(), asked: [] }
      this.#byNamespace.set(namespace, known)
    }
    return known
  }

  #know(id: ObjectId, namespace: NamespaceId, selector: CompiledSelector): void {
    const { selectors, asked } = this.#known(namespace)
    if (selectors.get(id)?.key === selector.key) return
    selectors.set(id, selector)
    for (const { labels, ids } of asked) {
      remove(ids, id)
      if (selector.matches(this.#state.labelSets.get(labels))) ids.push(id)
    }
  }
}

function remove(ids: ObjectId[], id: ObjectId): void {
  const place = ids.indexOf(id)
  if (place >= 0) ids.splice(place, 1)
}
