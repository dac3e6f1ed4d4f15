/**
 * The instance types of one pool in columns, and which of them requirements let through. Answers are kept by what was
 * asked: nodes to come ask for few different things.
 * Upstream: filterInstanceTypesByRequirements, compatible and fits of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling/nodeclaim.go.
 * Simplified: nothing known.
 */
import { type AllocatableOfferings, allocatableOfferings, type InstanceType } from './instance-type.js'
import type { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import { TypeSet } from './type-set.js'

/** Rows of one type that requirements let through have an available offering each. */
export interface Match {
  /** Types whose labels and offerings both allow what was asked. */
  readonly types: TypeSet
  /** Rows with an offering that allows it. */
  readonly rows: TypeSet
  /** Types whose labels allow it, offered or not. */
  readonly compatible: TypeSet
}

export class InstanceCatalog {
  readonly types: readonly InstanceType[]
  readonly wellKnown: ReadonlySet<string>
  /**
   * A row is what one type's machines give to pods: one a type, and one more for each way in which offerings differ.
   * `firstRow` has one entry more than there are types.
   */
  readonly firstRow: Int32Array
  readonly rows: readonly AllocatableOfferings[]
  readonly #labels: ReadonlySet<string>
  readonly #offeringLabels: ReadonlySet<string>
  readonly #matches = new Map<string, Match>()
  readonly #typesFor = new Map<string, TypeSet>()

  constructor(types: readonly InstanceType[], wellKnown: ReadonlySet<string>) {
    this.types = types
    this.wellKnown = wellKnown
    this.firstRow = new Int32Array(types.length + 1)
    const rows: AllocatableOfferings[] = []
    const labels = new Set<string>()
    const offeringLabels = new Set<string>()
    for (const [i, type] of types.entries()) {
      rows.push(...allocatableOfferings(type))
      this.firstRow[i + 1] = rows.length
      for (const key of type.requirements.keys()) labels.add(key)
      for (const { requirements } of type.offerings) {
        for (const key of requirements.keys()) offeringLabels.add(key)
      }
    }
    this.rows = rows
    this.#labels = labels
    this.#offeringLabels = offeringLabels
  }

  /** What the requirements let through. */
  match(requirements: Requirements): Match {
    const key = this.#keyOf(requirements)
    let match = this.#matches.get(key)
    if (match === undefined) this.#matches.set(key, (match = this.#find(requirements)))
    return match
  }

  /** The part of requirements that types and offerings look at. */
  #keyOf(requirements: Requirements): string {
    let key = ''
    for (const label of this.#labels) key += `${requirements.find(label)?.meaning ?? ''};`
    for (const label of this.#offeringLabels) {
      if (!this.#labels.has(label)) key += `${requirements.find(label)?.meaning ?? ''};`
    }
    return key
  }

  #find(requirements: Requirements): Match {
    let compatible = TypeSet.full(this.types.length)
    for (const requirement of requirements) {
      if (this.#labels.has(requirement.key)) {
        compatible = compatible.intersection(this.#typesThatAllow(requirement))
      }
    }
    const rows = new TypeSet(this.rows.length)
    const types = new TypeSet(this.types.length)
    const allowed = new Map<Requirements, boolean>()
    for (let type = 0; type < this.types.length; type++) {
      for (let row = this.firstRow[type]; row < this.firstRow[type + 1]; row++) {
        if (!this.#hasOffering(row, requirements, allowed)) continue
        rows.add(row)
        if (compatible.has(type)) types.add(type)
      }
    }
    return { types, rows, compatible }
  }

  #typesThatAllow(requirement: Requirement): TypeSet {
    let set = this.#typesFor.get(requirement.meaning)
    if (set === undefined) {
      this.#typesFor.set(requirement.meaning, (set = new TypeSet(this.types.length)))
      const alone = new Requirements([requirement])
      for (const [i, type] of this.types.entries()) if (type.requirements.intersects(alone)) set.add(i)
    }
    return set
  }

  #hasOffering(row: number, requirements: Requirements, allowed: Map<Requirements, boolean>): boolean {
    for (const offering of this.rows[row].offerings) {
      let isAllowed = allowed.get(offering.requirements)
      if (isAllowed === undefined) {
        isAllowed = requirements.isCompatible(offering.requirements, this.wellKnown)
        allowed.set(offering.requirements, isAllowed)
      }
      if (isAllowed) return true
    }
    return false
  }
}
