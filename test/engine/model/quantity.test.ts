import test from 'ava'
import * as fc from 'fast-check'
import {
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityFromJson,
  quantityOf,
  quantityOfMilli,
  readQuantity,
  roundedUp,
  value,
} from '../../../engine/model/quantity.js'
import {
  addQuantities,
  compareQuantities,
  subtractQuantities,
} from '../../../engine/model/quantity-arithmetic.js'

test('values are exact and round up, and are undefined where a double cannot hold them', t => {
  const rows: [string, number | undefined, number | undefined][] = [
    ['250m', 1, 250],
    ['1.5Gi', 1_610_612_736, 1_610_612_736_000], // 1.5 * 2^30
    ['.5Mi', 524_288, 524_288_000],
    ['1n', 1, 1],
    ['-1500m', -2, -1500],
    ['1e3', 1000, 1_000_000],
    ['100E', undefined, undefined], // 10^20 > 2^53
    ['9P', 9e15, undefined], // 9 * 10^15 < 2^53 = 9.007 * 10^15, a thousand times that is not
    ['1e3Mi', undefined, undefined],
    ['1 Gi', undefined, undefined],
    ['1K', undefined, undefined],
    ['', undefined, undefined],
  ]
  for (const [text, units, milli] of rows) {
    t.is(value(text), units, text)
    t.is(milliValue(text), milli, text)
  }
})

test('a refused text carries upstream’s reason', t => {
  const rows: [string, string][] = [
    ['1e', "unable to parse quantity's suffix"],
    ['.Ei', 'unable to parse numeric part of quantity'],
    [' 1', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
  ]
  for (const [text, error] of rows) t.deepEqual(readQuantity(text), { error })
})

test('an absurd exponent is refused instead of computed', t => {
  t.deepEqual(readQuantity('1e2147483647'), { error: "unable to parse quantity's suffix" })
})

test('JSON quantities may be numbers, null, or padded with blanks', t => {
  const text = (given: string | number | null) => {
    const read = quantityFromJson(given)
    return 'error' in read ? read.error : formatQuantity(read)
  }
  t.is(text(2), '2')
  t.is(text(0.5), '500m')
  t.is(text(' 1Gi '), '1Gi')
  t.is(text(null), '0')
})

test('the canonical text of made quantities uses the largest suffix that loses nothing', t => {
  t.is(formatQuantity(quantityOf(1_048_576, 'BinarySI')), '1Mi')
  t.is(formatQuantity(quantityOf(1023, 'BinarySI')), '1023')
  t.is(formatQuantity(quantityOfMilli(1500)), '1500m')
  t.is(formatQuantity(quantityOfMilli(2000)), '2')
  t.is(formatQuantity(quantityOfMilli(1_048_576_500, 'BinarySI')), '1048576500m')
})

const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-2']
const quantityText = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(...suffixes))
  .map(([number, suffix]) => `${number}${suffix}`)

test('the canonical text parses to the same amount', t => {
  fc.assert(
    fc.property(quantityText, text => {
      const quantity = parseQuantity(text)!
      const { text: _, ...untexted } = quantity
      const again = parseQuantity(formatQuantity(untexted))!
      return compareQuantities(quantity, again) === 0
    }),
    { seed: 1 },
  )
  t.pass()
})

test('subtracting what was added gives the amount back, and sums follow the order', t => {
  fc.assert(
    fc.property(quantityText, quantityText, (first, second) => {
      const a = parseQuantity(first)!
      const b = parseQuantity(second)!
      const sum = addQuantities(a, b)
      const sign = compareQuantities(b, parseQuantity('0')!)
      return compareQuantities(subtractQuantities(sum, b), a) === 0 && compareQuantities(sum, a) === sign
    }),
    { seed: 2 },
  )
  t.pass()
})

test('whole amounts round up away from zero at any scale', t => {
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), milli => {
      const units = Math.sign(milli) * Math.ceil(Math.abs(milli) / 1000)
      return roundedUp(quantityOfMilli(milli), 0) === units
    }),
    { seed: 3 },
  )
  t.pass()
})
