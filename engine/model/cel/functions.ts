/**
 * The functions of the standard library and of Kubernetes' own that device selectors use: conversions, texts,
 * lists, quantities, versions.
 * Upstream: cel-go stdlib and ext/strings.go, k8s.io/apiserver/pkg/cel/library (lists.go, regex.go,
 * quantity.go, semverlib.go), release 1.36.
 * Simplified: patterns are JavaScript's, which differ from RE2 in rare constructs; no addresses, URLs,
 * formats, sets, times.
 */
import { quantityOf, readQuantity } from '../quantity.js'
import { addQuantities, compareQuantities, subtractQuantities } from '../quantity-arithmetic.js'
import { BINARY, checkedInt } from './operators.js'
import { parseSemver, parseSemverLeniently, Semver } from './semver.js'
import {
  CelError,
  CelMap,
  CelQuantity,
  CelUnsigned,
  type CelValue,
  compareValues,
  isEqual,
  isList,
  typeName,
} from './value.js'

/** A function of its arguments, the target of a method being the first; undefined: not for such arguments. */
export type CelFunction = (args: readonly CelValue[]) => CelValue | undefined

const TEXT_MATCHERS: Readonly<Record<string, (text: string, other: string) => CelValue>> = {
  contains: (text, other) => text.includes(other),
  startsWith: (text, other) => text.startsWith(other),
  endsWith: (text, other) => text.endsWith(other),
  matches: (text, pattern) => withPattern(pattern, compiled => compiled.test(text)),
  find: (text, pattern) => withPattern(pattern, compiled => compiled.exec(text)?.[0] ?? ''),
  findAll: (text, pattern) => withPattern(pattern, () => text.match(new RegExp(pattern, 'gu')) ?? []),
  split: (text, separator) => text.split(separator),
}

const TEXT_CHANGERS: Readonly<Record<string, (text: string) => CelValue>> = {
  lowerAscii: text => text.replace(/[A-Z]/g, letter => letter.toLowerCase()),
  upperAscii: text => text.replace(/[a-z]/g, letter => letter.toUpperCase()),
  trim: text => text.trim(),
}

const CONVERSIONS: Readonly<Record<string, (value: CelValue) => CelValue | undefined>> = {
  int: toInt,
  uint: toUnsigned,
  double: toDouble,
  string: toText,
  bool: toBool,
  dyn: value => value,
  size: sizeOf,
}

export const FUNCTIONS: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ...Object.entries(TEXT_MATCHERS).map(([name, matcher]): [string, CelFunction] => [
    name,
    ([text, other]) =>
      typeof text === 'string' && typeof other === 'string' ? matcher(text, other) : undefined,
  ]),
  ...Object.entries(TEXT_CHANGERS).map(([name, change]): [string, CelFunction] => [
    name,
    ([text]) => (typeof text === 'string' ? change(text) : undefined),
  ]),
  ...Object.entries(CONVERSIONS).map(([name, convert]): [string, CelFunction] => [
    name,
    args => (args.length === 1 ? convert(args[0]) : undefined),
  ]),
  [
    'charAt',
    ([text, at]) => (typeof text === 'string' && typeof at === 'bigint' ? charAt(text, at) : undefined),
  ],
  ['indexOf', args => indexOf(args, false)],
  ['lastIndexOf', args => indexOf(args, true)],
  ['replace', replace],
  ['substring', substring],
  ['join', join],
  ['isSorted', ([list]) => (isList(list) ? isSorted(list) : undefined)],
  ['sum', ([list]) => (isList(list) ? list.reduce((a, b) => BINARY['+'](a, b), 0n) : undefined)],
  ['min', ([list]) => extreme(list, -1)],
  ['max', ([list]) => extreme(list, 1)],
  ['quantity', ([text]) => (typeof text === 'string' ? toQuantity(text) : undefined)],
  ['isQuantity', ([text]) => (typeof text === 'string' ? !('error' in readQuantity(text)) : undefined)],
  ['semver', ([text, lenient]) => (typeof text === 'string' ? toSemver(text, lenient === true) : undefined)],
  [
    'isSemver',
    ([text, lenient]) =>
      typeof text === 'string' ? !(toSemver(text, lenient === true) instanceof CelError) : undefined,
  ],
  ['major', ([version]) => (version instanceof Semver ? version.major : undefined)],
  ['minor', ([version]) => (version instanceof Semver ? version.minor : undefined)],
  ['patch', ([version]) => (version instanceof Semver ? version.patch : undefined)],
  ['compareTo', args => orderOf(args, order => BigInt(order))],
  ['isLessThan', args => orderOf(args, order => order < 0)],
  ['isGreaterThan', args => orderOf(args, order => order > 0)],
  ['add', args => combine(args, addQuantities)],
  ['sub', args => combine(args, subtractQuantities)],
  ['sign', ([value]) => (value instanceof CelQuantity ? signOf(value) : undefined)],
  ['isInteger', ([value]) => (value instanceof CelQuantity ? wholeOf(value) !== undefined : undefined)],
  ['asInteger', ([value]) => (value instanceof CelQuantity ? asInteger(value) : undefined)],
  [
    'asApproximateFloat',
    ([value]) =>
      value instanceof CelQuantity ? Number(value.quantity.unscaled) * 10 ** value.quantity.scale : undefined,
  ],
])

const patterns = new Map<string, RegExp | undefined>()

function withPattern(source: string, use: (pattern: RegExp) => CelValue): CelValue {
  if (!patterns.has(source)) patterns.set(source, compilePattern(source))
  const pattern = patterns.get(source)
  return pattern === undefined ? new CelError(`error parsing regexp: \`${source}\``) : use(pattern)
}

function compilePattern(source: string): RegExp | undefined {
  // RE2 takes flags at the front, which a RegExp takes beside the pattern.
  const flags = /^\(\?([ims]+)\)/.exec(source)
  try {
    return new RegExp(flags === null ? source : source.slice(flags[0].length), `u${flags?.[1] ?? ''}`)
  } catch {
    return undefined
  }
}

function toInt(value: CelValue): CelValue | undefined {
  if (typeof value === 'bigint') return value
  if (value instanceof CelUnsigned) return checkedInt(value.value)
  if (typeof value === 'number') {
    return Number.isFinite(value) ? checkedInt(BigInt(Math.trunc(value))) : new CelError('integer overflow')
  }
  if (typeof value !== 'string') return undefined
  return /^[+-]?[0-9]+$/.test(value)
    ? checkedInt(BigInt(value.replace('+', '')))
    : new CelError(`strconv.ParseInt: parsing "${value}": invalid syntax`)
}

function toUnsigned(value: CelValue): CelValue | undefined {
  if (value instanceof CelUnsigned) return value
  const int = toInt(value)
  if (typeof int !== 'bigint') return int
  return int < 0n ? new CelError('unsigned integer overflow') : new CelUnsigned(int)
}

function toDouble(value: CelValue): CelValue | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  if (value instanceof CelUnsigned) return Number(value.value)
  if (typeof value !== 'string') return undefined
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isNaN(number)
    ? new CelError(`strconv.ParseFloat: parsing "${value}": invalid syntax`)
    : number
}

function toText(value: CelValue): CelValue | undefined {
  if (value instanceof CelUnsigned) return String(value.value)
  if (value === null || typeof value === 'object') return undefined
  return String(value)
}

function toBool(value: CelValue): CelValue | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  if (/^(?:1|t|T|true|TRUE|True)$/.test(value)) return true
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return false
  return new CelError('type conversion error from string to bool')
}

function sizeOf(value: CelValue): CelValue | undefined {
  if (typeof value === 'string') return BigInt(Array.from(value).length)
  if (isList(value)) return BigInt(value.length)
  return value instanceof CelMap ? BigInt(value.entries.size) : undefined
}

function charAt(text: string, at: bigint): CelValue {
  const characters = Array.from(text)
  if (at < 0n || at > characters.length) return new CelError(`index out of range: ${at}`)
  return characters[Number(at)] ?? ''
}

function indexOf([where, what]: readonly CelValue[], fromEnd: boolean): CelValue | undefined {
  if (typeof where === 'string' && typeof what === 'string') {
    const at = fromEnd ? where.lastIndexOf(what) : where.indexOf(what)
    return BigInt(at < 0 ? at : Array.from(where.slice(0, at)).length)
  }
  if (!isList(where)) return undefined
  const isSame = (item: CelValue): boolean => isEqual(item, what)
  return BigInt(fromEnd ? where.findLastIndex(isSame) : where.findIndex(isSame))
}

function replace([text, what, by, limit]: readonly CelValue[]): CelValue | undefined {
  if (typeof text !== 'string' || typeof what !== 'string' || typeof by !== 'string') return undefined
  if (limit === undefined) return text.replaceAll(what, () => by)
  if (typeof limit !== 'bigint') return undefined
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)
  return text.replaceAll(what, () => (left-- > 0 ? by : what))
}

function substring([text, from, to]: readonly CelValue[]): CelValue | undefined {
  if (typeof text !== 'string' || typeof from !== 'bigint') return undefined
  const characters = Array.from(text)
  const end = to === undefined ? BigInt(characters.length) : to
  if (typeof end !== 'bigint') return undefined
  if (from < 0n || end > characters.length || from > end) {
    return new CelError(`invalid substring range. start: ${from}, end: ${end}`)
  }
  return characters.slice(Number(from), Number(end)).join('')
}

function join([list, separator = '']: readonly CelValue[]): CelValue | undefined {
  if (!isList(list) || typeof separator !== 'string') return undefined
  return list.every(item => typeof item === 'string') ? list.join(separator) : undefined
}

function isSorted(list: readonly CelValue[]): CelValue | undefined {
  for (let i = 1; i < list.length; i++) {
    const order = compareValues(list[i - 1], list[i])
    if (order === undefined) return undefined
    if (order > 0) return false
  }
  return true
}

function extreme(list: CelValue, sign: 1 | -1): CelValue | undefined {
  if (!isList(list)) return undefined
  if (list.length === 0) return new CelError(`${sign < 0 ? 'min' : 'max'} called on empty list`)
  let best = list[0]
  for (const item of list) {
    const order = compareValues(item, best)
    if (order === undefined) return undefined
    if (order * sign > 0) best = item
  }
  return best
}

function toQuantity(text: string): CelValue {
  const quantity = readQuantity(text)
  return 'error' in quantity ? new CelError(quantity.error) : new CelQuantity(quantity)
}

function toSemver(text: string, lenient: boolean): CelValue {
  const version = lenient ? parseSemverLeniently(text) : parseSemver(text)
  return version ?? new CelError(`Invalid semantic version "${text}"`)
}

function orderOf(
  [left, right]: readonly CelValue[],
  answer: (order: number) => CelValue,
): CelValue | undefined {
  if (left instanceof CelQuantity && right instanceof CelQuantity) {
    return answer(compareQuantities(left.quantity, right.quantity))
  }
  return left instanceof Semver && right instanceof Semver ? answer(left.compare(right)) : undefined
}

function combine([left, right]: readonly CelValue[], operation: typeof addQuantities): CelValue | undefined {
  if (!(left instanceof CelQuantity)) return undefined
  if (right instanceof CelQuantity) return new CelQuantity(operation(left.quantity, right.quantity))
  if (typeof right !== 'bigint') return undefined
  return new CelQuantity(operation(left.quantity, quantityOf(right)))
}

function signOf({ quantity }: CelQuantity): bigint {
  if (quantity.unscaled === 0n) return 0n
  return quantity.unscaled > 0n ? 1n : -1n
}

/** The quantity as a whole number of 64 bits, if it is one. */
function wholeOf({ quantity: { unscaled, scale } }: CelQuantity): bigint | undefined {
  const factor = 10n ** BigInt(Math.abs(scale))
  if (scale < 0 && unscaled % factor !== 0n) return undefined
  const whole = scale < 0 ? unscaled / factor : unscaled * factor
  return BigInt.asIntN(64, whole) === whole ? whole : undefined
}

function asInteger(value: CelQuantity): CelValue {
  return wholeOf(value) ?? new CelError('cannot convert value to integer')
}

/** The error of a function that takes no such arguments. */
export function noOverload(name: string, args: readonly CelValue[]): CelError {
  return new CelError(`no such overload: ${name}(${args.map(typeName).join(', ')})`)
}
