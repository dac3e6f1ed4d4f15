import {
  type DisruptionBudget,
  DisruptionBudgets,
  DisruptionReason,
} from '../../../engine/autoscaler/karpenter/disruption-budget.js'
import { microsecondsOf } from '../../support/autoscaler-rig.js'
import { suiteOfKinds } from '../suite.js'

interface GivenBudgets {
  readonly at: readonly string[]
  readonly budgets?: readonly DisruptionBudget[]
  readonly nodes: number
}

/** Karpenter's disruption budgets; provisioning and consolidation are not simulated, so their cases differ. */
export const karpenterSuite = suiteOfKinds('karpenter', {
  budget: ({ at, budgets = [], nodes }: GivenBudgets) => {
    const pool = new DisruptionBudgets(budgets)
    const reasons = Object.values(DisruptionReason)
    return {
      allowed: at.map(time =>
        Object.fromEntries(
          reasons.map(reason => [reason, pool.allowed(reason, nodes, microsecondsOf(time))]),
        ),
      ),
    }
  },
})
