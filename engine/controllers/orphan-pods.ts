/**
 * The pods nobody controls, by namespace and labels: where a controller looks for pods to adopt. A selector is asked
 * about each set of labels, not each pod, so a cluster full of bare pods costs nothing;
 * nor does anybody pay before a controller looks for the first time.
 *
 * Upstream: pkg/controller/controller_utils.go FilterPodsByOwner with its orphan index (1.36).
 * Simplified: nothing known.
 */
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type PodId } from '../state/ids.js'
import type { Informer, Subscription } from '../state/informer.js'
import { PodsByLabels } from '../state/pods-by-labels.js'
import type { AttachedColumn } from '../state/table.js'
import type { LabelMatcher } from './label-matches.js'
import { listedPods } from './listed-pods.js'

const NO_PODS: readonly PodId[] = []
const FIELDS = Change.Added | Change.Deleted | Change.Ownership | Change.Labels

export class OrphanPods {
  readonly #state: ClusterState
  readonly #informer: Informer
  readonly #subscription: Subscription
  readonly #index: PodsByLabels
  /** Labels under which a pod is kept, NONE for one that is not: they may have changed since. */
  #kept: AttachedColumn<Int32Array> | undefined
  #size = 0

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    this.#informer = informer
    this.#index = new PodsByLabels(state.labelSets)
    this.#subscription = informer.subscribe(Source.Pods, FIELDS, row => this.#update(row as PodId))
    this.#subscription.ask(0)
  }

  /** Orphans of the namespace that the selector matches, in order of their names. */
  matching(namespace: NamespaceId, matcher: LabelMatcher): readonly PodId[] {
    if (this.#kept === undefined) this.#begin()
    if (this.#size === 0) return NO_PODS
    const found: PodId[] = []
    for (const [labels, pods] of this.#index.of(namespace)) {
      if (matcher.matches(labels)) found.push(...pods)
    }
    const { name } = this.#state.pods
    return found.sort((a, b) => ((name[a] as string) < (name[b] as string) ? -1 : 1))
  }

  /** Takes in what the informer lists, and follows it from now on. */
  #begin(): void {
    const { pods } = this.#state
    this.#kept = pods.attach(Int32Array, NONE)
    this.#subscription.ask(FIELDS)
    for (const pod of listedPods(this.#state, this.#informer)) this.#add(pod)
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const { values } = this.#kept as AttachedColumn<Int32Array>
    const kept = values[pod]
    if (kept !== NONE) {
      values[pod] = NONE
      this.#size--
      this.#index.leave(pod, pods.namespaceOf(pod), kept as LabelSetId)
    }
    if (pods.exists(pod)) this.#add(pod)
  }

  #add(pod: PodId): void {
    const { pods } = this.#state
    if (pods.owner[pod] !== NONE) return
    const labels = pods.labelsOf(pod)
    this.#index.enter(pod, pods.namespaceOf(pod), labels)
    this.#size++
    const { values } = this.#kept as AttachedColumn<Int32Array>
    values[pod] = labels
  }
}
