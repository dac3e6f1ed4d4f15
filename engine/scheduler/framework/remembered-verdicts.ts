import type { NodeId } from '../../state/ids.js'
import type { Cycle } from './interface.js'
import { NodeList } from './node-list.js'
import type { Nominator } from './nominator.js'
import type { Snapshot } from './snapshot.js'
import { TemplateMemories, type TemplateMemory } from './template-memories.js'

const BYTES_PER_NODE = 16
/** Fewest nodes worth a round of filters. */
const MIN_WINDOW = 32

/** What the filters said of each node for the pods of one template: 0, or the rejection. */
interface VerdictMemory extends TemplateMemory {
  readonly verdict: Int32Array
  /** The same with the nominated pods of the node present, as pods of one priority see them. */
  readonly promisedVersion: Int32Array
  readonly promisedVerdict: Int32Array
  priority: number
}

/** Which nodes are looked at: `ids[0..count)` from `start` on, until one more than `wanted` has passed. */
export interface NodeSearch {
  readonly ids: Int32Array
  readonly count: number
  readonly start: number
  readonly wanted: number
}

/** How to ask about nodes of which nothing is remembered. */
export interface VerdictSource {
  /** Narrows the list by all filters of the cycle. */
  filter(nodes: NodeList): void
  /** Whether the node passes with its nominated pods present; if not, its reason says why. */
  passesWithNominated(node: NodeId): boolean
}

/**
 * Verdicts of filters that follow from a template and a node's row alone: a pod like one that was tried before asks
 * only about the rows that have changed since. A pod that fits nowhere costs a comparison a node.
 *
 * Upstream: none; kube-scheduler filters every node anew.
 * Simplified: nothing known.
 */
export class RememberedVerdicts {
  readonly #snapshot: Snapshot
  readonly #nominator: Nominator
  readonly #source: VerdictSource
  readonly #memories = new TemplateMemories<VerdictMemory>(BYTES_PER_NODE, rows => ({
    version: new Int32Array(rows),
    verdict: new Int32Array(rows),
    promisedVersion: new Int32Array(rows),
    promisedVerdict: new Int32Array(rows),
    priority: 0,
  }))
  /** Nodes that have changed: to be narrowed by the filters, and as they were before. */
  readonly #stale = new NodeList(64)
  #asked: Int32Array = new Int32Array(64)

  constructor(snapshot: Snapshot, nominator: Nominator, source: VerdictSource) {
    this.#snapshot = snapshot
    this.#nominator = nominator
    this.#source = source
  }

  /** What is remembered for pods like that of the cycle, whose filters must follow rows; undefined at the first one. */
  of({ pod, shape }: Cycle): VerdictMemory | undefined {
    const snapshot = this.#snapshot
    const memory = this.#memories.of(shape.templateId, snapshot.rows)
    const priority = snapshot.state.pods.priority[pod]
    if (memory !== undefined && memory.priority !== priority) {
      memory.promisedVersion.fill(0)
      memory.priority = priority
    }
    return memory
  }

  /**
   * Searches `ids[0..count)` from `start` on, round the end, until one feasible node more than `wanted` was met. Those
   * that passed go to `feasible`, the rejected ones before the end of the search to `rejected` with their reasons.
   */
  find(
    memory: VerdictMemory,
    { pod }: Cycle,
    { ids, count, start, wanted }: NodeSearch,
    feasible: NodeList,
    rejected: NodeList,
  ): void {
    const { version, verdict } = memory
    const { rowVersion } = this.#snapshot
    const { marks, isEmpty } = this.#nominator
    const own = this.#nominator.nodeOf(pod)
    const passed = feasible.ids
    const { ids: turnedDown, reason } = rejected
    let found = 0
    let refused = 0
    let at = start
    for (let left = count; left > 0; left--) {
      const node = ids[at] as NodeId
      if (version[node] !== rowVersion[node]) {
        const window = Math.min(left, Math.max(wanted - found + 1, MIN_WINDOW))
        this.#refresh(memory, reason, ids, count, at, window)
      }
      let answer = 0
      if (!isEmpty && marks[node] === 1) answer = this.#promised(memory, reason, node, node !== own)
      if (answer === 0) answer = verdict[node]
      if (answer !== 0) {
        reason[node] = answer
        turnedDown[refused++] = node
      } else if (found < wanted) passed[found++] = node
      else break
      if (++at === count) at = 0
    }
    feasible.length = found
    rejected.length = refused
  }

  /** Asks the filters about all nodes that have changed among those the search will come to next. */
  #refresh(
    { version, verdict }: VerdictMemory,
    reason: Int32Array,
    order: Int32Array,
    count: number,
    start: number,
    window: number,
  ): void {
    const { rowVersion } = this.#snapshot
    const stale = this.#stale
    stale.ensure(window)
    stale.reason = reason
    if (this.#asked.length < window) this.#asked = new Int32Array(stale.ids.length)
    const asked = this.#asked
    const { ids } = stale
    let length = 0
    for (let i = 0, at = start; i < window; i++) {
      const node = order[at]
      if (++at === count) at = 0
      if (version[node] === rowVersion[node]) continue
      ids[length] = node
      asked[length++] = node
    }
    stale.length = length
    this.#source.filter(stale)
    let kept = 0
    for (let i = 0; i < length; i++) {
      const node = asked[i]
      const passes = kept < stale.length && ids[kept] === node
      if (passes) kept++
      verdict[node] = passes ? 0 : reason[node]
      version[node] = rowVersion[node]
    }
  }

  /** The answer with the nominated pods of the node present; it does not last for a pod that is one of them. */
  #promised(memory: VerdictMemory, reason: Int32Array, node: NodeId, isLasting: boolean): number {
    const version = this.#snapshot.rowVersion[node] + this.#nominator.versions[node]
    if (isLasting && memory.promisedVersion[node] === version) return memory.promisedVerdict[node]
    const answer = this.#source.passesWithNominated(node) ? 0 : reason[node]
    if (isLasting) {
      memory.promisedVersion[node] = version
      memory.promisedVerdict[node] = answer
    }
    return answer
  }
}
