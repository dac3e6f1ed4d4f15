/**
 * Evicts pods of one owner that share a node, down to an even share of the nodes they could be on.
 * Upstream: pkg/framework/plugins/removeduplicates/removeduplicates.go of the descheduler 0.36.0.
 * Simplified: owners go in the order in which they were met, where upstream's order is that of a hash map.
 */
import type { RemoveDuplicatesArgs } from '../../../model/descheduler.js'
import { findUntoleratedTaint, keepsAway } from '../../../model/taints.js'
import { activePodsOn, type ViewedNode, type ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { requiredNodes } from '../node-fit.js'
import { isEvictable, type RunPlugin } from '../plugin.js'

interface Duplicates {
  /** Pods of the owner with the same images. */
  count: number
  /** Those beyond the first, by node. */
  readonly byNode: Map<string, ViewedPod[]>
}

export const removeDuplicates: RunPlugin<RemoveDuplicatesArgs> = (args, handle, nodes) => {
  const { excludeOwnerKinds = [] } = args
  const isCandidate = isEvictable(
    args.namespaces === undefined ? {} : { namespaces: args.namespaces },
    handle,
  )
  const found = new Map<string, Duplicates>()
  for (const node of nodes) {
    const seen = new Set<string>()
    for (const pod of activePodsOn(handle.cluster, node.name)) {
      const isLeftOut =
        pod.owners.length === 0 || pod.owners.some(({ kind }) => excludeOwnerKinds.includes(kind))
      if (isLeftOut || !isCandidate(pod)) continue
      const keys = ownerKeys(pod)
      const kind = keys.toSorted().join('\n')
      const isDuplicate = seen.has(kind)
      seen.add(kind)
      for (const key of keys) {
        const duplicates = found.get(key) ?? { count: 0, byNode: new Map<string, ViewedPod[]>() }
        found.set(key, duplicates)
        duplicates.count++
        if (!isDuplicate) continue
        const list = duplicates.byNode.get(node.name) ?? []
        duplicates.byNode.set(node.name, list)
        list.push(pod)
      }
    }
  }
  for (const { count, byNode } of found.values()) {
    const targets = feasibleNodes([...byNode.values()].flat(), nodes)
    if (targets < 2) continue
    const share = Math.ceil(count / targets)
    for (const pods of byNode.values()) {
      // One stays beside these.
      for (const pod of pods.length + 1 > share ? pods.slice(share - 1) : []) {
        const eviction = handle.evict(pod)
        if (eviction === Eviction.TotalLimit) return
        if (eviction === Eviction.NodeLimit) break
      }
    }
  }
}

/** Each owner with the images of the pod. */
function ownerKeys({ namespace, owners, spec }: ViewedPod): string[] {
  const images = spec.containers.map(({ image = '' }) => image).toSorted()
  return owners.map(({ kind, name }) => JSON.stringify([namespace, kind, name, ...images]))
}

/** How many nodes the pods could be on; a pod that could be on one only has no say. */
function feasibleNodes(pods: readonly ViewedPod[], nodes: readonly ViewedNode[]): number {
  const feasible = new Set<string>()
  const asked = new Set<string>()
  for (const { spec } of pods) {
    const { tolerations = [], nodeSelector, affinity } = spec
    const key = JSON.stringify([tolerations, nodeSelector, affinity?.nodeAffinity])
    if (asked.has(key)) continue
    asked.add(key)
    const matches = requiredNodes(spec)
    const own = nodes.filter(node => {
      return matches(node) && findUntoleratedTaint(node.taints, tolerations, keepsAway) === undefined
    })
    if (own.length > 1) for (const { name } of own) feasible.add(name)
  }
  return feasible.size
}
