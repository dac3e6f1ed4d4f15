import type { Labels } from '../../model/labels.js'
import { NONE, type NodeId } from '../../state/ids.js'

/**
 * One topology key: which of its domains every node is in, as a small integer. Nodes that share the value of the label
 * share a domain; the number of a domain that has lost its last node is given to the next new one.
 *
 * Upstream: topologyPair of pkg/scheduler/framework/plugins/interpodaffinity/filtering.go (1.36), by value as a text.
 * Simplified: nothing known.
 */
export class TopologyKey {
  readonly name: string
  /** Nodes without the label count as if its value were empty. */
  readonly absentIsEmpty: boolean
  /** By row: the domain, NONE where the node lacks the label. */
  domainOf: Int32Array
  /** One more than the largest domain number given out: the length of a table by domain. */
  size = 0
  readonly #ids = new Map<string, number>()
  readonly #values: string[] = []
  readonly #nodeCount: number[] = []
  readonly #free: number[] = []

  constructor(name: string, absentIsEmpty: boolean, rows: number) {
    this.name = name
    this.absentIsEmpty = absentIsEmpty
    this.domainOf = new Int32Array(rows).fill(NONE)
  }

  ensure(rows: number): void {
    if (this.domainOf.length >= rows) return
    const grown = new Int32Array(rows).fill(NONE)
    grown.set(this.domainOf)
    this.domainOf = grown
  }

  /** Puts the node in the domain its labels name. */
  put(node: NodeId, labels: Labels): void {
    this.clear(node)
    const value = labels[this.name] ?? (this.absentIsEmpty ? '' : undefined)
    if (typeof value !== 'string') return
    let domain = this.#ids.get(value)
    if (domain === undefined) {
      domain = this.#free.pop() ?? this.size++
      this.#ids.set(value, domain)
      this.#values[domain] = value
      this.#nodeCount[domain] = 0
    }
    this.#nodeCount[domain]++
    this.domainOf[node] = domain
  }

  clear(node: NodeId): void {
    const domain = this.domainOf[node]
    if (domain === NONE) return
    this.domainOf[node] = NONE
    if (--this.#nodeCount[domain] > 0) return
    this.#ids.delete(this.#values[domain])
    this.#free.push(domain)
  }
}
