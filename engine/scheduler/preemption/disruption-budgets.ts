import { type CompiledSelector, compileSelector, type LabelSelector } from '../../model/labels.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NamespaceId, PodId } from '../../state/ids.js'

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
  allowed: number
}

/**
 * Divides pods into those whose eviction their budgets allow and those whose eviction would violate one. Every
 * matching budget is used up by each pod in turn, so the order of the pods matters.
 *
 * Upstream: filterPodsWithPDBViolation of pkg/scheduler/framework/preemption (1.36): an empty selector matches
 * nothing here, and pods the budget knows as disrupted do not count again.
 * Simplified: nothing known.
 */
export function splitByBudgets(
  state: ClusterState,
  pods: readonly PodId[],
): { readonly violating: PodId[]; readonly allowed: PodId[] } {
  const budgets = readBudgets(state)
  const violating: PodId[] = []
  const allowed: PodId[] = []
  for (const pod of pods) {
    const namespace = state.namespaces.get(state.pods.namespace[pod] as NamespaceId)
    const labels = state.labelSets.get(state.pods.labelsOf(pod))
    let violates = false
    if (Object.keys(labels).length > 0) {
      for (const budget of budgets) {
        if (budget.namespace !== namespace || !budget.selector.matches(labels)) continue
        if (budget.disruptedPods[state.pods.name[pod] as string] !== undefined) continue
        budget.allowed--
        if (budget.allowed < 0) violates = true
      }
    }
    if (violates) violating.push(pod)
    else allowed.push(pod)
  }
  return { violating, allowed }
}

function readBudgets(state: ClusterState): Budget[] {
  const budgets: Budget[] = []
  for (const id of state.objects.ofKind('PodDisruptionBudget')) {
    const { meta, spec, status } = state.objects.get<BudgetSpec, BudgetStatus>(id)
    const selector = spec.selector === undefined ? undefined : compileSelector(spec.selector)
    if (selector === undefined || selector.selectsNothing || selector.requirements.length === 0) continue
    budgets.push({
      namespace: meta.namespace,
      selector,
      disruptedPods: status.disruptedPods ?? {},
      allowed: status.disruptionsAllowed ?? 0,
    })
  }
  return budgets
}
