/**
 * A cluster to try things out on: nodes and pods that are there or not, under the scheduler's own filters. All that was
 * done after a `fork` is undone by `revert`, in reverse order, from a journal; nothing is copied for it. Nodes are
 * looked through in the order of their names, from behind the last one found.
 *
 * Upstream: simulator/clustersnapshot of cluster-autoscaler 1.36.1: predicate_snapshot.go, plugin_runner.go and
 * store/delta.go; nodes by name, where upstream's order is that of a hash map.
 * Simplified: volumes that a placed pod would have bound are not reserved, as upstream reserves none; devices of claims
 * neither.
 */
import { invariant } from '../kernel/invariant.js'
import type { Labels } from '../model/labels.js'
import { type FilterPlugins, FilterRun } from '../scheduler/framework/filter-run.js'
import { Snapshot } from '../scheduler/framework/snapshot.js'
import type { Rejection } from '../scheduler/framework/status.js'
import { ClusterState } from '../state/cluster-state.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type NodeId,
  type PodId,
  type TaintSetId,
  type TemplateId,
} from '../state/ids.js'

/** A node that exists nowhere: what the next one of a group would be. */
export interface HypotheticalNode {
  readonly name: string
  readonly labels: Labels
  readonly taints: TaintSetId
  readonly unschedulable: boolean
  /** By resource name, in the units of the resource registry. */
  readonly capacity: Readonly<Record<string, number>>
  readonly allocatable: Readonly<Record<string, number>>
  readonly declaredFeatures?: ReadonlySet<string> | undefined
  readonly images?: ReadonlyMap<string, number> | undefined
}

/** A pod that exists nowhere, for example the one a DaemonSet would place on a new node. */
export interface HypotheticalPod {
  readonly namespace: NamespaceId
  readonly name: string
  readonly template: TemplateId
  readonly labels: LabelSetId
  readonly priority: number
}

/** What a journal entry undoes. */
const Undo = { AddPod: 0, RemovePod: 1, AddNode: 2, RemoveNode: 3, Taints: 4, CreatePod: 5 } as const
/** Numbers an entry has: what, pod or node, node or value, place. */
const ENTRY = 4

export class SimulatedCluster {
  readonly state: ClusterState
  readonly snapshot: Snapshot
  readonly #run: FilterRun
  /** Nodes by name, and each node's pods in the order they came. */
  readonly #nodes: NodeId[] = []
  readonly #pods: PodId[][] = []
  readonly #journal: number[] = []
  readonly #forks: number[] = []
  #candidates = new Int32Array(64)
  #places = new Int32Array(64)
  /** Place of the node that was found last. */
  #lastPlace = 0

  constructor(original: ClusterState, plugins: (snapshot: Snapshot) => FilterPlugins) {
    this.state = new ClusterState(undefined, original)
    this.snapshot = new Snapshot(this.state)
    this.#run = new FilterRun(this.snapshot, plugins(this.snapshot))
  }

  /** Nodes in the order of their names. */
  get nodes(): readonly NodeId[] {
    return this.#nodes
  }

  /** Makes a row of the node table one of the nodes. For those who fill the cluster. */
  list(node: NodeId): void {
    this.snapshot.putNode(node)
    this.#nodes.splice(this.#placeOf(node), 0, node)
  }

  /** Undoes {@link list}; the node has no pods any more. */
  unlist(node: NodeId): void {
    this.snapshot.removeNode(node)
    this.#nodes.splice(this.#placeOf(node), 1)
  }

  /** The pods on a node, in the order they came. */
  podsOn(node: NodeId): readonly PodId[] {
    return this.#pods[node] ?? []
  }

  nameOf(node: NodeId): string {
    return this.state.nodes.name[node] as string
  }

  isListed(node: NodeId): boolean {
    return this.snapshot.known[node] === 1
  }

  fork(): void {
    this.#forks.push(this.#journal.length)
  }

  /** Keeps what was done since the last fork as part of what was done before it. */
  commit(): void {
    this.#forks.pop()
  }

  revert(): void {
    const length = this.#forks.pop()
    invariant(length !== undefined, 'nothing is reverted without a fork')
    const journal = this.#journal
    while (journal.length > length) {
      const [what, subject, value, place] = journal.splice(journal.length - ENTRY, ENTRY)
      this.#undo(what, subject, value, place)
    }
  }

  /** Adds a node that is not there, without pods. */
  addNode(draft: HypotheticalNode): NodeId {
    const { nodes, resources } = this.state
    for (const name of Object.keys(draft.capacity)) resources.index(name)
    for (const name of Object.keys(draft.allocatable)) resources.index(name)
    const node = nodes.add(draft.name)
    nodes.labels[node] = this.state.labelsId(draft.labels)
    nodes.taints[node] = draft.taints
    nodes.unschedulable[node] = draft.unschedulable ? 1 : 0
    if (draft.images !== undefined) nodes.images[node] = draft.images
    if (draft.declaredFeatures !== undefined) nodes.declaredFeatures[node] = draft.declaredFeatures
    const row = node * nodes.resourceWidth
    for (const [name, amount] of Object.entries(draft.capacity)) {
      nodes.capacityAmounts[row + resources.index(name)] = amount
    }
    for (const [name, amount] of Object.entries(draft.allocatable)) {
      nodes.allocatable[row + resources.index(name)] = amount
    }
    this.list(node)
    this.#note(Undo.AddNode, node, NONE, NONE)
    return node
  }

  /** Adds a pod that is not there, on a node or still without one. */
  addPod(draft: HypotheticalPod, node: NodeId | typeof NONE = NONE): PodId {
    const { pods } = this.state
    const pod = pods.add(draft.namespace, draft.name)
    pods.uid[pod] = this.state.nextUid()
    pods.template[pod] = draft.template
    pods.labels[pod] = draft.labels
    pods.priority[pod] = draft.priority
    this.#note(Undo.CreatePod, pod, NONE, NONE)
    if (node !== NONE) this.place(pod, node)
    return pod
  }

  /** Puts a pod on a node without asking anybody. */
  place(pod: PodId, node: NodeId): void {
    this.#putOn(pod, node)
    this.#note(Undo.AddPod, pod, node, NONE)
  }

  unplace(pod: PodId): void {
    const node = this.snapshot.nodeOf.values[pod] as NodeId
    this.#note(Undo.RemovePod, pod, node, this.#takeOff(pod))
  }

  /** Takes a node out that has no pods any more. */
  removeNode(node: NodeId): void {
    for (const pod of this.podsOn(node).slice()) this.unplace(pod)
    this.unlist(node)
    this.#note(Undo.RemoveNode, node, NONE, NONE)
  }

  setTaints(node: NodeId, taints: TaintSetId): void {
    const { nodes } = this.state
    this.#note(Undo.Taints, node, nodes.taints[node], NONE)
    nodes.taints[node] = taints
    this.snapshot.putNode(node)
  }

  /** Places the pod on the node if the filters let it. */
  tryNode(pod: PodId, node: NodeId): boolean {
    if (!this.#run.begin(pod) || !this.#run.passes(node)) return false
    this.place(pod, node)
    return true
  }

  /** Places the pod on the next acceptable node that the filters let it on; undefined: there is none. */
  tryNodes(pod: PodId, isAcceptable: (node: NodeId) => boolean): NodeId | undefined {
    if (!this.#run.begin(pod)) return undefined
    const { unschedulable } = this.snapshot
    const nodes = this.#nodes
    if (this.#candidates.length < nodes.length) {
      this.#candidates = new Int32Array(nodes.length * 2)
      this.#places = new Int32Array(nodes.length * 2)
    }
    const candidates = this.#candidates
    const places = this.#places
    let count = 0
    for (let i = 0; i < nodes.length; i++) {
      const place = (i + 1 + this.#lastPlace) % nodes.length
      const node = nodes[place]
      if (unschedulable[node] === 1 || !isAcceptable(node)) continue
      places[count] = place
      candidates[count++] = node
    }
    const found = this.#run.firstPassing(candidates, count, 0)
    if (found < 0) return undefined
    this.#lastPlace = places[found]
    const node = candidates[found] as NodeId
    this.place(pod, node)
    return node
  }

  /** Why the last pod was not placed, where one filter said no. */
  get rejection(): Rejection | undefined {
    return this.#run.rejection
  }

  #note(what: number, subject: number, value: number, place: number): void {
    if (this.#forks.length > 0) this.#journal.push(what, subject, value, place)
  }

  #undo(what: number, subject: number, value: number, place: number): void {
    const { nodes, pods } = this.state
    switch (what) {
      case Undo.AddPod:
        this.#takeOff(subject as PodId)
        break
      case Undo.RemovePod:
        this.#putOn(subject as PodId, value as NodeId, place)
        break
      case Undo.AddNode:
        this.unlist(subject as NodeId)
        nodes.removeName(subject as NodeId)
        nodes.reclaim(subject as NodeId)
        break
      case Undo.RemoveNode:
        this.list(subject as NodeId)
        break
      case Undo.Taints:
        nodes.taints[subject] = value
        this.snapshot.putNode(subject as NodeId)
        break
      default:
        pods.removeName(subject as PodId)
        pods.reclaim(subject as PodId)
    }
  }

  #putOn(pod: PodId, node: NodeId, place?: number): void {
    this.snapshot.addPod(pod, node)
    const pods = (this.#pods[node] ??= [])
    if (place === undefined) pods.push(pod)
    else pods.splice(place, 0, pod)
  }

  /** Answers where among the pods of its node it was. */
  #takeOff(pod: PodId): number {
    const pods = this.#pods[this.snapshot.nodeOf.values[pod]]
    this.snapshot.removePod(pod)
    const place = pods.lastIndexOf(pod)
    pods.splice(place, 1)
    return place
  }

  /** Where the node is in the list, or belongs. */
  #placeOf(node: NodeId): number {
    const name = this.nameOf(node)
    let low = 0
    let high = this.#nodes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.nameOf(this.#nodes[middle]) < name) low = middle + 1
      else high = middle
    }
    return low
  }
}
