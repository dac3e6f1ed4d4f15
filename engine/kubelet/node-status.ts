/**
 * What kubelets say of their nodes: conditions posted when they change, and all at once when a kubelet comes back. A
 * node that takes its time reports Ready when it is over.
 *
 * Upstream: pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go (1.36).
 * Simplified: the posts every five minutes that only show that the kubelet lives are left to its lease.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER } from '../kernel/time.js'
import type { NodeConditionType } from '../model/node-conditions.js'
import { type NodeId, Status } from '../state/ids.js'

/** Node conditions beside Ready, by the column that holds them. */
const PRESSURE_COLUMNS = {
  MemoryPressure: 'memoryPressure',
  DiskPressure: 'diskPressure',
  PIDPressure: 'pidPressure',
  NetworkUnavailable: 'networkUnavailable',
} as const

interface Conditions {
  ready: Status
  readyReason: string
  memoryPressure: Status
  diskPressure: Status
  pidPressure: Status
  networkUnavailable: Status
}

export class NodeStatusReports {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  /** Where it is not what a healthy kubelet reports. */
  readonly #reported = new Map<NodeId, Conditions>()
  readonly #ready: EventKind

  constructor(kernel: Kernel, api: ApiServer) {
    this.#kernel = kernel
    this.#api = api
    this.#ready = kernel.on('kubelet/NodeReady', Rank.Kubelet, (node, uid) =>
      this.#startupOver(node as NodeId, uid),
    )
  }

  /** A node has registered. */
  register(node: NodeId): void {
    const { nodes } = this.#api.state
    const delay = nodes.readyDelay[node]
    if (delay === 0) return
    this.#of(node).ready = Status.False
    this.#of(node).readyReason = 'KubeletNotReady'
    if (delay === NEVER) return
    this.#kernel.schedule(nodes.createdAt[node] + delay, this.#ready, node, nodes.uid[node])
  }

  /** A condition is so from now on; a silent kubelet posts it when it comes back. */
  report(node: NodeId, type: NodeConditionType, status: Status, reason: string, isSilent: boolean): void {
    const conditions = this.#of(node)
    if (type === 'Ready') {
      conditions.ready = status
      conditions.readyReason = reason
    } else {
      conditions[PRESSURE_COLUMNS[type]] = status
    }
    if (!isSilent) this.post(node)
  }

  /** Posts all conditions as the kubelet sees them. */
  post(node: NodeId): void {
    const { state, nodes } = this.#api
    const conditions = this.#reported.get(node) ?? healthy()
    const readyReason = state.reasonId(conditions.readyReason)
    nodes.patchConditions(node, { ...conditions, readyReason })
    nodes.patchPressure(node, 'networkUnavailable', conditions.networkUnavailable)
  }

  forget(node: NodeId): void {
    this.#reported.delete(node)
  }

  #startupOver(node: NodeId, uid: number): void {
    const { nodes, leases } = this.#api.state
    if (!nodes.exists(node) || nodes.uid[node] !== uid) return
    this.report(node, 'Ready', Status.True, 'KubeletReady', leases.isStopped(node))
  }

  #of(node: NodeId): Conditions {
    let conditions = this.#reported.get(node)
    if (conditions === undefined) {
      conditions = healthy()
      this.#reported.set(node, conditions)
    }
    return conditions
  }
}

function healthy(): Conditions {
  return {
    ready: Status.True,
    readyReason: 'KubeletReady',
    memoryPressure: Status.False,
    diskPressure: Status.False,
    pidPressure: Status.False,
    networkUnavailable: Status.False,
  }
}
