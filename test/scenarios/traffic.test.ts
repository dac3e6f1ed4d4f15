import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { NEVER, SECOND } from '../../engine/index.js'
import type { Fault } from '../../scenarios/issue.js'
import { readMachines } from '../../scenarios/traffic/read-machines.js'
import { readSeries, secondsOfTime } from '../../scenarios/traffic/read-series.js'
import { readLoad, type SeriesFile } from '../../scenarios/traffic/written-load.js'

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
