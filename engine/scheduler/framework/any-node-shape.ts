import type { NodeShape, NodeShapeId, Snapshot } from './snapshot.js'

/**
 * Whether any node so far had a shape of some kind: tainted, cordoned. While none had, a plugin that looks at nothing
 * else leaves the cycle before it meets a single node.
 *
 * Upstream: none; kube-scheduler asks every node.
 * Simplified: nothing known.
 */
export class AnyNodeShape {
  #nodeShapes: Snapshot['nodeShapes']
  #isOne: (shape: NodeShape) => boolean
  #looked = 0
  #found = false

  constructor({ nodeShapes }: Snapshot, isOne: (shape: NodeShape) => boolean) {
    this.#nodeShapes = nodeShapes
    this.#isOne = isOne
  }

  seen(): boolean {
    const { size } = this.#nodeShapes
    while (!this.#found && this.#looked < size) {
      this.#found = this.#isOne(this.#nodeShapes.get(this.#looked++ as NodeShapeId))
    }
    return this.#found
  }
}
