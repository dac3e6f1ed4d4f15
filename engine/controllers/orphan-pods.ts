/**
 * The pods nobody controls, by namespace and labels: where a controller looks for pods to adopt. A selector is asked
 * about each set of labels, not each pod, so a cluster full of bare pods costs nothing.
 *
 * Upstream: pkg/controller/controller_utils.go FilterPodsByOwner with its orphan index (1.36).
 * Simplified: nothing known.
 */
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { LabelMatcher } from './label-matches.js'

export class OrphanPods {
  readonly #state: ClusterState
  readonly #byNamespace = new Map<NamespaceId, Map<LabelSetId, Set<PodId>>>()
  /** Labels under which a pod is kept: they may have changed since. */
  readonly #kept = new Map<PodId, LabelSetId>()

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    const { pods } = state
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#update(row as PodId)
    const fields = Change.Added | Change.Deleted | Change.Ownership | Change.Labels
    informer.subscribe(Source.Pods, fields, row => this.#update(row as PodId))
  }

  /** Orphans of the namespace that the selector matches, in order of their names. */
  matching(namespace: NamespaceId, matcher: LabelMatcher): PodId[] {
    const found: PodId[] = []
    for (const [labels, pods] of this.#byNamespace.get(namespace) ?? []) {
      if (matcher.matches(labels)) found.push(...pods)
    }
    const { name } = this.#state.pods
    return found.sort((a, b) => ((name[a] as string) < (name[b] as string) ? -1 : 1))
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const kept = this.#kept.get(pod)
    if (kept !== undefined) {
      this.#kept.delete(pod)
      this.#byNamespace
        .get(pods.namespace[pod] as NamespaceId)
        ?.get(kept)
        ?.delete(pod)
    }
    if (!pods.exists(pod) || pods.owner[pod] !== NONE) return
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
    this.#kept.set(pod, labels)
  }
}
