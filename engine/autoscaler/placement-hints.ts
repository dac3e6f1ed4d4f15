/**
 * Places pods one after another, each where it fitted last time if it still does. What was not used for two rounds is
 * forgotten.
 *
 * Upstream: simulator/scheduling/hinting_simulator.go and hints.go of cluster-autoscaler 1.36.1.
 * Simplified: pods of one controller are similar when their templates and labels are the same.
 */
import type { NodeId, PodId } from '../state/ids.js'
import type { ControllerOf } from './controlled-pods.js'
import type { SimulatedCluster } from './simulated-cluster.js'

const ANY_NODE = (): boolean => true

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

  /** Places those that fit somewhere; answers the others. A pod like one that did not fit is not tried. */
  placeMany(pods: readonly PodId[], controllerOf: ControllerOf): PodId[] {
    const { state } = this.#cluster
    const failed = new Set<string>()
    const left: PodId[] = []
    for (const pod of pods) {
      const controller = controllerOf(pod)
      const owner = controller === undefined ? undefined : `${controller.kind} ${controller.name}`
      const key = `${owner} ${state.pods.namespace[pod]} ${state.pods.template[pod]} ${state.pods.labels[pod]}`
      const uid = state.pods.uid[pod]
      let node = this.#tryHint(pod, uid, ANY_NODE)
      if (node === undefined && !(owner !== undefined && failed.has(key))) {
        node = this.#cluster.tryNodes(pod, ANY_NODE)
      }
      if (node === undefined) {
        failed.add(key)
        left.push(pod)
      } else this.#current.set(uid, this.#cluster.nameOf(node))
    }
    return left
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
