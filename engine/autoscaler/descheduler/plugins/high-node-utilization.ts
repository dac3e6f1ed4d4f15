/**
 * Evicts the pods of nodes that are hardly used, so that they are packed onto others and the nodes become empty.
 * Upstream: pkg/framework/plugins/nodeutilization/highnodeutilization.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { HighNodeUtilizationArgs, ResourceThresholds } from '../../../model/descheduler.js'
import type { ViewedPod } from '../cluster-view.js'
import type { RunPlugin } from '../plugin.js'
import {
  type CappedNode,
  cappedAt,
  countedResources,
  isBelow,
  nodeUsage,
  relieve,
  sortByUsage,
} from './node-utilization.js'

export const highNodeUtilization: RunPlugin<HighNodeUtilizationArgs> = (args, handle, nodes) => {
  const { thresholds, numberOfNodes = 0, evictionModes = [] } = args
  const names = Object.keys(thresholds)
  const resources = countedResources(thresholds)
  const all: ResourceThresholds = Object.fromEntries(names.map(name => [name, 100]))
  const lowNodes: CappedNode[] = []
  const targets: CappedNode[] = []
  for (const node of nodes) {
    const usage = nodeUsage(handle.cluster, node, resources)
    if (isBelow(usage, thresholds)) lowNodes.push(cappedAt(usage, all, resources))
    else if (!node.isUnschedulable) targets.push(cappedAt(usage, all, resources))
  }
  if (lowNodes.length === 0 || lowNodes.length <= numberOfNodes) return
  if (lowNodes.length === nodes.length || targets.length === 0) return
  sortByUsage(lowNodes, true)
  const onlyRequesting = evictionModes.includes('OnlyThresholdingResources')
  relieve(
    {
      from: lowNodes,
      to: targets,
      isRemovable: pod => handle.filter(pod) && (!onlyRequesting || requestsAny(pod, names)),
      evictableNamespaces: args.evictableNamespaces,
      limit: undefined,
      isUnfinished: () => true,
    },
    handle,
  )
}

function requestsAny({ spec }: ViewedPod, names: readonly string[]): boolean {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  return containers.some(({ resources }) => names.some(name => name in (resources?.requests ?? {})))
}
