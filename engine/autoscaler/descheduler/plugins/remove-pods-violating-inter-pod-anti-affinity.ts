/**
 * Evicts pods that are in one topology domain with pods they keep away from, the least important first, until none is
 * left.
 * Upstream: pkg/framework/plugins/removepodsviolatinginterpodantiaffinity/pod_antiaffinity.go and
 * pkg/utils/predicates.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { PodSelectionArgs } from '../../../model/descheduler.js'
import { compileSelector } from '../../../model/labels.js'
import { activePodsOn, type ViewedNode, type ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { isSelected, type RunPlugin, sortByPriority } from '../plugin.js'

export const removePodsViolatingInterPodAntiAffinity: RunPlugin<PodSelectionArgs> = (args, handle, nodes) => {
  const selected = isSelected(args)
  const podsOf = new Map(nodes.map(({ name }) => [name, activePodsOn(handle.cluster, name).filter(selected)]))
  const nodeOf = new Map(nodes.map(node => [node.name, node]))
  const remaining = new Set([...podsOf.values()].flat())
  for (const node of nodes) {
    const pods = [...(podsOf.get(node.name) ?? [])]
    sortByPriority(pods)
    for (const pod of pods) {
      if (!isNearRepelled(pod, remaining, nodeOf)) continue
      if (!handle.filter(pod) || !handle.preEvictionFilter(pod)) continue
      const eviction = handle.evict(pod)
      if (eviction === Eviction.Done) remaining.delete(pod)
      else if (eviction === Eviction.NodeLimit) break
      else if (eviction === Eviction.TotalLimit) return
    }
  }
}

function isNearRepelled(
  pod: ViewedPod,
  others: ReadonlySet<ViewedPod>,
  nodeOf: ReadonlyMap<string, ViewedNode>,
): boolean {
  const own = nodeOf.get(pod.nodeName)
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (own === undefined) return false
  for (const { topologyKey, labelSelector, namespaces = [] } of terms) {
    const selector = compileSelector(labelSelector)
    const meant = namespaces.length === 0 ? [pod.namespace] : namespaces
    for (const other of others) {
      if (other.name === pod.name || !meant.includes(other.namespace)) continue
      if (selector?.matches(other.labels) !== true) continue
      const node = nodeOf.get(other.nodeName)
      if (node !== undefined && isSameDomain(own, node, topologyKey)) return true
    }
  }
  return false
}

/** A node is one domain with itself, labelled or not. */
function isSameDomain(a: ViewedNode, b: ViewedNode, topologyKey: string): boolean {
  if (a.name === b.name) return true
  const value: string | undefined = a.labels[topologyKey]
  return value !== undefined && value === b.labels[topologyKey]
}
