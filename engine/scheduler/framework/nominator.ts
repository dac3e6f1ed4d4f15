import { NONE, type NodeId, type PodId } from '../../state/ids.js'

/**
 * Which pods have been promised room on which node: nominated by an earlier preemption, or by a binding that waits for
 * volumes. A cycle counts them as present on their node, if they are as important as its own pod.
 *
 * Upstream: pkg/scheduler/backend/queue/nominator.go (1.36).
 * Simplified: nothing known.
 */
export class Nominator {
  #byNode = new Map<NodeId, PodId[]>()
  #nodeOf = new Map<PodId, NodeId>()

  /** Whether there is any nominated pod at all: the common answer is no. */
  get isEmpty(): boolean {
    return this.#nodeOf.size === 0
  }

  nodeOf(pod: PodId): NodeId | typeof NONE {
    return this.#nodeOf.get(pod) ?? NONE
  }

  /** Nominated pods of a node, in the order of nomination. */
  podsOn(node: NodeId): readonly PodId[] {
    return this.#byNode.get(node) ?? []
  }

  add(pod: PodId, node: NodeId): void {
    this.delete(pod)
    this.#nodeOf.set(pod, node)
    const pods = this.#byNode.get(node)
    if (pods === undefined) this.#byNode.set(node, [pod])
    else pods.push(pod)
  }

  delete(pod: PodId): void {
    const node = this.#nodeOf.get(pod)
    if (node === undefined) return
    this.#nodeOf.delete(pod)
    const rest = (this.#byNode.get(node) ?? []).filter(other => other !== pod)
    if (rest.length === 0) this.#byNode.delete(node)
    else this.#byNode.set(node, rest)
  }
}
