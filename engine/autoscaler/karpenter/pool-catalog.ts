/**
 * The node pools with their instance types, and all that can be reckoned from these alone: it lasts until a pool or an
 * offering changes.
 * Upstream: NewScheduler of Karpenter core 1.15, pkg/controllers/provisioning (provisioner.go and
 * scheduling/scheduler.go).
 * Simplified: nothing known.
 */
import { TaintEffect } from '../../model/taints.js'
import { InstanceCatalog } from './instance-catalog.js'
import type { InstanceType } from './instance-type.js'
import { PodShapes } from './pod-shape.js'
import { typesOfPool } from './pool-plan.js'
import { byWeight, type PoolTemplate } from './pool-template.js'
import { reservedCapacity } from './reservations.js'
import { MinValuesPolicy, PreferencePolicy } from './scheduling-result.js'
import { type DomainsByKey, domainsOf } from './topology-domains.js'
import type { TypeSet } from './type-set.js'
import { WELL_KNOWN_LABELS } from './well-known-labels.js'

/** What is left out has its usual value: strict, respected, no further labels. */
export interface CatalogOptions {
  readonly minValuesPolicy?: MinValuesPolicy
  readonly preferencePolicy?: PreferencePolicy
  /** Labels that the cloud registers for its instance types. */
  readonly cloudLabels?: Iterable<string>
}

export interface PoolOfTypes {
  readonly pool: PoolTemplate
  readonly catalog: InstanceCatalog
  readonly options: TypeSet
}

export class PoolCatalog {
  /** All pools, in the order in which they are tried. */
  readonly pools: readonly PoolTemplate[]
  /** Those of which a node can be made. */
  readonly open: readonly PoolOfTypes[]
  readonly wellKnown: ReadonlySet<string>
  readonly relaxesMinValues: boolean
  readonly respectsPreferences: boolean
  readonly domains: DomainsByKey
  readonly shapes: PodShapes
  /** By reservation, how many machines it has. */
  readonly reserved: ReadonlyMap<string, number>

  constructor(pools: readonly PoolTemplate[], options: CatalogOptions = {}) {
    this.pools = pools.toSorted(byWeight)
    this.wellKnown = new Set([...WELL_KNOWN_LABELS, ...(options.cloudLabels ?? [])])
    this.relaxesMinValues = options.minValuesPolicy === MinValuesPolicy.BestEffort
    this.respectsPreferences = options.preferencePolicy !== PreferencePolicy.Ignore
    this.domains = domainsOf(this.pools)
    this.reserved = reservedCapacity(this.instanceTypes())
    const open: PoolOfTypes[] = []
    for (const pool of this.pools) {
      const catalog = new InstanceCatalog(pool.instanceTypes, this.wellKnown)
      const types = typesOfPool(pool, catalog, this.relaxesMinValues)
      if (types !== undefined) open.push({ pool, catalog, options: types })
    }
    this.open = open
    this.shapes = new PodShapes({
      respectsPreferences: this.respectsPreferences,
      somePoolPrefersNot: pools.some(({ taints }) =>
        taints.some(({ effect }) => effect === TaintEffect.PreferNoSchedule),
      ),
    })
  }

  *instanceTypes(): IterableIterator<InstanceType> {
    for (const { instanceTypes } of this.pools) yield* instanceTypes
  }
}
