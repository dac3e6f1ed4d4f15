/**
 * The record `node-conditions`: one row each time a condition of a node changes, with how long the old one lasted.
 * Upstream: status.conditions of the Node object.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { type NodeId, Status } from '../../state/ids.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'

export const NODE_CONDITIONS_RECORD = defineRecord({
  name: 'node-conditions',
  about: 'One row each time a condition of a node changes.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When.' },
    { name: 'node', type: 'name', about: 'Node.' },
    {
      name: 'condition',
      type: 'text',
      about: 'Ready, MemoryPressure, DiskPressure, PIDPressure or Unschedulable.',
    },
    { name: 'status', type: 'text', about: 'True, False or Unknown from now on.' },
    { name: 'before', type: 'text', about: 'What it was before.' },
    { name: 'lasted_s', type: 'time', about: 'How long it was that; empty for the time since its creation.' },
  ],
})

const C = columnIndex(NODE_CONDITIONS_RECORD)
const CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'Unschedulable'] as const
const STATUS_NAMES = new Map(Object.entries(Status).map(([name, value]) => [value as number, name]))

interface Known {
  readonly status: number[]
  readonly since: SimTime[]
}

export class NodeConditionsRecord {
  readonly table: RecordTable<(typeof NODE_CONDITIONS_RECORD)['columns'][number]['name']>
  readonly #state: ClusterState
  readonly #known = new Map<NodeId, Known>()

  constructor(state: ClusterState, sink: RecordSink | undefined) {
    this.#state = state
    this.table = new RecordTable(NODE_CONDITIONS_RECORD, sink)
  }

  nodeRemoved(node: NodeId): void {
    this.#known.delete(node)
  }

  nodeChanged(node: NodeId, at: SimTime): void {
    const status = this.#statusOf(node)
    const known = this.#known.get(node)
    if (known === undefined) {
      this.#known.set(node, { status, since: status.map(() => NEVER) })
      return
    }
    for (const [i, now] of status.entries()) {
      if (now === known.status[i]) continue
      this.#write(node, at, i, now, known)
      known.status[i] = now
      known.since[i] = at
    }
  }

  #statusOf(node: NodeId): number[] {
    const { ready, memoryPressure, diskPressure, pidPressure, unschedulable } = this.#state.nodes
    const isCordoned = unschedulable[node] === 1 ? Status.True : Status.False
    return [ready[node], memoryPressure[node], diskPressure[node], pidPressure[node], isCordoned]
  }

  #write(node: NodeId, at: SimTime, i: number, now: number, { status, since }: Known): void {
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.node, this.#state.nodes.name[node] as string)
    table.setText(C.condition, CONDITIONS[i])
    table.setText(C.status, STATUS_NAMES.get(now) ?? '')
    table.setText(C.before, STATUS_NAMES.get(status[i]) ?? '')
    table.set(C.lasted_s, since[i] === NEVER ? NEVER : at - since[i])
  }
}
