import { NEVER, type SimTime } from '../kernel/time.js'
import type { NodeId } from './ids.js'
import type { NodeTable } from './nodes.js'

/**
 * When the kubelets renewed the leases of their nodes: arithmetic on each node's grid, so that ten thousand heartbeats
 * cost no event. The kubelet starts, stops and resumes the grid; whoever watches leases asks for the latest renewal.
 */
export class NodeLeases {
  readonly #nodes: NodeTable

  constructor(nodes: NodeTable) {
    this.#nodes = nodes
  }

  /** Renewed now, next at `next`, and then every `period`. */
  start(node: NodeId, now: SimTime, next: SimTime, period: SimTime): void {
    const nodes = this.#nodes
    nodes.leaseAt[node] = now
    nodes.leaseNextAt[node] = next
    nodes.leasePeriod[node] = period
    nodes.leaseStoppedAt[node] = NEVER
  }

  /** No renewal after `now` until the grid is started again. */
  stop(node: NodeId, now: SimTime): void {
    if (this.#nodes.leaseStoppedAt[node] === NEVER) this.#nodes.leaseStoppedAt[node] = now
  }

  /** Whether a kubelet ever renewed it. */
  exists(node: NodeId): boolean {
    return this.#nodes.leaseAt[node] !== NEVER
  }

  isStopped(node: NodeId): boolean {
    return this.#nodes.leaseStoppedAt[node] !== NEVER
  }

  /** The latest renewal up to and at `now`: the node's creation when there was none yet. */
  lastRenewal(node: NodeId, now: SimTime): SimTime {
    const { leaseAt, leaseNextAt, leasePeriod, leaseStoppedAt, createdAt } = this.#nodes
    const start = leaseAt[node]
    if (start === NEVER) return createdAt[node]
    const end = Math.min(now, leaseStoppedAt[node])
    const next = leaseNextAt[node]
    if (end < next) return start
    const period = leasePeriod[node]
    return next + Math.floor((end - next) / period) * period
  }

  /** The first renewal after `now`; NEVER while the kubelet is silent. */
  nextRenewal(node: NodeId, now: SimTime): SimTime {
    const { leaseNextAt, leasePeriod } = this.#nodes
    if (this.isStopped(node) || leaseNextAt[node] === NEVER) return NEVER
    const next = leaseNextAt[node]
    if (now < next) return next
    const period = leasePeriod[node]
    return next + (Math.floor((now - next) / period) + 1) * period
  }
}
