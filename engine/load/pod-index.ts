/**
 * Pods by namespace and labels, as they are at the moment.
 * Upstream: client-go/tools/cache/thread_safe_store.go (1.36).
 * Simplified: nothing known.
 */
import type { CompiledSelector } from '../model/labels.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type PodId } from '../state/ids.js'
import { PodsByLabels } from '../state/pods-by-labels.js'
import type { AttachedColumn } from '../state/table.js'

export class PodIndex implements LogListener {
  readonly #state: ClusterState
  readonly #index: PodsByLabels
  /** Labels under which a pod is kept, NONE for one that is not. */
  readonly #kept: AttachedColumn<Int32Array>

  constructor(state: ClusterState) {
    const { pods, labelSets, log } = state
    this.#state = state
    this.#index = new PodsByLabels(labelSets)
    this.#kept = pods.attach(Int32Array, NONE)
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#update(row as PodId)
    log.listen(this, [{ source: Source.Pods, fields: Change.Added | Change.Deleted | Change.Labels }])
  }

  get cursor(): number {
    return this.#state.log.end
  }

  appended(_source: Source, row: number): void {
    this.#update(row as PodId)
  }

  /** Calls `visit` for each pod that the selector matches. */
  forEach(namespace: NamespaceId, selector: CompiledSelector, visit: (pod: PodId) => void): void {
    this.#index.forEach(namespace, selector, visit)
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const { values } = this.#kept
    const namespace = pods.namespaceOf(pod)
    if (values[pod] !== NONE) this.#index.leave(pod, namespace, values[pod] as LabelSetId)
    values[pod] = NONE
    if (!pods.exists(pod)) return
    const labels = pods.labelsOf(pod)
    this.#index.enter(pod, namespace, labels)
    values[pod] = labels
  }
}
