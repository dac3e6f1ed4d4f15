/**
 * Autoscalers that need not look before something changes: which of them select a pod, and which scale an object.
 *
 * Upstream: nothing; upstream looks every 15 s and finds what it found before.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import { SelectorIndex } from '../../model/selector-index.js'
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
  readonly among: KnownSelectors
  /** That of the selectors for which the answer holds. */
  version: number
  ids: readonly ObjectId[]
  /** The same labels in another namespace. */
  readonly next: Selecting | undefined
}

/** Of one namespace. */
interface KnownSelectors {
  readonly index: SelectorIndex<ObjectId>
  /** Counts up with every change. */
  version: number
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
    const known = this.#known(rest.namespace)
    known.index.delete(id)
    known.version++
  }

  /** Autoscalers, resting or not, whose pods have these labels. */
  selecting(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const among = this.#byNamespace.get(namespace)
    if (among === undefined) return NONE_OF_THEM
    let found = this.#byLabels[labels]
    while (found !== undefined && found.among !== among) found = found.next
    if (found?.version === among.version) return found.ids
    const ids = among.index.selecting(this.#state.labelSets.get(labels))
    if (found === undefined) {
      while (this.#byLabels.length <= labels) this.#byLabels.push(undefined)
      const next = this.#byLabels[labels]
      this.#byLabels[labels] = { among, version: among.version, ids, next }
    } else {
      found.version = among.version
      found.ids = ids
    }
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
    return [...known.index.keys()].filter(id => this.since(id) !== undefined)
  }

  #known(namespace: NamespaceId): KnownSelectors {
    let known = this.#byNamespace.get(namespace)
    if (known === undefined) {
      known = { index: new SelectorIndex(), version: 0 }
      this.#byNamespace.set(namespace, known)
    }
    return known
  }

  #know(id: ObjectId, namespace: NamespaceId, selector: CompiledSelector): void {
    const known = this.#known(namespace)
    if (known.index.set(id, selector)) known.version++
  }
}
