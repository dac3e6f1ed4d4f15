/**
 * The record `budgets`: one row each time the status of a PodDisruptionBudget changes.
 * Upstream: status of policy/v1 PodDisruptionBudget (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { ObjectId } from '../../state/ids.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from '../record-table.js'

export const BUDGETS_RECORD = defineRecord({
  name: 'budgets',
  about: 'One row each time the status of a disruption budget changes.',
  columns: [
    { name: 'time_s', type: 'time', about: 'When.' },
    { name: 'namespace', type: 'text', about: 'Namespace.' },
    { name: 'budget', type: 'text', about: 'Name of the PodDisruptionBudget.' },
    { name: 'expected', type: 'integer', about: 'Pods it counts.' },
    { name: 'desired_healthy', type: 'integer', about: 'Healthy pods it wants at least.' },
    { name: 'current_healthy', type: 'integer', about: 'Healthy pods it sees.' },
    { name: 'allowed', type: 'integer', about: 'Evictions it would grant now.' },
  ],
})

const C = columnIndex(BUDGETS_RECORD)

export class BudgetsRecord {
  readonly table: RecordTable<(typeof BUDGETS_RECORD)['columns'][number]['name']>
  readonly #state: ClusterState
  /** What was written last, by UID. */
  readonly #last = new Map<number, string>()

  constructor(state: ClusterState, sink: RecordSink | undefined) {
    this.#state = state
    this.table = new RecordTable(BUDGETS_RECORD, sink)
  }

  objectChanged(id: ObjectId, at: SimTime): void {
    const { objects } = this.#state
    if (!objects.exists(id)) return
    const { kind, meta, status } = objects.get(id)
    if (kind !== 'PodDisruptionBudget') return
    const counts = status as Partial<Record<string, number>>
    const { expectedPods = 0, desiredHealthy = 0, currentHealthy = 0, disruptionsAllowed = 0 } = counts
    const written = `${expectedPods} ${desiredHealthy} ${currentHealthy} ${disruptionsAllowed}`
    if (this.#last.get(meta.uid) === written) return
    this.#last.set(meta.uid, written)
    const { table } = this
    table.add()
    table.set(C.time_s, at)
    table.setText(C.namespace, meta.namespace)
    table.setText(C.budget, meta.name)
    table.set(C.expected, expectedPods)
    table.set(C.desired_healthy, desiredHealthy)
    table.set(C.current_healthy, currentHealthy)
    table.set(C.allowed, disruptionsAllowed)
  }
}
