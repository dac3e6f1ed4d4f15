/**
 * Pods by namespace and labels, as they are: a selector is asked about each set of labels, not each pod.
 * Upstream: client-go/tools/cache/thread_safe_store.go (1.36).
 * Simplified: nothing known.
 */
import type { CompiledSelector } from '../model/labels.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId } from '../state/ids.js'

interface Place {
  readonly namespace: NamespaceId
  readonly labels: LabelSetId
}

export class PodIndex implements LogListener {
  readonly #state: ClusterState
  readonly #byNamespace = new Map<NamespaceId, Map<LabelSetId, Set<PodId>>>()
  readonly #places = new Map<PodId, Place>()
  /** Sets of labels that a selector matches, until a new set appears in the namespace. */
  readonly #matches = new Map<string, { readonly sets: number; readonly labels: readonly LabelSetId[] }>()

  constructor(state: ClusterState) {
    this.#state = state
    const { pods } = state
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#update(row as PodId)
    state.log.listen(this)
  }

  get cursor(): number {
    return this.#state.log.end
  }

  appended(source: Source, row: number, fields: number): void {
    if (source !== Source.Pods) return
    if ((fields & (Change.Added | Change.Deleted | Change.Labels)) !== 0) this.#update(row as PodId)
  }

  /** Calls `visit` for each pod that the selector matches. */
  forEach(namespace: NamespaceId, selector: CompiledSelector, visit: (pod: PodId) => void): void {
    const byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) return
    for (const labels of this.#matching(namespace, byLabels, selector)) {
      for (const pod of byLabels.get(labels) as Set<PodId>) visit(pod)
    }
  }

  /** Sets are never taken out, so their number tells whether the answer is still whole. */
  #matching(
    namespace: NamespaceId,
    byLabels: ReadonlyMap<LabelSetId, unknown>,
    selector: CompiledSelector,
  ): readonly LabelSetId[] {
    const key = `${namespace} ${selector.key}`
    const known = this.#matches.get(key)
    if (known !== undefined && known.sets === byLabels.size) return known.labels
    const { labelSets } = this.#state
    const labels = known === undefined ? [] : [...known.labels]
    let place = 0
    for (const set of byLabels.keys()) {
      if (place++ >= (known?.sets ?? 0) && selector.matches(labelSets.get(set))) labels.push(set)
    }
    this.#matches.set(key, { sets: byLabels.size, labels })
    return labels
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const place = this.#places.get(pod)
    if (place !== undefined) {
      this.#places.delete(pod)
      this.#byNamespace.get(place.namespace)?.get(place.labels)?.delete(pod)
    }
    if (!pods.exists(pod)) return
    const namespace = pods.namespaceOf(pod)
    const labels = pods.labelsOf(pod)
    let byLabels = this.#byNamespace.get(namespace)
    if (byLabels === undefined) {
      byLabels = new Map()
      this.#byNamespace.set(namespace, byLabels)
    }
    const set = byLabels.get(labels)
    if (set === undefined) byLabels.set(labels, new Set([pod]))
    else set.add(pod)
    this.#places.set(pod, { namespace, labels })
  }
}
