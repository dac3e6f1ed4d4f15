import { formatQuantity, parseQuantity, readQuantity } from '../../../engine/model/quantity.js'
import {
  addQuantities,
  compareQuantities,
  scaledInt64,
  subtractQuantities,
} from '../../../engine/model/quantity-arithmetic.js'
import { compare, type Suite } from '../suite.js'

/** Parsing, canonical text, int64 readings, comparison and sums of quantities. */
export const quantitySuite: Suite = {
  name: 'quantity',
  run(record: Readonly<Record<string, string>>) {
    const { text, error, ...want } = record
    const read = readQuantity(text)
    if ('error' in read) return compare(error, read.error, 'error')
    const other = parseQuantity(want.other)
    if (other === undefined) return [{ path: 'other', want: want.other, got: 'refused' }]
    const got = {
      canonical: formatQuantity(read),
      value: String(scaledInt64(read, 0)),
      milliValue: String(scaledInt64(read, -3)),
      format: read.format,
      other: want.other,
      cmp: String(compareQuantities(read, other)),
      sum: formatQuantity(addQuantities(read, other)),
      difference: formatQuantity(subtractQuantities(read, other)),
    }
    return [...compare(error, '', 'error'), ...compare(want, got)]
  },
}
