/**
 * Which nodes should have a pod of a DaemonSet, remembered as long as a node keeps its labels and taints and the set
 * its template.
 *
 * Upstream: none; daemon_controller.go judges every node at every sync (1.36).
 * Simplified: nothing known.
 */
import type { PodTemplateSpec } from '../../model/workloads.js'
import type { ClusterState } from '../../state/cluster-state.js'
import type { NodeId, ObjectId } from '../../state/ids.js'
import { type Eligibility, eligibility } from './node-eligibility.js'

export class NodeVerdicts {
  readonly #state: ClusterState
  readonly #template: PodTemplateSpec
  /** What each verdict was found for: the node, as its creation, its labels and its taints. */
  #created = new Float64Array(0)
  #labels = new Int32Array(0)
  #taints = new Int32Array(0)
  #verdicts = new Uint8Array(0)

  constructor(state: ClusterState, template: PodTemplateSpec) {
    this.#state = state
    this.#template = template
  }

  isFor(template: PodTemplateSpec): boolean {
    return template === this.#template
  }

  of(node: NodeId): Eligibility {
    const { createdSequence, labels, taints } = this.#state.nodes
    if (node >= this.#verdicts.length) this.#grow(this.#state.nodes.highWater)
    const isKnown =
      this.#created[node] === createdSequence[node] &&
      this.#labels[node] === labels[node] &&
      this.#taints[node] === taints[node]
    if (isKnown) return this.#verdicts[node] as Eligibility
    const verdict = eligibility(this.#state, node, this.#template)
    this.#created[node] = createdSequence[node]
    this.#labels[node] = labels[node]
    this.#taints[node] = taints[node]
    this.#verdicts[node] = verdict
    return verdict
  }

  #grow(rows: number): void {
    // No node is created by write -1.
    this.#created = new Float64Array(rows).fill(-1)
    this.#labels = new Int32Array(rows)
    this.#taints = new Int32Array(rows)
    this.#verdicts = new Uint8Array(rows)
  }
}

/** The verdicts for each DaemonSet. */
export class VerdictsOfSets {
  readonly #state: ClusterState
  readonly #bySet = new Map<ObjectId, NodeVerdicts>()

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(set: ObjectId, template: PodTemplateSpec): NodeVerdicts {
    const known = this.#bySet.get(set)
    if (known?.isFor(template) === true) return known
    const verdicts = new NodeVerdicts(this.#state, template)
    this.#bySet.set(set, verdicts)
    return verdicts
  }

  forget(set: ObjectId): void {
    this.#bySet.delete(set)
  }
}
