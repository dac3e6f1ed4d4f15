/**
 * Waits for nodes: until one is Ready, until it is not, until its object has gone. It looks at nodes as soon
 * as a watch tells of them.
 *
 * Upstream: what tools that upgrade nodes do with a watch of Nodes.
 * Simplified: nothing known.
 */
import { Change, Source } from '../../state/change-log.js'
import { type NodeId, Status } from '../../state/ids.js'
import type { Informer } from '../../state/informer.js'
import type { NodeTable } from '../../state/nodes.js'

interface Waiter {
  readonly uid: number
  readonly wanted: boolean
  readonly then: () => void
}

export class NodeReadiness {
  readonly #nodes: NodeTable
  readonly #waiters = new Map<NodeId, Waiter[]>()

  constructor(nodes: NodeTable, informer: Informer) {
    this.#nodes = nodes
    informer.subscribe(Source.Nodes, Change.NodeReady | Change.Deleted, row => this.#look(row as NodeId))
  }

  /**
   * Calls back when the node is Ready, or not Ready, as wanted, or when its object has gone; at once if it is
   * so now.
   */
  when(node: NodeId, isReady: boolean, then: () => void): void {
    const waiter = { uid: this.#nodes.uid[node], wanted: isReady, then }
    if (this.#isSo(node, waiter)) then()
    else this.#waiters.set(node, [...(this.#waiters.get(node) ?? []), waiter])
  }

  #isSo(node: NodeId, { uid, wanted }: Waiter): boolean {
    const { ready } = this.#nodes
    if (!this.#nodes.exists(node) || this.#nodes.uid[node] !== uid) return true
    return (ready[node] === Status.True) === wanted
  }

  #look(node: NodeId): void {
    const waiters = this.#waiters.get(node)
    if (waiters === undefined) return
    const due = waiters.filter(waiter => this.#isSo(node, waiter))
    const left = waiters.filter(waiter => !due.includes(waiter))
    if (left.length === 0) this.#waiters.delete(node)
    else this.#waiters.set(node, left)
    for (const { then } of due) then()
  }
}
