import type { Labels } from '../../model/pod-spec.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId, type PodId, type TaintSetId } from '../../state/ids.js'
import { Interner } from '../../state/interner.js'
import type { AttachedColumn } from '../../state/table.js'
import { type PodShape, PodShapes } from './pod-shape.js'

export type NodeShapeId = number & { readonly brand: 'NodeShapeId' }

/** What nodes of one pool have in common for the scheduler: all labels but the hostname, taints, the cordon. */
export interface NodeShape {
  readonly labels: Labels
  readonly taints: TaintSetId
  readonly unschedulable: boolean
}

/** Told of every change of the snapshot, so that a plugin can keep counts instead of recounting. */
export interface SnapshotListener {
  /** The pod now counts on the node: bound, or assumed there. */
  podAdded?(pod: PodId, shape: PodShape, node: NodeId): void
  podRemoved?(pod: PodId, shape: PodShape, node: NodeId): void
  /** The pod is being deleted. It stays on the node until it is gone; a pod added later may be so from the start. */
  podTerminating?(pod: PodId, shape: PodShape, node: NodeId): void
  nodeAdded?(node: NodeId): void
  /** Labels, taints, cordon, amounts or images changed; called after the columns have their new values. */
  nodeUpdated?(node: NodeId, oldLabels: LabelSetId): void
  nodeRemoved?(node: NodeId): void
}

const POD_METHODS = ['podAdded', 'podRemoved', 'podTerminating'] as const
type PodMethod = (typeof POD_METHODS)[number]

const HOSTNAME = 'kubernetes.io/hostname'

/**
 * The scheduler's own view of the cluster, in columns by node id: what it has been told by its informer, and the pods
 * it assumes on nodes before the API server knows. Plugins read the columns; {@link Snapshot.overlay} is one row more
 * that looks like a node and is not listed: the dry run of preemption and the pass with nominated pods are made there,
 * so plugins run on it unchanged.
 *
 * Upstream: pkg/scheduler/backend/cache and framework/types.go NodeInfo (1.36).
 * Simplified: nothing known.
 */
export class Snapshot {
  readonly state: ClusterState
  readonly shapes: PodShapes
  #capacity = 0
  #width: number
  /** 1 where the row is a node that the scheduler knows. */
  known: Uint8Array = new Uint8Array(0)
  /** Amounts by resource column, at `node * width + resource`. */
  allocatable: Float64Array = new Float64Array(0)
  requested: Float64Array = new Float64Array(0)
  /** Requests with the score's defaults. */
  scoredMilliCPU: Float64Array = new Float64Array(0)
  scoredMemoryBytes: Float64Array = new Float64Array(0)
  podCount: Int32Array = new Int32Array(0)
  labels: Int32Array = new Int32Array(0)
  taints: Int32Array = new Int32Array(0)
  unschedulable: Uint8Array = new Uint8Array(0)
  shape: Int32Array = new Int32Array(0)
  /** Counts up from 1 with every change of the row: what follows from the row alone holds while it stays. */
  rowVersion: Int32Array = new Int32Array(0)
  /** Head of the list of pods on the node; follow `nextPod.values`. */
  firstPod: Int32Array = new Int32Array(0)
  readonly nextPod: AttachedColumn<Int32Array>
  readonly previousPod: AttachedColumn<Int32Array>
  /** The node a pod counts on here, NONE if none. */
  readonly nodeOf: AttachedColumn<Int32Array>
  /** The shape under which the pod was counted: NONE while it is not. */
  readonly shapeOfCounted: AttachedColumn<Int32Array>
  readonly nodeShapes = new Interner<NodeShapeId, NodeShape>()
  /** Counts up with every change; a result found at one generation holds while it stays. */
  generation = 0
  readonly #byName = new Map<string, NodeId>()
  #withoutHostname: (LabelSetId | undefined)[] = []
  #listeners: SnapshotListener[] = []
  /** Those with a method for each change of a pod: to ask every listener for one that few have is dear. */
  readonly #ofPods: Record<PodMethod, SnapshotListener[]> = {
    podAdded: [],
    podRemoved: [],
    podTerminating: [],
  }

  constructor(state: ClusterState) {
    this.state = state
    this.shapes = new PodShapes(state)
    this.#width = state.resources.width
    this.nextPod = state.pods.attach(Int32Array, NONE)
    this.previousPod = state.pods.attach(Int32Array, NONE)
    this.nodeOf = state.pods.attach(Int32Array, NONE)
    this.shapeOfCounted = state.pods.attach(Int32Array, NONE)
    this.#ensure(16)
    state.resources.onGrowth(width => this.#widen(width))
  }

  get width(): number {
    return this.#width
  }

  /** Rows there are, the overlay included: what a plugin's own columns by node need. */
  get rows(): number {
    return this.#capacity + 1
  }

  /** The spare row. */
  get overlay(): NodeId {
    return this.#capacity as NodeId
  }

  listen(listener: SnapshotListener): void {
    this.#listeners.push(listener)
    for (const method of POD_METHODS) if (listener[method] !== undefined) this.#ofPods[method].push(listener)
  }

  /** Takes over the node's columns from the store: a new node, or a change of an old one. */
  putNode(node: NodeId): void {
    this.#ensure(node + 1)
    const { nodes } = this.state
    const isNew = this.known[node] === 0
    const oldLabels = this.labels[node] as LabelSetId
    if (isNew) {
      this.#clearRow(node)
      this.#byName.set(nodes.name[node] as string, node)
    }
    this.known[node] = 1
    this.labels[node] = nodes.labels[node]
    this.taints[node] = nodes.taints[node]
    this.unschedulable[node] = nodes.unschedulable[node]
    this.shape[node] = this.#shapeId(node)
    this.rowVersion[node]++
    const from = node * nodes.resourceWidth
    for (let r = 0; r < this.#width; r++) {
      this.allocatable[node * this.#width + r] = nodes.allocatable[from + r]
    }
    this.generation++
    for (const listener of this.#listeners) {
      if (isNew) listener.nodeAdded?.(node)
      else listener.nodeUpdated?.(node, oldLabels)
    }
  }

  /** Forgets the node; its pods must have been taken off before. */
  removeNode(node: NodeId): void {
    this.known[node] = 0
    this.#byName.delete(this.nameOf(node))
    this.generation++
    for (const listener of this.#listeners) listener.nodeRemoved?.(node)
  }

  /** Counts the pod on the node. */
  addPod(pod: PodId, node: NodeId): void {
    const shape = this.shapes.of(pod)
    this.#charge(shape, node, 1)
    const first = this.firstPod[node]
    this.nextPod.values[pod] = first
    this.previousPod.values[pod] = NONE
    if (first !== NONE) this.previousPod.values[first] = pod
    this.firstPod[node] = pod
    this.nodeOf.values[pod] = node
    this.shapeOfCounted.values[pod] = shape.id
    this.generation++
    for (const listener of this.#ofPods.podAdded) listener.podAdded?.(pod, shape, node)
  }

  /** Takes the pod off the node it counts on, under the shape it was counted with. */
  removePod(pod: PodId): void {
    const node = this.nodeOf.values[pod] as NodeId
    const shape = this.shapes.get(this.shapeOfCounted.values[pod] as PodShape['id'])
    this.#charge(shape, node, -1)
    const next = this.nextPod.values[pod]
    const previous = this.previousPod.values[pod]
    if (previous === NONE) this.firstPod[node] = next
    else this.nextPod.values[previous] = next
    if (next !== NONE) this.previousPod.values[next] = previous
    this.nodeOf.values[pod] = NONE
    this.shapeOfCounted.values[pod] = NONE
    this.generation++
    for (const listener of this.#ofPods.podRemoved) listener.podRemoved?.(pod, shape, node)
  }

  /** A counted pod is being deleted: it keeps its place, but is no longer spread against. */
  markTerminating(pod: PodId): void {
    const node = this.nodeOf.values[pod] as NodeId
    const shape = this.shapes.get(this.shapeOfCounted.values[pod] as PodShape['id'])
    this.generation++
    for (const listener of this.#ofPods.podTerminating) listener.podTerminating?.(pod, shape, node)
  }

  /** What a plugin keeps of the row beside these columns has changed. */
  rowChanged(node: NodeId): void {
    this.rowVersion[node]++
    this.generation++
  }

  /** Makes the overlay row a copy of a node, pods not linked: the caller adds and takes off amounts. */
  copyToOverlay(node: NodeId): void {
    const overlay = this.overlay
    const width = this.#width
    for (let r = 0; r < width; r++) {
      this.allocatable[overlay * width + r] = this.allocatable[node * width + r]
      this.requested[overlay * width + r] = this.requested[node * width + r]
    }
    this.known[overlay] = 1
    this.scoredMilliCPU[overlay] = this.scoredMilliCPU[node]
    this.scoredMemoryBytes[overlay] = this.scoredMemoryBytes[node]
    this.podCount[overlay] = this.podCount[node]
    this.labels[overlay] = this.labels[node]
    this.taints[overlay] = this.taints[node]
    this.unschedulable[overlay] = this.unschedulable[node]
    this.shape[overlay] = this.shape[node]
    this.rowVersion[overlay]++
    this.overlayOf = node
  }

  /** The node that the overlay row stands for. */
  overlayOf: NodeId = NONE as NodeId

  /** The node a row stands for: itself, or for the overlay the node it was copied from. */
  original(row: NodeId): NodeId {
    return row === this.overlay ? this.overlayOf : row
  }

  nameOf(row: NodeId): string {
    return this.state.nodes.name[this.original(row)] as string
  }

  /** The node of that name, if the scheduler knows one. */
  find(name: string): NodeId | undefined {
    return this.#byName.get(name)
  }

  /** Amounts only: adds the shape's requests to the overlay row or takes them off. */
  chargeOverlay(shape: PodShape, sign: 1 | -1): void {
    this.#charge(shape, this.overlay, sign)
  }

  #charge(shape: PodShape, node: NodeId, sign: 1 | -1): void {
    const { resources, amounts } = shape
    const row = node * this.#width
    for (let i = 0; i < resources.length; i++) this.requested[row + resources[i]] += sign * amounts[i]
    this.scoredMilliCPU[node] += sign * shape.runningMilliCPU
    this.scoredMemoryBytes[node] += sign * shape.runningMemoryBytes
    this.podCount[node] += sign
    this.rowVersion[node]++
  }

  #shapeId(node: NodeId): NodeShapeId {
    const labelsId = this.labels[node] as LabelSetId
    let base = this.#withoutHostname[labelsId]
    if (base === undefined) {
      const { [HOSTNAME]: _, ...rest } = this.state.labelSets.get(labelsId)
      base = this.state.labelsId(rest)
      this.#withoutHostname[labelsId] = base
    }
    const labels = this.state.labelSets.get(base)
    const taints = this.taints[node] as TaintSetId
    const unschedulable = this.unschedulable[node] === 1
    return this.nodeShapes.intern(`${base} ${taints} ${unschedulable}`, () => ({
      labels,
      taints,
      unschedulable,
    }))
  }

  #clearRow(node: NodeId): void {
    this.requested.fill(0, node * this.#width, (node + 1) * this.#width)
    this.scoredMilliCPU[node] = 0
    this.scoredMemoryBytes[node] = 0
    this.podCount[node] = 0
    this.firstPod[node] = NONE
  }

  #ensure(rows: number): void {
    if (rows <= this.#capacity) return
    const capacity = Math.max(rows, Math.ceil(this.#capacity * 1.5))
    this.#relay(capacity, this.#width)
  }

  #widen(width: number): void {
    this.#relay(this.#capacity, width)
  }

  #relay(capacity: number, width: number): void {
    const oldWidth = this.#width
    const rows = Math.min(this.#capacity, capacity)
    const matrix = (old: Float64Array): Float64Array => {
      const grown = new Float64Array((capacity + 1) * width)
      for (let row = 0; row < rows; row++) {
        for (let r = 0; r < oldWidth; r++) grown[row * width + r] = old[row * oldWidth + r]
      }
      return grown
    }
    const keep = <A extends Float64Array | Int32Array | Uint8Array>(old: A, grown: A): A => {
      grown.set(old.subarray(0, rows))
      return grown
    }
    this.allocatable = matrix(this.allocatable)
    this.requested = matrix(this.requested)
    this.known = keep(this.known, new Uint8Array(capacity + 1))
    this.scoredMilliCPU = keep(this.scoredMilliCPU, new Float64Array(capacity + 1))
    this.scoredMemoryBytes = keep(this.scoredMemoryBytes, new Float64Array(capacity + 1))
    this.podCount = keep(this.podCount, new Int32Array(capacity + 1))
    this.labels = keep(this.labels, new Int32Array(capacity + 1))
    this.taints = keep(this.taints, new Int32Array(capacity + 1))
    this.unschedulable = keep(this.unschedulable, new Uint8Array(capacity + 1))
    this.shape = keep(this.shape, new Int32Array(capacity + 1))
    this.rowVersion = keep(this.rowVersion, new Int32Array(capacity + 1))
    this.firstPod = keep(this.firstPod, new Int32Array(capacity + 1).fill(NONE))
    this.#capacity = capacity
    this.#width = width
  }
}
