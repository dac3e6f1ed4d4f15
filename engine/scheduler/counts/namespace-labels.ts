import type { Labels } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'

/**
 * The labels of namespaces, which the namespace selectors of affinity terms read.
 *
 * Upstream: GetNamespaceLabelsSnapshot of pkg/scheduler/framework/plugins/interpodaffinity/plugin.go (1.36).
 * Simplified: read from the store at once, without an informer's delay.
 */
export class NamespaceLabels {
  readonly #state: ClusterState

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** Undefined when there is no such object. */
  of(namespace: string): Labels | undefined {
    const { objects } = this.#state
    const id = objects.find('Namespace', '', namespace)
    return id === undefined ? undefined : objects.get(id).meta.labels
  }
}
