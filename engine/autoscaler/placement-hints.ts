/**
 * Places pods one after another, each where it fitted last time if it still does. What was not used for two rounds is
 * forgotten.
 *
 * Upstream: simulator/scheduling/hinting_simulator.go and hints.go of cluster-autoscaler 1.36.1.
 * Simplified: similar pods are not remembered as unschedulable, as every caller stops at the first failure.
 */
import type { NodeId, PodId } from '../state/ids.js'
import type { SimulatedCluster } from './simulated-cluster.js'

export class PlacementHints {
  readonly #cluster: SimulatedCluster
  /** Names of nodes by the UID of a pod. */
  #current = new Map<number, string>()
  #old = new Map<number, string>()

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
  }

  /** Answers how many pods found a place before the first that did not. */
  placeAll(pods: readonly PodId[], isAcceptable: (node: NodeId) => boolean): number {
    for (let i = 0; i < pods.length; i++) {
      const pod = pods[i]
      const uid = this.#cluster.state.pods.uid[pod]
      const node = this.#tryHint(pod, uid, isAcceptable) ?? this.#cluster.tryNodes(pod, isAcceptable)
      if (node === undefined) return i
      this.#current.set(uid, this.#cluster.nameOf(node))
    }
    return pods.length
  }

  dropOld(): void {
    this.#old = this.#current
    this.#current = new Map()
  }

  #tryHint(pod: PodId, uid: number, isAcceptable: (node: NodeId) => boolean): NodeId | undefined {
    const name = this.#current.get(uid) ?? this.#old.get(uid)
    if (name === undefined) return undefined
    const node = this.#cluster.state.nodes.find(name)
    if (node === undefined || !this.#cluster.isListed(node) || !isAcceptable(node)) return undefined
    return this.#cluster.tryNode(pod, node) ? node : undefined
  }
}
