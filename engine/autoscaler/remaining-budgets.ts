/**
 * The disruption budgets as they will be after the evictions planned so far in one loop.
 *
 * Upstream: core/scaledown/pdb/basic.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { type CompiledSelector, compileSelector, type Labels } from '../model/labels.js'
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../model/pod-disruption-budget.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NamespaceId, PodId } from '../state/ids.js'

interface RemainingBudget {
  readonly namespace: string
  readonly selector: CompiledSelector | undefined
  disruptionsAllowed: number
}

export class RemainingBudgets {
  readonly #state: ClusterState
  #budgets: RemainingBudget[] = []

  /** @param state holds the pods that are asked about. */
  constructor(state: ClusterState) {
    this.#state = state
  }

  /** Starts anew from what the budgets allow now. */
  reset(): void {
    const { objects } = this.#state
    this.#budgets = []
    for (const id of objects.ofKind('PodDisruptionBudget')) {
      const { meta, spec, status } = objects.get<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>(id)
      this.#budgets.push({
        namespace: meta.namespace,
        selector: compileSelector(spec.selector),
        disruptionsAllowed: status.disruptionsAllowed,
      })
    }
  }

  isCovered(pod: PodId): boolean {
    return this.#budgets.some(budget => this.#covers(budget, pod))
  }

  /** Some budget of the pod allows nothing more. */
  isBlocked(pod: PodId): boolean {
    return this.#budgets.some(budget => budget.disruptionsAllowed < 1 && this.#covers(budget, pod))
  }

  /** Whether all the pods could be evicted at the same time. */
  allowsInParallel(pods: readonly PodId[]): boolean {
    return this.#budgets.every(
      budget =>
        pods.filter(pod => this.#covers(budget, pod)).length <= Math.max(0, budget.disruptionsAllowed),
    )
  }

  consume(pods: readonly PodId[]): void {
    for (const budget of this.#budgets) {
      for (const pod of pods) if (this.#covers(budget, pod)) budget.disruptionsAllowed--
    }
  }

  #covers({ namespace, selector }: RemainingBudget, pod: PodId): boolean {
    const { pods, namespaces } = this.#state
    if (selector === undefined || namespaces.get(pods.namespace[pod] as NamespaceId) !== namespace)
      return false
    const labels: Labels = this.#state.labelSets.get(pods.labelsOf(pod))
    return selector.matches(labels)
  }
}
