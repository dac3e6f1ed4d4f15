import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { NEVER, type RecordName } from '../../engine/index.js'
import { columnIndex, defineRecord, RecordTable } from '../../engine/record/record-table.js'
import { numberCell, textCell, timeCell } from '../../reports/csv/csv-cells.js'
import { CsvFile } from '../../reports/csv/csv-file.js'
import { columnReference, type Output, projectReference, REPORTS } from '../../reports/index.js'
import { parseManifest } from '../../reports/manifest.js'
import { OutputDirectory, refusalOf } from '../../reports/output-directory.js'
import { metricsOfAll } from '../../reports/shown-metrics.js'
import { valueAxis } from '../../reports/svg/value-axis.js'
import { figure } from '../../reports/terminal/figures.js'
import { summaryTable } from '../../reports/terminal/summary-table.js'
import { warningsOf } from '../../reports/terminal/warnings.js'
import { HandDriven, resultOf, smallRun } from '../support/hand-driven.js'
import { PROJECT } from '../support/source-files.js'

/** An output in memory. */
class MemoryOutput implements Output {
  readonly files = new Map<string, string>()

  create(name: string): { write(text: string): void } {
    this.files.set(name, '')
    return { write: text => this.files.set(name, (this.files.get(name) ?? '') + text) }
  }
}

/** Writes the named reports of two runs of the small cluster, rows taken as they come. */
function writeReports(names: readonly string[]): ReadonlyMap<string, string> {
  const out = new MemoryOutput()
  const writers = REPORTS.filter(({ name }) => names.includes(name)).map(report => report.create(out))
  const results = ['first', 'second'].map(run => {
    const sinkOf = (record: RecordName) =>
      writers.map(writer => writer.sink?.(record, run)).find(sink => sink !== undefined)
    return resultOf(smallRun(undefined, sinkOf), run)
  })
  for (const writer of writers) writer.write(results)
  return out.files
}

/** The reports that write a CSV. */
const ALL = ['runs', 'pods', 'nodes', 'time-series', 'events', 'attempts', 'scores']

test('every CSV report writes one file with a row a line, runs after one another', t => {
  const files = writeReports(ALL)
  t.deepEqual([...files.keys()].sort(), [
    'attempts.csv',
    'events.csv',
    'nodes.csv',
    'pods.csv',
    'runs.csv',
    'scores.csv',
    'time-series.csv',
  ])
  const pods: Record<string, string>[] = parse(files.get('pods.csv') ?? '', { columns: true })
  t.deepEqual(
    pods.map(({ run, name, outcome, wait_s }) => [run, name, outcome, wait_s]),
    [
      ['first', 'd', 'deleted', ''],
      ['first', 'a', 'succeeded', '10'],
      ['first', 'b', 'running', '20'],
      ['first', 'c', 'unschedulable', ''],
      ['second', 'd', 'deleted', ''],
      ['second', 'a', 'succeeded', '10'],
      ['second', 'b', 'running', '20'],
      ['second', 'c', 'unschedulable', ''],
    ],
  )
  const runs: Record<string, string>[] = parse(files.get('runs.csv') ?? '', { columns: true })
  t.like(runs[1], { run: 'second', seed: '1', ended: 'drained', pods_scheduled: '2', wait_p90_s: '20' })
})

test('the reference describes exactly the columns of every file, in their order', t => {
  const reference = columnReference(['cpu', 'memory'])
  for (const [file, text] of writeReports(ALL)) {
    const section = reference.split('\n## ').find(part => part.startsWith(`${file}\n`)) ?? ''
    const described = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, column]) => column)
    const written = text.split('\n')[0].split(',')
    // Figures of Services and autoscalers are only in runs that have some.
    const expected = file === 'runs.csv' ? described.filter(column => written.includes(column)) : described
    t.deepEqual(expected, written, file)
  }
  t.deepEqual(columnReference(['cpu', 'memory'], ['pods.csv']).match(/^## .*$/gm), ['## pods.csv'])
})

test('the page of the project is the one made from the schemas', t => {
  t.is(readFileSync(join(PROJECT, 'reports/csv/README.md'), 'utf8'), projectReference())
})

test('an empty record still has its header', t => {
  const out = new MemoryOutput()
  const writers = REPORTS.map(report => report.create(out))
  const result = resultOf(new HandDriven(), 'empty')
  for (const writer of writers) writer.write([result])
  t.regex(out.files.get('events.csv') ?? '', /^run,time_s,.*\n$/)
  t.is((out.files.get('runs.csv') ?? '').split('\n').length, 3)
})

for (const [value, cell] of [
  [0, '0'],
  [-0, '0'],
  [Number.NaN, ''],
  [0.1, '0.1'],
  [1 / 3, '0.3333333333333333'],
  [2 ** 53, '9007199254740992'],
  [1e21, '1e+21'],
  [-5, '-5'],
] as const) {
  test(`the number ${Object.is(value, -0) ? '-0' : value} is written as "${cell}"`, t => {
    t.is(numberCell(value), cell)
  })
}

for (const [micros, cell] of [
  [0, '0'],
  [1, '0.000001'],
  [1_500_000, '1.5'],
  [60_000_000, '60'],
  [-250_000, '-0.25'],
  // A double cannot hold 8,640,000,000.000001 s, the microseconds can.
  [8_640_000_000_000_001, '8640000000.000001'],
  [NEVER, ''],
  [Number.NaN, ''],
] as const) {
  test(`the time ${micros} us is written as "${cell}"`, t => {
    t.is(timeCell(micros), cell)
  })
}

for (const [text, cell] of [
  ['plain-name.0', 'plain-name.0'],
  ['', ''],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-1', "'-1"],
  ['+1,2', '"\'+1,2"'],
  ['\tx', "'\tx"],
] as const) {
  test(`the text ${JSON.stringify(text)} is written as ${JSON.stringify(cell)}`, t => {
    t.is(textCell(text), cell)
  })
}

test('a text taken for plain is one csv-stringify would leave as it is', t => {
  for (const text of [
    'a',
    'Z9',
    '0/5 nodes are available: 3 Insufficient cpu.',
    'x=1',
    'a<b',
    'a%-b',
    'n ',
  ]) {
    t.is(textCell(text), stringify([[text]], { escape_formulas: true, eof: false }))
  }
})

test('texts of a column are escaped once and come out the same each time', t => {
  const record = defineRecord({
    name: 'r',
    about: '',
    columns: [
      { name: 'word', type: 'text', about: '' },
      { name: 'id', type: 'name', about: '' },
    ],
  })
  const c = columnIndex(record)
  const out = new MemoryOutput()
  const file = new CsvFile(out, 'r.csv')
  const table = new RecordTable(record, { chunk: chunk => file.chunk('a,b', chunk) })
  for (let i = 0; i < 2; i++) {
    table.add()
    table.setText(c.word, '=x')
    table.setText(c.id, 'y;"z"')
  }
  table.close()
  t.is(out.files.get('r.csv'), `run,word,id\n${'"a,b",\'=x,"y;""z"""\n'.repeat(2)}`)
})

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'kubelapse-reports-'))
}

test('an output appears whole at the end, and a discarded one leaves nothing', t => {
  const parent = temporary()
  const target = join(parent, 'deep', 'out')
  const out = new OutputDirectory(target)
  out.create('a.csv').write('x\n')
  t.false(existsSync(target))
  t.deepEqual(out.written(), [
    { file: 'a.csv', bytes: 2, sha256: '73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac' },
  ])
  out.commit()
  out.discard()
  t.is(readFileSync(join(target, 'a.csv'), 'utf8'), 'x\n')
  const failed = new OutputDirectory(join(parent, 'failed'))
  failed.create('a.csv').write('x')
  failed.discard()
  t.deepEqual(readdirSync(parent), ['deep'])
})

test('what a killed process left behind is taken away by the next one, what a living one writes is not', t => {
  const parent = temporary()
  // No process has a number above the 2^22 that Linux allows.
  for (const pid of [4_194_305, process.pid]) mkdirSync(join(parent, `.out.kubelapse-${pid}-abc`))
  const out = new OutputDirectory(join(parent, 'out'))
  out.commit()
  t.deepEqual(readdirSync(parent).sort(), [`.out.kubelapse-${process.pid}-abc`, 'out'])
})

test('only an empty directory or an earlier output is written over', t => {
  const parent = temporary()
  const make = (name: string, files: Readonly<Record<string, string>>): string => {
    mkdirSync(join(parent, name))
    for (const [file, text] of Object.entries(files)) writeFileSync(join(parent, name, file), text)
    return join(parent, name)
  }
  t.is(refusalOf(join(parent, 'absent')), undefined)
  t.is(refusalOf(make('empty', {})), undefined)
  t.is(refusalOf(make('ours', { 'manifest.json': '{"format":"kubelapse-manifest/1"}' })), undefined)
  t.regex(refusalOf(make('foreign', { 'thesis.tex': '' })) ?? '', /not empty/)
  t.regex(refusalOf(make('other', { 'manifest.json': '{"format":"x"}' })) ?? '', /not empty/)
  t.regex(refusalOf(join(parent, 'foreign', 'thesis.tex')) ?? '', /is a file/)
})

test('an earlier output is replaced as a whole', t => {
  const target = join(temporary(), 'out')
  for (const name of ['first.csv', 'second.csv']) {
    const out = new OutputDirectory(target)
    out.create(name).write('')
    out.commit()
  }
  t.deepEqual(readdirSync(target), ['second.csv'])
})

for (const [text, fault] of [
  ['{', /no JSON/],
  ['null', /format/],
  ['{"format":"other/1"}', /format/],
  ['{"format":"kubelapse-manifest/1"}', /kubelapse is missing/],
] as const) {
  test(`a manifest that reads ${text} is refused with its fault`, t => {
    const parsed = parseManifest(text)
    t.regex(typeof parsed === 'string' ? parsed : 'accepted', fault)
  })
}

for (const [value, unit, text] of [
  [Number.NaN, 'count', '-'],
  [8152, 'count', '8,152'],
  [1522.9999999, 'count', '1,523'],
  [1234567.25, 'count', '1,234,567.3'],
  [0.9312, 'share', '93.1 %'],
  [0.0012345, 'seconds', '0.001 s'],
  [0.01, 'seconds', '0.010 s'],
  [42, 'seconds', '42.0 s'],
  [121, 'seconds', '2m 1s'],
  [12_000, 'seconds', '3h 20m'],
  [12_960_000, 'seconds', '150d'],
] as const) {
  test(`${value} ${unit} is shown as ${text}`, t => {
    t.is(figure(value, unit), text)
  })
}

test('the table has a column a run and leaves out what is 0 in all', t => {
  const results = ['left', 'right'].map(name => resultOf(smallRun([]), name))
  const table = summaryTable(results)
  t.regex(table, /left.*right/)
  t.regex(table, /pods created +│ +4 +│ +4/)
  t.regex(table, /insufficient resources +│ +1 +│ +1/)
  t.notRegex(table, /topology spread|pods failed/)
})

test('runs side by side show every figure that any of them has', t => {
  const names = ['left', 'right'].map(name => resultOf(smallRun([]), name))
  const [left, right] = names.map((result, i) => {
    const { metrics, values } = result.summary
    const own = { name: i === 0 ? 'cost_total' : 'scale_ups', unit: 'count', about: 'Own.' } as const
    const at = metrics.length - 1
    return {
      ...result,
      summary: {
        ...result.summary,
        metrics: [...metrics.slice(0, at), own, ...metrics.slice(at)],
        values: { ...values, [own.name]: 7 },
      },
    }
  })
  const shown = metricsOfAll([left, right]).map(({ name }) => name)
  const common = names[0].summary.metrics.map(({ name }) => name)
  t.deepEqual(shown.slice(0, -3), common.slice(0, -1))
  t.deepEqual(shown.slice(-3), ['scale_ups', 'cost_total', common[common.length - 1]])
  t.regex(summaryTable([left, right]), /scale ups +│ +- +│ +7/)
})

test('a run in which everything pends warns with the counts by reason', t => {
  const run = new HandDriven([])
  run.at(0, () => {
    const { state, api } = run
    for (const name of ['a', 'b', 'c']) {
      const pod = run.pod(name, '1')
      if (name === 'c') continue
      const message = state.reasonId('0/1 nodes are available: 1 Insufficient cpu.')
      api.pods.patchUnschedulable(pod, state.pods.uid[pod], message, -1 as never)
    }
  })
  t.deepEqual(warningsOf(resultOf(run, 'stuck')), [
    'stuck: not one of 3 pods was scheduled (2 insufficient resources, 1 waiting)',
  ])
  t.deepEqual(warningsOf(resultOf(smallRun([]), 'small')), [
    'small: 2 of 4 pods never got a node (1 waiting, 1 insufficient resources)',
  ])
  t.deepEqual(warningsOf(resultOf(new HandDriven([]), 'idle')), [
    'idle: no pod was created, so the figures say nothing',
  ])
})

test('the upright axis holds zero and every value, and reaches to one where there is nothing but zeros', t => {
  const ends = (values: readonly number[]): readonly number[] => valueAxis(values, [100, 0]).domain()
  t.deepEqual(ends([0, 0]), [0, 1])
  t.deepEqual(ends([]), [0, 1])
  t.deepEqual(ends([4, 9]), [0, 10])
  t.deepEqual(ends([-4, -1]), [-4, 0])
})
