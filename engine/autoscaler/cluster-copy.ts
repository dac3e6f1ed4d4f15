/**
 * Keeps the nodes and pods of the store in a simulated cluster, under rows of its own. Changed rows are copied again;
 * nothing is copied that has not changed.
 *
 * Upstream: SetClusterState of simulator/clustersnapshot/predicate/predicate_snapshot.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { ClusterState } from '../state/cluster-state.js'
import { type NamespaceId, NONE, type NodeId, type PodId } from '../state/ids.js'
import type { SimulatedCluster } from './simulated-cluster.js'

export class ClusterCopy {
  readonly cluster: SimulatedCluster
  readonly #original: ClusterState
  readonly #nodeOf = new Map<NodeId, NodeId>()
  readonly #originalNodeOf = new Map<NodeId, NodeId>()
  readonly #podOf = new Map<PodId, PodId>()
  readonly #originalPodOf = new Map<PodId, PodId>()

  constructor(original: ClusterState, cluster: SimulatedCluster) {
    this.#original = original
    this.cluster = cluster
  }

  /** The copy of a node or pod, and the original of a copy; undefined: there is none. */
  nodeOf(original: NodeId): NodeId | undefined {
    return this.#nodeOf.get(original)
  }

  podOf(original: PodId): PodId | undefined {
    return this.#podOf.get(original)
  }

  originalNode(copy: NodeId): NodeId | undefined {
    return this.#originalNodeOf.get(copy)
  }

  originalPod(copy: PodId): PodId | undefined {
    return this.#originalPodOf.get(copy)
  }

  /** Takes over a node, or its present columns. */
  putNode(original: NodeId): NodeId {
    const { cluster } = this
    const { nodes } = cluster.state
    const known = this.#nodeOf.get(original)
    const node = known ?? nodes.add(this.#original.nodes.name[original] as string)
    this.#copyNode(original, node)
    if (known === undefined) {
      this.#nodeOf.set(original, node)
      this.#originalNodeOf.set(node, original)
      cluster.list(node)
    } else cluster.snapshot.putNode(node)
    return node
  }

  /** The node is gone. Its pods stay without a node until they are dropped. */
  dropNode(original: NodeId): void {
    const { cluster } = this
    const node = this.#nodeOf.get(original)
    if (node === undefined) return
    for (const pod of cluster.podsOn(node).slice()) cluster.unplace(pod)
    cluster.unlist(node)
    this.#nodeOf.delete(original)
    this.#originalNodeOf.delete(node)
    cluster.state.nodes.removeName(node)
    cluster.state.nodes.reclaim(node)
  }

  /** Takes over a pod with its present columns; it counts on its node, if that has been taken over. */
  putPod(original: PodId): PodId {
    const { cluster } = this
    const { snapshot } = cluster
    const { pods } = cluster.state
    const pod = this.#podOf.get(original) ?? this.#addPod(original)
    const wasTerminating = pods.isTerminating(pod)
    const isResized = pods.template[pod] !== this.#original.pods.template[original]
    if (isResized && snapshot.nodeOf.values[pod] !== NONE) cluster.unplace(pod)
    this.#copyPod(original, pod)
    const node = this.#nodeOf.get(this.#original.pods.node[original] as NodeId)
    const at = snapshot.nodeOf.values[pod]
    if (at !== NONE && at !== node) cluster.unplace(pod)
    if (node !== undefined && at !== node) cluster.place(pod, node)
    else if (at !== NONE && at === node && !wasTerminating && pods.isTerminating(pod))
      snapshot.markTerminating(pod)
    return pod
  }

  dropPod(original: PodId): void {
    const { cluster } = this
    const pod = this.#podOf.get(original)
    if (pod === undefined) return
    if (cluster.snapshot.nodeOf.values[pod] !== NONE) cluster.unplace(pod)
    this.#podOf.delete(original)
    this.#originalPodOf.delete(pod)
    cluster.state.pods.removeName(pod)
    cluster.state.pods.reclaim(pod)
  }

  #addPod(original: PodId): PodId {
    const from = this.#original.pods
    const { pods } = this.cluster.state
    const pod = pods.add(from.namespace[original] as NamespaceId, from.name[original] as string)
    this.#podOf.set(original, pod)
    this.#originalPodOf.set(pod, original)
    return pod
  }

  #copyPod(original: PodId, pod: PodId): void {
    const from = this.#original.pods
    const { pods } = this.cluster.state
    pods.uid[pod] = from.uid[original]
    pods.createdAt[pod] = from.createdAt[original]
    pods.template[pod] = from.template[original]
    pods.labels[pod] = from.labels[original]
    pods.owner[pod] = from.owner[original]
    pods.priority[pod] = from.priority[original]
    pods.phase[pod] = from.phase[original]
    pods.deletionAt[pod] = from.deletionAt[original]
  }

  #copyNode(original: NodeId, node: NodeId): void {
    const from = this.#original.nodes
    const { nodes } = this.cluster.state
    nodes.uid[node] = from.uid[original]
    nodes.labels[node] = from.labels[original]
    nodes.taints[node] = from.taints[original]
    nodes.unschedulable[node] = from.unschedulable[original]
    nodes.ready[node] = from.ready[original]
    nodes.hasConditions[node] = from.hasConditions[original]
    nodes.diskPressure[node] = from.diskPressure[original]
    nodes.networkUnavailable[node] = from.networkUnavailable[original]
    const images = from.images[original]
    if (images !== undefined) nodes.images[node] = images
    const features = from.declaredFeatures[original]
    if (features !== undefined) nodes.declaredFeatures[node] = features
    const width = nodes.resourceWidth
    for (let r = 0; r < from.resourceWidth; r++) {
      nodes.capacityAmounts[node * width + r] = from.capacityAmounts[original * from.resourceWidth + r]
      nodes.allocatable[node * width + r] = from.allocatable[original * from.resourceWidth + r]
    }
  }
}
