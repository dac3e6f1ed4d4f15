import type { NodeId } from '../../state/ids.js'
import type { Cycle, CycleFailure, RowVersions } from '../framework/interface.js'
import type { Snapshot } from '../framework/snapshot.js'
import { TemplateMemories, type TemplateMemory } from '../framework/template-memories.js'
import type { DisruptionBudgets } from './disruption-budgets.js'
import type { DryRun, DryRuns } from './dry-run.js'

const BYTES_PER_NODE = 128

interface DryRunMemory extends TemplateMemory {
  readonly result: DryRun[]
  /** What the results hold for besides the version of their node. */
  priority: number
  budgets: number
}

/**
 * Dry runs of preemption, made again only on nodes that have changed since a pod of the same template and priority
 * was here: a wave of equal pods that preempt costs a few of them a pod, not one a node.
 *
 * Upstream: none; kube-scheduler makes every dry run anew.
 * Simplified: nothing known.
 */
export class RememberedDryRuns {
  readonly #snapshot: Snapshot
  readonly #budgets: DisruptionBudgets
  readonly #dryRuns: DryRuns
  readonly #memories = new TemplateMemories<DryRunMemory>(BYTES_PER_NODE, rows => ({
    version: new Int32Array(rows),
    result: [],
    priority: 0,
    budgets: 0,
  }))
  #memory: DryRunMemory | undefined
  #versions: RowVersions | undefined

  constructor(snapshot: Snapshot, budgets: DisruptionBudgets, dryRuns: DryRuns) {
    this.#snapshot = snapshot
    this.#budgets = budgets
    this.#dryRuns = dryRuns
  }

  /** Before the dry runs of a cycle. */
  begin({ pod, shape }: Cycle, { versions }: CycleFailure): void {
    const snapshot = this.#snapshot
    const budgets = this.#budgets.refresh()
    const memory = versions === undefined ? undefined : this.#memories.of(shape.templateId, snapshot.rows)
    this.#memory = memory
    this.#versions = versions
    if (memory === undefined) return
    const priority = snapshot.state.pods.priority[pod]
    if (memory.priority === priority && memory.budgets === budgets) return
    memory.version.fill(0)
    memory.priority = priority
    memory.budgets = budgets
  }

  run(cycle: Cycle, failure: CycleFailure, node: NodeId): DryRun {
    const memory = this.#memory
    const versions = this.#versions
    if (memory === undefined || versions === undefined || versions.own === node) {
      return this.#dryRuns.run(failure, cycle.pod, node)
    }
    const version = versions.rows[node] + versions.nominations[node]
    if (memory.version[node] === version) return memory.result[node]
    const result = this.#dryRuns.run(failure, cycle.pod, node)
    if (this.#dryRuns.isLasting) {
      memory.version[node] = version
      memory.result[node] = result
    }
    return result
  }
}
