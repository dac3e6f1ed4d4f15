import test from 'ava'
import { compare } from '../../experiments/index.js'
import { bootstrapInterval } from '../../experiments/statistics/bootstrap.js'
import { drift } from '../../experiments/statistics/drift.js'
import { holm } from '../../experiments/statistics/holm.js'
import { meanInterval } from '../../experiments/statistics/mean-interval.js'
import { moments } from '../../experiments/statistics/moments.js'
import { mser } from '../../experiments/statistics/mser.js'
import { orderQuantile } from '../../experiments/statistics/order-quantile.js'
import { pairedDifference } from '../../experiments/statistics/paired-difference.js'
import { quantileInterval } from '../../experiments/statistics/quantile-interval.js'
import { repetitionsWanted } from '../../experiments/statistics/replication-rule.js'
import { screen, survivors } from '../../experiments/statistics/select-best.js'
import { studentCdf, studentQuantile, studentTwoSided } from '../../experiments/statistics/student.js'
import { unpairedDifference } from '../../experiments/statistics/unpaired-difference.js'
import { amountText, decimalsFor, scaleFor } from '../../reports/experiment/metric-words.js'
import { verdictLines } from '../../reports/index.js'
import { Draws, syntheticResults } from '../support/synthetic.js'

test("Student's t has the values of published tables", t => {
  // Columns of the usual table: degrees of freedom, then t at 90, 95, 97.5, 99, 99.5 and 99.95 %.
  const table: readonly (readonly number[])[] = [
    [1, 3.078, 6.314, 12.706, 31.821, 63.657, 636.619],
    [2, 1.886, 2.92, 4.303, 6.965, 9.925, 31.599],
    [3, 1.638, 2.353, 3.182, 4.541, 5.841, 12.924],
    [4, 1.533, 2.132, 2.776, 3.747, 4.604, 8.61],
    [5, 1.476, 2.015, 2.571, 3.365, 4.032, 6.869],
    [7, 1.415, 1.895, 2.365, 2.998, 3.499, 5.408],
    [9, 1.383, 1.833, 2.262, 2.821, 3.25, 4.781],
    [10, 1.372, 1.812, 2.228, 2.764, 3.169, 4.587],
    [15, 1.341, 1.753, 2.131, 2.602, 2.947, 4.073],
    [20, 1.325, 1.725, 2.086, 2.528, 2.845, 3.85],
    [30, 1.31, 1.697, 2.042, 2.457, 2.75, 3.646],
    [60, 1.296, 1.671, 2, 2.39, 2.66, 3.46],
    [120, 1.289, 1.658, 1.98, 2.358, 2.617, 3.373],
  ]
  const levels = [0.9, 0.95, 0.975, 0.99, 0.995, 0.9995]
  for (const [degrees, ...values] of table) {
    values.forEach((value, i) => {
      t.is(Number(studentQuantile(levels[i], degrees).toFixed(3)), value, `${degrees} at ${levels[i]}`)
    })
  }
  // With one degree t is Cauchy's, tan(pi (p - 1/2)); with two (2p - 1) / sqrt(2p (1 - p)); with many the normal's.
  for (const p of [0.6, 0.9, 0.975, 0.9999]) {
    t.true(near(studentQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-11), `${p}`)
    t.true(near(studentQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-12), `${p}`)
  }
  t.true(near(studentQuantile(0.975, 1e7), 1.959_964, 1e-6))
  t.true(near(studentQuantile(0.95, 1e7), 1.644_853_6, 1e-6))
  t.is(studentQuantile(0.025, 9), -studentQuantile(0.975, 9))
  for (const x of [-4, -0.3, 0, 1, 2.5]) t.true(near(studentCdf(x, 1), 0.5 + Math.atan(x) / Math.PI, 1e-13))
  t.true(near(studentTwoSided(2.228_138_852, 10), 0.05, 1e-9))
})

function near(value: number, expected: number, relative: number): boolean {
  return Math.abs(value - expected) <= relative * Math.max(Math.abs(expected), 1e-300) + 1e-16
}

test('means, quantiles and corrections are those of a hand calculation', t => {
  // Squares of -2, 0, 0, 2 about the mean 5 sum to 8; 8 / 3.
  t.deepEqual(moments([3, 5, 5, 7]), { n: 4, mean: 5, sd: Math.sqrt(8 / 3) })
  t.deepEqual(moments([0.1, 0.1, 0.1]), { n: 3, mean: 0.1, sd: 0 })
  // A mean of a billion costs no digits of a spread of one.
  t.is(moments([1e9, 1e9 + 1, 1e9 + 2]).sd, 1)
  // 4.303 * 1 / sqrt 3
  t.is(Number(meanInterval([1, 2, 3], 0.95).halfWidth.toFixed(3)), 2.484)
  t.true(Number.isNaN(meanInterval([1], 0.95).halfWidth))
  t.deepEqual(
    [0, 0.1, 0.5, 0.9, 1].map(q => orderQuantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], q)),
    [1, 1, 5, 9, 10],
  )
  // 4 * .005 = .02; 3 * .01 = .03; 2 * .03 = .06; 1 * .04 is below the one before it.
  t.deepEqual(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
  t.deepEqual(holm([0.4, Number.NaN, 0.9]), [0.8, Number.NaN, 0.9])
  // P(B(10, 1/2) <= 1) = 11 / 1024, and of 2 it is 56 / 1024, too much: the second and the ninth value.
  const ten = [10, 1, 9, 2, 8, 3, 7, 4, 6, 5]
  t.deepEqual(quantileInterval(ten, 0.5, 0.95), { value: 5.5, low: 2, high: 9 })
  // 2 / 2^5 is more than 5 %, 2 / 2^6 is less.
  t.true(Number.isNaN(quantileInterval([1, 2, 3, 4, 5], 0.5, 0.95).low))
  t.deepEqual(quantileInterval([1, 2, 3, 4, 5, 6], 0.5, 0.95), { value: 3.5, low: 1, high: 6 })
  const { mean, above, below, equal, n } = pairedDifference([5, 6, 7, Number.NaN], [4, 6, 11, 1], 0.95)
  t.deepEqual({ mean, above, below, equal, n }, { mean: -1, above: 1, below: 1, equal: 1, n: 3 })
  // Welch: variances 2.5 and 10, errors 0.5 and 2; t = -3 / sqrt 2.5; degrees 2.5^2 / (0.25 / 4 + 4 / 4) = 5.882.
  const welch = unpairedDifference([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], 0.95)
  t.true(near(welch.p, studentTwoSided(3 / Math.sqrt(2.5), 6.25 / 1.0625), 1e-12))
})

test('the interval of the mean covers the truth in 93 to 97 % of 1,000 synthetic experiments', t => {
  const draws = new Draws('coverage')
  const cases: readonly (readonly [string, number, number, () => number])[] = [
    ['normal, 3 repetitions', 3, 7, () => draws.normal(7, 2)],
    ['normal, 10 repetitions', 10, 7, () => draws.normal(7, 2)],
    ['uniform, 10 repetitions', 10, 0.5, () => draws.uniform()],
    // Each repetition is itself the mean of 50 exponential waits.
    ['means of waits, 10 repetitions', 10, 1, () => moments(draws.many(50, () => draws.exponential())).mean],
  ]
  for (const [what, n, truth, draw] of cases) {
    const share = covered(1000, truth, () => meanInterval(draws.many(n, draw), 0.95))
    t.log(`${what}: ${(100 * share).toFixed(1)} %`)
    t.true(share >= 0.93 && share <= 0.97, `${what}: ${share}`)
  }
})

function covered(experiments: number, truth: number, interval: () => { low: number; high: number }): number {
  let hits = 0
  for (let i = 0; i < experiments; i++) {
    const { low, high } = interval()
    if (low <= truth && truth <= high) hits++
  }
  return hits / experiments
}

test('intervals of skewed figures: order statistics never cover too rarely, the bootstrap nearly as often as it says', t => {
  const draws = new Draws('skewed')
  const longest = (): number => Math.max(...draws.many(20, () => draws.exponential()))
  // The longest of 20: mean 1 + 1/2 + ... + 1/20, median -log(1 - 0.5^(1/20)).
  const mean = draws.many(20, () => 0).reduce((sum, _, i) => sum + 1 / (i + 1), 0)
  const median = -Math.log(1 - 0.5 ** (1 / 20))
  const ordered = covered(1000, median, () => quantileInterval(draws.many(12, longest), 0.5, 0.95))
  const resampled = covered(250, mean, () => bootstrapInterval(draws.many(12, longest), 0.95))
  t.log(`order statistics ${(100 * ordered).toFixed(1)} %, bootstrap ${(100 * resampled).toFixed(1)} %`)
  t.true(ordered >= 0.94, `${ordered}`)
  // 250 experiments of true coverage 95 % lie within 91.5 and 98.5 % but for one in a hundred.
  t.true(resampled >= 0.915 && resampled <= 0.985, `${resampled}`)
  t.deepEqual(
    bootstrapInterval([1, 2, 3, 4, 5, 6, 7, 8], 0.95),
    bootstrapInterval([1, 2, 3, 4, 5, 6, 7, 8], 0.95),
  )
})

test('the verdict names a winner where there is none in at most 5 % of experiments, also among many variants', t => {
  const draws = new Draws('type one')
  // Of exactly 5 % the observed share exceeds these once in a hundred times.
  const cases = [
    { variants: 2, experiments: 3000, most: 0.0593 },
    { variants: 6, experiments: 1000, most: 0.066 },
  ]
  for (const { variants, experiments, most } of cases) {
    let wrong = 0
    for (let i = 0; i < experiments; i++) {
      // What the variants of a pair have in common, and noise of their own.
      const common = draws.many(10, () => draws.normal(100, 20))
      const samples = Array.from({ length: variants }, () => common.map(value => value + draws.normal()))
      const told = compare(syntheticResults(samples)).map(({ verdict }) => verdict)
      if (told.some(verdict => verdict === 'better' || verdict === 'worse')) wrong++
    }
    t.log(`${variants} variants: ${((100 * wrong) / experiments).toFixed(1)} %`)
    t.true(wrong <= most * experiments, `${variants} variants: ${wrong} of ${experiments}`)
  }
})

/** Mean wait of 200 customers of one server, arrivals and services from streams of their own. */
function meanWait(seed: string, serviceMean: number, services = 'services'): number {
  const [arrivals, service] = [new Draws(`${seed}/arrivals`), new Draws(`${seed}/${services}`)]
  let [wait, sum] = [0, 0]
  for (let customer = 0; customer < 200; customer++) {
    sum += wait
    wait = Math.max(0, wait + service.exponential(serviceMean) - arrivals.exponential())
  }
  return sum / 200
}

test('common random numbers make the interval of a difference several times narrower', t => {
  const repetitions = Array.from({ length: 200 }, (_, r) => r)
  const slow = repetitions.map(r => meanWait(`common/${r}`, 0.8))
  const fast = repetitions.map(r => meanWait(`common/${r}`, 0.76))
  const other = repetitions.map(r => meanWait(`other/${r}`, 0.76))
  const [paired, apart] = [pairedDifference(slow, fast, 0.95), unpairedDifference(slow, other, 0.95)]
  const reduction = apart.sd ** 2 / paired.sd ** 2
  t.log(`variance of the difference ${reduction.toFixed(0)} times smaller`)
  t.true(reduction > 10, `${reduction}`)
  t.true(paired.low > 0)
})

const WAIT = { name: 'wait_p99_s', unit: 'seconds', about: '' } as const
const SHARE = { name: 'cost_idle_share', unit: 'share', about: '' } as const

for (const [metric, half, amount, text] of [
  // Two digits of the uncertainty.
  [WAIT, 0.12, 3.14159, '3.14 s'],
  [WAIT, 0.0012, 0.314159, '314.2 ms'],
  // Without one three of the amount, which the microsecond of the clock has not been asked for.
  [WAIT, 0, 0.000009, '9 µs'],
  [WAIT, 0, 0.000001 - 1e-19, '1.00 µs'],
  [WAIT, 0, 0.00857, '8.57 ms'],
  [WAIT, 0, 0, '0 s'],
  [WAIT, 0.0000002, 0.0084312, '8.4312 ms'],
  [SHARE, 0.00162, 0.16446, '16.45 points'],
  // More than five digits nobody reads.
  [{ ...SHARE, unit: 'count' }, 0.00000019, 1.25090462, '1.2509'],
  [{ ...SHARE, unit: 'count' }, 0.4, -0.00001, '0'],
] as const) {
  test(`${amount} ± ${half} is written as ${text}`, t => {
    const scale = scaleFor(metric, amount)
    t.is(amountText(scale, amount, decimalsFor(scale, half, amount)) + scale.word, text)
  })
}

test('one sentence a metric tells difference, interval and pairs, and no winner where the interval contains zero', t => {
  const clear = syntheticResults([
    [10, 20, 30, 40],
    [8, 17.5, 28, 37.5],
  ])
  // Differences -2, -2.5, -2, -2.5: mean -2.25, sd 0.2887, half-width 3.182 * 0.2887 / 2 = 0.459.
  t.deepEqual(verdictLines(clear), [
    'figure: v1 has 2.25 less than v0 (better), 95 % interval 1.79 to 2.71, 4 of 4 pairs.',
  ])
  const unclear = syntheticResults([
    [10, 20, 30],
    [11, 19, 30],
  ])
  t.regex(
    verdictLines(unclear)[0],
    /^figure: no difference shown between v1 and v0, 95 % interval of the difference -/,
  )
  t.deepEqual(verdictLines(syntheticResults([[5], [4]])), [
    'figure: v1 and v0 cannot be told apart by one pair of runs.',
  ])
  t.deepEqual(
    verdictLines(
      syntheticResults([
        [5, 6],
        [5, 6],
      ]),
    ),
    ['figure: v1 and v0 are the same in all 2 pairs.'],
  )
  const constant = verdictLines(
    syntheticResults(
      [
        [5, 5, 5],
        [4, 4, 4],
      ],
      'higher',
    ),
  )
  t.is(constant[0], 'figure: v1 has 1 less than v0 (worse), 95 % interval 1 to 1, 3 of 3 pairs.')
  t.regex(constant[1], /nothing random takes part/)
  // A metric of which no run has a figure, as drains where nothing is drained, is nothing to talk about.
  const without = syntheticResults([
    [5, 6],
    [5, 6],
  ])
  const drains = { name: 'drains', unit: 'count', about: '', better: 'lower' } as const
  t.deepEqual(verdictLines({ ...without, metrics: [...without.metrics, drains] }), verdictLines(without))
  const broken = syntheticResults([
    [10, 20, 30, 40],
    [1, 2, 3, 4],
  ])
  const rows = broken.rows.map(row => (row.run === 8 ? { ...row, status: 'unstable' as const } : row))
  t.deepEqual(verdictLines({ ...broken, rows }), [
    'figure: no difference shown between v1 and v0, 95 % interval of the difference -40 to 4, ' +
      'more in 0 and less in 3 of 3 pairs; 1 of 4 left out, since their runs did not complete.',
    'Left out: run 8 is unstable; e/policy=v1/4: ',
  ])
  // p of v1 alone is 0.047; among six comparisons it is nothing to speak of.
  const corrected = syntheticResults([
    [0, 0, 0, 0],
    [1, 2, 3, 4].map(value => value - 0.4),
    ...Array.from({ length: 5 }, (_, i) => [1, -1, 2, -2].map(value => value * (i + 1))),
  ])
  t.regex(verdictLines(corrected)[0], /no difference shown .* several comparisons at once/)
})

test('repetitions end when the precision has lasted for the look-ahead, or with the budget', t => {
  const rule = { first: 3, most: 50, lookAhead: 5, confidence: 0.95 }
  const target = { halfWidth: 1, relative: false }
  // Equal values are precise at once: 3, and 5 more to be sure.
  t.is(repetitionsWanted([4, 4, 4], target, rule), 8)
  t.is(repetitionsWanted([4, 4, 4, 4, 4, 4, 4, 4], target, rule), 8)
  // Precise at 3 by luck, no longer at 4, and then again from 12 on: 17.
  const lucky = [4, 4.1, 4, 9, 4, 4, 4, 4, 4, 4, 4, 4]
  t.is(repetitionsWanted(lucky.slice(0, 4), target, rule), 8)
  t.false(meanInterval(lucky.slice(0, 11), 0.95).halfWidth <= 1)
  t.is(repetitionsWanted([...lucky, 4, 4, 4], target, rule), 17)
  // A relative target: a tenth of 40 is 4.
  t.is(repetitionsWanted([40, 41, 42], { halfWidth: 0.1, relative: true }, rule), 8)
  // 4.303 * 10 / sqrt 3 = 24.8 is 25 times too wide: half of the way would be hundreds, doubling goes first.
  t.is(repetitionsWanted([10, 20, 30], target, rule), 6)
  t.is(repetitionsWanted([10, 20, 30], target, { ...rule, most: 5 }), 5)
  // The rule reaches what it promises: intervals of the asked width, most of which hold the truth.
  const draws = new Draws('replications')
  let [hits, repetitions] = [0, 0]
  for (let i = 0; i < 300; i++) {
    const values = draws.many(3, () => draws.normal(100, 10))
    for (;;) {
      const wanted = repetitionsWanted(values, { halfWidth: 0.05, relative: true }, { ...rule, most: 1000 })
      if (wanted === values.length) break
      while (values.length < wanted) values.push(draws.normal(100, 10))
    }
    const { low, high, halfWidth } = meanInterval(values, 0.95)
    t.true(halfWidth <= 5.5)
    if (low <= 100 && high >= 100) hits++
    repetitions += values.length
  }
  t.log(`coverage ${(hits / 3).toFixed(1)} %, ${(repetitions / 300).toFixed(1)} repetitions`)
  t.true(hits / 300 >= 0.92)
})

test('MSER-5 cuts what leads up to the steady state, and says when there is none', t => {
  const draws = new Draws('mser')
  // From 20 down to 0 with a time constant of 20, and noise of 1: settled after some 80 values.
  const settling = Array.from({ length: 1000 }, (_, i) => 20 * Math.exp(-i / 20) + draws.normal())
  const { cut, settled } = mser(settling)
  t.true(settled && cut >= 40 && cut <= 150, `${cut}`)
  const steady = mser(draws.many(1000, () => draws.normal()))
  t.true(steady.settled && steady.cut <= 300, `${steady.cut}`)
  t.false(mser(Array.from({ length: 1000 }, (_, i) => i + draws.normal())).settled)
  t.deepEqual(mser([1, 2, 3]), { cut: 0, settled: false })
  // By the definition, batch by batch.
  const errorAt = (means: readonly number[], d: number): number => {
    const { n, sd } = moments(means.slice(d))
    return (sd ** 2 * (n - 1)) / n ** 2
  }
  const means = Array.from({ length: 200 }, (_, b) => moments(settling.slice(5 * b, 5 * b + 5)).mean)
  const errors = means.slice(0, 196).map((_, d) => errorAt(means, d))
  t.is(cut, 5 * errors.indexOf(Math.min(...errors)))
})

test('a series that grows for ever is told from one that only varies', t => {
  // Permutations of ten with at most 9 inversions have S = 45 - 2 * 9 = 27 or more.
  let counts = [1]
  for (let size = 2; size <= 10; size++) {
    counts = Array.from({ length: counts.length + size - 1 }, (_, inversions) =>
      counts.slice(Math.max(0, inversions - size + 1), inversions + 1).reduce((sum, count) => sum + count, 0),
    )
  }
  const share = counts.slice(0, 10).reduce((sum, count) => sum + count, 0) / 3_628_800
  t.is(share.toFixed(4), '0.0083')
  const draws = new Draws('drift')
  let alarms = 0
  for (let i = 0; i < 500; i++) {
    let level = 0
    // A queue that swings about its mean, neighbours alike.
    const swinging = draws.many(500, () => {
      level = 0.9 * level + draws.normal()
      return 10 + level
    })
    if (drift(swinging, 0.5).grows) alarms++
  }
  t.log(`${alarms / 5} % false alarms`)
  t.true(alarms <= 15)
  t.true(
    drift(
      Array.from({ length: 500 }, (_, i) => 10 + 0.05 * i + draws.normal()),
      5,
    ).grows,
  )
  // Growth that matters to nobody.
  t.false(
    drift(
      Array.from({ length: 500 }, (_, i) => 100 + 0.01 * i),
      5,
    ).grows,
  )
  t.false(drift([], 5).grows)
})

test('the best of several variants is found with the probability asked for', t => {
  const draws = new Draws('selection')
  const means = [1, 1.5, 2, 2.5, 3]
  let [kept, alone, right, spent] = [0, 0, 0, 0]
  const rounds = 400
  for (let i = 0; i < rounds; i++) {
    const samples = means.map((): number[] => [])
    const more = (): void => {
      const common = draws.normal(0, 3)
      means.forEach((mean, v) => samples[v].push(common + draws.normal(mean, 1)))
    }
    while (samples[0].length < 10) more()
    const left = screen(samples, 'lower', 0.95)
    if (left.includes(0)) kept++
    if (left.length === 1) alone++
    const rule = { first: 10, indifference: 0.5, confidence: 0.95 }
    let candidates = survivors(samples, 'lower', rule)
    while (candidates.length > 1) {
      more()
      candidates = survivors(samples, 'lower', rule)
    }
    if (candidates[0] === 0) right++
    spent += samples[0].length
  }
  t.log(`screening keeps the best in ${(100 * kept) / rounds} %, alone in ${(100 * alone) / rounds} %`)
  t.log(
    `the sequential procedure is right in ${(100 * right) / rounds} %, after ${(spent / rounds).toFixed(0)} repetitions`,
  )
  t.true(kept >= 0.95 * rounds && right >= 0.95 * rounds)
  t.deepEqual(
    screen(
      [
        [3, 3, 3],
        [1, 1, 1],
        [1, 1, 1],
      ],
      'lower',
      0.95,
    ),
    [1, 2],
  )
  t.deepEqual(
    screen(
      [
        [3, 3, 3],
        [1, 1, 1],
        [1, 1, 1],
      ],
      'higher',
      0.95,
    ),
    [0],
  )
})
