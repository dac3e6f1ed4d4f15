import { zoneKeyOf } from '../model/zone-key.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { LabelSetId, NodeId } from '../state/ids.js'

/**
 * The order in which nodes are searched: one node of each zone in turn, zones by first appearance, nodes of a zone by
 * arrival. A zone that has lost its last node goes to the end when it comes back.
 *
 * Upstream: pkg/scheduler/backend/cache/node_tree.go (1.36).
 * Simplified: nothing known.
 */
export class NodeOrder {
  #state: ClusterState
  #zones = new Map<string, NodeId[]>()
  #zoneOf = new Map<NodeId, string>()
  #order = new Int32Array(16)
  /** By node id: where it stands in the order. */
  #places = new Int32Array(16)
  #stale = false
  /** Where the next search starts: one place for all profiles, as upstream has one nextStartNodeIndex. */
  searchStart = 0

  constructor(state: ClusterState) {
    this.#state = state
  }

  get count(): number {
    return this.#zoneOf.size
  }

  add(node: NodeId, labels: LabelSetId): void {
    const zone = this.#zoneKey(labels)
    const nodes = this.#zones.get(zone)
    if (nodes === undefined) this.#zones.set(zone, [node])
    else nodes.push(node)
    this.#zoneOf.set(node, zone)
    this.#stale = true
  }

  remove(node: NodeId): void {
    const zone = this.#zoneOf.get(node)
    if (zone === undefined) return
    this.#zoneOf.delete(node)
    const nodes = this.#zones.get(zone) ?? []
    nodes.splice(nodes.indexOf(node), 1)
    if (nodes.length === 0) this.#zones.delete(zone)
    this.#stale = true
  }

  /** A node whose zone labels changed moves to its new zone's end. */
  update(node: NodeId, labels: LabelSetId): void {
    if (this.#zoneOf.get(node) === this.#zoneKey(labels)) return
    this.remove(node)
    this.add(node, labels)
  }

  /** Node ids in order; the first `count` entries hold. Made anew only after a change of the nodes. */
  ids(): Int32Array {
    if (this.#stale) this.#interleave()
    return this.#order
  }

  /** Puts nodes of the order into their order. */
  sort(nodes: NodeId[]): NodeId[] {
    if (nodes.length < 2) return nodes
    if (this.#stale) this.#interleave()
    const places = this.#places
    return nodes.sort((a, b) => places[a] - places[b])
  }

  #interleave(): void {
    const total = this.#zoneOf.size
    if (this.#order.length < total) this.#order = new Int32Array(Math.ceil(total * 1.5))
    const zones = [...this.#zones.values()]
    let filled = 0
    for (let turn = 0; filled < total; turn++) {
      for (const nodes of zones) if (turn < nodes.length) this.#order[filled++] = nodes[turn]
    }
    let highest = 0
    for (let i = 0; i < total; i++) highest = Math.max(highest, this.#order[i])
    if (this.#places.length <= highest) this.#places = new Int32Array(Math.ceil((highest + 1) * 1.5))
    for (let i = 0; i < total; i++) this.#places[this.#order[i]] = i
    this.#stale = false
  }

  #zoneKey(labelsId: LabelSetId): string {
    return zoneKeyOf(this.#state.labelSets.get(labelsId))
  }
}
