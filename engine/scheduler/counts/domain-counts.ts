import { NONE, type NodeId } from '../../state/ids.js'
import type { EligibleNodes } from './eligible-nodes.js'
import type { TopologyKey } from './topology-key.js'

/**
 * How many selected pods there are in every domain of a topology key, on the nodes that count, and the least of these
 * numbers. A domain exists while it has a node that counts. Kept as pods and nodes come and go; the least number is
 * found by a histogram of the numbers, so nobody goes through the domains for it.
 *
 * Upstream: TpValueToMatchNum and criticalPaths of
 * pkg/scheduler/framework/plugins/podtopologyspread/filtering.go (1.36), counted anew for every pod there.
 * Simplified: nothing known.
 */
export class DomainCounts {
  readonly key: TopologyKey
  /** Absent: every node counts. */
  readonly eligible: EligibleNodes | undefined
  /** Selected pods by domain. */
  counts = new Int32Array(8)
  /** Domains there are. */
  domainCount = 0
  /** Selected pods in all domains. */
  total = 0
  /** The least number of any domain; of no meaning while there are none. */
  least = 0
  #nodeCount = new Int32Array(8)
  /** How many domains have this number of pods. */
  #withCount = new Int32Array(8)

  constructor(key: TopologyKey, eligible: EligibleNodes | undefined) {
    this.key = key
    this.eligible = eligible
    this.fit()
  }

  /** Makes room for every domain of the key: call it before reading `counts` by domain. */
  fit(): void {
    const { size } = this.key
    if (this.counts.length >= size) return
    const counts = new Int32Array(Math.ceil(size * 1.5))
    counts.set(this.counts)
    this.counts = counts
    const nodeCount = new Int32Array(counts.length)
    nodeCount.set(this.#nodeCount)
    this.#nodeCount = nodeCount
  }

  /** Takes in a node that has come, with the selected pods it has. */
  attach(node: NodeId, pods: number): void {
    if (!this.#counts(node)) return
    this.fit()
    const domain = this.key.domainOf[node]
    if (this.#nodeCount[domain]++ === 0) {
      this.counts[domain] = 0
      this.domainCount++
      this.#withCount[0]++
      this.least = 0
    }
    if (pods !== 0) this.#move(domain, pods)
  }

  /** Leaves out a node, while the key and the eligibility still tell where it was. */
  detach(node: NodeId, pods: number): void {
    if (!this.#counts(node)) return
    const domain = this.key.domainOf[node]
    if (pods !== 0) this.#move(domain, -pods)
    if (--this.#nodeCount[domain] > 0) return
    this.domainCount--
    this.#withCount[0]--
    this.#raiseLeast()
  }

  /** Selected pods came to the node (or, with a negative number, left it). */
  add(node: NodeId, pods: number): void {
    if (this.#counts(node)) this.#move(this.key.domainOf[node], pods)
  }

  /** Whether the domain exists. */
  has(domain: number): boolean {
    return domain < this.#nodeCount.length && this.#nodeCount[domain] > 0
  }

  /** The least number when `domain` is left out; Infinity when there is no other. */
  leastWithout(domain: number): number {
    if (!this.has(domain)) return this.domainCount === 0 ? Number.POSITIVE_INFINITY : this.least
    if (this.domainCount === 1) return Number.POSITIVE_INFINITY
    const withCount = this.#withCount
    const own = this.counts[domain]
    let number = this.least
    while (withCount[number] - (number === own ? 1 : 0) === 0) number++
    return number
  }

  #counts(node: NodeId): boolean {
    if (this.key.domainOf[node] === NONE) return false
    return this.eligible === undefined || this.eligible.isEligible[node] === 1
  }

  #move(domain: number, pods: number): void {
    const before = this.counts[domain]
    const after = before + pods
    this.counts[domain] = after
    this.total += pods
    if (after >= this.#withCount.length) {
      const grown = new Int32Array(after * 2)
      grown.set(this.#withCount)
      this.#withCount = grown
    }
    this.#withCount[before]--
    this.#withCount[after]++
    if (after < this.least) this.least = after
    else this.#raiseLeast()
  }

  #raiseLeast(): void {
    if (this.domainCount === 0) return
    const withCount = this.#withCount
    let { least } = this
    while (withCount[least] === 0) least++
    this.least = least
  }
}
