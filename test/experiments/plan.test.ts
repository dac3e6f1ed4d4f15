import { join } from 'node:path'
import test from 'ava'
import { parseCondition } from '../../experiments/condition.js'
import { planRuns } from '../../experiments/index.js'
import { faultsOf, folderOf, loadedIn } from '../support/experiment-folder.js'

const HEAD = 'base: tiny.yaml\n'

test('every combination of axes is a variant, the last axis fastest, and repetitions come in rounds', async t => {
  const folder = folderOf(t, {
    'e.yaml': `${HEAD}axes:
  policy: { variants: base }
  nodes: { path: nodes.0.count, values: [3, 5] }
repetitions: 2
`,
  })
  const { experiment } = await loadedIn(folder)
  t.deepEqual(
    planRuns(experiment, 1, 2).map(({ run, key, seed }) => `${run} ${key} ${seed}`),
    [
      '1 e/policy=spread,nodes=3/1 1-1',
      '2 e/policy=spread,nodes=5/1 1-1',
      '3 e/policy=pack,nodes=3/1 1-1',
      '4 e/policy=pack,nodes=5/1 1-1',
      '5 e/policy=spread,nodes=3/2 1-2',
      '6 e/policy=spread,nodes=5/2 1-2',
      '7 e/policy=pack,nodes=3/2 1-2',
      '8 e/policy=pack,nodes=5/2 1-2',
    ],
  )
  t.deepEqual(experiment.comparison, { axis: 'policy', baseline: 'spread' })
})

test('zipped axes go together, and conditions leave combinations out', async t => {
  const folder = folderOf(t, {
    'e.yaml': `${HEAD}axes:
  nodes: { path: nodes.0.count, values: [3, 5, 9] }
  pods: { path: [timeline.0.count, timeline.1.count], range: { from: 10, to: 30, step: 10 } }
  tie: { path: scheduler.tieBreak, values: [random, first] }
zip: [[nodes, pods]]
where: ['nodes * 4 >= pods or tie = first', 'not (nodes = 9)']
`,
  })
  const { experiment } = await loadedIn(folder)
  // 3 nodes 10 pods: 12 >= 10; 5 nodes 20 pods: 20 >= 20; 9 is out.
  t.deepEqual(
    experiment.variants.map(({ name }) => name),
    [
      'nodes=3 pods=10 tie=random',
      'nodes=3 pods=10 tie=first',
      'nodes=5 pods=20 tie=random',
      'nodes=5 pods=20 tie=first',
    ],
  )
  t.deepEqual(experiment.variants[0].changes, [
    { path: ['nodes', 0, 'count'], value: 3 },
    { path: ['timeline', 0, 'count'], value: 10 },
    { path: ['timeline', 1, 'count'], value: 10 },
    { path: ['scheduler', 'tieBreak'], value: 'random' },
  ])
})

test('ranges have the values that their bounds say, without rounding errors', async t => {
  const folder = folderOf(t, {
    'e.yaml': `${HEAD}axes:
  a: { path: timeline.0.every, range: { from: 0.1, to: 0.3, step: 0.1, unit: s } }
  b: { path: nodes.0.count, range: { from: 1, to: 100, count: 3, scale: log, round: true } }
  c: { path: timeline.0.count, range: { from: 9, to: 3, step: -3 } }
`,
  })
  const { experiment } = await loadedIn(folder)
  t.deepEqual(
    experiment.axes.map(({ values }) => values),
    [
      ['0.1s', '0.2s', '0.3s'],
      [1, 10, 100],
      [9, 6, 3],
    ],
  )
})

const PARAMETERS = `${HEAD}parameters:
  folder: { path: data }
  sizes: [3, 5]
  limit: 5m
set:
  duration: \${limit}
  workloads.0.file: \${folder}/\${kind}.yaml
axes:
  kind: { values: [web] }
  nodes: { path: nodes.0.count, values: "\${sizes}" }
`
const WEB = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: c, image: i }] }
`

test('parameters stand for values, texts and paths, and the command line sets them', async t => {
  const base = 'base: sub/base.yaml\n'
  const scenario =
    'nodes:\n  - { name: node, count: 1, capacity: { cpu: 4, memory: 8Gi } }\nworkloads: [{ file: x.yaml }]\n'
  const folder = folderOf(t, {
    'e.yaml': PARAMETERS.replace(HEAD, base),
    'sub/base.yaml': scenario,
    'data/web.yaml': WEB,
    'other/web.yaml': WEB,
  })
  const plain = await loadedIn(folder)
  t.deepEqual(plain.experiment.variants[0].changes.slice(0, 2), [
    { path: ['duration'], value: '5m' },
    { path: ['workloads', 0, 'file'], value: '../data/web.yaml' },
  ])
  const set = ['sizes=7,8', `folder=${join(folder, 'other')}`, 'limit=1h', 'seed=9', 'nodes.0.name=m']
  const { experiment } = await loadedIn(folder, 'e.yaml', { set })
  t.deepEqual(experiment.axes[1].values, [7, 8])
  t.deepEqual(experiment.variants[0].changes, [
    { path: ['duration'], value: '1h' },
    { path: ['workloads', 0, 'file'], value: '../other/web.yaml' },
    { path: ['nodes', 0, 'count'], value: 7 },
    { path: ['seed'], value: 9 },
    { path: ['nodes', 0, 'name'], value: 'm' },
  ])
  t.is(experiment.seed, '9')
  const chosen = await loadedIn(folder, 'e.yaml', { set: ['nodes=3'] })
  t.deepEqual(chosen.experiment.axes[1].values, [3])
})

test('mistakes are told all at once, with their places', async t => {
  const cases: readonly (readonly [string, readonly string[], (readonly string[])?])[] = [
    ['axis: {}\n', ['e.yaml:1:1 axis: unknown key "axis"; did you mean "axes"?']],
    [
      'nodes: []\n',
      ['e.yaml:1:1 this is a scenario and no experiment: run, compare, what-if, sweep and capacity take it'],
    ],
    ['axes: {}\n', ['e.yaml:1:1 give either "base", a scenario file, or "scenario", a scenario in place']],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.cuont, values: [1] }\n`,
      ['e.yaml:3:41 nodes.0.cuont: unknown key "cuont"; did you mean "count"?'],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, values: [1, many] }\n`,
      ['e.yaml:3:44 nodes.0.count: expected a whole number, got "many"'],
    ],
    [
      `${HEAD}axes:\n  size: { values: [1, 2] }\n`,
      ['e.yaml:3:9 axes.size: it changes nothing: give a path, or use ${size} in set'],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, values: [1], range: { from: 1, to: 2, step: 1 } }\n`,
      ['e.yaml:3:9 axes.size: an axis has one of values, range and variants'],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, range: { from: 1, to: 2, stop: 1 } }\n`,
      [
        'e.yaml:3:47 axes.size.range.from: give either a step or a count',
        'e.yaml:3:57 axes.size.range.stop: unknown key "stop"; did you mean "step"?',
      ],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, values: [1, 2] }\n  m: { path: timeline.0.count, values: [1] }\nzip: [[size, m]]\n`,
      ['e.yaml:5:7 zip.0: zipped axes have as many values each, these have 2 and 1'],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, values: [1, 2] }\nwhere: [size > 3]\n`,
      ['e.yaml:4:8 where: no combination of axis values meets the conditions'],
    ],
    [
      `${HEAD}axes:\n  size: { path: nodes.0.count, values: [1, 2] }\nwhere: [m > 3, size >]\n`,
      ['e.yaml:4:9 where.0: it names no axis; there are size', 'e.yaml:4:16 where.1: it ends too early'],
    ],
    [
      `${HEAD}set: { duration: "\${time}" }\nparameters: { tine: 5m }\n`,
      ['e.yaml:2:18 set.duration: there is no parameter or axis "time"; did you mean "tine"?'],
    ],
    [
      `${HEAD}repetitions: { frist: 2, precision: { wait_p99_s: 5% } }\n`,
      ['e.yaml:2:16 repetitions.frist: unknown key "frist"; did you mean "first"?'],
    ],
    [
      `${HEAD}repetitions: { precision: { wait_p99: 5%, wait_p50_s: none } }\n`,
      ['e.yaml:2:55 repetitions.precision.wait_p50_s: "none" is no precision; write 5% or an amount above 0'],
    ],
    [
      `${HEAD}metrics: [wait_p98_s]\nseries: [{ record: time-series, columns: [nodes_in_us] }]\n`,
      [
        'e.yaml:2:11 metrics.0: there is no metric "wait_p98_s"; did you mean "wait_p90_s"?',
        'e.yaml:3:43 series.0.columns.0: there is no column "nodes_in_us"; did you mean "nodes_in_use"?',
      ],
    ],
    [
      `${HEAD}axes: { p: { variants: base } }\ncompare: { axis: p, baseline: pakc }\n`,
      ['e.yaml:3:31 compare.baseline: the axis p has no value pakc; it has spread, pack'],
    ],
    [
      `${HEAD}seeds: [1, 2]\nrepetitions: 3\n`,
      ['e.yaml:2:8 seeds: there are 2 seeds for up to 3 repetitions'],
    ],
    [
      `${HEAD}axes: { p: { variants: base } }\n`,
      ['--set:2:1 p: there is no variant bend; there are spread, pack'],
      ['duration=5m', 'p=pack,bend'],
    ],
    [
      `${HEAD}axes: {}\n`,
      ['--set:1:1 duratoin: unknown key "duratoin"; did you mean "duration"?'],
      ['duratoin=5m'],
    ],
    ['base: nowhere.yaml\n', ['nowhere.yaml:1:1 cannot read nowhere.yaml: there is no such file']],
  ]
  for (const [text, expected, set] of cases) {
    t.deepEqual(await faultsOf(t, text, set === undefined ? {} : { set }), expected, text)
  }
})

test('conditions compare numbers and texts, and bind as one expects', t => {
  const values = { nodes: 20, pods: 90, policy: 'spread', on: true }
  const cases: readonly (readonly [string, boolean])[] = [
    ['nodes >= 20', true],
    ['nodes < 20', false],
    ['nodes * 4 >= pods', false],
    ['nodes * 4 + 10 = pods', true],
    ['nodes - 5 - 5 = 10', true],
    ['(pods - nodes) / 7 = 10', true],
    ['-nodes < 0', true],
    ['policy = spread', true],
    ['policy != "spread"', false],
    ["policy = 'pack' or nodes = 20 and pods = 90", true],
    ['(policy = pack or nodes = 20) and pods = 91', false],
    ['not policy = pack', true],
    ['on = true', true],
    ['policy > 3', false],
  ]
  for (const [text, expected] of cases) {
    const condition = parseCondition(text, Object.keys(values))
    if (typeof condition === 'string') t.fail(`${text}: ${condition}`)
    else t.is(condition.holds(values), expected, text)
  }
})
