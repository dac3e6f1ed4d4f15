import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { type SimulationModel, simulate } from '../../engine/index.js'
import {
  mergeStores,
  planFileOf,
  planRuns,
  RunStore,
  readResults,
  replayRow,
  StoreRefusal,
  samplesOf,
} from '../../experiments/index.js'
import { variantModel } from '../../experiments/variant-model.js'
import { writeResults } from '../../reports/index.js'
import { formatIssue, openTemplate } from '../../scenarios/index.js'
import { conducted, folderOf, loadedIn } from '../support/experiment-folder.js'
import { PROJECT } from '../support/source-files.js'

const EXPERIMENT = `base: tiny.yaml
set: { measure.every: 1m }
axes:
  policy: { variants: base }
  nodes: { path: nodes.0.count, values: [3, 4] }
repetitions: 3
metrics: [wait_mean_s, nodes_in_use_mean]
series: [{ record: time-series, columns: [nodes_in_use, pods_running], points: 20 }]
distributions: [{ record: pods, column: wait_s, quantiles: 11 }]
`

/** Starting worker threads takes long on a machine with much else to do. */
const MINUTES = 600_000

/** Every byte that an experiment leaves behind, but for the paths in its plan. */
function bytesOf(directory: string): string {
  const results = readResults(directory)
  if (typeof results === 'string') throw new Error(results)
  const files = ['runs.ndjson', ...writeResults(results)]
  const text = files.map(file => `${file}\n${readFileSync(join(directory, file), 'utf8')}`).join('\n')
  // The page says where it lies, for commands that can be pasted.
  return text.replaceAll(directory, 'DIRECTORY')
}

test('results are the same bytes for 1, 2 and 4 workers and for shards', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, { 'e.yaml': EXPERIMENT })
  const loaded = await loadedIn(folder)
  const one = await conducted(loaded, join(folder, 'one'), 1)
  t.deepEqual(
    one.rows.map(({ run, status }) => `${run} ${status}`),
    Array.from({ length: 12 }, (_, i) => `${i + 1} completed`),
  )
  const expected = bytesOf(join(folder, 'one'))
  for (const workers of [2, 4]) {
    await conducted(loaded, join(folder, `w${workers}`), workers)
    t.is(bytesOf(join(folder, `w${workers}`)), expected)
  }
  for (const index of [1, 2]) {
    const part = await conducted(loaded, join(folder, `part${index}`), 1, { index, of: 2 })
    t.is(part.rows.length, 6)
  }
  const parts = [2, 1].map(index => join(folder, `part${index}`))
  mergeStores(join(folder, 'merged'), parts)
  t.is(bytesOf(join(folder, 'merged')), expected)
  mergeStores(join(folder, 'partial'), parts.slice(1))
  const partial = readResults(join(folder, 'partial'))
  t.deepEqual(typeof partial === 'string' ? [] : partial.missing.map(({ run }) => run), [2, 4, 6, 8, 10, 12])
})

test('repetitions differ, and any row can be made again to the last event', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, { 'e.yaml': EXPERIMENT })
  const results = await conducted(await loadedIn(folder), join(folder, 'out'), 2)
  const digests = new Set(results.rows.map(({ digest }) => digest))
  t.is(digests.size, 12)
  t.deepEqual(
    results.rows[0].series.map(({ record, x, points, columns }) => [
      record,
      x,
      points.length,
      Object.keys(columns),
    ]),
    [['time-series', 'time_s', 4, ['nodes_in_use', 'pods_running']]],
  )
  t.is(results.rows[0].distributions[0].quantiles.length, 11)
  for (const row of [results.rows[0], results.rows[7]]) {
    const replayed = await replayRow(results, row, 'test')
    t.deepEqual(typeof replayed === 'string' ? [replayed] : replayed.differences, [])
  }
  const forged = { ...results.rows[0], digest: '0', metrics: { ...results.rows[0].metrics, nodes_peak: 7 } }
  const replayed = await replayRow(results, forged, 'test')
  t.is(typeof replayed === 'string' ? 0 : replayed.differences.length, 2)
})

const FAILING = `base: tiny.yaml
set:
  duration: 12h
  failures:
    - { model: node-crash, every: { exponential: { mean: 1h } }, lasts: { exponential: { mean: 10m } } }
    - { name: zone, model: node-crash, domain: kubernetes.io/hostname, every: { exponential: { mean: 5h } } }
axes: { policy: { variants: base } }
repetitions: 2
`

/** When each pod was created, and of each node when it failed and for how long: what chance does to a run. */
function fateOf(model: SimulationModel): Readonly<Record<string, readonly string[]>> {
  const { records } = simulate(model, { records: ['pods', 'failures'] })
  const fate: Record<string, string[]> = {}
  for (const { definition, chunks } of records) {
    const column = (name: string): number =>
      definition.columns.findIndex(candidate => candidate.name === name)
    const isPods = definition.name === 'pods'
    for (const chunk of chunks) {
      for (let row = 0; row < chunk.rows; row++) {
        const name = chunk.text(column(isPods ? 'name' : 'subject'), row)
        const key = isPods ? `pod ${name}` : `${chunk.text(column('failure'), row)} ${name}`
        const times = isPods ? ['created_s'] : ['from_s', 'to_s']
        fate[key] ??= []
        fate[key].push(times.map(time => chunk.numbers[column(time)][row]).join(' to '))
      }
    }
  }
  return fate
}

test('repetition r sees the same arrivals and failures under every variant, the k-th of each node among them', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, { 'e.yaml': FAILING })
  const { experiment } = await loadedIn(folder)
  const template = await openTemplate({ file: experiment.base.file })
  if ('issues' in template) throw new Error(template.issues.map(formatIssue).join('\n'))
  const fates: ReturnType<typeof fateOf>[] = []
  const digests = new Set<string>()
  for (const planned of planRuns(experiment, 1, 2)) {
    const model = await variantModel(template, experiment.base.file, {
      planned,
      variant: experiment.variants[planned.variant],
    })
    fates.push(fateOf(model))
    digests.add(simulate(model).digest.hash)
  }
  t.is(digests.size, 4)
  t.deepEqual(fates[0], fates[1])
  t.deepEqual(fates[2], fates[3])
  const [first, , second] = fates
  t.deepEqual(first['pod a-0'], second['pod a-0'])
  for (const node of ['node-0', 'node-1', 'node-2']) {
    const failures = first[`node-crash ${node}`]
    t.true(failures.length >= 5, `${failures.length}`)
    t.notDeepEqual(failures, second[`node-crash ${node}`])
  }
})

test('killed with signal 9 in the middle, an experiment goes on without a lost or doubled run', async t => {
  t.timeout(MINUTES)
  const text = EXPERIMENT.replace('repetitions: 3', 'repetitions: 15')
  const folder = folderOf(t, { 'e.yaml': text })
  const command = (out: string): readonly string[] => [
    join(PROJECT, 'dist/bundle/main.js'),
    'experiment',
    join(folder, 'e.yaml'),
    '--workers',
    '2',
    '--out',
    join(folder, out),
  ]
  const runs = join(folder, 'killed', 'runs.ndjson')
  const linesOf = (): number => (existsSync(runs) ? readFileSync(runs, 'utf8').split('\n').length - 1 : 0)
  for (const wanted of [5, 25]) {
    const child = spawn(process.execPath, command('killed'), { stdio: 'ignore' })
    while (linesOf() < wanted && child.exitCode === null) await sleep(5)
    const ended = new Promise(resolve => child.once('exit', (_, signal) => resolve(signal)))
    child.kill('SIGKILL')
    t.is(await ended, 'SIGKILL', 'it was killed before it was over')
    t.true(linesOf() >= wanted && linesOf() < 60)
  }
  // What a power cut leaves of a line is cut off.
  appendFileSync(runs, '{"run":60,"key":"tiny/po')
  const finish = async (out: string): Promise<number | null> => {
    const child = spawn(process.execPath, command(out), { stdio: 'ignore' })
    return new Promise(resolve => child.once('exit', resolve))
  }
  t.deepEqual([await finish('killed'), await finish('whole')], [0, 0])
  t.is(linesOf(), 60)
  t.is(bytesOf(join(folder, 'killed')), bytesOf(join(folder, 'whole')))
})

test('a run that is cut off or fails keeps its row and takes no part in the figures', async t => {
  t.timeout(MINUTES)
  const plugin = `import { definePlugin } from '${join(PROJECT, 'dist/engine/index.js')}'
export const faulty = definePlugin({
  name: 'Faulty', args: {}, create: () => ({ filter() { throw new Error('faulty on purpose') } }),
})
export const deadly = definePlugin({ name: 'Deadly', args: {}, create: () => ({ filter() { process.exit(3) } }) })
`
  const folder = folderOf(t, {
    'faulty.mjs': plugin,
    'e.yaml': `base: tiny.yaml
use: [faulty.mjs]
axes:
  kind:
    variants:
      good: { seed: 1 }
      short: { maxEvents: 50 }
      bad: { scheduler.profiles: [{ plugins: { multiPoint: { enabled: [{ name: Faulty }] } } }] }
      dead: { scheduler.profiles: [{ plugins: { multiPoint: { enabled: [{ name: Deadly }] } } }] }
repetitions: 2
metrics: [wait_mean_s]
`,
  })
  const loaded = await loadedIn(folder)
  const results = await conducted(loaded, join(folder, 'out'), 2)
  t.deepEqual(
    results.rows.map(({ status }) => status),
    ['completed', 'cut-off', 'failed', 'failed', 'completed', 'cut-off', 'failed', 'failed'],
  )
  t.regex(results.rows[2].reason ?? '', /faulty on purpose/)
  t.is(results.rows[3].reason, 'the worker ended by itself')
  t.is(results.rows[1].reason, 'it was cut off after 50 events')
  const [good, short, bad, dead] = samplesOf(results, 'wait_mean_s')
  t.true(good.every(value => value > 0))
  t.true([short, bad, dead].flat().every(Number.isNaN))
  writeResults(results)
  const verdict = readFileSync(join(folder, 'out', 'verdict.txt'), 'utf8')
  t.regex(verdict, /Left out: 4 runs are failed; e\/kind=bad\/1: /)
  const csv = readFileSync(join(folder, 'out', 'runs.csv'), 'utf8').split('\n')
  t.is(csv.length, 10)
})

test('a store takes runs of its own experiment only', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, { 'e.yaml': EXPERIMENT, 'f.yaml': `${EXPERIMENT}seed: 4\n` })
  const loaded = await loadedIn(folder)
  const out = join(folder, 'out')
  await conducted(loaded, out, 2)
  const open = (other: typeof loaded, shard?: { index: number; of: number }): void => {
    new RunStore(out, planFileOf(other, out, 'test', shard)).close()
  }
  // More repetitions and other questions are the same experiment; another seed, version or part is not.
  open(await loadedIn(folder, 'e.yaml', { repetitions: 9 }))
  const refusals: readonly (readonly [() => void, RegExp])[] = [
    [() => open({ ...loaded, modelHashes: ['x'] }), /holds runs of another experiment/],
    [() => open(loaded, { index: 1, of: 2 }), /holds all runs, not 1\/2/],
    [() => new RunStore(out, planFileOf(loaded, out, 'newer')), /holds runs of kubelapse test/],
  ]
  for (const [act, message] of refusals) t.throws(act, { instanceOf: StoreRefusal, message })
  await t.throwsAsync(async () => open(await loadedIn(folder, 'f.yaml')), { message: /another experiment/ })
  writeFileSync(join(out, 'lock'), `${process.ppid}\n`)
  t.throws(() => open(loaded), { message: /is being written to by process/ })
  writeFileSync(join(out, 'lock'), '999999999\n')
  t.notThrows(() => open(loaded))
  t.throws(() => new RunStore(folder, planFileOf(loaded, folder, 'test')), { message: /is not empty/ })
  appendFileSync(join(out, 'runs.ndjson'), 'no row\n')
  t.throws(() => open(loaded), { message: /runs.ndjson is damaged: "no row" begins no row/ })
  const damaged = readResults(out)
  t.regex(typeof damaged === 'string' ? damaged : '', /is damaged/)
})
