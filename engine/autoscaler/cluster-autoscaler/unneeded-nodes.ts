/**
 * The nodes that were found unneeded, since when, and which of them may go now.
 *
 * Upstream: core/scaledown/unneeded/nodes.go of cluster-autoscaler 1.36.1; nodes by name, where upstream's order is
 * that of a hash map.
 * Simplified: times found on taints of an earlier autoscaler are not taken over.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NodeId } from '../../state/ids.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import { type ClusterFacts, isNodeReady } from './eligibility.js'
import { type NodeToBeRemoved, type UnremovableNode, UnremovableReason } from './removal-simulator.js'
import type { ResourceTracker } from './resource-limits.js'

export interface UnneededTimes {
  readonly scaleDownUnneededTime: SimTime
  readonly scaleDownUnreadyTime: SimTime
}

interface Unneeded {
  readonly found: NodeToBeRemoved
  readonly since: SimTime
  /** How long it must have been unneeded. */
  readonly threshold: SimTime
}

export interface Removable {
  readonly empty: readonly NodeToBeRemoved[]
  readonly needDrain: readonly NodeToBeRemoved[]
  readonly unremovable: readonly UnremovableNode[]
}

export class UnneededNodes {
  readonly #cluster: SimulatedCluster
  readonly #facts: ClusterFacts
  readonly #times: UnneededTimes
  #byNode = new Map<NodeId, Unneeded>()

  constructor(cluster: SimulatedCluster, facts: ClusterFacts, times: UnneededTimes) {
    this.#cluster = cluster
    this.#facts = facts
    this.#times = times
  }

  get size(): number {
    return this.#byNode.size
  }

  get nodes(): Iterable<NodeId> {
    return this.#byNode.keys()
  }

  /** Those found now, in place of those found before; one that was found before stays unneeded since then. */
  update(found: readonly NodeToBeRemoved[], now: SimTime): void {
    const { scaleDownUnneededTime, scaleDownUnreadyTime } = this.#times
    const updated = new Map<NodeId, Unneeded>()
    for (const removal of found) {
      const { node } = removal
      const threshold = isNodeReady(this.#cluster, node) ? scaleDownUnneededTime : scaleDownUnreadyTime
      updated.set(node, { found: removal, since: this.#byNode.get(node)?.since ?? now, threshold })
    }
    this.#byNode = updated
  }

  clear(): void {
    this.#byNode.clear()
  }

  forget(node: NodeId): void {
    this.#byNode.delete(node)
  }

  /** Which may go at a time: empty ones first, minimum sizes and limits taken up node by node. */
  removableAt(now: SimTime, limits: ResourceTracker, deletionsIn: (group: string) => number): Removable {
    const sizes = new Map(this.#facts.groups.all.map(({ id, targetSize }) => [id, targetSize]))
    const result = {
      empty: [] as NodeToBeRemoved[],
      needDrain: [] as NodeToBeRemoved[],
      unremovable: [] as UnremovableNode[],
    }
    const byName = [...this.#byNode.values()].sort((a, b) => this.#byName(a.found.node, b.found.node))
    for (const isEmpty of [true, false]) {
      for (const unneeded of byName) {
        const { node, podsToReschedule } = unneeded.found
        if ((podsToReschedule.length === 0) !== isEmpty) continue
        const reason = this.#reasonAgainst(unneeded, now, limits, sizes, deletionsIn)
        if (reason !== undefined) result.unremovable.push({ node, reason })
        else if (isEmpty) result.empty.push(unneeded.found)
        else result.needDrain.push(unneeded.found)
      }
    }
    return result
  }

  /** When the first that is still waiting will have waited long enough: a moment after its time is over. */
  nextRemovable(now: SimTime): SimTime | undefined {
    let next: SimTime | undefined
    for (const { since, threshold } of this.#byNode.values()) {
      const at = since + threshold + 1
      if (at > now && (next === undefined || at < next)) next = at
    }
    return next
  }

  #reasonAgainst(
    { found: { node }, since, threshold }: Unneeded,
    now: SimTime,
    limits: ResourceTracker,
    sizes: Map<string, number>,
    deletionsIn: (group: string) => number,
  ): UnremovableReason | undefined {
    if (this.#facts.isScaleDownDisabled(node)) return UnremovableReason.ScaleDownDisabledAnnotation
    if (threshold > 0 && since + threshold >= now) {
      const isReady = isNodeReady(this.#cluster, node)
      return isReady ? UnremovableReason.NotUnneededLongEnough : UnremovableReason.NotUnreadyLongEnough
    }
    const group = this.#facts.groups.of(node)
    if (group === undefined) return UnremovableReason.NotAutoscaled
    const size = sizes.get(group.id) ?? 0
    if (size - deletionsIn(group.id) <= group.minSize) return UnremovableReason.NodeGroupMinSizeReached
    if (!limits.consume(node)) return UnremovableReason.MinimalResourceLimitExceeded
    sizes.set(group.id, size - 1)
    return undefined
  }

  #byName(a: NodeId, b: NodeId): number {
    return this.#cluster.nameOf(a) < this.#cluster.nameOf(b) ? -1 : 1
  }
}
