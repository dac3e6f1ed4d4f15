import type { NodeId } from '../../state/ids.js'
import type { Cycle } from './interface.js'
import { NodeList } from './node-list.js'
import type { Nominator } from './nominator.js'
import type { Snapshot } from './snapshot.js'
import { TemplateMemories, type TemplateMemory } from './template-memories.js'

const BYTES_PER_NODE = 16

/** What the filters said of each node for the pods of one template: 0, or the rejection. */
interface VerdictMemory extends TemplateMemory {
  readonly verdict: Int32Array
  /** The same with the nominated pods of the node present, as pods of one priority see them. */
  readonly promisedVersion: Int32Array
  readonly promisedVerdict: Int32Array
  priority: number
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
  #asked = new Int32Array(64)

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

  /** Leaves in the list the nodes of `searched[0..size)` that pass, and for every other one its reason. */
  recall(memory: VerdictMemory, { pod }: Cycle, nodes: NodeList, searched: Int32Array, size: number): void {
    this.#refresh(memory, nodes.reason, searched, size)
    const { verdict } = memory
    const { marks, isEmpty } = this.#nominator
    const own = this.#nominator.nodeOf(pod)
    const { ids, reason } = nodes
    let kept = 0
    for (let i = 0; i < size; i++) {
      const node = searched[i] as NodeId
      let answer = 0
      if (!isEmpty && marks[node] === 1) answer = this.#promised(memory, reason, node, node !== own)
      if (answer === 0) answer = verdict[node]
      if (answer === 0) ids[kept++] = node
      else reason[node] = answer
    }
    nodes.length = kept
  }

  #refresh(memory: VerdictMemory, reason: Int32Array, searched: Int32Array, size: number): void {
    const { version, verdict } = memory
    const { rowVersion } = this.#snapshot
    const stale = this.#stale
    stale.ensure(size)
    stale.reason = reason
    if (this.#asked.length < size) this.#asked = new Int32Array(stale.ids.length)
    const asked = this.#asked
    const { ids } = stale
    let count = 0
    for (let i = 0; i < size; i++) {
      const node = searched[i]
      if (version[node] === rowVersion[node]) continue
      ids[count] = node
      asked[count++] = node
    }
    if (count === 0) return
    stale.length = count
    this.#source.filter(stale)
    const { length } = stale
    let kept = 0
    for (let i = 0; i < count; i++) {
      const node = asked[i]
      const passes = kept < length && ids[kept] === node
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
