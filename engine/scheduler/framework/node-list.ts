import type { NodeId } from '../../state/ids.js'
import type { RejectionId } from './status.js'

/**
 * The nodes a cycle still considers. A filter narrows it in place: it keeps the ids that pass in their order, shortens
 * `length`, and leaves for every other one its rejection in `reason`.
 *
 * Upstream: NodeToStatus of pkg/scheduler/framework/types.go (1.36).
 * Simplified: nothing known.
 */
export class NodeList {
  ids: Int32Array
  length = 0
  /** By node id: why it was rejected in this cycle. */
  reason: Int32Array

  /** @param capacity nodes it can hold, and one more than the largest node id. */
  constructor(capacity: number) {
    this.ids = new Int32Array(capacity)
    this.reason = new Int32Array(capacity)
  }

  ensure(capacity: number): void {
    if (this.ids.length >= capacity) return
    const ids = new Int32Array(capacity)
    ids.set(this.ids)
    this.ids = ids
    // Lists may share their reasons, which then have room for the largest of them.
    if (this.reason.length >= capacity) return
    const reason = new Int32Array(capacity)
    reason.set(this.reason)
    this.reason = reason
  }
}

/**
 * A filter from a function of one node: for plugins that do not need speed. The function answers 0 to keep the node
 * or the id of its rejection.
 */
export function eachNode(nodes: NodeList, judge: (node: NodeId) => RejectionId | 0): void {
  let kept = 0
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes.ids[i] as NodeId
    const rejection = judge(node)
    if (rejection === 0) nodes.ids[kept++] = node
    else nodes.reason[node] = rejection
  }
  nodes.length = kept
}
