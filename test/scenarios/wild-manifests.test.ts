import { join } from 'node:path'
import test from 'ava'
import { simulate } from '../../engine/index.js'
import { loadScenario } from '../../scenarios/index.js'
import { rowsOf } from '../support/record-rows.js'
import { scenarioOf } from '../support/scenario-folder.js'
import { PROJECT } from '../support/source-files.js'

const DUMPS = join(PROJECT, 'test/scenarios/dumps')

const DUMP = `duration: 10m
workloads:
  - { file: ${join(DUMPS, 'nodes.json')} }
  - { file: ${join(DUMPS, 'shop.yaml')} }
measure: { records: [pods, rollouts, operations] }
`

test('what kubectl get writes goes on as it stood: nothing is replaced, nothing collected, nothing refused', async t => {
  const { variants } = await scenarioOf({ 's.yaml': DUMP })
  const { summary, records } = simulate(variants[0].model)
  const byName = new Map(records.map(table => [table.definition.name, rowsOf(table)]))
  const pods = (byName.get('pods') ?? []).map(({ name, node, outcome }) => [name, node, outcome])
  t.deepEqual(
    pods.filter(([, , outcome]) => outcome !== 'running'),
    [],
  )
  const known = ['agent-b4w7v', 'db-0', 'web-6d4b75cb6d-9h2kq', 'web-6d4b75cb6d-t5xzl']
  t.deepEqual(
    pods.filter(([name]) => known.includes(String(name))).map(([name, node]) => `${name} ${node}`),
    ['db-0 node-1', 'agent-b4w7v node-1', 'web-6d4b75cb6d-9h2kq node-1', 'web-6d4b75cb6d-t5xzl node-2'],
  )
  // The dump is short of one daemon pod, and a Job that was complete is not run again.
  t.is(pods.length, known.length + 1)
  t.is(summary.values['operations_rejected'], 0)
  const rollouts = (byName.get('rollouts') ?? []).map(({ name, revision = '', outcome }) =>
    [name, revision, outcome].join(' '),
  )
  t.is(rollouts.length, 3)
  for (const line of ['agent  finished', 'db db-7c6f finished', 'web 3 finished'])
    t.true(rollouts.includes(line))
})

test('what nothing simulates is listed once', async t => {
  const { ignored } = await scenarioOf({ 's.yaml': DUMP })
  const texts = ignored.map(({ subject, field, objects }) => `${subject}: ${field} (${objects})`)
  t.is(new Set(texts.map(text => text.replace(/ \(.*/, ''))).size, texts.length)
  for (const text of [
    'metadata: managedFields (17)',
    'pod: containers[].env (10)',
    'Pod: that ended before (1)',
    'Job: that ended before (1)',
    'Service: spec.sessionAffinity (1)',
    'ConfigMap: data (1)',
    'NetworkPolicy: * (1)',
    'ServiceMonitor: * (1)',
  ])
    t.true(texts.includes(text), `${text} in ${texts.join(', ')}`)
})

test('a scenario of plain manifests ignores nothing', async t => {
  const loaded = await loadScenario(join(PROJECT, 'scenarios/examples/small-cluster.yaml'))
  t.deepEqual('issues' in loaded ? loaded.issues : loaded.ignored, [])
})

test('dependents that stand before their owners are created after them', async t => {
  const owned = (kind: string, name: string, owner: string) =>
    `  - apiVersion: v1
    kind: ${kind}
    metadata:
      name: ${name}
      ownerReferences: [{ apiVersion: v1, kind: ConfigMap, name: ${owner}, uid: of-${owner} }]
`
  const { variants } = await scenarioOf({
    's.yaml': `duration: 1m
workloads:
${owned('Secret', 'grandchild', 'child')}${owned('ConfigMap', 'child', 'parent')}  - { apiVersion: v1, kind: ConfigMap, metadata: { name: parent, uid: of-parent } }
`,
  })
  const names = variants[0].model.operations.map(operation =>
    operation.op === 'apply' ? operation.manifest.metadata.name : '',
  )
  t.deepEqual(names, ['parent', 'child', 'grandchild'])
})
