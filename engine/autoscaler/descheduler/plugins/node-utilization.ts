/**
 * What the two plugins that look at the utilization of nodes share: how full nodes are by what their pods request,
 * and the eviction of pods while there is room for them elsewhere.
 * Upstream: pkg/framework/plugins/nodeutilization/nodeutilization.go of the descheduler 0.36.0.
 * Simplified: utilization measured by a metrics server or Prometheus; requests alone count, as by default.
 */
import type { Included, ResourceThresholds } from '../../../model/descheduler.js'
import { sortLikeGo } from '../../../model/go-sort.js'
import { isTolerated, type Taint } from '../../../model/taints.js'
import { activePodsOn, type ClusterView, type ViewedNode, type ViewedPod } from '../cluster-view.js'
import { Eviction } from '../eviction-limits.js'
import { isIncluded, type PluginHandle, type PodFilter, sortByPriority } from '../plugin.js'

/** A node and what its pods request of it; falls as pods are evicted. */
export interface NodeUsage {
  readonly node: ViewedNode
  readonly pods: readonly ViewedPod[]
  readonly used: Map<string, number>
  /** Percentages of what the node can give, of the resources it has. */
  readonly percent: ReadonlyMap<string, number>
}

/** A node with the amounts it may be filled to. */
export interface CappedNode extends NodeUsage {
  readonly most: ReadonlyMap<string, number>
}

const BASIC = ['cpu', 'memory', 'pods']

/** The resources of the thresholds, and those that always count. */
export function countedResources(thresholds: ResourceThresholds): string[] {
  return [...new Set([...BASIC, ...Object.keys(thresholds)])]
}

export function nodeUsage(cluster: ClusterView, node: ViewedNode, resources: readonly string[]): NodeUsage {
  const pods = activePodsOn(cluster, node.name)
  const used = new Map<string, number>()
  const percent = new Map<string, number>()
  for (const resource of resources) {
    let amount = resource === 'pods' ? pods.length : 0
    if (resource !== 'pods') for (const { requests } of pods) amount += requests.get(resource) ?? 0
    used.set(resource, amount)
    const total = node.allocatable.get(resource)
    if (total !== undefined) percent.set(resource, total > 0 ? (amount / total) * 100 : 0)
  }
  return { node, pods, used, percent }
}

export function isBelow({ percent }: NodeUsage, thresholds: ResourceThresholds): boolean {
  return Object.entries(thresholds).every(([name, threshold]) => threshold >= (percent.get(name) ?? 0))
}

export function isAbove({ percent }: NodeUsage, thresholds: ResourceThresholds): boolean {
  return Object.entries(thresholds).some(([name, threshold]) => threshold < (percent.get(name) ?? 0))
}

/** Resources without a threshold may be used up. */
export function cappedAt(
  usage: NodeUsage,
  thresholds: ResourceThresholds,
  resources: readonly string[],
): CappedNode {
  const most = new Map<string, number>()
  for (const resource of resources) {
    const total = usage.node.allocatable.get(resource) ?? 0
    const threshold: number | undefined = thresholds[resource]
    most.set(resource, threshold === undefined ? total : Math.trunc(threshold * 0.01 * total))
  }
  return { ...usage, most }
}

/** By the sum of milli-cpu, bytes of memory and all else, so that memory decides. */
export function sortByUsage(nodes: CappedNode[], isAscending: boolean): void {
  const sums = new Map(nodes.map(node => [node, sumOf(node.used)]))
  sortLikeGo(nodes, (a, b) => {
    const difference = (sums.get(a) ?? 0) - (sums.get(b) ?? 0)
    return isAscending ? difference < 0 : difference > 0
  })
}

function sumOf(amounts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const amount of amounts.values()) sum += amount
  return sum
}

export interface Relief {
  readonly from: readonly CappedNode[]
  readonly to: readonly CappedNode[]
  readonly isRemovable: PodFilter
  readonly evictableNamespaces: Included | undefined
  /** Of pods of one node. */
  readonly limit: number | undefined
  /** Whether a node still has too many pods. */
  isUnfinished(node: CappedNode): boolean
}

/** Evicts pods of the nodes in order, while none of the resources of the other nodes has run out. */
export function relieve(relief: Relief, handle: PluginHandle): void {
  const room = roomOn(relief.to)
  for (const source of relief.from) {
    const removable = source.pods.filter(relief.isRemovable)
    sortByPriority(removable)
    if (relieveNode(relief, source, removable, room, handle) === Eviction.TotalLimit) return
  }
}

function relieveNode(
  relief: Relief,
  source: CappedNode,
  removable: readonly ViewedPod[],
  room: Map<string, number>,
  handle: PluginHandle,
): Eviction {
  const { to, evictableNamespaces, limit = Infinity } = relief
  const namespaces = { exclude: evictableNamespaces?.exclude ?? [] }
  const goesOn = (): boolean => relief.isUnfinished(source) && [...room.values()].every(amount => amount > 0)
  if (!goesOn()) return Eviction.Done
  let evicted = 0
  for (const pod of removable) {
    if (evicted >= limit) break
    if (!to.some(({ node }) => toleratesAll(pod, node.taints))) continue
    if (!isIncluded(pod.namespace, namespaces) || !handle.preEvictionFilter(pod)) continue
    const eviction = handle.evict(pod)
    if (eviction === Eviction.NodeLimit || eviction === Eviction.TotalLimit) return eviction
    if (eviction !== Eviction.Done) continue
    evicted++
    move(pod, source.used, room)
    if (!goesOn()) break
  }
  return Eviction.Done
}

/** Of every effect; a pod with fewer tolerations than the node has taints is not looked at any closer. */
function toleratesAll({ spec: { tolerations = [] } }: ViewedPod, taints: readonly Taint[]): boolean {
  return tolerations.length >= taints.length && taints.every(taint => isTolerated(tolerations, taint))
}

function move({ requests }: ViewedPod, used: Map<string, number>, room: Map<string, number>): void {
  for (const [resource, free] of room) {
    const amount = resource === 'pods' ? 1 : (requests.get(resource) ?? 0)
    used.set(resource, (used.get(resource) ?? 0) - amount)
    room.set(resource, free - amount)
  }
}

function roomOn(nodes: readonly CappedNode[]): Map<string, number> {
  const room = new Map<string, number>()
  for (const { most, used } of nodes) {
    for (const [resource, amount] of most) {
      room.set(resource, (room.get(resource) ?? 0) + amount - (used.get(resource) ?? 0))
    }
  }
  return room
}
