/**
 * All pods by namespace and labels: where controllers look that select pods without owning them, such as Services and
 * disruption budgets. A selector is asked about each set of labels, not each pod; and nobody pays before somebody asks.
 *
 * Upstream: client-go/tools/cache/listers.go ListAllByNamespace (1.36).
 * Simplified: nothing known.
 */

import type { CompiledSelector } from '../model/labels.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NamespaceId, NONE, type PodId } from '../state/ids.js'
import type { Informer, Subscription } from '../state/informer.js'
import { PodsByLabels } from '../state/pods-by-labels.js'
import type { AttachedColumn } from '../state/table.js'
import type { LabelMatcher } from './label-matches.js'
import { listedPods } from './listed-pods.js'
import { PodTallies, type PodTally } from './pod-tallies.js'

/** What is known of the pods that are kept: columns of the pods' table. */
interface Kept {
  /** The labels under which a pod is kept, NONE for one that is not. */
  readonly labels: AttachedColumn<Int32Array>
  /** Those before the latest change of them; the same until one comes. */
  readonly former: AttachedColumn<Int32Array>
}

const FIELDS = Change.Added | Change.Deleted | Change.Labels

export class LabelledPods {
  readonly #state: ClusterState
  readonly #informer: Informer
  readonly #subscription: Subscription
  readonly #index: PodsByLabels
  #kept: Kept | undefined
  #tallies: PodTallies | undefined

  constructor(state: ClusterState, informer: Informer) {
    this.#state = state
    this.#informer = informer
    this.#index = new PodsByLabels(state.labelSets)
    this.#subscription = informer.subscribe(Source.Pods, FIELDS, row => this.#update(row as PodId))
    this.#subscription.ask(0)
  }

  /** Takes in what the informer lists, and follows it from now on. */
  #begin(): Kept {
    const { pods } = this.#state
    const kept = { labels: pods.attach(Int32Array, NONE), former: pods.attach(Int32Array, NONE) }
    this.#kept = kept
    this.#subscription.ask(FIELDS)
    for (const pod of listedPods(this.#state, this.#informer)) this.#add(kept, pod, NONE)
    return kept
  }

  /** Pods of the namespace that the selector matches, those being deleted too, in no order that means anything. */
  matching(namespace: NamespaceId, matcher: LabelMatcher): PodId[] {
    if (this.#kept === undefined) this.#begin()
    const found: PodId[] = []
    for (const [labels, pods] of this.#index.of(namespace)) {
      if (!matcher.matches(labels)) continue
      for (const pod of pods) found.push(pod)
    }
    return found
  }

  /** The same for a selector that is asked again and again: it sees each set of labels once. */
  selected(namespace: NamespaceId, selector: CompiledSelector): PodId[] {
    if (this.#kept === undefined) this.#begin()
    const found: PodId[] = []
    this.#index.forEach(namespace, selector, pod => found.push(pod))
    return found
  }

  /** The same pods summed up, to be read at once: without a look at any of them. */
  tally(namespace: NamespaceId, selector: CompiledSelector): PodTally {
    this.#tallies ??= this.#beginTallies()
    return this.#tallies.of(namespace, this.selectedLabels(namespace, selector))
  }

  #beginTallies(): PodTallies {
    if (this.#kept === undefined) this.#begin()
    const tallies = new PodTallies(this.#state)
    for (const namespace of this.#index.namespaces()) {
      for (const [labels, pods] of this.#index.of(namespace)) {
        for (const pod of pods) tallies.enter(pod, namespace, labels)
      }
    }
    return tallies
  }

  /** Sets of labels that a pod of the namespace ever had and that the selector matches; the list grows by itself. */
  selectedLabels(namespace: NamespaceId, selector: CompiledSelector): readonly LabelSetId[] {
    if (this.#kept === undefined) this.#begin()
    return this.#index.selectedLabels(namespace, selector)
  }

  /** How many sets of labels the pods of the namespace have had so far. */
  labelSetsOf(namespace: NamespaceId): number {
    if (this.#kept === undefined) this.#begin()
    return this.#index.labelSetsOf(namespace)
  }

  /** The labels under which the pod is listed; undefined when it is not, or not any more. */
  labelsOf(pod: PodId): LabelSetId | undefined {
    const labels = (this.#kept ?? this.#begin()).labels.values[pod]
    return labels === NONE ? undefined : (labels as LabelSetId)
  }

  /** The labels a pod had before the latest change of them; those it has when it never had others. */
  formerLabels(pod: PodId): LabelSetId {
    const { former } = this.#kept ?? this.#begin()
    const labels = former.values[pod]
    return labels === NONE ? this.#state.pods.labelsOf(pod) : (labels as LabelSetId)
  }

  #update(pod: PodId): void {
    const { pods } = this.#state
    const kept = this.#kept as Kept
    const labels = kept.labels.values[pod]
    if (labels !== NONE) {
      this.#index.leave(pod, pods.namespaceOf(pod), labels as LabelSetId)
      this.#tallies?.leave(pod)
    }
    kept.labels.values[pod] = NONE
    kept.former.values[pod] = NONE
    if (pods.exists(pod)) this.#add(kept, pod, labels)
  }

  #add({ labels: keptLabels, former }: Kept, pod: PodId, before: number): void {
    const { pods } = this.#state
    const namespace = pods.namespaceOf(pod)
    const labels = pods.labelsOf(pod)
    this.#index.enter(pod, namespace, labels)
    this.#tallies?.enter(pod, namespace, labels)
    keptLabels.values[pod] = labels
    former.values[pod] = before === NONE ? labels : before
  }
}
