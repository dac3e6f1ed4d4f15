import type { Cycle, SchedulerPlugin } from './interface.js'
import { NodeList } from './node-list.js'
import { TemplateMemories, type TemplateMemory } from './template-memories.js'

const BYTES_PER_NODE = 12

interface TotalMemory extends TemplateMemory {
  readonly total: Float64Array
}

/** A plugin that scores, with its weight. */
export interface WeightedScorer {
  readonly weight: number
  readonly plugin: SchedulerPlugin
}

/**
 * The weighted sum of the scores that follow from a template and a node's row alone: between two equal pods it is
 * worked out again for the node that the first one got, not for all.
 *
 * Upstream: none; kube-scheduler scores every node anew.
 * Simplified: nothing known.
 */
export class RememberedTotals {
  readonly #memories = new TemplateMemories<TotalMemory>(BYTES_PER_NODE, rows => ({
    version: new Int32Array(rows),
    total: new Float64Array(rows),
  }))
  readonly #stale = new NodeList(64)
  #scores: Float64Array = new Float64Array(64)

  /**
   * Writes the sums and `base` to `totals`; false when there is no memory for pods like this one yet. The scorers are
   * the same for all pods of a template.
   */
  write(
    cycle: Cycle,
    scorers: readonly WeightedScorer[],
    nodes: NodeList,
    totals: Float64Array,
    base: number,
  ): boolean {
    const { shape, snapshot } = cycle
    const memory = this.#memories.of(shape.templateId, snapshot.rows)
    if (memory === undefined) return false
    const { version, total } = memory
    const { rowVersion } = snapshot
    const { ids, length } = nodes
    for (let i = 0; i < length; i++) {
      const node = ids[i]
      if (version[node] !== rowVersion[node]) this.#refresh(memory, cycle, scorers, nodes, i)
      totals[i] = base + total[node]
    }
    return true
  }

  /** Scores all nodes from a place in the list on that have changed. */
  #refresh(
    { version, total }: TotalMemory,
    cycle: Cycle,
    scorers: readonly WeightedScorer[],
    { ids, length }: NodeList,
    from: number,
  ): void {
    const { snapshot } = cycle
    const { rowVersion } = snapshot
    const stale = this.#stale
    stale.ensure(snapshot.rows)
    const staleIds = stale.ids
    let count = 0
    for (let i = from; i < length; i++) {
      const node = ids[i]
      if (version[node] === rowVersion[node]) continue
      staleIds[count++] = node
      total[node] = 0
      version[node] = rowVersion[node]
    }
    stale.length = count
    if (this.#scores.length < count) this.#scores = new Float64Array(staleIds.length)
    const scores = this.#scores
    for (const { plugin, weight } of scorers) {
      plugin.score?.(cycle, stale, scores)
      for (let i = 0; i < count; i++) total[staleIds[i]] += weight * scores[i]
    }
  }
}

/** Adds weighted scores; a loop of its own, so that it is compiled well whatever the plugins around it do. */
export function addWeighted(
  totals: Float64Array,
  scores: Float64Array,
  weight: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) totals[i] += weight * scores[i]
}
