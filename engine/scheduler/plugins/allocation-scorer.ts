import type { ResourceNames } from '../../state/resource-names.js'
import { CPU, MEMORY } from '../../state/resource-names.js'
import type { NodeList } from '../framework/node-list.js'
import { MAX_SCORE } from '../framework/normalize.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot } from '../framework/snapshot.js'
import { type ShapePoint, scoreByUtilization } from './allocation-score.js'
import { ScoredDemands, type ScoredResource } from './scored-resources.js'

const Strategy = { LeastAllocated: 0, MostAllocated: 1, RequestedToCapacityRatio: 2 } as const
type Strategy = (typeof Strategy)[keyof typeof Strategy]

/** The strategies by their names in arguments. */
export const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(Object.entries(Strategy))

export interface StrategySettings {
  readonly type: string
  readonly resources: readonly ScoredResource[]
  readonly requestedToCapacityRatio: { readonly shape: readonly ShapePoint[] }
}

/**
 * Scores nodes by how full each resource would be with the pod, resource by resource, and averages by weight. Running
 * pods and the pod itself count with the defaults of the score.
 *
 * Upstream: least_allocated.go, most_allocated.go, requested_to_capacity_ratio.go and resource_allocation.go of
 * pkg/scheduler/framework/plugins/noderesources (1.36).
 * Simplified: amounts beyond 90 TB may lose the last unit in a product; upstream has 64 bits.
 */
export class AllocationScorer {
  readonly #strategy: Strategy
  readonly #demands: ScoredDemands
  /** Score by whole percent of utilization. */
  readonly #byUtilization: Float64Array
  /** By position in the list of nodes: the weights of the resources that the node has. */
  #weights = new Float64Array(64)

  constructor(settings: StrategySettings, names: ResourceNames) {
    const { type, resources, requestedToCapacityRatio } = settings
    this.#strategy = STRATEGIES.get(type) ?? Strategy.LeastAllocated
    this.#demands = new ScoredDemands(resources, names, true)
    this.#byUtilization =
      this.#strategy === Strategy.RequestedToCapacityRatio
        ? scoreByUtilization(requestedToCapacityRatio.shape)
        : new Float64Array(0)
  }

  score(snapshot: Snapshot, shape: PodShape, nodes: NodeList, scores: Float64Array): void {
    const { columns, amounts, weights } = this.#demands.of(shape)
    const { length } = nodes
    if (this.#weights.length < length) this.#weights = new Float64Array(length * 2)
    scores.fill(0, 0, length)
    this.#weights.fill(0, 0, length)
    for (let r = 0; r < columns.length; r++) {
      this.#addResource(snapshot, columns[r], amounts[r], weights[r], nodes, scores)
    }
    const total = this.#weights
    const isRounded = this.#strategy === Strategy.RequestedToCapacityRatio
    for (let i = 0; i < length; i++) {
      if (total[i] === 0) scores[i] = 0
      else scores[i] = Math.floor(scores[i] / total[i] + (isRounded ? 0.5 : 0))
    }
  }

  /** Adds one resource's weighted score, and its weight, on every node that has the resource. */
  #addResource(
    snapshot: Snapshot,
    column: number,
    asked: number,
    weight: number,
    { ids, length }: NodeList,
    scores: Float64Array,
  ): void {
    const { allocatable, width } = snapshot
    // Cpu and memory have sums of their own, which count the defaults.
    const isCpu = column === CPU
    const isSeparate = isCpu || column === MEMORY
    const separate = isCpu ? snapshot.scoredMilliCPU : snapshot.scoredMemoryBytes
    const used = isSeparate ? separate : snapshot.requested
    const stride = isSeparate ? 1 : width
    const offset = isSeparate ? 0 : column
    const strategy = this.#strategy
    const byUtilization = this.#byUtilization
    const total = this.#weights
    for (let i = 0; i < length; i++) {
      const node = ids[i]
      const capacity = allocatable[node * width + column]
      if (capacity === 0) continue
      const requested = used[node * stride + offset] + asked
      if (strategy === Strategy.LeastAllocated) {
        if (requested < capacity)
          scores[i] += weight * Math.floor(((capacity - requested) * MAX_SCORE) / capacity)
        total[i] += weight
        continue
      }
      const utilization = requested >= capacity ? MAX_SCORE : Math.floor((requested * MAX_SCORE) / capacity)
      const score = strategy === Strategy.MostAllocated ? utilization : byUtilization[utilization]
      // A ratio that scores 0 does not even count its weight.
      if (score === 0 && strategy === Strategy.RequestedToCapacityRatio) continue
      scores[i] += weight * score
      total[i] += weight
    }
  }
}
