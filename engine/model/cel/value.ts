/**
 * The values of expressions: integers are bigint, doubles are number. An error is a value too, since `||` and
 * `&&` can swallow one.
 * Upstream: common/types of cel-go, and k8s.io/apiserver/pkg/cel quantity.go, semver.go (1.36).
 * Simplified: no bytes, times, durations, addresses.
 */
import type { Quantity } from '../quantity.js'
import { compareQuantities } from '../quantity-arithmetic.js'
import { Semver } from './semver.js'

export class CelError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export class CelUnsigned {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

export class CelQuantity {
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    this.quantity = quantity
  }
}

/** A map under its keys, texts mostly. */
export class CelMap {
  readonly entries: ReadonlyMap<CelKey, CelValue>
  /** What an index finds under a key that is not there; undefined: an error. */
  readonly fallback: CelValue | undefined

  constructor(entries: ReadonlyMap<CelKey, CelValue>, fallback?: CelValue) {
    this.entries = entries
    this.fallback = fallback
  }
}

export type CelKey = string | bigint | boolean
export type CelValue =
  | boolean
  | bigint
  | number
  | string
  | null
  | CelUnsigned
  | CelQuantity
  | CelMap
  | CelError
  | Semver
  | readonly CelValue[]

export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value)
}

/** The value under a key as a map keeps it: all whole numbers are one kind. */
export function keyOf(value: CelValue): CelKey | undefined {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return value
  if (value instanceof CelUnsigned) return value.value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  return undefined
}

/** Name of the value's type, for messages. */
export function typeName(value: CelValue): string {
  if (value === null) return 'null_type'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (value instanceof CelUnsigned) return 'uint'
  if (value instanceof CelQuantity) return 'kubernetes.Quantity'
  if (value instanceof Semver) return 'kubernetes.Semver'
  if (value instanceof CelMap) return 'map'
  return value instanceof CelError ? 'error' : 'list'
}

/** Numbers are equal across kinds; values of other kinds that differ in kind are not equal. */
export function isEqual(a: CelValue, b: CelValue): boolean {
  const order = compareNumbers(a, b)
  if (order !== undefined) return order === 0
  if (a instanceof CelQuantity && b instanceof CelQuantity)
    return compareQuantities(a.quantity, b.quantity) === 0
  if (a instanceof Semver && b instanceof Semver) return a.compare(b) === 0
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (a instanceof CelMap && b instanceof CelMap) {
    const others = b.entries
    if (a.entries.size !== others.size) return false
    return [...a.entries].every(([key, value]) => {
      const other = others.get(key)
      return other !== undefined && isEqual(value, other)
    })
  }
  return a === b
}

/** -1, 0 or 1, NaN where numbers have no order; undefined when the kinds cannot be ordered. */
export function compareValues(a: CelValue, b: CelValue): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return threeWay(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return threeWay(Number(a), Number(b))
  return compareNumbers(a, b)
}

function compareNumbers(a: CelValue, b: CelValue): number | undefined {
  const left = a instanceof CelUnsigned ? a.value : a
  const right = b instanceof CelUnsigned ? b.value : b
  if (typeof left !== 'bigint' && typeof left !== 'number') return undefined
  if (typeof right !== 'bigint' && typeof right !== 'number') return undefined
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN
  return threeWay(left, right)
}

function threeWay<T extends string | number | bigint>(a: T, b: T): -1 | 0 | 1 {
  // The loose comparison is exact between bigint and number.
  if (a < b) return -1
  return a > b ? 1 : 0
}
