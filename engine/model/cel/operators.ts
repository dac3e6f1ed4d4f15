/**
 * The operators on values. Whole numbers are 64 bits wide and an overflow is an error.
 * Upstream: common/types of cel-go (1.36).
 * Simplified: nothing known.
 */
import type { BinaryOperator } from './syntax.js'
import {
  CelError,
  CelMap,
  CelUnsigned,
  type CelValue,
  compareValues,
  isEqual,
  isList,
  keyOf,
} from './value.js'

const NO_OVERLOAD = new CelError('no such overload')
const INT_OVERFLOW = new CelError('integer overflow')
const UINT_OVERFLOW = new CelError('unsigned integer overflow')

export type Binary = (left: CelValue, right: CelValue) => CelValue

/** The operators that look at both sides before anything else; `||` and `&&` are not among them. */
export const BINARY: Readonly<Record<Exclude<BinaryOperator, '||' | '&&'>, Binary>> = {
  '==': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '<': comparison(order => order < 0),
  '<=': comparison(order => order <= 0),
  '>': comparison(order => order > 0),
  '>=': comparison(order => order >= 0),
  in: contains,
  '+': add,
  '-': arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  '*': arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': divide,
  '%': remainder,
}

export function negate(value: CelValue): CelValue {
  if (typeof value === 'bigint') return checkedInt(-value)
  return typeof value === 'number' ? -value : NO_OVERLOAD
}

/** The element of a list or the value of a map. */
export function elementAt(container: CelValue, index: CelValue): CelValue {
  const key = keyOf(index)
  if (container instanceof CelMap) {
    const value = key === undefined ? undefined : (container.entries.get(key) ?? container.fallback)
    return value ?? new CelError(`no such key: ${String(key)}`)
  }
  if (!isList(container)) return NO_OVERLOAD
  if (typeof key !== 'bigint') return new CelError('unsupported index type in list')
  if (key < 0n || key >= container.length) return new CelError(`index out of bounds: ${key}`)
  return container[Number(key)]
}

/** `-2^63 .. 2^63-1`, or the error. */
export function checkedInt(value: bigint): CelValue {
  return BigInt.asIntN(64, value) === value ? value : INT_OVERFLOW
}

function comparison(holds: (order: number) => boolean): Binary {
  return (left, right) => {
    const order = compareValues(left, right)
    return order === undefined ? NO_OVERLOAD : holds(order)
  }
}

function contains(item: CelValue, container: CelValue): CelValue {
  if (isList(container)) return container.some(other => isEqual(other, item))
  if (!(container instanceof CelMap)) return NO_OVERLOAD
  const key = keyOf(item)
  return key !== undefined && container.entries.has(key)
}

function add(left: CelValue, right: CelValue): CelValue {
  if (typeof left === 'string' && typeof right === 'string') return left + right
  if (isList(left) && isList(right)) return [...left, ...right]
  return sum(left, right)
}

const sum = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
)

function arithmetic(whole: (a: bigint, b: bigint) => bigint, real: (a: number, b: number) => number): Binary {
  return (left, right) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') return checkedInt(whole(left, right))
    if (typeof left === 'number' && typeof right === 'number') return real(left, right)
    if (!(left instanceof CelUnsigned) || !(right instanceof CelUnsigned)) return NO_OVERLOAD
    const value = whole(left.value, right.value)
    return BigInt.asUintN(64, value) === value ? new CelUnsigned(value) : UINT_OVERFLOW
  }
}

function divide(left: CelValue, right: CelValue): CelValue {
  if (typeof left === 'number' && typeof right === 'number') return left / right
  return divideWhole(left, right, 'division by zero', (a, b) => a / b)
}

function remainder(left: CelValue, right: CelValue): CelValue {
  return divideWhole(left, right, 'modulus by zero', (a, b) => a % b)
}

function divideWhole(
  left: CelValue,
  right: CelValue,
  fault: string,
  operation: (a: bigint, b: bigint) => bigint,
): CelValue {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return right === 0n ? new CelError(fault) : checkedInt(operation(left, right))
  }
  if (!(left instanceof CelUnsigned) || !(right instanceof CelUnsigned)) return NO_OVERLOAD
  return right.value === 0n ? new CelError(fault) : new CelUnsigned(operation(left.value, right.value))
}
