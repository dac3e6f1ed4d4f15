/**
 * Pods by namespace and labels: a selector is asked about each set of labels, not each pod, and by one that is asked
 * again and again each set is seen once. Whoever keeps such an index says which pods are in it, and as of when.
 */
import { type CompiledSelector, type Labels, requiredLabels } from '../model/labels.js'
import { labelText } from '../model/selector-index.js'
import type { LabelSetId, NamespaceId, PodId } from './ids.js'
import type { Interner } from './interner.js'

/** Sets of labels that a selector matches, among the first `seen` of a list that grows. */
interface Selected {
  seen: number
  readonly among: readonly LabelSetId[]
  readonly labels: LabelSetId[]
}

/** Every set of labels that a pod of a namespace ever had. */
interface Appeared {
  readonly known: Set<LabelSetId>
  /** In order of appearance. */
  readonly order: LabelSetId[]
  /** Of the first `listed` those with a label, also in order of appearance: brought up to date when asked for. */
  readonly byLabel: Map<string, LabelSetId[]>
  listed: number
}

const NO_LABELS: readonly LabelSetId[] = []
const NO_PODS: ReadonlyMap<LabelSetId, ReadonlySet<PodId>> = new Map()

export class PodsByLabels {
  readonly #labelSets: Interner<LabelSetId, Labels>
  readonly #byNamespace = new Map<NamespaceId, Map<LabelSetId, Set<PodId>>>()
  readonly #appeared = new Map<NamespaceId, Appeared>()
  /** By namespace, by what is selected. */
  readonly #selected = new Map<NamespaceId, Map<string, Selected>>()

  constructor(labelSets: Interner<LabelSetId, Labels>) {
    this.#labelSets = labelSets
  }

  enter(pod: PodId, namespace: NamespaceId, labels: LabelSetId): void {
    let byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) {
      byLabels = new Map()
      this.#byNamespace.set(namespace, byLabels)
    }
    const set = byLabels.get(labels)
    if (set !== undefined) {
      set.add(pod)
      return
    }
    byLabels.set(labels, new Set([pod]))
    this.#appear(namespace, labels)
  }

  /** @param labels those it was entered with */
  leave(pod: PodId, namespace: NamespaceId, labels: LabelSetId): void {
    const byLabels = this.#byNamespace.get(namespace) as Map<LabelSetId, Set<PodId>>
    const set = byLabels.get(labels) as Set<PodId>
    set.delete(pod)
    if (set.size === 0) byLabels.delete(labels)
  }

  namespaces(): Iterable<NamespaceId> {
    return this.#byNamespace.keys()
  }

  /** The pods of a namespace by their labels. */
  of(namespace: NamespaceId): ReadonlyMap<LabelSetId, ReadonlySet<PodId>> {
    return this.#byNamespace.get(namespace) ?? NO_PODS
  }

  /** Calls `visit` for each pod that the selector matches. */
  forEach(namespace: NamespaceId, selector: CompiledSelector, visit: (pod: PodId) => void): void {
    const byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) return
    for (const labels of this.selectedLabels(namespace, selector)) {
      const pods = byLabels.get(labels)
      if (pods !== undefined) for (const pod of pods) visit(pod)
    }
  }

  /** Sets of labels that a pod of the namespace ever had and that the selector matches; the list grows by itself. */
  selectedLabels(namespace: NamespaceId, selector: CompiledSelector): readonly LabelSetId[] {
    const appeared = this.#appeared.get(namespace)
    if (appeared === undefined) return NO_LABELS
    this.#listByLabel(appeared)
    let selected = this.#selected.get(namespace)
    if (selected === undefined) {
      selected = new Map()
      this.#selected.set(namespace, selected)
    }
    let known = selected.get(selector.key)
    if (known === undefined) {
      known = { seen: 0, among: candidates(appeared, selector), labels: [] }
      selected.set(selector.key, known)
    }
    for (; known.seen < known.among.length; known.seen++) {
      const labels = known.among[known.seen]
      if (selector.matches(this.#labelSets.get(labels))) known.labels.push(labels)
    }
    return known.labels
  }

  /** How many sets of labels the pods of the namespace have had so far. */
  labelSetsOf(namespace: NamespaceId): number {
    return this.#appeared.get(namespace)?.order.length ?? 0
  }

  #appear(namespace: NamespaceId, labels: LabelSetId): void {
    let appeared = this.#appeared.get(namespace)
    if (appeared === undefined) {
      appeared = { known: new Set(), order: [], byLabel: new Map(), listed: 0 }
      this.#appeared.set(namespace, appeared)
    }
    if (appeared.known.has(labels)) return
    appeared.known.add(labels)
    appeared.order.push(labels)
  }

  #listByLabel(appeared: Appeared): void {
    for (; appeared.listed < appeared.order.length; appeared.listed++) {
      const labels = appeared.order[appeared.listed]
      for (const [key, value] of Object.entries(this.#labelSets.get(labels)))
        listOf(appeared, labelText(key, value)).push(labels)
    }
  }
}

/** The shortest list that has all that the selector can match. */
function candidates(appeared: Appeared, selector: CompiledSelector): readonly LabelSetId[] {
  let shortest = appeared.order
  for (const [key, value] of requiredLabels(selector)) {
    const list = listOf(appeared, labelText(key, value))
    if (list.length < shortest.length) shortest = list
  }
  return shortest
}

function listOf({ byLabel }: Appeared, label: string): LabelSetId[] {
  let list = byLabel.get(label)
  if (list === undefined) {
    list = []
    byLabel.set(label, list)
  }
  return list
}
