import type { Cycle } from './framework/interface.js'
import type { NodeList } from './framework/node-list.js'
import { addWeighted, RememberedTotals } from './framework/remembered-totals.js'
import { SKIP } from './framework/status.js'
import type { EnabledPlugin, Profile } from './profile.js'

/** Watches a cycle for an explanation; absent, it costs one branch. */
export interface CycleWatcher {
  scored(plugin: string, weight: number, nodes: NodeList, scores: Float64Array): void
}

/**
 * Scores the feasible nodes of one cycle after another and sums the scores up by weight. What follows from a node's
 * row alone is remembered between pods of one template, and what all nodes have alike is not asked node by node.
 *
 * Upstream: prioritizeNodes of pkg/scheduler/schedule_one.go, RunPreScorePlugins and RunScorePlugins of
 * pkg/scheduler/framework/runtime/framework.go (1.36).
 * Simplified: nothing known.
 */
export class CycleScores {
  /** Weighted sums by position in the list of the last cycle. */
  totals: Float64Array = new Float64Array(64)
  readonly #profile: Profile
  #scores: Float64Array = new Float64Array(64)
  readonly #rowTotals = new RememberedTotals()
  readonly #byRow: EnabledPlugin[] = []
  readonly #others: EnabledPlugin[] = []
  readonly #skipped: EnabledPlugin['plugin'][] = []

  constructor(profile: Profile) {
    this.#profile = profile
  }

  /** Whoever watches is shown every score. */
  run(cycle: Cycle, nodes: NodeList, watcher: CycleWatcher | undefined): void {
    const { length } = nodes
    if (this.totals.length < length) {
      this.totals = new Float64Array(nodes.ids.length)
      this.#scores = new Float64Array(nodes.ids.length)
    }
    const totals = this.totals
    const base = this.#choose(cycle, nodes, watcher)
    if (this.#byRow.length === 0 || !this.#rowTotals.write(cycle, this.#byRow, nodes, totals, base)) {
      totals.fill(base, 0, length)
      this.#others.push(...this.#byRow)
    }
    const scores = this.#scores
    for (const { name, weight, plugin } of this.#others) {
      plugin.score?.(cycle, nodes, scores)
      plugin.normalize?.(cycle, nodes, scores)
      watcher?.scored(name, weight, nodes, scores)
      addWeighted(totals, scores, weight, length)
    }
  }

  /** Divides the scorers that have something to say about this pod; answers the sum of what all nodes have alike. */
  #choose(cycle: Cycle, nodes: NodeList, watcher: CycleWatcher | undefined): number {
    const { preScore, score } = this.#profile.at
    this.#byRow.length = 0
    this.#others.length = 0
    const skipped = this.#skipped
    skipped.length = 0
    for (const { plugin } of preScore) if (plugin.preScore?.(cycle, nodes) === SKIP) skipped.push(plugin)
    let base = 0
    for (const scorer of score) {
      const { plugin, weight } = scorer
      if (skipped.includes(plugin)) continue
      const uniform = watcher === undefined ? plugin.uniformScore?.(cycle) : undefined
      if (uniform !== undefined) base += weight * uniform
      else if (plugin.scoresRow === true && watcher === undefined) this.#byRow.push(scorer)
      else this.#others.push(scorer)
    }
    return base
  }
}
