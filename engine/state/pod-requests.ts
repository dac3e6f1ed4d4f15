import { effectiveRequests } from '../model/resources.js'
import type { ClusterState } from './cluster-state.js'
import type { NodeId, PodId, TemplateId } from './ids.js'

/** What the pods of one template request, as parallel lists of resource columns and amounts. */
export interface TemplateRequests {
  readonly resources: readonly number[]
  readonly amounts: readonly number[]
}

/** Requests per template, worked out once, and the sums per node that the API server keeps from them. */
export class PodRequests {
  #state: ClusterState
  #byTemplate: TemplateRequests[] = []

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(template: TemplateId): TemplateRequests {
    let requests = this.#byTemplate[template]
    if (requests === undefined) {
      const resources: number[] = []
      const amounts: number[] = []
      for (const [name, amount] of effectiveRequests(this.#state.templates.get(template).spec)) {
        if (amount === 0) continue
        resources.push(this.#state.resources.index(name))
        amounts.push(amount)
      }
      requests = { resources, amounts }
      this.#byTemplate[template] = requests
    }
    return requests
  }

  /** Adds the pod's requests to its node's sum (sign 1) or takes them off again (sign -1). */
  charge(pod: PodId, node: NodeId, sign: 1 | -1): void {
    const { resources, amounts } = this.of(this.#state.pods.templateOf(pod))
    const { requested, resourceWidth } = this.#state.nodes
    const row = node * resourceWidth
    for (let i = 0; i < resources.length; i++) requested[row + resources[i]] += sign * amounts[i]
  }
}
