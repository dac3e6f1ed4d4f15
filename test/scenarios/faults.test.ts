import test from 'ava'
import { issuesOf } from '../support/scenario-folder.js'
import {
  CONFIGURATION_FAULTS,
  MANIFEST_FAULTS,
  SCENARIO_FAULTS,
  SETTING_FAULTS,
  TRACE_FAULTS,
  YAML_FAULTS,
} from './planted-faults.js'
import { WORKLOAD_FAULTS } from './workload-faults.js'

/** Every mistake has one message, and the message its place. */
const GROUPS = {
  scenario: SCENARIO_FAULTS,
  yaml: YAML_FAULTS,
  manifest: MANIFEST_FAULTS,
  workload: WORKLOAD_FAULTS,
  trace: TRACE_FAULTS,
  override: SETTING_FAULTS,
  configuration: CONFIGURATION_FAULTS,
}

for (const [group, faults] of Object.entries(GROUPS)) {
  for (const { name, files, set = [], expected } of faults) {
    test(`${group}: ${name}`, async t => {
      t.deepEqual(await issuesOf(files, { set }), [expected])
    })
  }
}

test('all mistakes of a scenario and of what it names are told at once, in order of place', async t => {
  const files = {
    's.yaml': `seed: 1
durration: 1h
nodes:
  - { name: w, cuont: 3, capacity: { cpu: 4, memory: 8GB } }
  - { name: x, capacity: { cpu: 4, memory: 8Gi } }
workloads:
  - file: m.yaml
traces:
  - { reader: neutral, pods: pods.csv }
timeline:
  - { at: 5, op: cordon, nodes: [w-0] }
  - { at: 1m, op: cordon, nodes: [w-0, x-1] }
variants:
  a: { scheduler: { profile: nobodys } }
`,
    'm.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ nam: c }] }\n',
    'pods.csv': 'name,arrival_s,cpu_milli,memory_mib,duration_s\np,x,1,y,1\n,0,1,1,1\n',
  }
  t.deepEqual(await issuesOf(files), [
    's.yaml:2:1 durration: unknown key "durration"; did you mean "duration"?',
    's.yaml:4:16 nodes.0.cuont: unknown key "cuont"; did you mean "count"?',
    's.yaml:4:54 nodes.0.capacity.memory: "8GB" is no quantity; did you mean 8Gi or 8G?',
    's.yaml:11:11 timeline.0.at: a duration needs a unit: did you mean "5s"?',
    's.yaml:12:40 timeline.1.nodes.1: there is no Node "x-1"; did you mean "x-0"?',
    's.yaml:14:30 scheduler.profile: there is no profile "nobodys"; there are default, most-allocated, ' +
      'gang-scheduling, bin-packing, spreading, random, first-fit, dot-product, best-fit, ' +
      'gpu-random, gpu-dot-product, gpu-clustering, gpu-packing, gpu-best-fit, fgd',
    'm.yaml:4:24 spec.containers.0.nam: unknown field "nam"; did you mean "name"?',
    'pods.csv:2:3 arrival_s: expected seconds, got "x"',
    'pods.csv:2:7 memory_mib: expected a whole number, got "y"',
    'pods.csv:3:1 name: the pod has no name',
  ])
})

test('a trace full of mistakes tells the first twenty and counts the others', async t => {
  const rows = Array.from({ length: 50 }, (_, i) => `p-${i},0,x,1,1\n`).join('')
  const files = {
    's.yaml': 'traces: [{ reader: neutral, pods: p.csv }]\n',
    'p.csv': `name,arrival_s,cpu_milli,memory_mib,duration_s\n${rows}`,
  }
  const issues = await issuesOf(files)
  t.is(issues.length, 21)
  // Twenty rows from line 2 on are told, so the first of the others is in line 22.
  t.is(issues[20], 'p.csv:22:8 and 30 more mistakes from here on')
})

test('plugins of profiles and their arguments are checked, those of the caller, too', async t => {
  const text = `scheduler:
  profiles:
    - plugins:
        score: { enabled: [{ name: NodeResourcesFitt, weight: 2 }], disabled: [{ name: '*' }] }
      pluginConfig:
        - name: MostIdle
          args: { minFreeMiliCPU: 5 }
        - name: NodeResourcesFit
          args: { scoringStrategi: {} }
`
  const plugins = [{ name: 'MostIdle', args: { minFreeMilliCPU: 100 } }]
  t.deepEqual(await issuesOf({ 's.yaml': text }, { plugins }), [
    's.yaml:4:36 scheduler.profiles.0.plugins.score.enabled.0.name: ' +
      'there is no plugin "NodeResourcesFitt"; did you mean "NodeResourcesFit"?',
    's.yaml:7:19 scheduler.profiles.0.pluginConfig.0.args.minFreeMiliCPU: ' +
      'unknown key "minFreeMiliCPU"; did you mean "minFreeMilliCPU"?',
    's.yaml:9:19 scheduler.profiles.0.pluginConfig.1.args.scoringStrategi: ' +
      'unknown key "scoringStrategi"; did you mean "scoringStrategy"?',
  ])
})
