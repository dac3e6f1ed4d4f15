/**
 * The record `autoscaler`: one row for everything a node autoscaler did, in the order of virtual time.
 * Upstream: nothing; the cluster autoscaler writes log lines and events.
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const AUTOSCALER_RECORD = defineRecord({
  name: 'autoscaler',
  about: 'One row for everything that a node autoscaler did or that its provider refused.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When.' },
    {
      name: 'action',
      type: 'text',
      about:
        'scale-up, scale-up-failed, scale-up-timed-out, unregistered-deleted, scale-down, scale-down-empty or ' +
        'scale-down-failed.',
    },
    { name: 'group', type: 'text', about: 'Node group or NodePool.' },
    { name: 'node', type: 'name', about: 'Node, where it is about one.' },
    { name: 'size_before', type: 'integer', about: 'Size of the group that was asked for before.' },
    { name: 'size_after', type: 'integer', about: 'Size asked for from now on.' },
    { name: 'pods', type: 'integer', about: 'Pods it was done for, or that had to move.' },
    { name: 'reason', type: 'text', about: 'Why it failed, or why Karpenter gave the node up.' },
  ],
})

const C = columnIndex(AUTOSCALER_RECORD)

/** Something a node autoscaler did. */
export interface AutoscalerAction {
  readonly action: string
  readonly group: string
  readonly node?: string
  /** Sizes asked for, before and after. */
  readonly sizeBefore?: number
  readonly sizeAfter?: number
  /** Pods that it was done for, or that had to move. */
  readonly pods?: number
  readonly reason?: string
}

/** Counts of the summary. */
export class AutoscalerCounts {
  scaleUps = 0
  nodesAdded = 0
  nodesRemoved = 0
  failures = 0

  count({ action, sizeBefore = 0, sizeAfter = 0 }: AutoscalerAction): void {
    if (action === 'scale-up') {
      this.scaleUps++
      this.nodesAdded += sizeAfter - sizeBefore
    } else if (action === 'scale-down' || action === 'scale-down-empty') this.nodesRemoved++
    else this.failures++
  }
}

/** Writes the rows of the record. */
export class AutoscalerRecord {
  readonly table: RecordTable<(typeof AUTOSCALER_RECORD)['columns'][number]['name']>

  constructor(sink: RecordSink | undefined) {
    this.table = new RecordTable(AUTOSCALER_RECORD, sink)
  }

  write(at: SimTime, { action, group, node, sizeBefore, sizeAfter, pods, reason }: AutoscalerAction): void {
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.action, action)
    table.setText(C.group, group)
    if (node !== undefined) table.setText(C.node, node)
    if (sizeBefore !== undefined) table.set(C.size_before, sizeBefore)
    if (sizeAfter !== undefined) table.set(C.size_after, sizeAfter)
    if (pods !== undefined) table.set(C.pods, pods)
    if (reason !== undefined) table.setText(C.reason, reason)
  }
}
