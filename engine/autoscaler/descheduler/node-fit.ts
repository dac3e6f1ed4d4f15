/**
 * Whether a pod would fit on a node, as the descheduler judges it: schedulable, selector and affinity, taints,
 * anti-affinity to pods on that node, and what is left of its resources.
 * Upstream: pkg/descheduler/node/node.go of the descheduler 0.36.0.
 * Simplified: tolerations with the operators Gt and Lt.
 */
import { compileSelector, selectorOfLabels } from '../../model/labels.js'
import { compileNodeSelector } from '../../model/node-affinity.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { findUntoleratedTaint, keepsAway } from '../../model/taints.js'
import { activePodsOn, type ClusterView, type ViewedNode, type ViewedPod } from './cluster-view.js'

export type MatchesNode = (node: ViewedNode) => boolean

/** What nodeSelector and required node affinity ask for. */
export function requiredNodes({ nodeSelector = {}, affinity }: PodSpec): MatchesNode {
  const labels = selectorOfLabels(nodeSelector)
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined) return node => labels.matches(node.labels)
  const selector = compileNodeSelector(required)
  return node => labels.matches(node.labels) && selector.matches(node.labels, node.name)
}

export function fitsAnyOtherNode(
  cluster: ClusterView,
  pod: ViewedPod,
  nodes: readonly ViewedNode[],
): boolean {
  const others = nodes.filter(({ name }) => name !== pod.nodeName)
  return fitsAnyNode(cluster, pod, others)
}

export function fitsAnyNode(cluster: ClusterView, pod: ViewedPod, nodes: readonly ViewedNode[]): boolean {
  const matches = requiredNodes(pod.spec)
  return nodes.some(node => fits(cluster, pod, node, matches))
}

function fits(cluster: ClusterView, pod: ViewedPod, node: ViewedNode, matches: MatchesNode): boolean {
  if (node.isUnschedulable || !matches(node)) return false
  if (findUntoleratedTaint(node.taints, pod.spec.tolerations ?? [], keepsAway) !== undefined) return false
  if (isRepelled(cluster, pod, node)) return false
  return pod.nodeName === node.name || hasRoom(cluster, pod, node)
}

/** Whether a pod on the node is one that this pod keeps away from. */
function isRepelled(cluster: ClusterView, pod: ViewedPod, node: ViewedNode): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (terms.length === 0) return false
  const others = activePodsOn(cluster, node.name)
  return terms.some(({ topologyKey, labelSelector, namespaces = [] }) => {
    if (!(topologyKey in node.labels)) return false
    const selector = compileSelector(labelSelector)
    const meant = namespaces.length === 0 ? [pod.namespace] : namespaces
    return others.some(({ name, namespace, labels }) => {
      return name !== pod.name && meant.includes(namespace) && selector?.matches(labels) === true
    })
  })
}

function hasRoom(cluster: ClusterView, { requests }: ViewedPod, { name, allocatable }: ViewedNode): boolean {
  const others = activePodsOn(cluster, name)
  if ((allocatable.get('pods') ?? 0) <= others.length) return false
  for (const [resource, requested] of requests) {
    let used = 0
    for (const other of others) used += other.requests.get(resource) ?? 0
    // A resource the node does not have is one of which nothing is left, used or not.
    const free = allocatable.has(resource) || isBasic(resource) ? (allocatable.get(resource) ?? 0) - used : 0
    if (requested > free) return false
  }
  return true
}

function isBasic(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory'
}
