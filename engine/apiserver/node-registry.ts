import type { Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import { NodeTaint } from '../model/node-conditions.js'
import type { Labels } from '../model/pod-spec.js'
import type { StaticPod } from '../model/simulation-model.js'
import { type Taint, TaintEffect, withTaint } from '../model/taints.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type ReasonId, Status } from '../state/ids.js'
import { type Created, Result } from './result.js'

/** What a new Node is made of. Amounts by resource name in the units of the resource registry. */
export interface NodeDraft {
  readonly name: string
  readonly labels: Labels
  readonly annotations?: Labels
  readonly taints: readonly Taint[]
  readonly unschedulable: boolean
  readonly capacity: Readonly<Record<string, number>>
  readonly allocatable: Readonly<Record<string, number>>
  readonly images: ReadonlyMap<string, number>
  readonly declaredFeatures?: ReadonlySet<string>
  readonly kubeletVersion?: string
  /** How the node's kubelet reserves and evicts. Absent: not at all. */
  readonly kubelet?: KubeletConfig | undefined
  /** What the node runs by itself. */
  readonly staticPods?: readonly StaticPod[]
  /** Index of the model's node pool, NONE for a Node of its own. */
  readonly pool: number
  /** From registration until the kubelet reports Ready; absent: Ready from the start. */
  readonly readyDelay?: SimTime
  /** Whether any kubelet ever posted a status; without one the node has no conditions. Absent: yes. */
  readonly hasConditions?: boolean
  /**
   * Joins now, and is tainted until seen Ready. Absent: yes after time 0, whose nodes have been there before.
   */
  readonly isJoining?: boolean
}

/** The conditions that are written together, as one status update. */
export interface NodeConditions {
  readonly ready: Status
  readonly readyReason: ReasonId
  readonly memoryPressure: Status
  readonly diskPressure: Status
  readonly pidPressure: Status
}

/** Admission plugin TaintNodesByCondition: nobody shall be placed here before the node is seen Ready. */
const JOINING_TAINT: Taint = { key: NodeTaint.NotReady, effect: TaintEffect.NoSchedule }

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
    const isJoining = draft.isJoining ?? this.#kernel.now > 0
    nodes.taints[node] = state.taintsId(isJoining ? withTaint(draft.taints, JOINING_TAINT) : draft.taints)
    nodes.unschedulable[node] = draft.unschedulable ? 1 : 0
    nodes.pool[node] = draft.pool
    nodes.createdAt[node] = this.#kernel.now
    nodes.readyAt[node] = this.#kernel.now
    this.#setFirstConditions(node, draft)
    this.#setAmounts(nodes.capacityAmounts, node, draft.capacity)
    this.#setAmounts(nodes.allocatable, node, draft.allocatable)
    if (draft.images.size > 0) nodes.images[node] = draft.images
    if (draft.annotations !== undefined) nodes.annotations[node] = draft.annotations
    if (draft.kubelet !== undefined) nodes.kubeletConfig[node] = draft.kubelet
    if (draft.staticPods !== undefined) nodes.staticPods[node] = draft.staticPods
    if (draft.kubeletVersion !== undefined) nodes.kubeletVersion[node] = draft.kubeletVersion
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

  /** The kubelet has reported another version of itself; nothing simulated decides by it. */
  patchKubeletVersion(node: NodeId, version: string): void {
    if (this.#state.nodes.kubeletVersion[node] === version) return
    this.#state.nodes.kubeletVersion[node] = version
    this.#write(node, Change.Status)
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
    if (this.#setReady(node, ready, reason)) this.#write(node, Change.NodeReady)
  }

  /** A status update with all conditions that a kubelet reports at once. */
  patchConditions(node: NodeId, conditions: NodeConditions): void {
    const { nodes } = this.#state
    let fields = this.#setReady(node, conditions.ready, conditions.readyReason) ? Change.NodeReady : 0
    const { memoryPressure, diskPressure, pidPressure } = conditions
    if (
      nodes.memoryPressure[node] !== memoryPressure ||
      nodes.diskPressure[node] !== diskPressure ||
      nodes.pidPressure[node] !== pidPressure
    ) {
      nodes.memoryPressure[node] = memoryPressure
      nodes.diskPressure[node] = diskPressure
      nodes.pidPressure[node] = pidPressure
      fields |= Change.Pressure
    }
    if (fields !== 0) this.#write(node, fields)
  }

  /** The node's Lease is renewed now, next at `next`, and then every `period`. */
  startLease(node: NodeId, next: SimTime, period: SimTime): void {
    const { leases } = this.#state
    const wasStopped = leases.isStopped(node)
    leases.start(node, this.#kernel.now, next, period)
    if (wasStopped) this.#write(node, Change.Lease)
  }

  /**
   * Nobody renews the node's Lease from now on. No write of an API server, but watchers of leases plan by it.
   */
  stopLease(node: NodeId): void {
    if (this.#state.leases.isStopped(node)) return
    this.#state.leases.stop(node, this.#kernel.now)
    this.#write(node, Change.Lease)
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

  #setFirstConditions(node: NodeId, { hasConditions = true, readyDelay = 0 }: NodeDraft): void {
    const { nodes } = this.#state
    nodes.readyDelay[node] = readyDelay
    nodes.hasConditions[node] = hasConditions ? 1 : 0
    const isReady = hasConditions && readyDelay === 0
    nodes.readyReason[node] = this.#state.reasonId(isReady ? 'KubeletReady' : 'KubeletNotReady')
    if (!isReady) nodes.ready[node] = hasConditions ? Status.False : Status.Unknown
  }

  /** Answers whether anything changed. */
  #setReady(node: NodeId, ready: Status, reason: ReasonId): boolean {
    const { nodes } = this.#state
    const isFirst = nodes.hasConditions[node] === 0
    if (!isFirst && nodes.ready[node] === ready && nodes.readyReason[node] === reason) return false
    if (isFirst || nodes.ready[node] !== ready) nodes.readyAt[node] = this.#kernel.now
    nodes.hasConditions[node] = 1
    nodes.ready[node] = ready
    nodes.readyReason[node] = reason
    return true
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
