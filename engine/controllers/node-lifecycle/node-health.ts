/**
 * When each node will have been silent for too long. The monitor takes a heartbeat for as old as the pass that first
 * saw it; of nodes that are heard nothing is kept, so ten thousand of them cost nothing.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth (1.36).
 * Simplified: a node whose kubelet nobody simulates counts as heard.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { WallClock } from '../../model/wall-clock.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NodeId, Status } from '../../state/ids.js'
import type { PassGrid } from '../pass-grid.js'

export interface GracePeriods {
  readonly nodeMonitorGracePeriod: SimTime
  readonly nodeStartupGracePeriod: SimTime
}

interface Silence {
  /** From when on a pass could see the last heartbeat. */
  readonly heardAt: SimTime
  /** The pass that did; NEVER: not known yet. */
  seenAt: SimTime
}

export class NodeHealth {
  readonly #state: ClusterState
  readonly #clock: WallClock
  readonly #grid: PassGrid
  readonly #periods: GracePeriods
  /** Nodes whose kubelets are silent and whose status does not say so yet. */
  readonly #silent = new Map<NodeId, Silence>()
  /** When the latest status arrived that a kubelet posted, of nodes that changed. */
  readonly #postedAt = new Map<NodeId, SimTime>()
  /** Nodes count as heard at the first pass of all, those that never posted a status excepted. */
  #startedAt: SimTime = -1
  /** All nodes count as heard at this pass. */
  #heardAllAt: SimTime = -1

  constructor(state: ClusterState, clock: WallClock, grid: PassGrid, periods: GracePeriods) {
    this.#state = state
    this.#clock = clock
    this.#grid = grid
    this.#periods = periods
  }

  /** A kubelet's status has arrived. */
  posted(node: NodeId, now: SimTime): void {
    this.#postedAt.set(node, now)
  }

  /** The node is there, or its lease stopped or went on; `lag`: from a renewal until it can be seen here. */
  leaseChanged(node: NodeId, now: SimTime, lag: SimTime): void {
    const { leases, nodes } = this.#state
    if (leases.exists(node) && leases.isStopped(node)) {
      const renewed = leases.lastRenewal(node, now) + lag
      this.#silent.set(node, { heardAt: Math.max(renewed, this.#postedAt.get(node) ?? 0), seenAt: NEVER })
    } else if (!leases.exists(node) && nodes.hasConditions[node] === 0) {
      // Creation counts as heard, at the second that the API keeps.
      const created = this.#clock.wholeSecond(nodes.createdAt[node])
      this.#silent.set(node, { heardAt: created, seenAt: created })
    } else {
      this.#silent.delete(node)
    }
  }

  forget(node: NodeId): void {
    this.#silent.delete(node)
    this.#postedAt.delete(node)
  }

  /** The monitor begins with nothing known, its first pass being made now. */
  started(now: SimTime): void {
    this.#startedAt = now
  }

  /** All nodes count as heard now, as the whole cluster had been away. */
  hearAll(now: SimTime): void {
    this.#heardAllAt = now
  }

  /** Nodes that have been silent for too long at this pass, or at one long ago, and are not Unknown yet. */
  overdue(now: SimTime): NodeId[] {
    const found: NodeId[] = []
    for (const node of this.#silent.keys()) if (this.isOverdue(node, now)) found.push(node)
    return found
  }

  isOverdue(node: NodeId, now: SimTime): boolean {
    return this.#isHeeded(node) && now > this.#deadline(node)
  }

  /** The first pass from now on that will find some node overdue; NEVER when none will. */
  nextOverdueAt(now: SimTime): SimTime {
    let earliest = NEVER
    for (const node of this.#silent.keys()) {
      if (this.#isHeeded(node)) earliest = Math.min(earliest, this.#deadline(node))
    }
    return earliest === NEVER ? NEVER : (this.#grid.nextFrom(Math.max(now, earliest + 1)) ?? NEVER)
  }

  #isHeeded(node: NodeId): boolean {
    const { leases, nodes } = this.#state
    if (!this.#silent.has(node)) return false
    if (leases.exists(node) && !leases.isStopped(node)) return false
    return nodes.hasConditions[node] === 0 || nodes.ready[node] !== Status.Unknown
  }

  /** Overdue after this; NEVER while it hangs on the end of the pass being made. */
  #deadline(node: NodeId): SimTime {
    const silence = this.#silent.get(node) as Silence
    if (silence.seenAt === NEVER) silence.seenAt = this.#grid.firstFrom(silence.heardAt) ?? NEVER
    if (silence.seenAt === NEVER) return NEVER
    const { nodeMonitorGracePeriod, nodeStartupGracePeriod } = this.#periods
    const isNew = this.#state.nodes.hasConditions[node] === 0
    const heardAt = Math.max(silence.seenAt, this.#heardAllAt, isNew ? 0 : this.#startedAt)
    return heardAt + (isNew ? nodeStartupGracePeriod : nodeMonitorGracePeriod)
  }
}
