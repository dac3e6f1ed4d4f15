/**
 * All pods by namespace and labels: where controllers look that select pods without owning them, such as Services and
 * disruption budgets. A selector is asked about each set of labels, not each pod.
 *
 * Upstream: client-go/tools/cache/listers.go ListAllByNamespace (1.36).
 * Simplified: nothing known.
 */

import type { CompiledSelector } from '../model/labels.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { LabelMatcher } from './label-matches.js'

interface Kept {
  readonly namespace: NamespaceId
  readonly labels: LabelSetId
  /** The labels before the latest change of them; the same until one comes. */
  readonly former: LabelSetId
}

/** Sets of labels that a selector matches, among the first `seen` that appeared. */
interface Selected {
  seen: number
  readonly labels: LabelSetId[]
}

const NO_LABELS: readonly LabelSetId[] = []

export class LabelledPods {
  readonly #state: ClusterState
  readonly #byNamespace = new Map<NamespaceId, Map<LabelSetId, Set<PodId>>>()
  readonly #kept = new Map<PodId, Kept>()
  /** Every set of labels that a pod of the namespace ever had, in order of appearance. */
  readonly #appeared = new Map<NamespaceId, { order: LabelSetId[]; known: Set<LabelSetId> }>()
  readonly #selected = new Map<string, Selected>()

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    const { pods } = state
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#update(row as PodId)
    informer.subscribe(Source.Pods, Change.Added | Change.Deleted | Change.Labels, row =>
      this.#update(row as PodId),
    )
  }

  /** Pods of the namespace that the selector matches, those being deleted too, in no order that means anything. */
  matching(namespace: NamespaceId, matcher: LabelMatcher): PodId[] {
    const found: PodId[] = []
    for (const [labels, pods] of this.#byNamespace.get(namespace) ?? []) {
      if (!matcher.matches(labels)) continue
      for (const pod of pods) found.push(pod)
    }
    return found
  }

  /**
   * The same for a selector that is asked again and again: it sees each set of labels once.
   * @param found is emptied and filled
   */
  selected(namespace: NamespaceId, selector: CompiledSelector, found: PodId[] = []): PodId[] {
    found.length = 0
    const byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) return found
    for (const labels of this.selectedLabels(namespace, selector))
      for (const pod of byLabels.get(labels) ?? []) found.push(pod)
    return found
  }

  /** Sets of labels that a pod of the namespace ever had and that the selector matches; the list grows by itself. */
  selectedLabels(namespace: NamespaceId, selector: CompiledSelector): readonly LabelSetId[] {
    const appeared = this.#appeared.get(namespace)
    if (appeared === undefined) return NO_LABELS
    const key = `${namespace} ${selector.key}`
    let known = this.#selected.get(key)
    if (known === undefined) {
      known = { seen: 0, labels: [] }
      this.#selected.set(key, known)
    }
    for (; known.seen < appeared.order.length; known.seen++) {
      const labels = appeared.order[known.seen]
      if (selector.matches(this.#state.labelSets.get(labels))) known.labels.push(labels)
    }
    return known.labels
  }

  /** How many sets of labels the pods of the namespace have had so far. */
  labelSetsOf(namespace: NamespaceId): number {
    return this.#appeared.get(namespace)?.order.length ?? 0
  }

  /** The labels under which the pod is listed; undefined when it is not, or not any more. */
  labelsOf(pod: PodId): LabelSetId | undefined {
    return this.#kept.get(pod)?.labels
  }

  /** The labels a pod had before the latest change of them; those it has when it never had others. */
  formerLabels(pod: PodId): LabelSetId {
    return this.#kept.get(pod)?.former ?? this.#state.pods.labelsOf(pod)
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const kept = this.#kept.get(pod)
    if (kept !== undefined) {
      this.#kept.delete(pod)
      const byLabels = this.#byNamespace.get(kept.namespace) as Map<LabelSetId, Set<PodId>>
      const set = byLabels.get(kept.labels) as Set<PodId>
      set.delete(pod)
      if (set.size === 0) byLabels.delete(kept.labels)
    }
    if (!pods.exists(pod)) return
    const namespace = pods.namespace[pod] as NamespaceId
    const labels = pods.labelsOf(pod)
    let byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) {
      byLabels = new Map()
      this.#byNamespace.set(namespace, byLabels)
    }
    const set = byLabels.get(labels)
    if (set === undefined) this.#appear(namespace, labels, byLabels).add(pod)
    else set.add(pod)
    this.#kept.set(pod, { namespace, labels, former: kept?.labels ?? labels })
  }

  #appear(namespace: NamespaceId, labels: LabelSetId, byLabels: Map<LabelSetId, Set<PodId>>): Set<PodId> {
    const set = new Set<PodId>()
    byLabels.set(labels, set)
    const appeared = this.#appeared.get(namespace)
    if (appeared === undefined) {
      this.#appeared.set(namespace, { order: [labels], known: new Set([labels]) })
    } else if (!appeared.known.has(labels)) {
      appeared.known.add(labels)
      appeared.order.push(labels)
    }
    return set
  }
}
