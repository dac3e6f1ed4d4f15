import type { SimTime } from '../kernel/time.js'
import { Change } from '../state/change-log.js'
import { type LabelSetId, NONE, type NodeId, type PodId, type TaintSetId } from '../state/ids.js'
import { Action, type NodeVersion } from './framework/interface.js'
import type { Snapshot } from './framework/snapshot.js'
import { isKnownNode, nodeChanges } from './node-changes.js'
import type { NodeOrder } from './node-order.js'
import type { SchedulingQueue } from './queue/scheduling-queue.js'

export interface NodeEventSettings {
  readonly snapshot: Snapshot
  readonly order: NodeOrder
  readonly queue: SchedulingQueue
}

/** Changes that show in the scheduler's own copy of a node. */
const COPIED = Change.Labels | Change.Taints | Change.Unschedulable | Change.Allocatable | Change.Images

/**
 * Nodes as the scheduler hears of them: into its copy and the order of the search, then to the queue.
 *
 * Upstream: addNodeToCache, updateNodeInCache and deleteNodeFromCache of pkg/scheduler/eventhandlers.go (1.36).
 * Simplified: pods of a node that is gone count nowhere; upstream keeps them in case a node of that name comes back.
 */
export class NodeEvents {
  static readonly FIELDS: number =
    COPIED | Change.Added | Change.Deleted | Change.NodeReady | Change.Pressure | Change.Annotations
  readonly #snapshot: Snapshot
  readonly #order: NodeOrder
  readonly #queue: SchedulingQueue

  constructor({ snapshot, order, queue }: NodeEventSettings) {
    this.#snapshot = snapshot
    this.#order = order
    this.#queue = queue
  }

  handle(node: NodeId, fields: number, now: SimTime): void {
    const isKnown = isKnownNode(this.#snapshot, node)
    if ((fields & Change.Deleted) !== 0) {
      if (isKnown) this.#remove(node, now)
    } else if (isKnown) this.#update(node, fields, now)
    else this.#add(node, now)
  }

  #add(node: NodeId, now: SimTime): void {
    this.#snapshot.putNode(node)
    this.#order.add(node, this.#snapshot.labels[node] as LabelSetId)
    if (!this.#queue.isAwaited('Node', Action.Add)) return
    const newNode = this.#version(node)
    this.#queue.moveAll({ resource: 'Node', action: Action.Add, node, newNode }, now)
  }

  #update(node: NodeId, fields: number, now: SimTime): void {
    const action = nodeChanges(this.#snapshot, node, fields)
    const isAwaited = action !== 0 && this.#queue.isAwaited('Node', action)
    const oldNode = isAwaited ? this.#version(node) : undefined
    if ((fields & COPIED) !== 0) {
      this.#snapshot.putNode(node)
      this.#order.update(node, this.#snapshot.labels[node] as LabelSetId)
    }
    if (oldNode === undefined) return
    const newNode = this.#version(node)
    this.#queue.moveAll({ resource: 'Node', action, node, oldNode, newNode }, now)
  }

  /** Pods hear of it before the node leaves the copy. */
  #remove(node: NodeId, now: SimTime): void {
    if (this.#queue.isAwaited('Node', Action.Delete)) {
      const oldNode = this.#version(node)
      this.#queue.moveAll({ resource: 'Node', action: Action.Delete, node, oldNode }, now)
    }
    const { firstPod } = this.#snapshot
    while (firstPod[node] !== NONE) this.#snapshot.removePod(firstPod[node] as PodId)
    this.#snapshot.removeNode(node)
    this.#order.remove(node)
  }

  #version(node: NodeId): NodeVersion {
    const { labels, taints, unschedulable, allocatable, width } = this.#snapshot
    return {
      labels: labels[node] as LabelSetId,
      taints: taints[node] as TaintSetId,
      unschedulable: unschedulable[node] === 1,
      allocatable: allocatable.slice(node * width, (node + 1) * width),
    }
  }
}
