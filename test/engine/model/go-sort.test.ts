import test from 'ava'
import * as fc from 'fast-check'
import { type IsLess, sortLikeGo } from '../../../engine/model/go-sort.js'

type Row = [name: string, isLess: IsLess<readonly number[]>, values: number[], places: number[]]

const isLess: IsLess<readonly number[]> = ([a], [b]) => a < b
/** Equals count as less than one another. */
const isLessOrEqual: IsLess<readonly number[]> = ([a], [b]) => a <= b

test('what ties comes out in the order in which sort.Slice of Go 1.26 leaves it', t => {
  const rows: Row[] = [
    [
      'two values',
      isLess,
      [1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1],
      [8, 18, 2, 17, 10, 9, 5, 13, 6, 0, 4, 11, 12, 7, 14, 15, 16, 3, 1, 19],
    ],
    [
      'seven values, in falling order',
      isLess,
      [6, 6, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 3, 3, 3, 2, 1, 0, 0, 0],
      [19, 18, 17, 16, 15, 12, 14, 13, 10, 9, 11, 8, 7, 6, 5, 4, 3, 2, 0, 1],
    ],
    [
      'a comparison that contradicts itself',
      isLessOrEqual,
      [6, 2, 2, 2, 4, 6, 1, 4, 5, 2, 4, 0, 0, 1, 5, 5, 4, 4, 0, 5],
      [11, 12, 18, 13, 6, 3, 2, 1, 9, 17, 16, 10, 7, 4, 19, 8, 14, 15, 5, 0],
    ],
  ]
  for (const [name, less, values, places] of rows) {
    const items = values.map((value, place) => [value, place])
    sortLikeGo(items, less)
    t.deepEqual(
      items.map(([, place]) => place),
      places,
      name,
    )
  }
})

test('up to twelve equals that count as less than one another are turned around', t => {
  const items = Array.from({ length: 12 }, (_, place) => [0, place])
  sortLikeGo(items, isLessOrEqual)
  t.deepEqual(
    items.map(([, place]) => place),
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  )
})

test('every list is sorted', t => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 }), values => {
      const sorted = [...values]
      sortLikeGo(sorted, (a, b) => a < b)
      return t.deepEqual(
        sorted,
        values.toSorted((a, b) => a - b),
      )
    }),
    { seed: 7, numRuns: 100 },
  )
})
