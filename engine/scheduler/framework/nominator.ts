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
  #marks = new Uint8Array(16)
  #versions = new Int32Array(16)

  /** Whether there is any nominated pod at all: the common answer is no. */
  get isEmpty(): boolean {
    return this.#nodeOf.size === 0
  }

  /** By node id: 1 where any pod is nominated; a node beyond the end has none. */
  get marks(): Uint8Array {
    return this.#marks
  }

  /** By node id: counts up with every nomination there that comes or goes; a node beyond the end has had none. */
  get versions(): Int32Array {
    return this.#versions
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
    this.#changed(node, 1)
    const pods = this.#byNode.get(node)
    if (pods === undefined) this.#byNode.set(node, [pod])
    else pods.push(pod)
  }

  delete(pod: PodId): void {
    const node = this.#nodeOf.get(pod)
    if (node === undefined) return
    this.#nodeOf.delete(pod)
    const rest = (this.#byNode.get(node) ?? []).filter(other => other !== pod)
    if (rest.length > 0) this.#byNode.set(node, rest)
    else this.#byNode.delete(node)
    this.#changed(node, rest.length > 0 ? 1 : 0)
  }

  /** Makes room for so many nodes. */
  ensure(nodes: number): void {
    if (nodes <= this.#marks.length) return
    const capacity = Math.ceil(nodes * 1.5)
    const marks = new Uint8Array(capacity)
    marks.set(this.#marks)
    this.#marks = marks
    const versions = new Int32Array(capacity)
    versions.set(this.#versions)
    this.#versions = versions
  }

  #changed(node: NodeId, mark: 0 | 1): void {
    this.ensure(node + 1)
    this.#marks[node] = mark
    this.#versions[node]++
  }
}
