import type { CompiledSelector, Labels } from '../../model/labels.js'
import type { CompiledNodeSelector } from '../../model/node-affinity.js'
import { findUntoleratedTaint, keepsAway, type Taint, type Toleration } from '../../model/taints.js'
import type { NodeId } from '../../state/ids.js'
import type { NodeShapeId } from '../framework/snapshot.js'

/** What makes a node one whose pods count; what is absent is not asked for. */
export interface NodeRequirement {
  /** Equal for equal requirements. */
  readonly key: string
  /** Labels it must have, whatever their value. */
  readonly topologyKeys: readonly string[]
  readonly nodeSelector?: CompiledSelector
  readonly affinity?: CompiledNodeSelector
  /** Whether selector or affinity can tell nodes of one pool apart: by the name or the hostname label. */
  readonly asksForName: boolean
  /** Present: taints that keep pods away must be tolerated by these. */
  readonly tolerations?: readonly Toleration[]
}

/** What is known of a node when it is judged. */
export interface JudgedNode {
  readonly labels: Labels
  readonly name: string
  readonly taints: readonly Taint[]
  readonly shape: NodeShapeId
}

/**
 * Which nodes count for a topology spread constraint, by row. Nodes of one shape share the answer.
 *
 * Upstream: matchNodeInclusionPolicies and nodeLabelsMatchSpreadConstraints of
 * pkg/scheduler/framework/plugins/podtopologyspread/common.go (1.36).
 * Simplified: nothing known.
 */
export class EligibleNodes {
  readonly #requirement: NodeRequirement
  isEligible: Uint8Array
  /** By node shape: 1 yes, -1 no, 0 not asked yet. */
  #byShape = new Int8Array(16)

  constructor(requirement: NodeRequirement, rows: number) {
    this.#requirement = requirement
    this.isEligible = new Uint8Array(rows)
  }

  ensure(rows: number): void {
    if (this.isEligible.length >= rows) return
    const grown = new Uint8Array(rows)
    grown.set(this.isEligible)
    this.isEligible = grown
  }

  put(row: NodeId, node: JudgedNode): void {
    this.isEligible[row] = this.#counts(node) ? 1 : 0
  }

  /** Whether putting the node anew would change anything. */
  differs(row: NodeId, node: JudgedNode): boolean {
    return (this.isEligible[row] === 1) !== this.#counts(node)
  }

  clear(row: NodeId): void {
    this.isEligible[row] = 0
  }

  #counts(node: JudgedNode): boolean {
    return this.#hasKeys(node.labels) && this.#isAllowed(node)
  }

  #hasKeys(labels: Labels): boolean {
    for (const key of this.#requirement.topologyKeys) if (typeof labels[key] !== 'string') return false
    return true
  }

  #isAllowed(node: JudgedNode): boolean {
    if (this.#requirement.asksForName) return this.#judge(node)
    const { shape } = node
    if (shape >= this.#byShape.length) {
      const grown = new Int8Array(shape * 2)
      grown.set(this.#byShape)
      this.#byShape = grown
    }
    if (this.#byShape[shape] === 0) this.#byShape[shape] = this.#judge(node) ? 1 : -1
    return this.#byShape[shape] === 1
  }

  #judge({ labels, name, taints }: JudgedNode): boolean {
    const { nodeSelector, affinity, tolerations } = this.#requirement
    if (nodeSelector !== undefined && !nodeSelector.matches(labels)) return false
    if (affinity !== undefined && !affinity.matches(labels, name)) return false
    return tolerations === undefined || findUntoleratedTaint(taints, tolerations, keepsAway) === undefined
  }
}
