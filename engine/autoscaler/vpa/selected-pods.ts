/**
 * Pods by namespace and labels, so that those of an autoscaler are found without looking at all.
 * Upstream: the pod listers of vertical-pod-autoscaler/pkg/recommender and pkg/updater (VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { CompiledSelector } from '../../model/labels.js'
import { Change, Source } from '../../state/change-log.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { LabelSetId, NamespaceId, PodId } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'

interface Place {
  readonly pods: Set<PodId>
}

export class SelectedPods {
  readonly #state: ClusterState
  readonly #byLabels = new Map<NamespaceId, Map<LabelSetId, Place>>()
  readonly #places = new Map<PodId, Place>()

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    informer.subscribe(Source.Pods, Change.Added | Change.Labels | Change.Deleted, (row, fields) => {
      this.#changed(row as PodId, fields)
    })
  }

  /** In the order in which they came to have their labels. */
  matching(namespace: string, selector: CompiledSelector): PodId[] {
    const { labelSets } = this.#state
    const found: PodId[] = []
    for (const [labels, { pods }] of this.#byLabels.get(this.#state.namespaceId(namespace)) ?? []) {
      if (pods.size > 0 && selector.matches(labelSets.get(labels))) found.push(...pods)
    }
    return found
  }

  #changed(pod: PodId, fields: number): void {
    this.#places.get(pod)?.pods.delete(pod)
    if ((fields & Change.Deleted) !== 0) {
      this.#places.delete(pod)
      return
    }
    const { pods } = this.#state
    const place = this.#place(pods.namespaceOf(pod), pods.labelsOf(pod))
    place.pods.add(pod)
    this.#places.set(pod, place)
  }

  #place(namespace: NamespaceId, labels: LabelSetId): Place {
    let byLabels = this.#byLabels.get(namespace)
    if (byLabels === undefined) {
      byLabels = new Map()
      this.#byLabels.set(namespace, byLabels)
    }
    let place = byLabels.get(labels)
    if (place === undefined) {
      place = { pods: new Set() }
      byLabels.set(labels, place)
    }
    return place
  }
}
