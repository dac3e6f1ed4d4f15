import { NONE, type NodeId, type PodId } from '../../../state/ids.js'
import type { Cycle, FrameworkHandle } from '../../framework/interface.js'
import type { NodeList } from '../../framework/node-list.js'
import { Code, OK, type RejectionId, SKIP, type Verdict } from '../../framework/status.js'
import type { SpreadPlan, SpreadPlans } from './spread-plans.js'

const NOT_MATCHED = "node(s) didn't match pod topology spread constraints"

/**
 * Constraints that must hold: in no domain may there be more than maxSkew pods above the domain with the fewest.
 * Pods put on the overlay are kept as a difference in the one domain of their node.
 *
 * Upstream: pkg/scheduler/framework/plugins/podtopologyspread/filtering.go (1.36).
 * Simplified: nothing known.
 */
export class HardSpread {
  readonly #plans: SpreadPlans
  readonly #notMatched: RejectionId
  readonly #lacksLabel: RejectionId
  #plan: SpreadPlan = { constraints: [], requireAllKeys: true }
  /** The node whose pods are different in this cycle, and by constraint how many more it has. */
  #changedNode = NONE as NodeId
  readonly #more: number[] = []

  constructor(plans: SpreadPlans, handle: FrameworkHandle) {
    this.#plans = plans
    this.#notMatched = handle.reason(NOT_MATCHED)
    this.#lacksLabel = handle.reason(
      `${NOT_MATCHED} (missing required label)`,
      Code.UnschedulableAndUnresolvable,
    )
  }

  preFilter(cycle: Cycle): Verdict {
    this.#plan = this.#plans.of(cycle)
    this.#changedNode = NONE as NodeId
    if (this.#plan.constraints.length === 0) return SKIP
    cycle.countsAllNodes = true
    return OK
  }

  /** Terminating pods make a difference here, though they were not counted before: so it is upstream. */
  change(cycle: Cycle, pod: PodId, row: NodeId, pods: 1 | -1): void {
    const { snapshot } = cycle
    const { constraints } = this.#plan
    const node = snapshot.original(row)
    if (node !== this.#changedNode) {
      this.#changedNode = node
      for (let i = 0; i < constraints.length; i++) this.#more[i] = 0
    }
    const { labels, namespace } = snapshot.shapes.of(pod)
    for (let i = 0; i < constraints.length; i++) {
      const { selection, table } = constraints[i]
      if (table.eligible?.isEligible[node] === 0) continue
      if (selection.rule.matches(labels, namespace)) this.#more[i] += pods
    }
  }

  filter({ snapshot }: Cycle, nodes: NodeList): void {
    const { constraints } = this.#plan
    const { overlay, overlayOf } = snapshot
    const { ids, reason } = nodes
    const notMatched = this.#notMatched
    const lacksLabel = this.#lacksLabel
    for (let c = 0; c < constraints.length; c++) {
      const { key } = constraints[c]
      const { domainOf } = key
      const { counts } = constraints[c].table
      const most = this.#mostIn(c)
      const changed = this.#changedDomain(c)
      const more = changed === NONE ? 0 : this.#more[c]
      const { length } = nodes
      let kept = 0
      for (let i = 0; i < length; i++) {
        const node = ids[i]
        const domain = domainOf[node === overlay ? overlayOf : node]
        if (domain === NONE) reason[node] = lacksLabel
        else if (counts[domain] + (domain === changed ? more : 0) > most) reason[node] = notMatched
        else ids[kept++] = node
      }
      nodes.length = kept
    }
  }

  /** The domain where the number of pods is not as counted, NONE if there is none. */
  #changedDomain(c: number): number {
    if (this.#changedNode === NONE || this.#more[c] === 0) return NONE
    return this.#plan.constraints[c].key.domainOf[this.#changedNode]
  }

  /** How many pods a domain may have before this one comes. */
  #mostIn(c: number): number {
    const { table, maxSkew, minDomains, selfMatch } = this.#plan.constraints[c]
    if (table.domainCount < minDomains) return maxSkew - selfMatch
    let { least } = table
    const changed = this.#changedDomain(c)
    if (changed !== NONE && table.has(changed)) {
      least = Math.min(table.leastWithout(changed), table.counts[changed] + this.#more[c])
    }
    return least + maxSkew - selfMatch
  }
}
