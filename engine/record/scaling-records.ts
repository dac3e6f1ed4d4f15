/**
 * What is kept of node autoscaling and of costs: two records and the sums of the summary.
 * Upstream: nothing of the kind.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { NodeId } from '../state/ids.js'
import type { Accounts } from './accounts.js'
import { type AutoscalerAction, AutoscalerCounts, AutoscalerRecord } from './autoscaler-record.js'
import { CostLedger, type PricedPool } from './cost-record.js'
import type { NodeLedger } from './node-ledger.js'
import type { RecordSink, RecordTable } from './record-table.js'

export interface ScalingOptions {
  /** What nodes of the pools cost, by index; absent: nothing has a price. */
  readonly prices?: readonly PricedPool[]
  /** Machines have prices of their own, beside what their pools cost. */
  readonly isPricedByMachine?: boolean
  /** Whether something adds and removes nodes: the summary says what it did. */
  readonly hasAutoscaler?: boolean
}

export class ScalingRecords {
  readonly #state: ClusterState
  readonly #ledger: NodeLedger
  readonly #autoscaler: AutoscalerRecord | undefined
  readonly #counts: AutoscalerCounts | undefined
  /** What machines cost; providers of machines tell it of them. */
  readonly costs: CostLedger
  /** Cpu and memory among the recorded resources. */
  readonly #slots: readonly number[]

  constructor(
    accounts: Accounts,
    { prices = [], hasAutoscaler = false, isPricedByMachine = false }: ScalingOptions,
    isOn: (record: 'autoscaler' | 'cost') => boolean,
    sinkOf: (record: 'autoscaler' | 'cost') => RecordSink | undefined,
  ) {
    this.#state = accounts.state
    this.#ledger = accounts.nodeLedger
    if (isOn('autoscaler')) this.#autoscaler = new AutoscalerRecord(sinkOf('autoscaler'))
    this.costs = new CostLedger({ pools: prices, isPricedByMachine }, isOn('cost'), sinkOf('cost'))
    this.#slots = ['cpu', 'memory'].map(name => accounts.resources.indexOf(name)).filter(slot => slot >= 0)
    if (this.costs.isOn) accounts.costs = this.costs.totals
    if (hasAutoscaler) this.#counts = new AutoscalerCounts()
    accounts.autoscaler = this.#counts
  }

  get tables(): readonly (RecordTable | undefined)[] {
    return [this.#autoscaler?.table, this.costs.table]
  }

  /** A node autoscaler did something. */
  autoscaled(action: AutoscalerAction, at: SimTime): void {
    this.#counts?.count(action)
    this.#autoscaler?.write(at, action)
  }

  nodeAdded(node: NodeId, at: SimTime): void {
    const { name, pool } = this.#state.nodes
    this.costs.nodeJoined(name[node] as string, pool[node], at)
  }

  /** After the node's account has been brought up to now. */
  nodeRemoved(node: NodeId, at: SimTime): void {
    this.costs.nodeLeft(this.#state.nodes.name[node] as string, this.#busyShare(node), at)
  }

  /** A node that is there at the end; it is paid for until then. */
  nodeStays(node: NodeId, paidUntil: SimTime): void {
    if (!this.costs.isOn) return
    this.#ledger.advance(node, paidUntil)
    this.costs.nodeStays(this.#state.nodes.name[node] as string, this.#busyShare(node), paidUntil)
  }

  /** Share of the node's life and size that pods requested, mean of cpu and memory. */
  #busyShare(node: NodeId): number {
    let sum = 0
    for (const slot of this.#slots) sum += this.#ledger.meanShare(node, slot)
    return sum / this.#slots.length
  }
}
