/**
 * What one label of a node may be: a set of values, or all values but a set, within bounds. Requirements of one key
 * are narrowed by intersecting them.
 * Upstream: Karpenter core 1.15, pkg/scheduling/requirement.go.
 * Simplified: integers beyond 2^53 are rounded.
 */
import { atoi } from '../../model/go-integer.js'
import { byCodeUnits } from '../../model/resource-list.js'
import { presentSpelling } from './well-known-labels.js'

export const Operator = {
  In: 'In',
  NotIn: 'NotIn',
  Exists: 'Exists',
  DoesNotExist: 'DoesNotExist',
  Gt: 'Gt',
  Lt: 'Lt',
  Gte: 'Gte',
  Lte: 'Lte',
} as const
export type Operator = (typeof Operator)[keyof typeof Operator]

/** A requirement as objects of the API write it. */
export interface WrittenRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[] | null | undefined
  readonly minValues?: number | null | undefined
}

interface Bounds {
  /** Both inclusive. */
  readonly atLeast: number | undefined
  readonly atMost: number | undefined
}

const UNBOUNDED: Bounds = { atLeast: undefined, atMost: undefined }
const NO_VALUES: ReadonlySet<string> = new Set()
const LARGEST_INT64 = 2 ** 63

/** Immutable. */
export class Requirement {
  readonly key: string
  /** The values are those the label may not have; any other one within the bounds will do. */
  readonly isComplement: boolean
  readonly values: ReadonlySet<string>
  readonly bounds: Bounds
  /** How many different values the instance types that are left must offer. */
  readonly minValues: number | undefined
  #meaning: string | undefined

  constructor(
    key: string,
    isComplement: boolean,
    values: ReadonlySet<string>,
    bounds: Bounds = UNBOUNDED,
    minValues?: number,
  ) {
    this.key = key
    this.isComplement = isComplement
    this.values = values
    this.bounds = bounds
    this.minValues = minValues
  }

  static in(key: string, values: Iterable<string>, minValues?: number): Requirement {
    return new Requirement(key, false, new Set(values), UNBOUNDED, minValues)
  }

  static exists(key: string): Requirement {
    return new Requirement(key, true, NO_VALUES)
  }

  static doesNotExist(key: string, minValues?: number): Requirement {
    return new Requirement(key, false, NO_VALUES, UNBOUNDED, minValues)
  }

  /** Reads one that validation has let through. */
  static read(written: WrittenRequirement): Requirement {
    const key = presentSpelling(written.key)
    const values = written.values ?? []
    const minValues = written.minValues ?? undefined
    switch (written.operator) {
      case Operator.In:
        return Requirement.in(key, values, minValues)
      case Operator.NotIn:
        return new Requirement(key, true, new Set(values), UNBOUNDED, minValues)
      case Operator.DoesNotExist:
        return Requirement.doesNotExist(key, minValues)
      case Operator.Exists:
        return new Requirement(key, true, NO_VALUES, UNBOUNDED, minValues)
      default:
        return bounded(key, written.operator, integerOf(values[0]) ?? 0, minValues)
    }
  }

  /** Bounds alone count as Exists. */
  get operator(): Operator {
    if (this.isComplement) return this.values.size > 0 ? Operator.NotIn : Operator.Exists
    return this.values.size > 0 ? Operator.In : Operator.DoesNotExist
  }

  /** Whether a node without the label is as good as one with an allowed value: NotIn and DoesNotExist. */
  get allowsAbsence(): boolean {
    return this.isComplement === this.values.size > 0
  }

  has(value: string): boolean {
    return this.values.has(value) !== this.isComplement && isWithin(value, this.bounds)
  }

  /** The only value there may be, if there is only one. */
  get onlyValue(): string | undefined {
    if (this.isComplement || this.values.size !== 1) return undefined
    const [only] = this.values
    return only
  }

  /** What both allow. The number of values wanted is the larger one. */
  intersection(other: Requirement): Requirement {
    const minValues = larger(this.minValues, other.minValues)
    const bounds = commonBounds(this.bounds, other.bounds)
    if (isEmpty(bounds)) return Requirement.doesNotExist(this.key, minValues)
    const isComplement = this.isComplement && other.isComplement
    const values = new Set<string>()
    if (isComplement) {
      for (const value of this.values) addWithin(values, value, bounds)
      for (const value of other.values) addWithin(values, value, bounds)
    } else {
      const [concrete, rest] = this.isComplement ? [other, this] : [this, other]
      for (const value of concrete.values) {
        if (rest.values.has(value) !== rest.isComplement) addWithin(values, value, bounds)
      }
    }
    return new Requirement(this.key, isComplement, values, isComplement ? bounds : UNBOUNDED, minValues)
  }

  /** Whether {@link intersection} would leave a value, without making it. */
  hasIntersection(other: Requirement): boolean {
    const bounds = commonBounds(this.bounds, other.bounds)
    if (isEmpty(bounds)) return false
    if (this.isComplement && other.isComplement) return true
    const [concrete, rest] = this.isComplement ? [other, this] : [this, other]
    for (const value of concrete.values) {
      if (rest.values.has(value) !== rest.isComplement && isWithin(value, bounds)) return true
    }
    return false
  }

  withMinValues(minValues: number): Requirement {
    return new Requirement(this.key, this.isComplement, this.values, this.bounds, minValues)
  }

  /** As objects of the API write it: two entries for a range with both ends. */
  written(): WrittenRequirement[] {
    const { key, minValues } = this
    const { atLeast, atMost } = this.bounds
    const rest = minValues === undefined ? {} : { minValues }
    const ends: WrittenRequirement[] = []
    if (atLeast !== undefined) ends.push({ key, operator: Operator.Gte, values: [`${atLeast}`], ...rest })
    if (atMost !== undefined) ends.push({ key, operator: Operator.Lte, values: [`${atMost}`], ...rest })
    if (ends.length > 0) return ends
    const { operator } = this
    if (this.values.size === 0) return [{ key, operator, ...rest }]
    return [{ key, operator, values: this.sortedValues(), ...rest }]
  }

  sortedValues(): string[] {
    return [...this.values].sort(byCodeUnits)
  }

  /** Equal for requirements that allow the same, the number of values wanted left aside. */
  get meaning(): string {
    this.#meaning ??= `${this.key} ${this.isComplement ? '!' : '='}${JSON.stringify(this.sortedValues())}${
      this.bounds.atLeast ?? ''
    }..${this.bounds.atMost ?? ''}`
    return this.#meaning
  }

  /** For messages: at most five values are named. */
  get text(): string {
    const parts: (string | number)[] = [this.key, this.operator]
    if (this.values.size > 0) {
      const values = this.sortedValues()
      const more = values.length - 5
      const named = more > 0 ? [...values.slice(0, 5), `and ${more} others`] : values
      parts.push(`[${named.join(' ')}]`)
    }
    if (this.bounds.atLeast !== undefined) parts.push(`>=${this.bounds.atLeast}`)
    if (this.bounds.atMost !== undefined) parts.push(`<=${this.bounds.atMost}`)
    if (this.minValues !== undefined) parts.push('minValues', this.minValues)
    return parts.join(' ')
  }
}

function bounded(key: string, operator: string, value: number, minValues: number | undefined): Requirement {
  let bounds: Bounds = UNBOUNDED
  if (operator === Operator.Gt) {
    // Nothing is larger than the largest integer, so such a label cannot be there.
    if (value >= LARGEST_INT64) return Requirement.doesNotExist(key)
    bounds = { atLeast: value + 1, atMost: undefined }
  } else if (operator === Operator.Lt) bounds = { atLeast: undefined, atMost: value - 1 }
  else if (operator === Operator.Gte) bounds = { atLeast: value, atMost: undefined }
  else if (operator === Operator.Lte) bounds = { atLeast: undefined, atMost: value }
  return new Requirement(key, true, NO_VALUES, bounds, minValues)
}

function integerOf(text: string | undefined): number | undefined {
  const number = text === undefined ? undefined : atoi(text)
  return typeof number === 'number' ? number : undefined
}

function isWithin(value: string, { atLeast, atMost }: Bounds): boolean {
  if (atLeast === undefined && atMost === undefined) return true
  const number = integerOf(value)
  if (number === undefined) return false
  return (atLeast === undefined || number >= atLeast) && (atMost === undefined || number <= atMost)
}

function addWithin(values: Set<string>, value: string, bounds: Bounds): void {
  if (isWithin(value, bounds)) values.add(value)
}

function commonBounds(a: Bounds, b: Bounds): Bounds {
  if (a === UNBOUNDED) return b
  if (b === UNBOUNDED) return a
  return { atLeast: larger(a.atLeast, b.atLeast), atMost: smaller(a.atMost, b.atMost) }
}

function isEmpty({ atLeast, atMost }: Bounds): boolean {
  return atLeast !== undefined && atMost !== undefined && atLeast > atMost
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
