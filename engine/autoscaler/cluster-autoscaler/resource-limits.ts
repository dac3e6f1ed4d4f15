/**
 * Limits on cores, memory and nodes of the whole cluster: what is left before the least allowed (scale-down) or the
 * most allowed (scale-up) is reached. All nodes of a group count like the first of them.
 *
 * Upstream: resourcequotas/tracker.go, cache.go and usage.go of cluster-autoscaler 1.36.1.
 * Simplified: CapacityQuota objects and GPUs have no limits.
 */
import type { NodeId } from '../../state/ids.js'
import { CPU, MEMORY } from '../../state/resource-names.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { NodeGroup, NodeGroups } from './node-group.js'

/** Amounts by name: `cores`, `memoryBytes`, `nodes`. */
export interface NodeResources {
  readonly cores: number
  readonly memoryBytes: number
  readonly nodes: number
}

export interface ResourceLimits {
  readonly min: NodeResources
  /** Infinity: no limit. */
  readonly max: NodeResources
}

const MILLI = 1000

export class ResourceTracker {
  readonly #cluster: SimulatedCluster
  readonly #groups: NodeGroups
  readonly #byGroup = new Map<string, NodeResources>()
  readonly #left: { cores: number; memoryBytes: number; nodes: number }

  constructor(cluster: SimulatedCluster, groups: NodeGroups, limits: ResourceLimits, end: 'min' | 'max') {
    this.#cluster = cluster
    this.#groups = groups
    let cores = 0
    let memoryBytes = 0
    for (const node of cluster.nodes) {
      const resources = this.#resourcesOf(node, groups.of(node))
      cores += resources.cores
      memoryBytes += resources.memoryBytes
    }
    const nodes = cluster.nodes.length
    const { min, max } = limits
    const left = (used: number, least: number, most: number): number =>
      Math.max(0, end === 'min' ? used - least : most - used)
    this.#left = {
      cores: left(cores, min.cores, max.cores),
      memoryBytes: left(memoryBytes, min.memoryBytes, max.memoryBytes),
      nodes: left(nodes, min.nodes, max.nodes),
    }
  }

  /** Takes one node off what is left; false, and nothing is taken, when that is too little. */
  consume(node: NodeId): boolean {
    const { cores, memoryBytes, nodes } = this.#resourcesOf(node, this.#groups.of(node))
    return this.#take(cores, memoryBytes, nodes)
  }

  /** How many nodes of a group may be added, at most `wanted`. */
  allowed(resources: NodeResources, wanted: number): number {
    const { cores, memoryBytes, nodes } = this.#left
    let count = Math.min(wanted, nodes)
    if (resources.cores > 0) count = Math.min(count, Math.floor(cores / resources.cores))
    if (resources.memoryBytes > 0) count = Math.min(count, Math.floor(memoryBytes / resources.memoryBytes))
    return Math.max(0, count)
  }

  /** Which resources keep one more node of a group out. */
  exhausted(resources: NodeResources): string[] {
    const left = this.#left
    const names: string[] = []
    if (resources.cores > left.cores) names.push('cpu')
    if (resources.memoryBytes > left.memoryBytes) names.push('memory')
    if (resources.nodes > left.nodes) names.push('nodes')
    return names
  }

  #take(cores: number, memoryBytes: number, nodes: number): boolean {
    const left = this.#left
    if (cores > left.cores || memoryBytes > left.memoryBytes || nodes > left.nodes) return false
    left.cores -= cores
    left.memoryBytes -= memoryBytes
    left.nodes -= nodes
    return true
  }

  #resourcesOf(node: NodeId, group: NodeGroup | undefined): NodeResources {
    const known = group === undefined ? undefined : this.#byGroup.get(group.id)
    if (known !== undefined) return known
    const { capacityAmounts, resourceWidth } = this.#cluster.state.nodes
    const row = node * resourceWidth
    const resources = {
      cores: Math.ceil(capacityAmounts[row + CPU] / MILLI),
      memoryBytes: capacityAmounts[row + MEMORY],
      nodes: 1,
    }
    if (group !== undefined) this.#byGroup.set(group.id, resources)
    return resources
  }
}
