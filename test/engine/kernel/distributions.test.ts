import test from 'ava'
import {
  createDistribution,
  type DistributionSpec,
  distributionIssues,
} from '../../../engine/kernel/distributions.js'
import { normalQuantile } from '../../../engine/kernel/normal-quantile.js'
import { Streams } from '../../../engine/kernel/rng.js'

const NAMES = 'constant, uniform, exponential, weibull, lognormal, pareto, normal, empirical'

interface Row {
  spec: DistributionSpec
  cdf: (x: number) => number
  mean?: number
  variance?: number
}

const ROWS: Row[] = [
  { spec: { uniform: { min: 2, max: 6 } }, cdf: x => (x - 2) / 4, mean: 4, variance: 16 / 12 },
  { spec: { exponential: { mean: 3 } }, cdf: x => 1 - Math.exp(-x / 3), mean: 3, variance: 9 },
  // Shape 2: mean 5 * gamma(1.5) = 5 * sqrt(pi) / 2, variance 25 * (1 - pi / 4).
  {
    spec: { weibull: { shape: 2, scale: 5 } },
    cdf: x => 1 - Math.exp(-((x / 5) ** 2)),
    mean: 5 * 0.886226925452758,
    variance: 25 * (1 - Math.PI / 4),
  },
  // Shape 3, min 2: mean 3 * 2 / 2 = 3, variance 4 * 3 / (2^2 * 1) = 3.
  { spec: { pareto: { shape: 3, min: 2 } }, cdf: x => 1 - (2 / x) ** 3, mean: 3 },
  { spec: { normal: { mean: 10, deviation: 2 } }, cdf: x => phi((x - 10) / 2), mean: 10, variance: 4 },
  // Median 4, sigma 0.5: mean 4 * e^(1/8), variance mean^2 * (e^(1/4) - 1).
  {
    spec: { lognormal: { median: 4, sigma: 0.5 } },
    cdf: x => phi(Math.log(x / 4) / 0.5),
    mean: 4 * Math.exp(0.125),
    variance: 16 * Math.exp(0.25) * (Math.exp(0.25) - 1),
  },
  // Values 1, 3, 4 on lines: half the draws on [1, 3], half on [3, 4]: mean (2 + 3.5) / 2.
  {
    spec: { empirical: { values: [4, 1, 3], interpolate: true } },
    cdf: x => (x < 3 ? (x - 1) / 4 : 0.5 + (x - 3) / 2),
    mean: 2.75,
  },
]

/** The normal distribution function by Simpson's rule, independent of the code under test. */
function phi(x: number): number {
  const steps = 200
  const width = x / steps
  let sum = 0
  for (let index = 0; index <= steps; index++) {
    const weight = index === 0 || index === steps ? 1 : index % 2 === 1 ? 4 : 2
    sum += weight * Math.exp(-((index * width) ** 2) / 2)
  }
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

for (const { spec, cdf, mean, variance } of ROWS) {
  const name = Object.keys(spec)[0]
  test(`${name}: draws follow the distribution function, mean and variance`, t => {
    const stream = new Streams('7').stream(name)
    const distribution = createDistribution(spec)
    const count = 20_000
    const drawn = Float64Array.from({ length: count }, () => distribution.draw(() => stream.double())).sort()
    let distance = 0
    let sum = 0
    let squares = 0
    for (let index = 0; index < count; index++) {
      const probability = cdf(drawn[index])
      distance = Math.max(
        distance,
        Math.abs(probability - index / count),
        Math.abs(probability - (index + 1) / count),
      )
      sum += drawn[index]
      squares += drawn[index] ** 2
    }
    // Kolmogorov-Smirnov at one in a thousand: 1.95 / sqrt(n).
    t.true(distance < 1.95 / Math.sqrt(count), `distance ${distance}`)
    if (mean === undefined) return
    t.true(Math.abs((distribution.mean ?? NaN) - mean) < 1e-9 * mean)
    const found = sum / count
    t.true(Math.abs(found / mean - 1) < 0.03, `mean ${found}, not ${mean}`)
    if (variance === undefined) return
    t.true(Math.abs((squares / count - found ** 2) / variance - 1) < 0.08, `variance`)
  })
}

test('every draw takes exactly one number, and the same number gives the same value', t => {
  const specs: DistributionSpec[] = [
    ...ROWS.map(row => row.spec),
    { constant: { value: 5 } },
    { empirical: { values: [2, 1] } },
  ]
  for (const spec of specs) {
    const distribution = createDistribution(spec)
    let last = -Infinity
    for (const u of [0, 1e-9, 0.25, 0.5, 0.75, 1 - 2 ** -53]) {
      let taken = 0
      const uniform = (): number => {
        taken++
        return u
      }
      const value = distribution.draw(uniform)
      t.is(taken, 1)
      t.is(distribution.draw(uniform), value)
      t.true(Number.isFinite(value), `${distribution.name} at ${u}`)
      t.true(value >= last, `${distribution.name} grows with the uniform number`)
      last = value
    }
  }
})

test('the empirical distribution without lines gives its own values, each alike', t => {
  const distribution = createDistribution({ empirical: { values: [30, 10, 20] } })
  t.is(distribution.mean, 20)
  t.deepEqual(
    [0, 0.33, 0.34, 0.66, 0.67, 0.999].map(u => distribution.draw(() => u)),
    [10, 10, 20, 20, 30, 30],
  )
})

test('a heavy tail has no mean', t => {
  t.is(createDistribution({ pareto: { shape: 1, min: 1 } }).mean, undefined)
})

test('normal quantiles match the published ones', t => {
  const rows: [number, number][] = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
    [0.025, -1.959963984540054],
    [1e-10, -6.361340902404056],
    [1e-20, -9.26234008979841],
  ]
  for (const [probability, value] of rows)
    t.true(Math.abs(normalQuantile(probability) - value) < 1e-13, `${probability}`)
})

test('every fault in a distribution is told with its place', t => {
  const rows: [unknown, string[]][] = [
    [{ exponential: { mean: 1 } }, []],
    [5, [`load: expected a distribution: one of ${NAMES}`]],
    [{}, ['load: expected one distribution, got 0']],
    [{ exponentail: { mean: 1 } }, ['load: unknown distribution "exponentail"; did you mean "exponential"?']],
    [{ toString: {} }, [`load: unknown distribution "toString"; known are ${NAMES}`]],
    [{ exponential: 5 }, ['load.exponential: expected an object with mean']],
    [
      { exponential: { maen: 1 } },
      [
        'load.exponential.maen: unknown parameter "maen"; did you mean "mean"?',
        'load.exponential: mean is missing',
      ],
    ],
    [{ exponential: { mean: 0 } }, ['load.exponential: mean must be a number greater than 0']],
    [{ exponential: { mean: '1' } }, ['load.exponential: mean must be a number greater than 0']],
    [{ uniform: { min: 2, max: 1 } }, ['load.uniform: max must not be less than min']],
    [
      { weibull: { shape: -1, scale: 0 } },
      [
        'load.weibull: shape must be a number greater than 0',
        'load.weibull: scale must be a number greater than 0',
      ],
    ],
    [
      { normal: { mean: NaN, deviation: -1 } },
      ['load.normal: mean must be a finite number', 'load.normal: deviation must be a number of at least 0'],
    ],
    [{ lognormal: { median: 1, sigma: -1 } }, ['load.lognormal: sigma must be a number of at least 0']],
    [{ empirical: { values: [] } }, ['load.empirical: values must be a list of numbers, not empty']],
    [
      { empirical: { values: [1, 'x'], interpolate: 1 } },
      [
        'load.empirical: every one of values must be a finite number',
        'load.empirical: interpolate must be true or false',
      ],
    ],
  ]
  for (const [spec, expected] of rows) {
    t.deepEqual(
      distributionIssues(spec, 'load').map(({ path, message }) => `${path}: ${message}`),
      expected,
    )
  }
})
