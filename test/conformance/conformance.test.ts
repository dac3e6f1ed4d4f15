import { fileURLToPath } from 'node:url'
import test from 'ava'
import { findGoldenFiles, readCases, type SuiteFile } from './golden-files.js'
import { GOLDEN } from './golden-folder.js'
import { runSuite } from './run-suite.js'
import { compare, suiteOfKinds } from './suite.js'
import { suites } from './suites/index.js'
import { isWithinAllowance } from './timelines.js'

/** What has to agree in every case: a suite, or some kinds of it. Grows as suites are completed, never shrinks. */
const complete: readonly { readonly suite: string; readonly kinds?: readonly string[] }[] = [
  { suite: 'quantity' },
  { suite: 'selector' },
  { suite: 'cron' },
  { suite: 'resources' },
  { suite: 'fit-strategies' },
  { suite: 'taints' },
  { suite: 'node-affinity' },
  { suite: 'ports-images-names-gates' },
  { suite: 'mixed' },
  { suite: 'topology-spread' },
  { suite: 'pod-affinity' },
  { suite: 'volumes' },
  { suite: 'preemption' },
  { suite: 'dra' },
  { suite: 'replay' },
  { suite: 'queue' },
  { suite: 'sampling' },
  { suite: 'deployment' },
  { suite: 'hpa' },
  { suite: 'cronjob' },
  { suite: 'cluster-autoscaler' },
  { suite: 'job' },
  { suite: 'nodelifecycle' },
  { suite: 'replicaset' },
  { suite: 'pdb' },
  // Some recorded pods had empty pod-level resources, which count but were not written down: qos is judged by its test.
  {
    suite: 'kubelet',
    kinds: ['phase', 'probe', 'crashLoop', 'allocatable', 'thresholds', 'rank', 'eviction', 'shutdown'],
  },
  { suite: 'daemonset' },
  { suite: 'statefulset' },
  { suite: 'karpenter' },
  { suite: 'vpa' },
  { suite: 'descheduler' },
  {
    suite: 'apimachinery',
    kinds: ['name', 'labels', 'labelSelector', 'intOrPercent', 'toleration', 'priority'],
  },
]

const golden = findGoldenFiles([fileURLToPath(GOLDEN)])

for (const { suite: name, kinds } of complete) {
  const what = kinds === undefined ? name : `${name} (${kinds.join(', ')})`
  test(`${what} agrees with Kubernetes in every recorded case`, t => {
    const file = fileOf(name)
    const all = readCases(file)
    const cases = kinds === undefined ? all : all.filter(({ record }) => kinds.includes(String(record.kind)))
    const suite = suites.find(registered => registered.name === name)
    t.true(cases.length > 0)
    const { failed } = runSuite(name, suite, cases)
    t.deepEqual(failed.slice(0, 3), [])
  })
}

function fileOf(name: string): SuiteFile {
  const file = golden.suiteFiles.find(candidate => candidate.name === name)
  if (file === undefined) throw new Error(`no golden file for ${name}`)
  return file
}

test('every golden file can be read, and each suite has one', t => {
  t.deepEqual(golden.unreadable, [])
  const names = new Set(golden.suiteFiles.map(({ name }) => name))
  for (const { name } of suites) t.true(names.has(name), name)
  t.true(golden.scenarioFolders.length > 0)
})

test('a missing field equals an undefined one, and nothing else is forgiven', t => {
  t.deepEqual(compare({ a: 1 }, { a: 1, b: undefined }), [])
  t.deepEqual(compare({ a: null }, {}), [{ path: 'a', want: null, got: undefined }])
  t.deepEqual(compare([1, 2], [2, 1]).length, 2)
  t.deepEqual(compare({ a: [{ b: 1 }] }, { a: [{ b: '1' }] }), [{ path: 'a[0].b', want: 1, got: '1' }])
  t.deepEqual(compare([], {}), [{ path: '', want: [], got: {} }])
  t.deepEqual(compare([1], [1, 2]), [{ path: '[1]', want: undefined, got: 2 }])
})

test('unknown suites, unknown kinds, torn records and thrown errors are failures', t => {
  const suite = suiteOfKinds('numbers', {
    double: (given: number) => given * 2,
    broken: () => {
      throw new Error('out of order')
    },
  })
  const recorded = (id: string, kind: string, want: unknown) => ({ id, record: { kind, given: 2, want } })
  const cases = [
    recorded('right', 'double', 4),
    recorded('wrong', 'double', 5),
    recorded('unknown', 'triple', 6),
    recorded('throwing', 'broken', 0),
    { id: 'torn', record: {}, unreadable: 'Unexpected end of JSON input' },
  ]
  const ids = (failed: readonly { id: string }[]) => failed.map(({ id }) => id)
  t.deepEqual(ids(runSuite('numbers', suite, cases).failed), ['wrong', 'unknown', 'throwing', 'torn'])
  t.is(runSuite('numbers', undefined, cases).failed.length, cases.length)
})

test('timelines pass from 99.4 % of the checks and 86 % of the scenarios on', t => {
  const rows: [number, number, boolean][] = [
    [994, 86, true],
    [993, 100, false],
    [1000, 85, false],
  ]
  for (const [matchedChecks, cleanScenarios, expected] of rows) {
    const counts = { matchedChecks, totalChecks: 1000, cleanScenarios, totalScenarios: 100, families: [] }
    t.is(isWithinAllowance(counts), expected)
  }
  const none = { matchedChecks: 0, totalChecks: 0, cleanScenarios: 0, families: [] }
  t.false(isWithinAllowance({ ...none, totalScenarios: 3 }), 'scenarios without any check prove nothing')
  t.true(isWithinAllowance({ ...none, totalScenarios: 0 }))
})
