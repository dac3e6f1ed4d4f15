import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { type Manifest, NEVER, SECOND } from '../../engine/index.js'
import { loadScenario } from '../../scenarios/index.js'
import type { Fault } from '../../scenarios/issue.js'
import { readMachines } from '../../scenarios/traffic/read-machines.js'
import { readSeries, secondsOfTime } from '../../scenarios/traffic/read-series.js'
import { readLoad, type SeriesFile } from '../../scenarios/traffic/written-load.js'
import { LOADS } from '../../scenarios/written-values.js'
import { PROJECT } from '../support/source-files.js'

const folder = mkdtempSync(join(tmpdir(), 'kubelapse-series-'))
test.after.always(() => rmSync(folder, { recursive: true }))

async function series(text: string, options: Partial<SeriesFile> = {}) {
  const file = join(folder, `${text.length}-${Object.keys(options).join('-')}.csv`)
  writeFileSync(file, text)
  const read = await readSeries(file, { file, from: 0, until: NEVER, repeat: false, ...options })
  if ('unreadable' in read) return read.unreadable
  if (read.issues.length > 0)
    return read.issues.map(({ line, path, message }) => `${line} ${path}: ${message}`)
  return {
    at: [...read.series.at].map(at => at / SECOND),
    value: [...read.series.value],
    end: read.series.end / SECOND,
  }
}

test('times are seconds, or dates with and without zone and fraction', t => {
  t.is(secondsOfTime('1662859176.0'), 1662859176)
  t.is(secondsOfTime('2014-04-10 00:04:00'), 1397088240)
  t.is(secondsOfTime('1995-07-01T00:00:00-04:00'), 804571200)
  t.is(secondsOfTime('2023-11-16 18:15:46.5000000'), 1700158546.5)
  t.true(Number.isNaN(secondsOfTime('yesterday')))
})

test('a series starts with its first row, and its last value stands as long as the one before', async t => {
  const minutes = 'minute_start,requests\n1995-07-01T00:01:00-04:00,60\n1995-07-01T00:00:00-04:00,30\n'
  t.deepEqual(await series(minutes, { per: 60 * SECOND }), { at: [0, 60], value: [0.5, 1], end: 120 })
  const sources = 'value,who,time\n1,a,100\n2,b,100\n5,a,130\n'
  t.deepEqual(await series(sources, { time: 'time', value: 'value' }), {
    at: [0, 30],
    value: [3, 5],
    end: 60,
  })
})

test('rows are counted over spans, values averaged, and a part can be taken', async t => {
  const requests =
    'TIMESTAMP,Tokens\n2023-11-16 18:15:00.0,3\n2023-11-16 18:15:04.0,1\n2023-11-16 18:15:31.0,9\n'
  t.deepEqual(await series(requests, { count: 10 * SECOND }), {
    at: [0, 10, 30, 40],
    value: [0.2, 0, 0.1, 0],
    end: 50,
  })
  const steps = 'time,value\n0,1\n10,3\n20,5\n30,7\n'
  t.deepEqual(await series(steps, { every: 20 * SECOND }), { at: [0, 20], value: [2, 6], end: 40 })
  t.deepEqual(await series(steps, { from: 10 * SECOND, until: 30 * SECOND }), {
    at: [0, 10],
    value: [3, 5],
    end: 20,
  })
})

test("the lines of a web server's log are counted by their times", async t => {
  const line = (clock: string) =>
    `host.example - - [01/Jul/1995:${clock} -0400] "GET /shuttle/countdown/, HTTP/1.0" 200 3985`
  const log = `${[line('00:00:01'), line('00:00:59'), 'garbage', line('00:02:30')].join('\n')}\n`
  t.deepEqual(await series(log, { count: 60 * SECOND }), {
    at: [0, 60, 120, 180],
    value: [2 / 60, 0, 1 / 60, 0],
    end: 240,
  })
})

test('what cannot be read of a series is told with its line', async t => {
  t.deepEqual(await series('time,value\nsoon,1\n5,much\n'), [
    '2 time: expected a time, got "soon"',
    '3 value: expected a number, got "much"',
  ])
  t.deepEqual(await series('a,b\n1,2\n', { value: 'requests' }), ['1 : there is no column "requests"'])
})

test('each row of machines is a load that starts anew after its last column', async t => {
  const file = join(folder, 'machines.csv')
  writeFileSync(file, 'vm,t0,t1\na,10,20\nb,5,0\n')
  const read = await readMachines(file, { every: 300 * SECOND, unit: 10, limit: 10 })
  if ('unreadable' in read) throw new Error(read.unreadable)
  t.deepEqual(
    read.loads.map(load => (load.kind === 'trace' ? [...load.value, load.end / SECOND] : [])),
    [
      [100, 200, 600],
      [50, 0, 600],
    ],
  )
})

test('a folder of machines has a file for each, as PlanetLab published its own', async t => {
  const days = join(folder, '20110303')
  mkdirSync(days)
  writeFileSync(join(days, 'planetlab2_b'), '5\n0\n7\n')
  writeFileSync(join(days, 'planetlab1_a'), '10\n20\n30')
  const options = { every: 300 * SECOND, unit: 10, limit: 10 }
  const read = await readMachines(days, options)
  if ('unreadable' in read) throw new Error(read.unreadable)
  t.deepEqual(
    read.loads.map(load => (load.kind === 'trace' ? [load.name, ...load.value, load.end / SECOND] : [])),
    [
      ['planetlab1_a', 100, 200, 300, 900],
      ['planetlab2_b', 50, 0, 70, 900],
    ],
  )
  writeFileSync(join(days, 'planetlab3_c'), '1\nmuch\n')
  const faulty = await readMachines(days, options)
  t.deepEqual('issues' in faulty && faulty.issues.map(({ line, message }) => `${line} ${message}`), [
    '2 expected a number, got "much"',
  ])
  t.deepEqual(await readMachines(join(folder, 'nowhere'), options), {
    unreadable: `cannot read ${join(folder, 'nowhere')}: there is no such file`,
  })
})

/** Integrals of the bundled series: what their rows add up to, gaps filled with the value before them. */
const BUNDLED: readonly [string, Partial<SeriesFile>, number][] = [
  ['nasa-http-1995-07-week', { per: 60 * SECOND }, 557_495],
  ['nab-elb-request-count', { per: 300 * SECOND }, 249_689],
  ['azure-llm-conversations', { count: 10 * SECOND }, 19_366],
]
for (const [name, options, wanted] of BUNDLED) {
  test(`the recorded requests of ${name} are all there: ${Object.keys(options).join(', ')}`, async t => {
    const file = join(PROJECT, `scenarios/data/${name}.csv.gz`)
    const read = await readSeries(file, { file, from: 0, until: NEVER, repeat: false, ...options })
    if ('unreadable' in read) throw new Error(read.unreadable)
    const { at, value, end } = read.series
    const sum = [...value].reduce((all, one, i) => all + (one * ((at[i + 1] ?? end) - at[i])) / SECOND, 0)
    t.deepEqual([read.issues, Math.round(sum)], [[], wanted])
  })
}

async function jobsOf(reader: string, text: string) {
  const file = join(folder, `${reader}-${text.length}.txt`)
  writeFileSync(file, text)
  const scenario = join(folder, `${reader}-${text.length}.yaml`)
  writeFileSync(scenario, `duration: 1d\ntraces: [{ reader: ${reader}, name: job, pods: ${file} }]\n`)
  const loaded = await loadScenario(scenario)
  if ('issues' in loaded) return loaded.issues.map(({ line, message }) => `${line} ${message}`)
  return loaded.variants[0].model.operations.map(operation => {
    if (operation.op !== 'apply') return operation.op
    const { spec } = operation.manifest as Manifest & { spec: { parallelism: number; template: JobTemplate } }
    const { metadata, spec: pod } = spec.template
    const { requests } = pod.containers[0].resources
    return [operation.at / SECOND, spec.parallelism, metadata.annotations, requests]
  })
}
interface JobTemplate {
  readonly metadata: { readonly annotations: object }
  readonly spec: { readonly containers: readonly { readonly resources: { readonly requests: object } }[] }
}
const runs = (seconds: number) => ({ 'kubelapse.io/run-seconds': String(seconds) })

test('a log in the Standard Workload Format is read as published and with named fields', async t => {
  const rest = '-1 -1 -1 -1 1 1 -1 -1 -1 -1 -1'
  const wanted = [
    [5, 2, runs(60), { cpu: '1000m' }],
    [1460, 4, runs(30), { cpu: '1000m' }],
  ]
  const published = `; MaxNodes: 128\n;\n  1 5 -1 60 2 -1 -1 ${rest}\n 2 7 -1 -1 2 -1 -1 ${rest}\n3 1460 0 30 -1 -1 -1 4 ${rest.slice(3)}\n`
  t.deepEqual(await jobsOf('swf', published), wanted)
  const named =
    'submit_time,run_time,allocated_processors,requested_processors\n5,60,2,-1\n7,-1,2,-1\n1460,30,-1,4\n'
  t.deepEqual(await jobsOf('swf', named), wanted)
  t.deepEqual(await jobsOf('swf', '; a comment\n1 5 -1\n'), [
    '2 expected 18 fields as in the first line, got 3',
  ])
})

test('a job of the Philly trace is a pod for every eight GPUs, all alike', async t => {
  const text =
    'timestamp,duration,num_gpus,gpu_time,cluster\n2017-09-24 14:47:33,60.0,8,480.0,a\n2017-09-24 14:48:03,10.0,12,120.0,a\n'
  t.deepEqual(await jobsOf('philly', text), [
    [0, 1, runs(60), { 'nvidia.com/gpu': '8' }],
    [30, 2, runs(10), { 'nvidia.com/gpu': '6' }],
  ])
})

test('the reference describes every load by an example that can be read', t => {
  for (const { name: kind, example } of LOADS) {
    const faults: Fault[] = []
    const load = readLoad(parse(example ?? ''), [], faults)
    t.deepEqual(faults, [], kind)
    t.is(load.kind === 'file' ? 'trace' : load.kind, kind)
  }
  const faults: Fault[] = []
  readLoad('what is there?', [], faults)
  for (const { name: kind } of LOADS) t.regex(faults[0].message, new RegExp(`\\b${kind}\\b`))
  t.is(faults[0].message.split(', ').length - 1, LOADS.length)
})

const FAULTS: readonly [string, unknown, string][] = [
  ['no load', 'many', ': expected a number or one of constant'],
  ['an unknown model', { dirunal: {} }, 'dirunal: unknown key "dirunal"; did you mean "diurnal"?'],
  ['a missing field', { diurnal: { low: 1 } }, 'diurnal: "high" is missing'],
  ['an unknown field', { constant: { value: 3 } }, 'constant: expected a number or list'],
  [
    'points out of order',
    {
      steps: {
        points: [
          { at: '5s', value: 1 },
          { at: '5s', value: 2 },
        ],
      },
    },
    'steps.points.1.at: is not after',
  ],
  [
    'a week of five days',
    { diurnal: { low: 1, high: 2, week: [1, 1, 1, 1, 1] } },
    'diurnal.week: expected seven factors',
  ],
  ['a bad distribution', { bursts: { pause: { gauss: {} }, length: 5, height: 1 } }, 'bursts.pause'],
  [
    'a mistake within',
    { scaled: { of: { poisson: { of: { sum: [1, {}] } } } } },
    'scaled.of.poisson.of.sum.1: expected',
  ],
]
for (const [name, written, wanted] of FAULTS) {
  test(`mistakes in loads: ${name}`, t => {
    const faults: Fault[] = []
    readLoad(written, [], faults)
    const told = faults.map(({ path, message }) => `${path.join('.')}: ${message}`)
    t.true(
      told.some(text => text.includes(wanted)),
      told.join('\n'),
    )
  })
}
