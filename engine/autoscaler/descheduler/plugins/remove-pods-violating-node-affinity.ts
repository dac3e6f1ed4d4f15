/**
 * Evicts pods whose node does not match what they require, or matches less of what they prefer than another would.
 * Upstream: pkg/framework/plugins/removepodsviolatingnodeaffinity/node_affinity.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { NodeAffinityArgs } from '../../../model/descheduler.js'
import { compileNodeSelector } from '../../../model/node-affinity.js'
import { activePodsOn, type ViewedNode, type ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { fitsAnyNode, requiredNodes } from '../node-fit.js'
import { isEvictable, type PluginHandle, type RunPlugin } from '../plugin.js'

type IsMisplaced = (pod: ViewedPod, node: ViewedNode, nodes: readonly ViewedNode[]) => boolean

const MISPLACED: ReadonlyMap<string, IsMisplaced> = new Map([
  ['requiredDuringSchedulingIgnoredDuringExecution', violatesRequired],
  ['preferredDuringSchedulingIgnoredDuringExecution', prefersAnother],
])

export const removePodsViolatingNodeAffinity: RunPlugin<NodeAffinityArgs> = (args, handle, nodes) => {
  for (const type of args.nodeAffinityType ?? []) {
    const isMisplaced = MISPLACED.get(type)
    if (isMisplaced !== undefined) evictMisplaced(isMisplaced, args, handle, nodes)
  }
}

function evictMisplaced(
  isMisplaced: IsMisplaced,
  args: NodeAffinityArgs,
  handle: PluginHandle,
  nodes: readonly ViewedNode[],
): void {
  const isCandidate = isEvictable(args, handle)
  for (const node of nodes) {
    for (const pod of activePodsOn(handle.cluster, node.name)) {
      if (!isMisplaced(pod, node, nodes) || !isCandidate(pod)) continue
      if (!fitsAnyNode(handle.cluster, pod, nodes)) continue
      const eviction = handle.evict(pod)
      if (eviction === Eviction.TotalLimit) return
      if (eviction === Eviction.NodeLimit) break
    }
  }
}

function violatesRequired({ spec }: ViewedPod, node: ViewedNode): boolean {
  if (spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution === undefined) return false
  return !requiredNodes(spec)(node)
}

function prefersAnother({ spec }: ViewedPod, node: ViewedNode, nodes: readonly ViewedNode[]): boolean {
  const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  if (preferred.length === 0) return false
  const terms = preferred.map(({ weight, preference }) => {
    return { weight, selector: compileNodeSelector({ nodeSelectorTerms: [preference] }) }
  })
  const weightOf = ({ labels, name }: ViewedNode): number => {
    let sum = 0
    for (const { weight, selector } of terms) if (selector.matches(labels, name)) sum += weight
    return sum
  }
  const own = weightOf(node)
  return nodes.some(other => weightOf(other) > own)
}
