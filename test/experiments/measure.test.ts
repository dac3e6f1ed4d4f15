import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { NEVER, podsRecord, RecordTable, SECOND, timeSeriesRecord } from '../../engine/index.js'
import type { MeasureWindow } from '../../experiments/index.js'
import { DistributionReader } from '../../experiments/measure/distribution.js'
import { SeriesReader } from '../../experiments/measure/series.js'
import { type WindowFigures, WindowReader } from '../../experiments/measure/window.js'
import { ProgressEstimate } from '../../experiments/progress-estimate.js'
import { verdictLines } from '../../reports/index.js'
import { conducted, folderOf, loadedIn } from '../support/experiment-folder.js'

/** Starting worker threads takes long on a machine with much else to do. */
const MINUTES = 600_000

interface Pod {
  readonly name: string
  readonly created: number
  readonly wait?: number
}

const DEFINITIONS = { pods: podsRecord(['cpu']), series: timeSeriesRecord(['cpu']) }

/** The figures of a window over pods, and a time series with a row a second in which so many pods wait. */
function windowOver(
  window: Partial<MeasureWindow>,
  pods: readonly Pod[],
  waiting: readonly number[],
): WindowFigures {
  const reader = new WindowReader({
    warmUp: { kind: 'none' },
    coolDown: 0,
    stability: 'pods_unscheduled',
    ...window,
  })
  const column = (
    definition: { readonly columns: readonly { readonly name: string }[] },
    name: string,
  ): number => definition.columns.findIndex(candidate => candidate.name === name)
  const table = new RecordTable(DEFINITIONS.pods, { chunk: chunk => reader.take('pods', chunk) })
  for (const { name, created, wait } of pods) {
    table.add()
    table.setText(column(DEFINITIONS.pods, 'name'), name)
    table.set(column(DEFINITIONS.pods, 'created_s'), created * SECOND)
    const scheduled = wait === undefined ? NEVER : (created + wait) * SECOND
    table.set(column(DEFINITIONS.pods, 'scheduled_s'), scheduled)
  }
  table.close()
  const series = new RecordTable(DEFINITIONS.series, { chunk: chunk => reader.take('time-series', chunk) })
  waiting.forEach((value, second) => {
    series.add()
    series.set(column(DEFINITIONS.series, 'time_s'), second * SECOND)
    series.set(column(DEFINITIONS.series, 'pods_unscheduled'), value)
  })
  series.close()
  return reader.finish(waiting.length - 1)
}

const PODS: readonly Pod[] = [
  { name: 'fill-1', created: 0, wait: 30 },
  { name: 'early', created: 10, wait: 1 },
  { name: 'a', created: 40, wait: 2 },
  { name: 'b', created: 50, wait: 4 },
  { name: 'never', created: 60 },
  { name: 'late', created: 95, wait: 1 },
]

test('a window counts pods created in it; a pod without a node counts with the wait it had had', t => {
  const waiting = Array.from({ length: 101 }, (_, second) => (second < 20 ? 7 : 1))
  const fixed = windowOver(
    { warmUp: { kind: 'fixed', length: 20 * SECOND }, coolDown: 10 * SECOND },
    PODS,
    waiting,
  )
  // a and b waited 2 and 4, never 100 - 60 = 40 and goes on.
  t.like(fixed.metrics, {
    window_start_s: 20,
    window_end_s: 90,
    window_pods: 3,
    window_pods_censored: 1,
    window_wait_p50_s: 4,
    window_wait_p99_s: 40,
    window_pods_unscheduled_mean: 1,
  })
  t.is(fixed.metrics['window_wait_mean_s'].toFixed(3), (46 / 3).toFixed(3))
  t.is(fixed.unstable, undefined)
  // The prefill has its node at 30; what it waited does not count, nor does the pod before.
  const prefilled = windowOver({ warmUp: { kind: 'prefill', pods: 'fill-*' } }, PODS, waiting)
  t.like(prefilled.metrics, {
    window_start_s: 30,
    window_end_s: 100,
    window_pods: 4,
    window_pods_censored: 1,
  })
  const whole = windowOver({}, PODS, waiting)
  t.like(whole.metrics, { window_start_s: 0, window_pods: 6 })
  const auto = windowOver({ warmUp: { kind: 'auto', column: 'pods_unscheduled' } }, PODS, waiting)
  t.is(auto.metrics['window_start_s'], 20)
})

test('a window without a steady state says so', t => {
  const growing = Array.from({ length: 200 }, (_, second) => second)
  t.regex(windowOver({}, PODS, growing).unstable ?? '', /^pods_unscheduled keeps growing, by 1[34]\d/)
  const late = Array.from({ length: 200 }, (_, second) => (second < 150 ? second : 150 + (second % 2)))
  const auto = windowOver({ warmUp: { kind: 'auto', column: 'pods_unscheduled' } }, PODS, late)
  t.is(auto.unstable, 'pods_unscheduled has not settled in the first half of the run')
  const short = windowOver({ warmUp: { kind: 'fixed', length: 300 * SECOND } }, PODS, growing)
  t.is(short.unstable, 'the window is empty: the run is too short')
})

test('series keep evenly spaced rows with both ends, distributions their quantiles', t => {
  const series = new SeriesReader({
    record: 'time-series',
    x: 'time_s',
    columns: ['pods_unscheduled', 'nodes'],
    points: 5,
    at: [],
  })
  const table = new RecordTable(DEFINITIONS.series, { chunk: chunk => series.take(chunk) })
  const position = (name: string): number =>
    DEFINITIONS.series.columns.findIndex(candidate => candidate.name === name)
  for (let row = 0; row < 10_001; row++) {
    table.add()
    table.set(position('time_s'), row * SECOND)
    table.set(position('pods_unscheduled'), 2 * row)
  }
  table.close()
  t.deepEqual(series.finish(), {
    record: 'time-series',
    x: 'time_s',
    points: [0, 2500, 5000, 7500, 10_000],
    columns: { pods_unscheduled: [0, 5000, 10_000, 15_000, 20_000], nodes: [null, null, null, null, null] },
  })
  const waits = new DistributionReader({ record: 'pods', column: 'wait_s', quantiles: 5 })
  const pods = new RecordTable(DEFINITIONS.pods, { chunk: chunk => waits.take(chunk) })
  const wait = DEFINITIONS.pods.columns.findIndex(({ name }) => name === 'wait_s')
  for (const seconds of [8, 1, 3, 2, 5, 4, 7, 6]) {
    pods.add()
    pods.set(wait, seconds * SECOND)
  }
  pods.add()
  pods.close()
  t.deepEqual(waits.finish(), {
    record: 'pods',
    column: 'wait_s',
    count: 8,
    missing: 1,
    quantiles: [1, 2, 4, 6, 8],
  })
})

test('an overloaded cluster is unstable, keeps its rows and gets no verdict', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, {
    'e.yaml': `scenario:
  duration: 1h
  nodes: [{ name: node, count: 2, capacity: { cpu: 4, memory: 8Gi } }]
  timeline:
    - { at: 1s, op: createPods, name: p, count: 700, every: 5s, requests: { cpu: 1, memory: 1Gi }, runFor: 30s }
axes: { size: { path: nodes.0.capacity.cpu, values: [4, 1] } }
repetitions: 2
metrics: [window_wait_mean_s]
window: { warmUp: 5m, coolDown: 5m }
`,
  })
  const results = await conducted(await loadedIn(folder), join(folder, 'out'), 2)
  t.deepEqual(
    results.rows.map(({ status }) => status),
    ['completed', 'unstable', 'completed', 'unstable'],
  )
  t.regex(results.rows[1].reason ?? '', /pods_unscheduled keeps growing/)
  t.true((results.rows[1].metrics['window_pods_censored'] ?? 0) > 100)
  t.regex(verdictLines(results).join('\n'), /cannot be told apart by no pair.*\n.*2 runs are unstable/)
})

test('repetitions are added until the figures are precise, the same number for every variant', async t => {
  t.timeout(MINUTES)
  const head = 'base: tiny.yaml\naxes: { policy: { variants: base } }\nmetrics: [wait_mean_s]\n'
  const folder = folderOf(t, {
    'e.yaml': `${head}repetitions: { first: 3, most: 40, lookAhead: 2, precision: { nodes_in_use_mean: 2% } }\n`,
    'b.yaml': `${head}repetitions: { first: 4, most: 40, best: { metric: nodes_in_use_mean, indifference: 0.1 } }\n`,
  })
  const results = await conducted(await loadedIn(folder), join(folder, 'out'), 2)
  const { repetitions, rows, missing } = results
  t.true(repetitions > 4 && repetitions < 40, `${repetitions}`)
  t.deepEqual([rows.length, missing.length], [2 * repetitions, 0])
  const again = await conducted(await loadedIn(folder), join(folder, 'again'), 1)
  t.is(again.repetitions, repetitions)
  const bytes = (name: string): string => readFileSync(join(folder, name, 'runs.ndjson'), 'utf8')
  t.is(bytes('out'), bytes('again'))
  const best = await conducted(await loadedIn(folder, 'b.yaml'), join(folder, 'best'), 2)
  t.true(best.repetitions >= 4 && best.repetitions < 40, `${best.repetitions}`)
})

test('the estimate of the time left leaves out what workers need to start, once it can', t => {
  const estimate = new ProgressEstimate(2)
  const run = (variant: number) => ({ run: 1, key: '', variant, repetition: 1, seed: '1' })
  t.is(estimate.secondsFor([run(0), run(1)]), undefined)
  estimate.finished(run(0), 10)
  t.is(estimate.secondsFor([run(0)]), undefined)
  estimate.finished(run(1), 10)
  t.is(estimate.secondsFor([run(0), run(0), run(1), run(1)]), 20)
  estimate.finished(run(0), 1)
  // Variant 0 takes 1 s; of variant 1 nothing is known but the start: (1 + 1 + 1 + 1) / 2.
  t.is(estimate.secondsFor([run(0), run(0), run(1), run(1)]), 2)
  estimate.finished(run(1), 3)
  t.is(estimate.secondsFor([run(0), run(0), run(1), run(1)]), 4)
  t.is(estimate.secondsFor([run(1)]), 3)
})
