/**
 * CPUs that the first container of a pod may use at once: its limit, or all of its node.
 * Upstream: the CFS quota of pkg/kubelet/cm/helpers_linux.go MilliCPUToQuota (1.36).
 * Simplified: throttling is a lower speed all the time; neighbours on the node take nothing away.
 */
import { amountOf } from '../model/resources.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId, TemplateId } from '../state/ids.js'
import { CPU } from '../state/resource-names.js'

export class PodCores {
  readonly #state: ClusterState
  /** By template; those behind the last one are not known yet. */
  readonly #limits: number[] = []

  constructor(state: ClusterState) {
    this.#state = state
  }

  of(pod: PodId): number {
    const { pods, nodes } = this.#state
    const template = pods.template[pod]
    const limits = this.#limits
    while (limits.length <= template) limits.push(this.#limitOf(limits.length as TemplateId))
    return Math.min(
      limits[template],
      nodes.capacityAmounts[pods.node[pod] * nodes.resourceWidth + CPU] / 1000,
    )
  }

  #limitOf(template: TemplateId): number {
    const { spec } = this.#state.templates.get(template)
    const written = spec.containers[0]?.resources?.limits?.['cpu']
    return written === undefined ? Infinity : (amountOf('cpu', written) ?? Infinity) / 1000
  }
}
