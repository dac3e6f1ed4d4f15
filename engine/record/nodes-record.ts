/**
 * The record `nodes`: one row a node, written when it leaves the cluster or, for those left, at the end of
 * the run.
 * Upstream: capacity and allocatable are those of the Node object; requested is what the scheduler reserves.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId } from '../state/ids.js'
import { PODS } from '../state/resource-names.js'
import type { NodeLedger } from './node-ledger.js'
import {
  type ColumnDefinition,
  type ColumnIndex,
  columnIndex,
  defineRecord,
  type RecordDefinition,
  type RecordSink,
  RecordTable,
} from './record-table.js'
import { resourceLabels } from './recorded-resources.js'

/** Label of a node's zone. Upstream: staging/src/k8s.io/api/core/v1/well_known_labels.go (1.36). */
const ZONE_LABEL = 'topology.kubernetes.io/zone'

export function nodesRecord(resources: readonly string[]): RecordDefinition {
  return defineRecord({
    name: 'nodes',
    about:
      'One row a node, in the order in which nodes left the cluster; those left at the end follow by age.',
    columns: [
      { name: 'name', type: 'name', about: 'Name.' },
      { name: 'pool', type: 'text', about: 'Node pool it was made from; empty for a Node manifest.' },
      { name: 'zone', type: 'text', about: `Value of the label ${ZONE_LABEL}.` },
      { name: 'created_s', type: 'time', about: 'The object was created.' },
      { name: 'deleted_s', type: 'time', about: 'The object was removed.' },
      { name: 'pods_peak', type: 'integer', about: 'Most pods bound and not finished at once.' },
      { name: 'pods_ever', type: 'integer', about: 'Pods that were bound to it.' },
      { name: 'pods_allocatable', type: 'integer', about: 'Pods it may run at once.' },
      ...resourceLabels(resources).flatMap(({ resource, word, unit }): ColumnDefinition[] => [
        { name: `capacity_${word}_${unit}`, type: 'integer', about: `Capacity of ${resource}.` },
        {
          name: `allocatable_${word}_${unit}`,
          type: 'integer',
          about: `Allocatable ${resource} at the end.`,
        },
        {
          name: `allocation_${word}_mean_share`,
          type: 'number',
          about: `Time-weighted mean share of allocatable ${resource} requested by its pods while it existed.`,
        },
      ]),
      { name: 'kubelet_version', type: 'text', about: 'Version of its kubelet, where somebody said one.' },
    ],
  })
}

/** Columns of one resource. */
interface ResourceColumns {
  readonly resource: number
  readonly capacity: number
  readonly allocatable: number
  readonly mean: number
}

/** Writes the rows of the record. */
export class NodesRecord {
  readonly table: RecordTable
  readonly #state: ClusterState
  readonly #ledger: NodeLedger
  readonly #pools: readonly string[]
  readonly #columns: ColumnIndex
  readonly #resourceColumns: readonly ResourceColumns[]

  constructor(
    state: ClusterState,
    ledger: NodeLedger,
    resources: readonly string[],
    pools: readonly string[],
    sink: RecordSink | undefined,
  ) {
    this.#state = state
    this.#ledger = ledger
    this.#pools = pools
    this.table = new RecordTable(nodesRecord(resources), sink)
    const c = columnIndex(this.table.definition)
    this.#columns = c
    this.#resourceColumns = resourceLabels(resources).map(({ resource, word, unit }) => ({
      resource: state.resources.index(resource),
      capacity: c[`capacity_${word}_${unit}`],
      allocatable: c[`allocatable_${word}_${unit}`],
      mean: c[`allocation_${word}_mean_share`],
    }))
  }

  write(node: NodeId, deletedAt: SimTime): void {
    const { nodes, labelSets } = this.#state
    const ledger = this.#ledger
    const table = this.table
    const c = this.#columns
    table.add()
    table.setText(c.name, nodes.name[node] as string)
    if (nodes.pool[node] !== NONE) table.setText(c.pool, this.#pools[nodes.pool[node]])
    table.setText(c.zone, labelSets.get(nodes.labels[node] as LabelSetId)[ZONE_LABEL] ?? '')
    table.set(c.created_s, nodes.createdAt[node])
    table.set(c.deleted_s, deletedAt)
    table.set(c.pods_peak, ledger.peakPods[node])
    table.set(c.pods_ever, ledger.podsEver[node])
    const row = node * nodes.resourceWidth
    table.set(c.pods_allocatable, nodes.allocatable[row + PODS])
    const version = nodes.kubeletVersion[node]
    if (version !== undefined) table.setText(c.kubelet_version, version)
    for (let slot = 0; slot < this.#resourceColumns.length; slot++) {
      const columns = this.#resourceColumns[slot]
      table.set(columns.capacity, nodes.capacityAmounts[row + columns.resource])
      table.set(columns.allocatable, nodes.allocatable[row + columns.resource])
      table.set(columns.mean, ledger.meanShare(node, slot))
    }
  }
}
