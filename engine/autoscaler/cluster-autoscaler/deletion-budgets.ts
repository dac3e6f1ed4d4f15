/**
 * How many of the nodes that may be deleted are deleted at the same time: so many in all, fewer of those that must be
 * drained first.
 *
 * Upstream: core/scaledown/budgets/budgets.go of cluster-autoscaler 1.36.1.
 * Simplified: no group scales only between zero and its maximum.
 */
import type { NodeId } from '../../state/ids.js'
import type { NodeGroups } from './node-group.js'

export interface ParallelismLimits {
  readonly maxScaleDownParallelism: number
  readonly maxDrainParallelism: number
}

export interface Deletions {
  readonly empty: readonly NodeId[]
  readonly drain: readonly NodeId[]
}

/** @param inProgress how many nodes are being deleted already, empty ones and drained ones. */
export function cropToBudgets(
  { empty, drain }: Deletions,
  groups: NodeGroups,
  limits: ParallelismLimits,
  inProgress: { readonly empty: number; readonly drain: number },
): Deletions {
  const budget = limits.maxScaleDownParallelism - inProgress.empty - inProgress.drain
  const emptyNow = byGroup(empty, groups).slice(0, Math.max(0, budget))
  const drainBudget = Math.min(budget - emptyNow.length, limits.maxDrainParallelism - inProgress.drain)
  return { empty: emptyNow, drain: byGroup(drain, groups).slice(0, Math.max(0, drainBudget)) }
}

/** Nodes of one group together, groups in the order in which they first appear. */
function byGroup(nodes: readonly NodeId[], groups: NodeGroups): NodeId[] {
  const lists = new Map<string, NodeId[]>()
  for (const node of nodes) {
    const group = groups.of(node)
    if (group === undefined) continue
    const list = lists.get(group.id)
    if (list === undefined) lists.set(group.id, [node])
    else list.push(node)
  }
  return [...lists.values()].flat()
}
