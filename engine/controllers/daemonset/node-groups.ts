/**
 * Pods of a DaemonSet by the node they are on or pinned to, in columns: with thousands of nodes a list for each of
 * them at every step of a sync would be most of the work.
 *
 * Upstream: getNodesToDaemonPods of pkg/controller/daemon/daemon_controller.go (1.36).
 * Simplified: nothing known.
 */
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId } from '../../state/ids.js'
import type { PinnedNodes } from './daemon-template.js'

/** What stands for a pod where there are several. */
export const SEVERAL = -2

const END = -1

export class NodeGroups {
  readonly #state: ClusterState
  readonly #pods: readonly PodId[]
  readonly #pinned: PinnedNodes
  /** By group: its first and last pod, as places in the list. */
  readonly #first: Int32Array
  readonly #last: Int32Array
  /** By place in the list: the next pod of the group. */
  readonly #next: Int32Array
  /** Groups by node, and by name those of nodes that are not there. */
  readonly #ofNode: Int32Array
  readonly #strays = new Map<string, number>()
  /** By group: its node, NONE where that is not there. */
  readonly #node: Int32Array
  /** Groups count from 0 in order of their first pods. */
  count = 0

  /** @param pods in order; terminal pods that are being deleted are left out, and those that no node is named for */
  constructor(state: ClusterState, pods: readonly PodId[], pinned: PinnedNodes) {
    this.#state = state
    this.#pinned = pinned
    this.#pods = pods
    this.#first = new Int32Array(pods.length)
    this.#last = new Int32Array(pods.length)
    this.#next = new Int32Array(pods.length).fill(END)
    this.#node = new Int32Array(pods.length)
    this.#ofNode = new Int32Array(state.nodes.highWater).fill(END)
    this.#group()
  }

  #group(): void {
    const { pods, nodes } = this.#state
    const { node: nodeOf, phase } = pods
    const { deletedSequence } = nodes
    const list = this.#pods
    const first = this.#first
    const last = this.#last
    const groupNode = this.#node
    const ofNode = this.#ofNode
    for (let place = 0; place < list.length; place++) {
      const pod = list[place]
      const node = nodeOf[pod]
      const isPlain = node !== NONE && deletedSequence[node] === 0 && phase[pod] === Phase.Running
      // Nearly all pods run, alone on their nodes.
      if (!isPlain || ofNode[node] !== END) this.#add(place)
      else {
        const group = this.count++
        first[group] = place
        last[group] = place
        groupNode[group] = node
        ofNode[node] = group
      }
    }
  }

  /** The group of a node, or -1. */
  of(node: NodeId): number {
    return this.#ofNode[node]
  }

  /** The node of a group; NONE where there is none of that name. */
  nodeOf(group: number): NodeId {
    return this.#node[group] as NodeId
  }

  /** The one pod of the group, or {@link SEVERAL}. */
  only(group: number): PodId | typeof SEVERAL {
    const first = this.#first[group]
    return first === this.#last[group] ? this.#pods[first] : SEVERAL
  }

  pods(group: number): PodId[] {
    const found: PodId[] = []
    for (let at = this.#first[group]; at !== END; at = this.#next[at]) found.push(this.#pods[at])
    return found
  }

  #add(place: number): void {
    const { pods, nodes } = this.#state
    const pod = this.#pods[place]
    if (pods.isFinished(pod) && pods.isTerminating(pod)) return
    let node: NodeId | undefined = pods.nodeOf(pod)
    if (node === NONE || !nodes.exists(node)) {
      const name = this.#nameFor(pod)
      if (name === undefined) return
      node = nodes.find(name)
      if (node === undefined) {
        this.#strays.set(name, this.#put(place, this.#strays.get(name) ?? END, NONE as NodeId))
        return
      }
    }
    this.#ofNode[node] = this.#put(place, this.#ofNode[node], node)
  }

  #nameFor(pod: PodId): string | undefined {
    const { pods, nodes } = this.#state
    const node = pods.nodeOf(pod)
    return node === NONE ? this.#pinned.of(pods.templateOf(pod)) : nodes.name[node]
  }

  #put(place: number, known: number, node: NodeId): number {
    if (known === END) {
      const group = this.count++
      this.#first[group] = place
      this.#last[group] = place
      this.#node[group] = node
      return group
    }
    this.#next[this.#last[known]] = place
    this.#last[known] = place
    return known
  }
}
