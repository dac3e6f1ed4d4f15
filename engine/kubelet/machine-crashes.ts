/**
 * Machines that are down: which pods each of them ran, so that its kubelet knows what it finds ended when it boots.
 *
 * Upstream: what happens to real machines; SyncPod of pkg/kubelet/kuberuntime/kuberuntime_manager.go (1.36) for what
 * a kubelet does that finds its containers gone.
 * Simplified: images and volumes on the machine survive.
 */

import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../state/ids.js'

interface PodOfNode {
  readonly pod: PodId
  readonly uid: number
}

export class MachineCrashes {
  readonly #state: ClusterState
  readonly #ran = new Map<NodeId, readonly PodOfNode[]>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** The machine goes down; `end` is told of each of its pods. */
  crash(node: NodeId, end: (pod: PodId) => void): void {
    const { pods, nodes } = this.#state
    nodes.isDown[node] = 1
    const ran: PodOfNode[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      const pod = row as PodId
      end(pod)
      ran.push({ pod, uid: pods.uid[pod] })
    }
    this.#ran.set(node, ran)
  }

  /** The machine is up again: those of its pods that are still there and have not finished, each told once. */
  booted(node: NodeId): PodId[] {
    const { pods, nodes } = this.#state
    nodes.isDown[node] = 0
    const ran = this.#ran.get(node) ?? []
    this.#ran.delete(node)
    return ran
      .filter(({ pod, uid }) => pods.exists(pod) && pods.uid[pod] === uid && !pods.isFinished(pod))
      .map(({ pod }) => pod)
  }

  /** The Node object has gone. */
  forget(node: NodeId): void {
    this.#ran.delete(node)
  }
}
