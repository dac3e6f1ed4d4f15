/**
 * Kubernetes quantities ("1.5Gi", "250m", "1e3"): exact parsing, canonical text, plain numbers.
 * A quantity is `unscaled * 10^scale`; results are cached per string, since a cluster repeats few texts.
 * Upstream: apimachinery pkg/api/resource (quantity.go, amount.go, suffix.go), release 1.36.
 * Simplified: decimal exponents beyond +-1,000,000 are refused (upstream accepts them, and then works for hours
 * on a sum).
 */

export const QuantityFormat = {
  DecimalSI: 'DecimalSI',
  BinarySI: 'BinarySI',
  DecimalExponent: 'DecimalExponent',
} as const
export type QuantityFormat = (typeof QuantityFormat)[keyof typeof QuantityFormat]

export interface Quantity {
  readonly unscaled: bigint
  /** Power of ten the unscaled value is multiplied by. */
  readonly scale: number
  readonly format: QuantityFormat
  /** Upstream keeps small numbers in an int64 and large ones in a decimal; the two overflow differently. */
  readonly isInt64: boolean
  /** The text as it was written when that already is its canonical form. */
  readonly text?: string
}

export interface QuantityRefusal {
  readonly error: string
}

const PATTERN = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const WrongFormat: QuantityRefusal = { error: `quantities must match the regular expression ${PATTERN}` }
const WrongNumber: QuantityRefusal = { error: 'unable to parse numeric part of quantity' }
const WrongSuffix: QuantityRefusal = { error: "unable to parse quantity's suffix" }

export const MAX_INT64 = 2n ** 63n - 1n
const NANO = -9
/** Nano-units of one. */
const NANOS = 1_000_000_000n
/** Decimal digits that always fit an int64. */
const INT64_DIGITS = 18
const MAX_EXPONENT = 1_000_000
/** Past this many texts the cache starts anew, so a generated workload cannot grow it without end. */
const CACHE_SIZE = 20_000

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
const BINARY_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
])
const DECIMAL_SUFFIX_OF = new Map([...DECIMAL_SUFFIXES].map(([suffix, exponent]) => [exponent, suffix]))
const BINARY_SUFFIX_OF = new Map([...BINARY_SUFFIXES].map(([suffix, exponent]) => [exponent, suffix]))

/**
 * Sign, leading zeros, digits, fraction and a loosely matched suffix. Digits may be missing altogether:
 * upstream reads "m" and "." as zero.
 */
const PARTS = /^([+-]?)(0*)([0-9]*)(\.[0-9]*)?([eEinumkKMGTP]*[-+]?[0-9]*)$/

const cache = new Map<string, Quantity | QuantityRefusal>()

/** Parses a quantity; undefined when Kubernetes would refuse it ({@link readQuantity} says why). */
export function parseQuantity(text: string): Quantity | undefined {
  const read = readQuantity(text)
  return 'error' in read ? undefined : read
}

/** Parses a quantity or gives upstream's reason for refusing it. */
export function readQuantity(text: string): Quantity | QuantityRefusal {
  const known = cache.get(text)
  if (known !== undefined) return known
  const read = readUncached(text)
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(text, read)
  return read
}

/** A quantity as a JSON or YAML document holds it: a string, perhaps with blanks around it, or a number. */
export function quantityFromJson(json: string | number | null): Quantity | QuantityRefusal {
  return json === null ? ZERO : readQuantity(String(json).trim())
}

function readUncached(text: string): Quantity | QuantityRefusal {
  if (text === '') return WrongFormat
  if (text === '0') return { ...ZERO, text }
  const parts = PARTS.exec(text)
  if (parts === null) return WrongFormat
  const [, sign, zeros, digits, pointAndFraction = '', suffix] = parts
  const binaryExponent = BINARY_SUFFIXES.get(suffix)
  const decimal = binaryExponent === undefined ? decimalExponent(suffix) : undefined
  if (binaryExponent === undefined && decimal === undefined) return WrongSuffix

  const fraction = pointAndFraction.slice(1)
  const number: NumberText = { negative: sign === '-', whole: digits === '' ? '0' : digits, fraction }
  const small =
    binaryExponent === undefined
      ? smallDecimal(text, number, decimal!.exponent, decimal!.format)
      : smallBinary(text, number, binaryExponent)
  if (small !== undefined) return small
  // A decimal of any size needs at least one digit; only the short forms above may go without.
  if (zeros + digits + fraction === '') return WrongNumber
  return binaryExponent === undefined
    ? largeDecimal(number, decimal!.exponent, decimal!.format)
    : largeBinary(number, binaryExponent)
}

interface NumberText {
  readonly negative: boolean
  /** Without leading zeros, at least one digit. */
  readonly whole: string
  readonly fraction: string
}

function decimalExponent(suffix: string): { exponent: number; format: QuantityFormat } | undefined {
  const exponent = DECIMAL_SUFFIXES.get(suffix)
  if (exponent !== undefined) return { exponent, format: QuantityFormat.DecimalSI }
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return undefined
  const written = Number(suffix.slice(1))
  if (Math.abs(written) > MAX_EXPONENT) return undefined
  return { exponent: written, format: QuantityFormat.DecimalExponent }
}

function smallDecimal(
  text: string,
  { negative, whole, fraction }: NumberText,
  exponent: number,
  format: QuantityFormat,
): Quantity | undefined {
  const scale = exponent - fraction.length
  if (whole.length + fraction.length > INT64_DIGITS || scale < NANO) return undefined
  const shifted = whole + fraction
  const magnitude = BigInt(shifted)
  const quantity = { unscaled: negative ? -magnitude : magnitude, scale, format, isInt64: true }
  const isCanonical = scale % 3 === 0 && !shifted.endsWith('000') && shifted[0] !== '0'
  return isCanonical ? { ...quantity, text } : quantity
}

function smallBinary(
  text: string,
  { negative, whole, fraction }: NumberText,
  exponent: number,
): Quantity | undefined {
  // 15 digits less those of the number and of the suffix: the bound under which the product fits an int64.
  const precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1
  if (fraction !== '' || precision < 0) return undefined
  const magnitude = BigInt(whole)
  const product = magnitude << BigInt(exponent)
  const quantity = {
    unscaled: negative ? -product : product,
    scale: 0,
    format: QuantityFormat.BinarySI,
    isInt64: true,
  }
  return (magnitude & 7n) === 0n ? quantity : { ...quantity, text }
}

function largeDecimal(
  { negative, whole, fraction }: NumberText,
  exponent: number,
  format: QuantityFormat,
): Quantity {
  const magnitude = inNanos(BigInt(whole + fraction), exponent - fraction.length)
  return { unscaled: negative ? -magnitude : magnitude, scale: NANO, format, isInt64: false }
}

function largeBinary({ negative, whole, fraction }: NumberText, exponent: number): Quantity {
  const format = QuantityFormat.BinarySI
  const magnitude = inNanos(BigInt(whole + fraction) << BigInt(exponent), -fraction.length)
  // Only binary quantities are capped, and silently.
  if (magnitude > MAX_INT64 * NANOS) {
    return { unscaled: negative ? -MAX_INT64 : MAX_INT64, scale: 0, format, isInt64: false }
  }
  const isBelowOne = magnitude > 0n && magnitude < NANOS
  return {
    unscaled: negative ? -magnitude : magnitude,
    scale: NANO,
    format: isBelowOne ? QuantityFormat.DecimalSI : format,
    isInt64: false,
  }
}

/** Whole nano-units, rounded up: who asks for a little gets at least the smallest unit. */
function inNanos(magnitude: bigint, scale: number): bigint {
  if (scale >= NANO) return magnitude * powerOfTen(scale - NANO)
  const divisor = powerOfTen(NANO - scale)
  return (magnitude + divisor - 1n) / divisor
}

export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent)
}

const ZERO: Quantity = { unscaled: 0n, scale: 0, format: QuantityFormat.DecimalSI, isInt64: true }

/** A quantity of whole units, as controllers make them. */
export function quantityOf(units: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { unscaled: BigInt(units), scale: 0, format, isInt64: true }
}

/** A quantity of thousandths, as controllers make them. */
export function quantityOfMilli(milli: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { unscaled: BigInt(milli), scale: -3, format, isInt64: true }
}

/** The canonical text: no fraction, the largest suffix that loses nothing. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text
  if (quantity.unscaled === 0n) return '0'
  if (quantity.format === QuantityFormat.BinarySI) {
    const whole = wholeUnits(quantity)
    // Small and fractional amounts are shown in decimal, so that nothing is rounded away.
    if (whole !== undefined && (whole <= -1024n || whole >= 1024n)) return binaryText(whole)
  }
  return decimalText(quantity)
}

/** The canonical text of thousandths, as controllers tell them. */
export function formatMilli(milli: number, format: QuantityFormat = 'DecimalSI'): string {
  // Most are no whole units, and these stand as they are in either format.
  if (milli % 1000 !== 0 && Number.isSafeInteger(milli)) return `${milli}m`
  return formatQuantity(quantityOfMilli(milli, format))
}

function wholeUnits({ unscaled, scale }: Quantity): bigint | undefined {
  if (scale >= 0) return unscaled * powerOfTen(scale)
  const divisor = powerOfTen(-scale)
  return unscaled % divisor === 0n ? unscaled / divisor : undefined
}

function binaryText(units: bigint): string {
  let amount = units
  let exponent = 0
  while (amount % 1024n === 0n) {
    amount /= 1024n
    exponent += 10
  }
  return `${amount}${BINARY_SUFFIX_OF.get(exponent) ?? ''}`
}

function decimalText({ unscaled, scale, format }: Quantity): string {
  const digits = unscaled.toString()
  let end = digits.length
  while (digits[end - 1] === '0') end--
  const factors = scale + digits.length - end
  const exponent = Math.floor(factors / 3) * 3
  const amount = digits.slice(0, end) + '0'.repeat(factors - exponent)
  if (format === QuantityFormat.DecimalExponent) return exponent === 0 ? amount : `${amount}e${exponent}`
  // Upstream has no suffix outside n..E and then drops the exponent without a word.
  return amount + (DECIMAL_SUFFIX_OF.get(exponent) ?? '')
}

/** Whole units rounded up, as a plain number; undefined when refused or not exact in a double. */
export function value(text: string): number | undefined {
  return roundedUp(parseQuantity(text), 0)
}

/** Thousandths rounded up (the unit of cpu), as a plain number; undefined as for {@link value}. */
export function milliValue(text: string): number | undefined {
  return roundedUp(parseQuantity(text), -3)
}

/** Units of 10^scale rounded away from zero, exactly; undefined beyond 2^53. */
export function roundedUp(quantity: Quantity | undefined, targetScale: number): number | undefined {
  if (quantity === undefined) return undefined
  const { unscaled, scale } = quantity
  const difference = targetScale - scale
  const magnitude = unscaled < 0n ? -unscaled : unscaled
  const divisor = powerOfTen(Math.max(difference, 0))
  const units = (magnitude * powerOfTen(Math.max(-difference, 0)) + divisor - 1n) / divisor
  const result = Number(unscaled < 0n ? -units : units)
  return Number.isSafeInteger(result) ? result : undefined
}
