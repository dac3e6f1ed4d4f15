/**
 * Evicts pods of nodes that are fuller than they should be, in the hope that they land on nodes that are hardly used.
 * Upstream: pkg/framework/plugins/nodeutilization/lownodeutilization.go of the descheduler 0.36.0.
 * Simplified: `metricsUtilization`; what pods request counts, as by default.
 */
import type { LowNodeUtilizationArgs, ResourceThresholds } from '../../../model/descheduler.js'
import type { RunPlugin } from '../plugin.js'
import {
  type CappedNode,
  cappedAt,
  countedResources,
  isAbove,
  isBelow,
  type NodeUsage,
  nodeUsage,
  relieve,
  sortByUsage,
} from './node-utilization.js'

export const lowNodeUtilization: RunPlugin<LowNodeUtilizationArgs> = (args, handle, nodes) => {
  const resources = countedResources(args.thresholds)
  const usages = nodes.map(node => nodeUsage(handle.cluster, node, resources))
  const { low, high } =
    args.useDeviationThresholds === true ? aroundAverage(usages, args) : staticBounds(args)
  const lowNodes: CappedNode[] = []
  const highNodes: CappedNode[] = []
  for (const usage of usages) {
    if (!usage.node.isUnschedulable && isBelow(usage, low)) lowNodes.push(cappedAt(usage, high, resources))
    else if (isAbove(usage, high)) highNodes.push(cappedAt(usage, high, resources))
  }
  if (lowNodes.length === 0 || lowNodes.length <= (args.numberOfNodes ?? 0)) return
  if (lowNodes.length === nodes.length || highNodes.length === 0) return
  sortByUsage(highNodes, false)
  relieve(
    {
      from: highNodes,
      to: lowNodes,
      isRemovable: handle.filter,
      evictableNamespaces: args.evictableNamespaces,
      limit: args.evictionLimits?.node,
      isUnfinished: ({ used, most }) => [...used].some(([name, amount]) => amount > (most.get(name) ?? 0)),
    },
    handle,
  )
}

interface Bounds {
  readonly low: ResourceThresholds
  readonly high: ResourceThresholds
}

function staticBounds({ thresholds, targetThresholds }: LowNodeUtilizationArgs): Bounds {
  return { low: thresholds, high: targetThresholds }
}

/** So many percent below and above what the nodes use on average. */
function aroundAverage(usages: readonly NodeUsage[], args: LowNodeUtilizationArgs): Bounds {
  const low: Record<string, number> = {}
  const high: Record<string, number> = {}
  for (const name of Object.keys(args.thresholds)) {
    const known = usages.flatMap(({ percent }) => percent.get(name) ?? [])
    if (known.length === 0) continue
    const average = known.reduce((sum, value) => sum + value, 0) / known.length
    low[name] = withinPercent(average - args.thresholds[name])
    high[name] = withinPercent(average + (args.targetThresholds[name] ?? 0))
  }
  return { low, high }
}

function withinPercent(value: number): number {
  return Math.min(Math.max(value, 0), 100)
}
