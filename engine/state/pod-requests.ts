import type { PodTemplate } from '../model/pod-template.js'
import { effectiveRequests } from '../model/resources.js'
import type { NodeId, PodId, TemplateId } from './ids.js'
import type { Interner } from './interner.js'
import type { NodeTable } from './nodes.js'
import type { PodTable } from './pods.js'
import type { ResourceNames } from './resource-names.js'

/** What the pods of one template request, as parallel lists of resource columns and amounts. */
export interface TemplateRequests {
  readonly resources: readonly number[]
  readonly amounts: readonly number[]
}

interface Tables {
  readonly pods: PodTable
  readonly nodes: NodeTable
  readonly templates: Interner<TemplateId, PodTemplate>
  readonly resources: ResourceNames
}

/** Requests per template, worked out once, and the sums per node that the API server keeps from them. */
export class PodRequests {
  #tables: Tables
  #byTemplate: TemplateRequests[] = []

  constructor(tables: Tables) {
    this.#tables = tables
  }

  of(template: TemplateId): TemplateRequests {
    let requests = this.#byTemplate[template]
    if (requests === undefined) {
      const resources: number[] = []
      const amounts: number[] = []
      for (const [name, amount] of effectiveRequests(this.#tables.templates.get(template).spec)) {
        if (amount === 0) continue
        resources.push(this.#tables.resources.index(name))
        amounts.push(amount)
      }
      requests = { resources, amounts }
      this.#byTemplate[template] = requests
    }
    return requests
  }

  /** Adds the pod's requests to its node's sum (sign 1) or takes them off again (sign -1). */
  charge(pod: PodId, node: NodeId, sign: 1 | -1): void {
    const { resources, amounts } = this.of(this.#tables.pods.templateOf(pod))
    const { requested, resourceWidth } = this.#tables.nodes
    const row = node * resourceWidth
    for (let i = 0; i < resources.length; i++) requested[row + resources[i]] += sign * amounts[i]
  }
}
