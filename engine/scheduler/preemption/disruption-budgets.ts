import { type CompiledSelector, compileSelector, type LabelSelector } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { PodId } from '../../state/ids.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot } from '../framework/snapshot.js'

const KIND = 'PodDisruptionBudget'

interface BudgetSpec {
  readonly selector?: LabelSelector
}

interface BudgetStatus {
  readonly disruptionsAllowed?: number
  readonly disruptedPods?: Readonly<Record<string, unknown>>
}

interface Budget {
  readonly namespace: string
  readonly selector: CompiledSelector
  readonly disruptedPods: Readonly<Record<string, unknown>>
  readonly allowed: number
  /** Used up by the pods looked at so far. */
  used: number
}

/**
 * Divides pods into those whose eviction their budgets allow and those whose eviction would violate one. Every
 * matching budget is used up by each pod in turn, so the order of the pods matters. Budgets are read again when one
 * has changed.
 *
 * Upstream: filterPodsWithPDBViolation of pkg/scheduler/framework/preemption (1.36): an empty selector matches
 * nothing here, and pods the budget knows as disrupted do not count again.
 * Simplified: nothing known.
 */
export class DisruptionBudgets {
  readonly #snapshot: Snapshot
  #budgets: readonly Budget[] = []
  /** Number and highest resource version of the budgets as they were read. */
  #count = 0
  #newest = 0
  #version = 0

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** Reads the budgets if one has changed; the answer counts up when that was so. */
  refresh(): number {
    const { objects } = this.#snapshot.state
    let newest = 0
    for (const id of objects.ofKind(KIND)) newest = Math.max(newest, objects.get(id).meta.resourceVersion)
    const count = objects.countOfKind(KIND)
    if (newest === this.#newest && count === this.#count) return this.#version
    this.#newest = newest
    this.#count = count
    this.#budgets = readBudgets(this.#snapshot.state)
    return ++this.#version
  }

  /** Both lists keep the order of the pods, which count on nodes of the snapshot. */
  split(pods: readonly PodId[]): {
    readonly violating: readonly PodId[]
    readonly allowed: readonly PodId[]
  } {
    if (this.#budgets.length === 0) return { violating: [], allowed: pods }
    for (const budget of this.#budgets) budget.used = 0
    const violating: PodId[] = []
    const allowed: PodId[] = []
    for (const pod of pods) (this.#violates(pod) ? violating : allowed).push(pod)
    return { violating, allowed }
  }

  #violates(pod: PodId): boolean {
    const { shapes, shapeOfCounted, state } = this.#snapshot
    const { namespace, labels } = shapes.get(shapeOfCounted.values[pod] as PodShape['id'])
    if (Object.keys(labels).length === 0) return false
    let violates = false
    for (const budget of this.#budgets) {
      if (budget.namespace !== namespace || !budget.selector.matches(labels)) continue
      if (budget.disruptedPods[state.pods.name[pod] as string] !== undefined) continue
      budget.used++
      if (budget.used > budget.allowed) violates = true
    }
    return violates
  }
}

function readBudgets(state: ClusterState): Budget[] {
  const budgets: Budget[] = []
  for (const id of state.objects.ofKind(KIND)) {
    const { meta, spec, status } = state.objects.get<BudgetSpec, BudgetStatus>(id)
    const selector = spec.selector === undefined ? undefined : compileSelector(spec.selector)
    if (selector === undefined || selector.selectsNothing || selector.requirements.length === 0) continue
    budgets.push({
      namespace: meta.namespace,
      selector,
      disruptedPods: status.disruptedPods ?? {},
      allowed: status.disruptionsAllowed ?? 0,
      used: 0,
    })
  }
  return budgets
}
