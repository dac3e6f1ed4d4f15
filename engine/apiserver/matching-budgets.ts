/**
 * The disruption budgets that select a pod, by its namespace and labels: asked for every eviction, and
 * remembered until a budget comes, goes or changes.
 *
 * Upstream: getPodDisruptionBudgets of pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: nothing known.
 */
import { type CompiledSelector, compileSelector, type LabelSelector } from '../model/labels.js'
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../model/pod-disruption-budget.js'
import { SelectorIndex } from '../model/selector-index.js'
import { Change, type LogListener, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NamespaceId, ObjectId } from '../state/ids.js'
import type { StoredObject } from '../state/objects.js'

export type Budget = StoredObject<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>

const KIND = 'PodDisruptionBudget'
const REMEMBERED = Change.Added | Change.Deleted | Change.Spec
const NO_BUDGETS: readonly ObjectId[] = []

export class MatchingBudgets implements LogListener {
  readonly #state: ClusterState
  /** All budgets; undefined: to be listed anew. */
  #byNamespace: Map<string, SelectorIndex<ObjectId>> | undefined
  /** By namespace, by label set. */
  readonly #known = new Map<NamespaceId, Map<LabelSetId, readonly ObjectId[]>>()
  /** Specs are replaced, never changed, so a selector object always means the same. */
  readonly #selectors = new WeakMap<LabelSelector, CompiledSelector | null>()
  #isListening = false

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** In the order of their creation. */
  of(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    if (!this.#isListening)
      this.#state.log.listen(this, [{ source: Source.Objects, fields: REMEMBERED, kinds: [KIND] }])
    this.#isListening = true
    let known = this.#known.get(namespace)
    if (known === undefined) {
      known = new Map()
      this.#known.set(namespace, known)
    }
    let budgets = known.get(labels)
    if (budgets === undefined) {
      budgets = this.#find(namespace, labels)
      known.set(labels, budgets)
    }
    return budgets
  }

  /** It hears at once, so it never keeps a row from being reused. */
  get cursor(): number {
    return this.#state.log.end
  }

  appended(): void {
    this.#known.clear()
    this.#byNamespace = undefined
  }

  #find(namespace: NamespaceId, labels: LabelSetId): readonly ObjectId[] {
    const { labelSets, namespaces } = this.#state
    this.#byNamespace ??= this.#listed()
    return this.#byNamespace.get(namespaces.get(namespace))?.selecting(labelSets.get(labels)) ?? NO_BUDGETS
  }

  #listed(): Map<string, SelectorIndex<ObjectId>> {
    const { objects } = this.#state
    const byNamespace = new Map<string, SelectorIndex<ObjectId>>()
    for (const id of objects.ofKind(KIND)) {
      const { meta, spec } = objects.get(id) as Budget
      const selector = spec.selector === undefined ? null : this.#compiled(spec.selector)
      if (selector === null) continue
      let budgets = byNamespace.get(meta.namespace)
      if (budgets === undefined) {
        budgets = new SelectorIndex()
        byNamespace.set(meta.namespace, budgets)
      }
      budgets.set(id, selector)
    }
    return byNamespace
  }

  /** Null for one that cannot be compiled. */
  #compiled(selector: LabelSelector): CompiledSelector | null {
    let compiled = this.#selectors.get(selector)
    if (compiled === undefined) {
      compiled = compileSelector(selector) ?? null
      this.#selectors.set(selector, compiled)
    }
    return compiled
  }
}
