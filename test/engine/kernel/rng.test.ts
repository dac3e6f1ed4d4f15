import test from 'ava'
import { InvariantViolation } from '../../../engine/kernel/invariant.js'
import { Streams } from '../../../engine/kernel/rng.js'

/** Chi-square of counts against all alike. */
function chiSquare(counts: ArrayLike<number>, total: number): number {
  const expected = total / counts.length
  let sum = 0
  for (let index = 0; index < counts.length; index++) sum += (counts[index] - expected) ** 2 / expected
  return sum
}

test('a stream depends on seed and name only, not on who else draws', t => {
  const alone = new Streams('1')
  const among = new Streams('1')
  among.stream('other').next()
  const drawn = [alone.stream('a').next(), alone.stream('a').next()]
  among.stream('later')
  t.deepEqual([among.stream('a').next(), among.stream('a').next()], drawn)
  t.not(new Streams('2').stream('a').next(), drawn[0])
  t.not(alone.stream('b').next(), drawn[0])
})

test('seeds and names that join to the same text are different streams', t => {
  const first = (seed: string, name: string): number => new Streams(seed).stream(name).next()
  const draws = [first('a', 'b/c'), first('a/b', 'c'), first('1', 'x'), first('11', 'x'), first('', 'a/b/c')]
  t.is(new Set(draws).size, draws.length)
})

test('a restored stream goes on exactly', t => {
  const stream = new Streams('1').stream('a')
  stream.next()
  const state = JSON.parse(JSON.stringify(stream.state))
  const ahead = [stream.next(), stream.double(), stream.integer(10)]
  stream.restore(state)
  t.deepEqual([stream.next(), stream.double(), stream.integer(10)], ahead)
  const other = new Streams('9').stream('z')
  other.restore(state)
  t.deepEqual([other.next(), other.double(), other.integer(10)], ahead)
})

test('integers are in range and all alike', t => {
  const stream = new Streams('1').stream('integers')
  const counts = new Float64Array(7)
  for (let draw = 0; draw < 70_000; draw++) counts[stream.integer(7)]++
  // Chi-square with 6 degrees of freedom is below 22.5 in 999 of 1000 cases.
  t.true(chiSquare(counts, 70_000) < 22.5)
  t.is(stream.integer(1), 0)
  let large = 0
  for (let draw = 0; draw < 1000; draw++) large = Math.max(large, stream.integer(2 ** 52 + 1))
  t.true(large > 2 ** 51 && Number.isInteger(large))
  for (const n of [0, -1, 1.5, NaN]) t.throws(() => stream.integer(n), { instanceOf: InvariantViolation })
  t.true(['a', 'b'].includes(stream.pick(['a', 'b'])))
})

test('doubles use all 53 bits', t => {
  const stream = new Streams('1').stream('doubles')
  let finer = 0
  for (let draw = 0; draw < 100; draw++) if ((stream.double() * 2 ** 32) % 1 !== 0) finer++
  t.true(finer > 90)
})

test('keyed draws have no state, and mix well over ordinals, indices and names', t => {
  const draws = new Streams('1').keyed('pods')
  t.is(new Streams('1').keyed('pods').at(5), draws.at(5))
  t.is(draws.atName('web-1'), draws.atName('web-1'))
  t.is(new Set([draws.at(5), draws.at(6), draws.at(5, 1), draws.at(6, 1), draws.at(5 + 2 ** 32)]).size, 5)
  const sources: Record<string, (ordinal: number) => number> = {
    ordinals: ordinal => draws.at(ordinal),
    indices: ordinal => draws.at(3, ordinal),
    far: ordinal => draws.at(ordinal * 2 ** 20),
    names: ordinal => draws.atName(`web-${ordinal}`),
    streams: ordinal => new Streams(String(ordinal)).keyed('a').at(0),
  }
  for (const [name, draw] of Object.entries(sources)) {
    const counts = new Float64Array(64)
    const lowBits = new Float64Array(64)
    let product = 0
    let last = 0.5
    for (let ordinal = 0; ordinal < 64_000; ordinal++) {
      const value = draw(ordinal)
      counts[Math.floor(value * 64)]++
      lowBits[Math.floor(value * 2 ** 53) % 64]++
      product += (value - 0.5) * (last - 0.5)
      last = value
    }
    // 63 degrees of freedom: below 103 in 999 of 1000 cases.
    t.true(chiSquare(counts, 64_000) < 103, `${name}: high bits`)
    t.true(chiSquare(lowBits, 64_000) < 103, `${name}: low bits`)
    // The serial correlation has deviation 1 / sqrt(n) = 0.004.
    t.true(Math.abs((12 * product) / 64_000) < 0.015, `${name}: neighbours`)
  }
})

test('a keyed draw moves half of the output bits for each bit of the ordinal', t => {
  const draws = new Streams('1').keyed('avalanche')
  for (let bit = 0; bit < 40; bit++) {
    let changed = 0
    for (let ordinal = 0; ordinal < 500; ordinal++) {
      const flipped = Math.floor(ordinal / 2 ** bit) % 2 === 0 ? ordinal + 2 ** bit : ordinal - 2 ** bit
      const one = Math.floor(draws.at(ordinal) * 2 ** 32) >>> 0
      const other = Math.floor(draws.at(flipped) * 2 ** 32) >>> 0
      for (let rest = one ^ other; rest !== 0; rest &= rest - 1) changed++
    }
    t.true(Math.abs(changed / 500 - 16) < 1, `bit ${bit}: ${changed / 500} of 32`)
  }
})
