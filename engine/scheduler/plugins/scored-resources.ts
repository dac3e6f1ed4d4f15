import { isScalarResource } from '../../model/resource-kinds.js'
import { effectiveRequests, podRequests } from '../../model/resources.js'
import type { ResourceNames } from '../../state/resource-names.js'
import { type PodShape, SCORING_DEFAULTS } from '../framework/pod-shape.js'

/** A resource that a score looks at, as arguments name it. */
export interface ScoredResource {
  readonly name: string
  readonly weight: number
}

/** What both resource scores look at by default. */
export const DEFAULT_SCORED_RESOURCES: readonly ScoredResource[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
]

/** The resources that count for one pod, as parallel lists; the others are left out of its score. */
export interface ScoredDemand {
  /** Resource columns. */
  readonly columns: Int32Array
  readonly weights: Float64Array
  /** What the pod asks of each. */
  readonly amounts: Float64Array
  /** The pod asks for none of the resources of the score. */
  readonly asksNothing: boolean
}

/**
 * What the pods of a template ask of the resources a score looks at. An extended resource that the pod does not ask
 * for drops out; a node that has none of a resource leaves it out by itself.
 *
 * Upstream: resource_allocation.go of pkg/scheduler/framework/plugins/noderesources (1.36).
 * Simplified: an extended resource backed by devices of resource slices is scored only where a node reports it itself.
 */
export class ScoredDemands {
  readonly #resources: readonly (ScoredResource & { readonly column: number })[]
  readonly #isDefaulted: boolean
  readonly #byTemplate: ScoredDemand[] = []

  /** @param isDefaulted cpu and memory that no container names count as some, and pod-level amounts not at all. */
  constructor(resources: readonly ScoredResource[], names: ResourceNames, isDefaulted: boolean) {
    this.#resources = resources.map(({ name, weight }) => ({ name, weight, column: names.index(name) }))
    this.#isDefaulted = isDefaulted
  }

  of({ templateId, template: { spec } }: PodShape): ScoredDemand {
    const known = this.#byTemplate[templateId]
    if (known !== undefined) return known
    const requests = this.#isDefaulted ? podRequests(spec, SCORING_DEFAULTS, false) : effectiveRequests(spec)
    const asked = ({ name }: ScoredResource): number => requests.get(name) ?? 0
    const counted = this.#resources.filter(
      resource => asked(resource) > 0 || !isScalarResource(resource.name),
    )
    const demand: ScoredDemand = {
      columns: Int32Array.from(counted, ({ column }) => column),
      weights: Float64Array.from(counted, ({ weight }) => weight),
      amounts: Float64Array.from(counted, asked),
      asksNothing: this.#resources.every(resource => asked(resource) === 0),
    }
    this.#byTemplate[templateId] = demand
    return demand
  }
}

/** What is wrong with the resources of a score's arguments. */
export function scoredResourceErrors(resources: readonly ScoredResource[], maxWeight: number): string[] {
  const errors: string[] = []
  const seen = new Set<string>()
  for (const { name, weight } of resources) {
    if (seen.has(name)) errors.push(`resource ${name} is listed twice`)
    if (!Number.isInteger(weight) || weight < 1 || weight > maxWeight) {
      const range = maxWeight === 1 ? '1' : `between 1 and ${maxWeight}`
      errors.push(`the weight of resource ${name} must be ${range}, got ${weight}`)
    }
    seen.add(name)
  }
  return errors
}
