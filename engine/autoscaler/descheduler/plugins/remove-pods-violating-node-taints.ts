/**
 * Evicts pods that do not tolerate a NoSchedule taint their node has got since.
 * Upstream: pkg/framework/plugins/removepodsviolatingnodetaints/node_taint.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { NodeTaintsArgs } from '../../../model/descheduler.js'
import { findUntoleratedTaint, type Taint, TaintEffect } from '../../../model/taints.js'
import { activePodsOn } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { isEvictable, type RunPlugin } from '../plugin.js'

export const removePodsViolatingNodeTaints: RunPlugin<NodeTaintsArgs> = (args, handle, nodes) => {
  const { includedTaints, excludedTaints = [], includePreferNoSchedule = false } = args
  const isCandidate = isEvictable(args, handle)
  const counts = (taint: Taint): boolean => {
    const isMeant =
      taint.effect === TaintEffect.NoSchedule ||
      (includePreferNoSchedule && taint.effect === TaintEffect.PreferNoSchedule)
    if (!isMeant || isListed(taint, excludedTaints)) return false
    return includedTaints === undefined || isListed(taint, includedTaints)
  }
  for (const node of nodes) {
    for (const pod of activePodsOn(handle.cluster, node.name).filter(isCandidate)) {
      if (findUntoleratedTaint(node.taints, pod.spec.tolerations ?? [], counts) === undefined) continue
      const eviction = handle.evict(pod)
      if (eviction === Eviction.TotalLimit) return
      if (eviction === Eviction.NodeLimit) break
    }
  }
}

/** By key, or by key and value. */
function isListed({ key, value = '' }: Taint, list: readonly string[]): boolean {
  return list.includes(key) || (value !== '' && list.includes(`${key}=${value}`))
}
