import test from 'ava'
import { Streams } from '../../../engine/kernel/rng.js'
import { HOUR, MINUTE, NEVER, SECOND } from '../../../engine/kernel/time.js'
import { createLoad, LOADS } from '../../../engine/load/models/index.js'
import { poissonQuantile } from '../../../engine/load/models/poisson.js'
import type { LoadKind, LoadOf, LoadSpec } from '../../../engine/model/load.js'

const DAY = 24 * HOUR
const points = [
  { at: 10 * SECOND, value: 2 },
  { at: 40 * SECOND, value: 8 },
]
const steps: LoadSpec = { kind: 'steps', steps: points, every: NEVER }
const EXAMPLES: { readonly [Kind in LoadKind]: LoadOf<Kind> } = {
  constant: { kind: 'constant', value: 3 },
  steps: { kind: 'steps', steps: points, every: MINUTE },
  ramps: { kind: 'ramps', points, step: 7 * SECOND },
  diurnal: {
    kind: 'diurnal',
    low: 10,
    high: 50,
    peakAt: 14 * HOUR,
    week: [1, 1, 1, 1, 1, 0.5, 0.25],
    step: 20 * MINUTE,
  },
  bursts: {
    kind: 'bursts',
    pause: { exponential: { mean: 300 } },
    length: { uniform: { min: 10, max: 20 } },
    height: { constant: { value: 5 } },
  },
  poisson: { kind: 'poisson', of: { kind: 'constant', value: 4 }, per: MINUTE },
  trace: {
    kind: 'trace',
    name: 'recorded',
    at: Float64Array.of(0, 10 * SECOND, 30 * SECOND),
    value: Float64Array.of(1, 5, 2),
    end: 40 * SECOND,
    repeat: true,
  },
  sum: { kind: 'sum', of: [steps, { kind: 'constant', value: 1 }] },
  scaled: { kind: 'scaled', of: steps, factor: 2, delay: 5 * SECOND, least: 1, most: 12 },
}

const make = (spec: LoadSpec, seed = 'loads', epochSeconds = 0) =>
  createLoad(spec, 'load', { streams: new Streams(seed), epochSeconds })

for (const kind of Object.keys(LOADS) as LoadKind[]) {
  test(`${kind}: changes come after their asking, nothing happens in between, and order of asking does not matter`, t => {
    const load = make(EXAMPLES[kind])
    const seen: [number, number][] = []
    for (let at = 0, i = 0; i < 40 && at !== NEVER; i++) {
      const next = load.nextChange(at)
      t.true(next > at)
      const value = load.at(at)
      t.true(value >= 0)
      const end = next === NEVER ? at + HOUR : next
      for (const share of [0.25, 0.5, 0.999]) t.is(load.at(Math.floor(at + (end - at) * share)), value)
      seen.push([at, value])
      at = next
    }
    const again = make(EXAMPLES[kind])
    for (const [at, value] of seen.toReversed()) t.is(again.at(at), value)
  })
}

test('values of the models by hand', t => {
  const at = (spec: LoadSpec, seconds: number) => make(spec).at(seconds * SECOND)
  t.deepEqual(
    [0, 10, 39, 40, 59, 60, 70].map(s => at(EXAMPLES.steps, s)),
    [0, 2, 2, 8, 8, 8, 2],
  )
  // From 2 to 8 in 30 s: the first step of 7 s has the value of 3.5 s, the last one of 2 s that of 29 s.
  t.deepEqual(
    [0, 10, 39, 50].map(s => at(EXAMPLES.ramps, s)),
    [2, 2.7, 7.8, 8],
  )
  t.deepEqual(
    [0, 12, 35, 40, 52].map(s => at(EXAMPLES.trace, s)),
    [1, 5, 2, 1, 5],
  )
  t.deepEqual(
    [0, 15, 45].map(s => at(EXAMPLES.scaled, s)),
    [1, 4, 12],
  )
  t.deepEqual(
    [0, 10, 40].map(s => at(EXAMPLES.sum, s)),
    [1, 3, 9],
  )
})

test('a day has its peak at its hour, and a week its days', t => {
  // 1 January 1970 was a Thursday, so the third day is a Saturday.
  const load = make(EXAMPLES.diurnal)
  const peak = 14 * HOUR
  t.true(Math.abs(load.at(peak) - 50) < 0.1)
  t.true(Math.abs(load.at(2 * HOUR) - 10) < 0.1)
  t.true(Math.abs(load.at(2 * DAY + peak) / load.at(peak) - 0.5) < 1e-9)
  t.true(Math.abs(load.at(3 * DAY + peak) / load.at(peak) - 0.25) < 1e-9)
})

test('Poisson counts have the mean and the variance of their distribution', t => {
  for (const mean of [0.5, 4, 100, 2000]) {
    const stream = new Streams('poisson').stream(String(mean))
    let sum = 0
    let squares = 0
    const draws = 20_000
    for (let i = 0; i < draws; i++) {
      const count = poissonQuantile(mean, stream.double())
      sum += count
      squares += (count - mean) ** 2
    }
    // Four standard errors: sqrt(mean / n) of the mean, mean * sqrt((2 + 1 / mean) / n) of the variance.
    t.true(Math.abs(sum / draws - mean) < 4 * Math.sqrt(mean / draws))
    t.true(Math.abs(squares / draws - mean) < 4 * mean * Math.sqrt((2 + 1 / mean) / draws))
  }
  // P(X <= 1) = 3 e^-2 = 0.406 for a mean of 2.
  t.deepEqual(
    [0.1, 0.2, 0.4, 0.41].map(u => poissonQuantile(2, u)),
    [0, 1, 1, 2],
  )
})

test('loads of two names draw apart, equal ones draw alike', t => {
  const streams = new Streams('s')
  const first = createLoad(EXAMPLES.poisson, 'a', { streams, epochSeconds: 0 })
  const other = createLoad(EXAMPLES.poisson, 'b', { streams, epochSeconds: 0 })
  const values = (load: typeof first) => Array.from({ length: 20 }, (_, i) => load.at(i * MINUTE))
  t.notDeepEqual(values(first), values(other))
  t.deepEqual(values(make(EXAMPLES.poisson)), values(make(EXAMPLES.poisson)))
})
