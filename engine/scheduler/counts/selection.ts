import type { Labels } from '../../model/labels.js'
import type { NodeId } from '../../state/ids.js'
import { DomainCounts } from './domain-counts.js'
import type { EligibleNodes } from './eligible-nodes.js'
import type { TopologyKey } from './topology-key.js'

/** Which pods are counted. */
export interface SelectionRule {
  /** Equal for rules that mean the same pods. */
  readonly key: string
  /** Pods being deleted do not count. */
  readonly liveOnly: boolean
  /** A label every such pod must have, as `key=value`; '' when there is none. */
  readonly anchor: string
  matches(labels: Labels, namespace: string): boolean
}

/**
 * The pods of one rule, counted by node, and by domain in as many tables as somebody asked for.
 *
 * Upstream: countPodsMatchSelector of pkg/scheduler/framework/plugins/podtopologyspread/common.go (1.36), which counts
 * anew every time.
 * Simplified: nothing known.
 */
export class Selection {
  readonly rule: SelectionRule
  /** By row. */
  countOf: Int32Array
  readonly tables: DomainCounts[] = []
  /** When it was last asked for: the longest unused go first when there are too many. */
  usedAt = 0

  constructor(rule: SelectionRule, rows: number) {
    this.rule = rule
    this.countOf = new Int32Array(rows)
  }

  ensure(rows: number): void {
    if (this.countOf.length >= rows) return
    const grown = new Int32Array(rows)
    grown.set(this.countOf)
    this.countOf = grown
  }

  add(node: NodeId, pods: 1 | -1): void {
    this.countOf[node] += pods
    const { tables } = this
    for (let i = 0; i < tables.length; i++) tables[i].add(node, pods)
  }

  /** The table for a key and the nodes that count, if there is one already. */
  findTable(key: TopologyKey, eligible: EligibleNodes | undefined): DomainCounts | undefined {
    for (const table of this.tables) if (table.key === key && table.eligible === eligible) return table
    return undefined
  }

  addTable(key: TopologyKey, eligible: EligibleNodes | undefined): DomainCounts {
    const table = new DomainCounts(key, eligible)
    this.tables.push(table)
    return table
  }

  attach(node: NodeId): void {
    for (const table of this.tables) table.attach(node, this.countOf[node])
  }

  detach(node: NodeId): void {
    for (const table of this.tables) table.detach(node, this.countOf[node])
  }
}
