import type { Kernel } from '../kernel/kernel.js'
import type { Labels } from '../model/pod-spec.js'
import type { Taint } from '../model/taints.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type ReasonId, type Status } from '../state/ids.js'
import { type Created, Result } from './result.js'

/** What a new Node is made of. Amounts by resource name in the units of the resource registry. */
export interface NodeDraft {
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  readonly capacity: Readonly<Record<string, number>>
  readonly allocatable: Readonly<Record<string, number>>
  readonly images: ReadonlyMap<string, number>
  readonly declaredFeatures?: ReadonlySet<string>
  /** Index of the model's node pool, NONE for a Node of its own. */
  readonly pool: number
}

/** Told of nodes at the two ends of their life. */
export interface NodeObserver {
  nodeCreated(node: NodeId): void
  nodeRemoved(node: NodeId): void
}

/** The pressure conditions a kubelet reports. */
export type PressureCondition = 'memoryPressure' | 'diskPressure' | 'pidPressure' | 'networkUnavailable'

/**
 * Nodes as the API server keeps them: the one writer of the node table.
 * Upstream: pkg/registry/core/node/strategy.go (1.36).
 * Simplified: addresses, node info and volume lists are left out; nothing simulated reads them.
 */
export class NodeRegistry {
  #kernel: Kernel
  #state: ClusterState
  #observers: NodeObserver[] = []

  constructor(kernel: Kernel, state: ClusterState) {
    this.#kernel = kernel
    this.#state = state
  }

  observe(observer: NodeObserver): void {
    this.#observers.push(observer)
  }

  create(draft: NodeDraft): Created<NodeId> {
    const state = this.#state
    if (state.nodes.find(draft.name) !== undefined) return Result.AlreadyExists
    for (const name of [...Object.keys(draft.capacity), ...Object.keys(draft.allocatable)])
      state.resources.index(name)
    const { nodes } = state
    const node = nodes.add(draft.name)
    nodes.uid[node] = state.nextUid()
    nodes.labels[node] = state.labelsId(draft.labels)
    nodes.taints[node] = state.taintsId(draft.taints)
    nodes.unschedulable[node] = draft.unschedulable ? 1 : 0
    nodes.pool[node] = draft.pool
    nodes.createdAt[node] = this.#kernel.now
    nodes.readyAt[node] = this.#kernel.now
    nodes.readyReason[node] = state.reasonId('KubeletReady')
    this.#setAmounts(nodes.capacityAmounts, node, draft.capacity)
    this.#setAmounts(nodes.allocatable, node, draft.allocatable)
    if (draft.images.size > 0) nodes.images[node] = draft.images
    if (draft.declaredFeatures !== undefined) nodes.declaredFeatures[node] = draft.declaredFeatures
    nodes.createdSequence[node] = this.#write(node, Change.Added)
    for (const observer of this.#observers) observer.nodeCreated(node)
    return node
  }

  patchLabels(node: NodeId, labels: Labels): void {
    const id = this.#state.labelsId(labels)
    if (this.#state.nodes.labels[node] === id) return
    this.#state.nodes.labels[node] = id
    this.#write(node, Change.Labels)
  }

  patchTaints(node: NodeId, taints: readonly Taint[]): void {
    const id = this.#state.taintsId(taints)
    if (this.#state.nodes.taints[node] === id) return
    this.#state.nodes.taints[node] = id
    this.#write(node, Change.Taints)
  }

  patchUnschedulable(node: NodeId, unschedulable: boolean): void {
    const value = unschedulable ? 1 : 0
    if (this.#state.nodes.unschedulable[node] === value) return
    this.#state.nodes.unschedulable[node] = value
    this.#write(node, Change.Unschedulable)
  }

  patchAllocatable(node: NodeId, allocatable: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(allocatable)) this.#state.resources.index(name)
    const { nodes } = this.#state
    const row = node * nodes.resourceWidth
    nodes.allocatable.fill(0, row, row + nodes.resourceWidth)
    this.#setAmounts(nodes.allocatable, node, allocatable)
    this.#write(node, Change.Allocatable)
  }

  patchReady(node: NodeId, ready: Status, reason: ReasonId): void {
    const { nodes } = this.#state
    if (nodes.ready[node] === ready && nodes.readyReason[node] === reason) return
    if (nodes.ready[node] !== ready) nodes.readyAt[node] = this.#kernel.now
    nodes.ready[node] = ready
    nodes.readyReason[node] = reason
    this.#write(node, Change.NodeReady)
  }

  patchPressure(node: NodeId, condition: PressureCondition, status: Status): void {
    const column = this.#state.nodes[condition]
    if (column[node] === status) return
    column[node] = status
    this.#write(node, Change.Pressure)
  }

  patchImages(node: NodeId, images: ReadonlyMap<string, number>): void {
    this.#state.nodes.images[node] = images
    this.#write(node, Change.Images)
  }

  /** Removes the Node object at once; its pods stay until somebody deletes them. */
  delete(node: NodeId): Result {
    const { nodes, log } = this.#state
    if (!nodes.exists(node)) return Result.NotFound
    for (const observer of this.#observers) observer.nodeRemoved(node)
    nodes.deletedAt[node] = this.#kernel.now
    nodes.removeName(node)
    nodes.deletedSequence[node] = log.end
    this.#write(node, Change.Deleted)
    return Result.Ok
  }

  #setAmounts(matrix: Float64Array, node: NodeId, amounts: Readonly<Record<string, number>>): void {
    const { resources, nodes } = this.#state
    const row = node * nodes.resourceWidth
    for (const [name, amount] of Object.entries(amounts)) matrix[row + resources.index(name)] = amount
  }

  #write(node: NodeId, fields: number): number {
    const { nodes, log } = this.#state
    const sequence = log.end
    nodes.resourceVersion[node] = sequence
    log.append(Source.Nodes, node, fields, this.#kernel.now)
    return sequence
  }
}

/** A node row that names no pool. */
export const NO_POOL: number = NONE
