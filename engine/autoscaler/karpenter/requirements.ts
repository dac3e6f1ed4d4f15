/**
 * Requirements on the labels of one node, at most one a key: what a pod, a node pool, a node to come, an instance type
 * or an offering says, and whether two of them can be met together.
 * Upstream: Karpenter core 1.15, pkg/scheduling/requirements.go.
 * Simplified: an incompatibility says no "typo of".
 */

import { sortLikeGo } from '../../model/go-sort.js'
import type { Labels } from '../../model/labels.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { byCodeUnits } from '../../model/resource-list.js'
import { Requirement, type WrittenRequirement } from './requirement.js'
import { HOSTNAME } from './well-known-labels.js'

/** Where a label must be defined to be asked for: no key may be left undefined. */
export const NONE_UNDEFINED: ReadonlySet<string> = new Set()

export class Requirements {
  readonly #byKey: Map<string, Requirement>

  constructor(requirements: Iterable<Requirement> = []) {
    this.#byKey = new Map()
    for (const requirement of requirements) this.add(requirement)
  }

  static ofLabels(labels: Labels): Requirements {
    const requirements = new Requirements()
    for (const key of Object.keys(labels)) requirements.add(Requirement.read(labelIs(key, labels[key])))
    return requirements
  }

  static read(written: Iterable<WrittenRequirement>): Requirements {
    const requirements = new Requirements()
    for (const one of written) requirements.add(Requirement.read(one))
    return requirements
  }

  /** What the pod asks for, the first of its required terms standing for all, its heaviest preference included. */
  static ofPod(spec: PodSpec): Requirements {
    const requirements = Requirements.ofLabels(spec.nodeSelector ?? {})
    const preferred = [
      ...(spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ]
    sortLikeGo(preferred, (a, b) => a.weight > b.weight)
    if (preferred.length > 0) {
      requirements.addAll(Requirements.read(preferred[0].preference.matchExpressions ?? []))
    }
    addFirstTerm(requirements, spec)
    return requirements
  }

  /** {@link ofPod} without preferences. */
  static ofPodStrictly(spec: PodSpec): Requirements {
    const requirements = Requirements.ofLabels(spec.nodeSelector ?? {})
    addFirstTerm(requirements, spec)
    return requirements
  }

  get size(): number {
    return this.#byKey.size
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys()
  }

  [Symbol.iterator](): IterableIterator<Requirement> {
    return this.#byKey.values()
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  find(key: string): Requirement | undefined {
    return this.#byKey.get(key)
  }

  /** A key without requirement may have any value. */
  get(key: string): Requirement {
    return this.#byKey.get(key) ?? Requirement.exists(key)
  }

  copy(): Requirements {
    const copy = new Requirements()
    for (const [key, requirement] of this.#byKey) copy.#byKey.set(key, requirement)
    return copy
  }

  /** Narrows its key. */
  add(requirement: Requirement): void {
    const known = this.#byKey.get(requirement.key)
    this.#byKey.set(
      requirement.key,
      known === undefined || known === requirement ? requirement : requirement.intersection(known),
    )
  }

  addAll(others: Requirements): void {
    for (const requirement of others) this.add(requirement)
  }

  /** Puts it in the place of whatever its key had. */
  replace(requirement: Requirement): void {
    this.#byKey.set(requirement.key, requirement)
  }

  delete(key: string): void {
    this.#byKey.delete(key)
  }

  /**
   * Why a node with these labels cannot meet the incoming requirements as well; undefined if it can. A key that only
   * they name is refused unless it may be left undefined or they could do without it.
   */
  conflictWith(incoming: Requirements, mayBeUndefined: ReadonlySet<string>): string | undefined {
    for (const requirement of incoming) {
      const { key } = requirement
      if (this.#byKey.has(key) || mayBeUndefined.has(key) || requirement.allowsAbsence) continue
      return `label "${key}" does not have known values`
    }
    const key = this.#conflictingKey(incoming)
    if (key === undefined) return undefined
    return `key ${key}, ${incoming.get(key).text} not in ${this.get(key).text}`
  }

  /** Whether {@link conflictWith} finds nothing. */
  isCompatible(incoming: Requirements, mayBeUndefined: ReadonlySet<string>): boolean {
    for (const requirement of incoming) {
      const own = this.#byKey.get(requirement.key)
      if (own === undefined) {
        if (!mayBeUndefined.has(requirement.key) && !requirement.allowsAbsence) return false
      } else if (!canBothHold(own, requirement)) return false
    }
    return true
  }

  /** Whether every key that both name has a value for both; keys of one of them only do not matter. */
  intersects(others: Requirements): boolean {
    return this.#conflictingKey(others) === undefined
  }

  get hasMinValues(): boolean {
    for (const { minValues } of this.#byKey.values()) if (minValues !== undefined) return true
    return false
  }

  /** As objects of the API write them, by key. */
  written(): WrittenRequirement[] {
    const keys = [...this.#byKey.keys()].sort(byCodeUnits)
    return keys.flatMap(key => this.get(key).written())
  }

  /** For messages. */
  get text(): string {
    const own = [...this.#byKey.values()].filter(({ key }) => key !== HOSTNAME)
    return own
      .map(({ text }) => text)
      .sort(byCodeUnits)
      .join(', ')
  }

  #conflictingKey(others: Requirements): string | undefined {
    const [few, many] = this.size <= others.size ? [this, others] : [others, this]
    for (const requirement of few) {
      const other = many.find(requirement.key)
      if (other !== undefined && !canBothHold(requirement, other)) return requirement.key
    }
    return undefined
  }
}

/** Two that can do without the label are met by a node without it. */
function canBothHold(a: Requirement, b: Requirement): boolean {
  return a.hasIntersection(b) || (a.allowsAbsence && b.allowsAbsence)
}

function addFirstTerm(requirements: Requirements, { affinity }: PodSpec): void {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms !== undefined && terms.length > 0) {
    requirements.addAll(Requirements.read(terms[0].matchExpressions ?? []))
  }
}

function labelIs(key: string, value: string): WrittenRequirement {
  return { key, operator: 'In', values: [value] }
}
