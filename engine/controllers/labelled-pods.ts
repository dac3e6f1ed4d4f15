/**
 * All pods by namespace and labels: where controllers look that select pods without owning them, such as Services and
 * disruption budgets. A selector is asked about each set of labels, not each pod.
 *
 * Upstream: client-go/tools/cache/listers.go ListAllByNamespace (1.36).
 * Simplified: nothing known.
 */
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

export class LabelledPods {
  readonly #state: ClusterState
  readonly #byNamespace = new Map<NamespaceId, Map<LabelSetId, Set<PodId>>>()
  readonly #kept = new Map<PodId, Kept>()

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
    if (set === undefined) byLabels.set(labels, new Set([pod]))
    else set.add(pod)
    this.#kept.set(pod, { namespace, labels, former: kept?.labels ?? labels })
  }
}
