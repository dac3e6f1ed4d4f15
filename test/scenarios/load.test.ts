import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { distributionIssues, NEVER, SECOND } from '../../engine/index.js'
import { limitOf } from '../../engine/model/run-limit.js'
import { DISTRIBUTIONS, formatIssue, LOADS, loadScenario, scenarioReference } from '../../scenarios/index.js'
import { formatPath, parsePath } from '../../scenarios/path.js'
import { LOAD_KEYS } from '../../scenarios/traffic/written-load.js'
import { issuesOf, scenarioOf } from '../support/scenario-folder.js'
import { PROJECT } from '../support/source-files.js'

const EXAMPLES = join(PROJECT, 'scenarios/examples')
const GI = 1024 ** 3

async function modelOf(text: string, more: Readonly<Record<string, string>> = {}) {
  const { variants } = await scenarioOf({ 's.yaml': text, ...more })
  return variants[0].model
}

for (const file of readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml'))) {
  test(`example ${file} loads, says what it shows and what must hold`, async t => {
    const loaded = await loadScenario(join(EXAMPLES, file))
    if ('issues' in loaded) return t.fail(loaded.issues.map(issue => formatIssue(issue)).join('\n'))
    t.is(`${loaded.name}.yaml`, file)
    t.true(loaded.expectations.length > 0)
    for (const { model } of loaded.variants) t.true(model.about.length > 20)
    return undefined
  })
}

test('the reference is the one made from the schema', async t => {
  t.is(readFileSync(join(PROJECT, 'scenarios/README.md'), 'utf8'), await scenarioReference())
})

test('the reference names every load and every distribution', t => {
  t.deepEqual(LOADS.map(({ name }) => name).toSorted(), LOAD_KEYS.toSorted())
  for (const { name } of DISTRIBUTIONS) {
    // One that is known is asked for its parameters, one that is not is answered with a list.
    t.false(
      distributionIssues({ [name]: {} }, '').some(({ message }) => /unknown|no distribution/.test(message)),
      name,
    )
  }
  const [{ message }] = distributionIssues({ nothing: {} }, '')
  for (const { name } of DISTRIBUTIONS) t.true(message.includes(name), `${name}: ${message}`)
})

test('the scenario in the reference loads', async t => {
  const text = /```yaml\n([\s\S]*?)```/
    .exec(await scenarioReference())![1]
    .replace('manifests/web.yaml', 'web.yaml')
  const web = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: web }\n'
  const { variants } = await scenarioOf({ 's.yaml': text, 'web.yaml': web })
  t.deepEqual(
    variants.map(({ model }) => model.scheduler.profiles[0].base),
    ['default', 'most-allocated'],
  )
})

test('an empty scenario has the defaults of the engine', async t => {
  const model = await modelOf('about: nothing\n')
  t.like(model, {
    name: 's',
    seed: '1',
    until: NEVER,
    maxEvents: Number.POSITIVE_INFINITY,
    epochSeconds: 1767225600,
  })
  t.deepEqual(model.controlPlane, {
    watchLatency: 4000,
    requestLatency: 4000,
    schedulerClient: { qps: 50, burst: 100 },
    controllerManagerClient: { qps: 20, burst: 30 },
  })
  t.like(model.scheduler, { tieBreak: 'heap', podInitialBackoff: SECOND, podMaxBackoff: 10 * SECOND })
  t.deepEqual(model.measure, { interval: 60 * SECOND, records: [] })
})

test('pools have 110 pods and their capacity as allocatable unless they say otherwise', async t => {
  const model = await modelOf(`nodes:
  - { name: a, count: 2, capacity: { cpu: 1500m, memory: 2Gi, example.com/x: 3 } }
  - { name: b, capacity: { cpu: 4, memory: 8Gi, pods: 20 }, allocatable: { cpu: 3500m, memory: 7Gi } }
timeline:
  - { at: 1m, op: createNodes, pool: a, count: 2 }
`)
  t.deepEqual(model.nodePools[0].allocatable, { pods: 110, cpu: 1500, memory: 2 * GI, 'example.com/x': 3 })
  t.deepEqual(model.nodePools[1].allocatable, { pods: 20, cpu: 3500, memory: 7 * GI })
  t.deepEqual(model.operations, [
    { op: 'create-nodes', at: 0, pool: 0, names: ['a-0', 'a-1'] },
    { op: 'create-nodes', at: 0, pool: 1, names: ['b-0'] },
    // The numbers of a pool go on.
    { op: 'create-nodes', at: 60 * SECOND, pool: 0, names: ['a-2', 'a-3'] },
  ])
})

test('kubelets that reserve and evict leave less of the capacity; thresholds are those of upstream unless given', async t => {
  const model = await modelOf(`nodes:
  - { name: plain, capacity: { cpu: 4, memory: 8Gi, ephemeral-storage: 100Gi }, kubelet: {} }
  - name: own
    capacity: { cpu: 4, memory: 8Gi }
    kubelet:
      kubeReserved: { cpu: 250m, memory: 1Gi }
      systemReserved: { cpu: 100m, memory: 512Mi }
      evictionHard: { memory.available: 512Mi }
      shutdownGracePeriod: 30s
      shutdownGracePeriodCriticalPods: 10s
`)
  const [plain, own] = model.nodePools
  // 100 MiB of memory and 10 % of the disk are kept free; upstream takes the share as a 32-bit number.
  t.deepEqual(plain.allocatable, {
    pods: 110,
    cpu: 4000,
    memory: 8 * GI - 100 * 1024 ** 2,
    'ephemeral-storage': 100 * GI - Math.trunc(100 * GI * Math.fround(0.1)),
  })
  t.deepEqual(own.allocatable, { pods: 110, cpu: 3650, memory: 6 * GI })
  t.like(own.annotations, {
    'kubelapse.io/eviction-hard': 'memory.available<512Mi',
    'kubelapse.io/kube-reserved': 'cpu=250m,memory=1073741824',
    'kubelapse.io/shutdown-grace-period': '30s',
  })
})

test('static pods of a pool are checked and defaulted as pods are', async t => {
  const model = await modelOf(`nodes:
  - name: w
    capacity: { cpu: 4, memory: 8Gi }
    staticPods:
      - name: proxy
        template:
          metadata: { labels: { app: proxy } }
          spec: { priorityClassName: system-node-critical, containers: [{ name: c, image: proxy:1 }] }
`)
  const [pod] = model.nodePools[0].staticPods ?? []
  t.like(pod, { name: 'proxy', namespace: 'kube-system', labels: { app: 'proxy' } })
  t.like(pod.template.spec, { priority: 2_000_001_000, restartPolicy: 'Always' })
})

test('operations are in order of time, equal times in the order of the file', async t => {
  const model = await modelOf(`nodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]
timeline:
  - { at: 2m, op: uncordon, nodes: [w-0] }
  - { at: 1m, op: createPods, name: p, requests: { cpu: 100m }, labels: { app: p }, runFor: 90s }
  - { at: 1m, op: cordon, nodes: [w-0] }
  - { at: 3m, op: delete, kind: Pod, names: [p-0], gracePeriodSeconds: 0 }
`)
  t.deepEqual(
    model.operations.map(({ op, at }) => `${at / SECOND} ${op}`),
    ['0 create-nodes', '60 create-pods', '60 cordon', '120 uncordon', '180 delete'],
  )
  t.deepEqual(model.podTemplates[0].labels, { app: 'p' })
  t.like(model.podTemplates[0].template.spec.containers[0], { resources: { requests: { cpu: '100m' } } })
})

test('pods spaced in time become a trace', async t => {
  const model = await modelOf(
    'timeline: [{ at: 10s, op: createPods, name: p, count: 3, every: 5ms, requests: { cpu: 1 } }]\n',
  )
  t.deepEqual(model.traces[0].names, ['p-0', 'p-1', 'p-2'])
  t.deepEqual([...model.traces[0].createdAt], [10_000_000, 10_005_000, 10_010_000])
  t.deepEqual([...model.traces[0].runFor], [NEVER, NEVER, NEVER])
})

test('manifests are defaulted: namespace, pod spec, priority of the class, amounts as text, no nulls', async t => {
  const model = await modelOf('workloads: [{ file: m.yaml, at: 5s }]\n', {
    'm.yaml': `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: p, labels: null, creationTimestamp: null }
    spec:
      priorityClassName: high
      containers: [{ name: c, image: nginx, resources: { requests: { cpu: 0.5, memory: 1Gi } } }]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: high }
value: 7
preemptionPolicy: Never
`,
  })
  const [pod, priorityClass] = model.operations
  t.is(pod.at, 5 * SECOND)
  if (pod.op !== 'apply' || priorityClass.op !== 'apply') return t.fail('both are applied')
  t.deepEqual(pod.manifest.metadata, { name: 'p', namespace: 'default' })
  t.like(pod.manifest['spec'], {
    priority: 7,
    preemptionPolicy: 'Never',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    containers: [{ imagePullPolicy: 'Always', resources: { requests: { cpu: '0.5', memory: '1Gi' } } }],
  })
  t.deepEqual(priorityClass.manifest.metadata, { name: 'high' })
  return undefined
})

test('YAML is that of Kubernetes: octal numbers and yes, but neither times nor dates', async t => {
  const model = await modelOf(`workloads:
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: c }
    mode: 0644
    on: yes
    time: 12:30:45
    date: 2026-01-01
`)
  const [{ op, ...operation }] = model.operations
  t.is(op, 'apply')
  t.like(operation, { manifest: { mode: 420, true: true, time: '12:30:45', date: '2026-01-01' } })
})

test('YAML, JSON and gzip of one scenario make one model', async t => {
  const yaml =
    'name: x\nnodes: [{ name: w, count: 2, capacity: { cpu: 4, memory: 8Gi }, zones: [a, b] }]\nexpect: [{ nodes_created: 2 }]\n'
  const json = JSON.stringify({
    name: 'x',
    nodes: [{ name: 'w', count: 2, capacity: { cpu: 4, memory: '8Gi' }, zones: ['a', 'b'] }],
    expect: [{ nodes_created: 2 }],
  })
  const loaded = await scenarioOf({ 's.yaml': yaml })
  t.deepEqual(await scenarioOf({ 's.json': json }), loaded)
  t.deepEqual(await scenarioOf({ 's.yaml.gz': gzipSync(yaml) }), loaded)
})

test('openb: GPUs in thousandths, models as affinity, recorded departures, order of the file', async t => {
  const model = await modelOf('traces: [{ reader: openb, nodes: n.csv, pods: p.csv, start: 10s }]\n', {
    'n.csv': 'sn,cpu_milli,memory_mib,gpu,model\na,96000,1024,8,G2\nb,32000,2048,0,\nc,96000,1024,8,G2\n',
    'p.csv':
      'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\r\n' +
      'late,1000,512,2,1000,G2|T4,LS,Running,50,60,50\r\n' +
      'early,1000,512,1,250,,BE,Running,5,,5\r\n',
  })
  t.deepEqual(model.operations, [
    { op: 'create-nodes', at: 0, pool: 0, names: ['a'] },
    { op: 'create-nodes', at: 0, pool: 1, names: ['b'] },
    { op: 'create-nodes', at: 0, pool: 0, names: ['c'] },
  ])
  t.deepEqual(model.nodePools[0].capacity, {
    cpu: 96_000,
    memory: GI,
    pods: 110,
    'alibabacloud.com/gpu-milli': 8000,
  })
  t.deepEqual(model.nodePools[0].labels, { 'alibabacloud.com/gpu-card-model': 'G2' })
  t.deepEqual(model.nodePools[1].labels, {})
  const [trace] = model.traces
  t.deepEqual(trace.names, ['early', 'late'])
  t.deepEqual([...trace.createdAt], [15 * SECOND, 60 * SECOND])
  t.deepEqual([...trace.deletedAt], [NEVER, 70 * SECOND])
  const [early, late] = [...trace.template].map(index => model.podTemplates[index])
  t.deepEqual(early.labels, { qos: 'BE' })
  t.is(early.template.spec.affinity, undefined)
  t.is(early.template.spec.containers[0].resources?.requests?.['alibabacloud.com/gpu-milli'], '250')
  // Two whole GPUs are 2 * 1000 thousandths.
  t.is(late.template.spec.containers[0].resources?.requests?.['alibabacloud.com/gpu-milli'], '2000')
  t.like(late.template.spec.affinity, {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'alibabacloud.com/gpu-card-model', operator: 'In', values: ['G2', 'T4'] },
            ],
          },
        ],
      },
    },
  })
})

test('neutral: durations from the start, templates shared, quoted names, a limit', async t => {
  const model = await modelOf(
    'traces: [{ reader: neutral, name: x, nodes: n.csv, pods: p.csv, limit: 2 }]\n',
    {
      'n.csv': 'max_pods,name,memory_mib,cpu_milli\n110,n,1024,4000\n',
      'p.csv':
        'name,arrival_s,cpu_milli,memory_mib,duration_s\n"a",0.5,100,128,60\nb,1,100,128,70\nc,2,100,128,80\n',
    },
  )
  t.deepEqual(model.nodePools[0].capacity, { cpu: 4000, memory: GI, pods: 110 })
  const [trace] = model.traces
  t.like(trace, { name: 'x', namespace: 'default', names: ['a', 'b'], removeFinished: true })
  t.deepEqual([...trace.createdAt], [500_000, SECOND])
  t.deepEqual([...trace.runFor], [60 * SECOND, 70 * SECOND])
  t.deepEqual([...trace.template], [0, 0])
  t.is(model.podTemplates.length, 1)
})

test('variants change what they name and share the arrivals', async t => {
  const { name, variants, expectations } = await scenarioOf({
    's.yaml': `name: base
nodes: [{ name: w, count: 2, capacity: { cpu: 4, memory: 8Gi } }]
traces: [{ reader: neutral, pods: p.csv }]
kubelet: { startDelay: 2s, stopDelay: 3s }
expect: [{ wait_p99_s: "< 1m", allocation_cpu_mean_share: ">= 60%" }]
variants:
  pack: { scheduler: { profile: most-allocated }, kubelet: { startDelay: null } }
  large: { nodes.0.count: 9, expect: [{ nodes_created: 9 }] }
`,
    'p.csv': 'name,arrival_s,cpu_milli,memory_mib,duration_s\na,0,100,128,60\n',
  })
  t.is(name, 'base')
  const [pack, large] = variants
  t.deepEqual([pack.name, large.name], ['pack', 'large'])
  t.is(pack.model.scheduler.profiles[0].base, 'most-allocated')
  t.is(large.model.scheduler.profiles[0].base, 'default')
  t.like(pack.model.kubelet, { startDelay: SECOND, stopDelay: 3 * SECOND })
  t.is(pack.model.traces[0].createdAt, large.model.traces[0].createdAt)
  t.like(large.model.operations[0], { names: Array.from({ length: 9 }, (_, i) => `w-${i}`) })
  t.deepEqual(expectations, [
    { metric: 'wait_p99_s', comparison: '<', value: 60, variant: 'pack' },
    { metric: 'allocation_cpu_mean_share', comparison: '>=', value: 0.6, variant: 'pack' },
    { metric: 'nodes_created', comparison: '==', value: 9, variant: 'large' },
  ])
})

test('overrides are put over the file before it is validated', async t => {
  const files = { 's.yaml': 'seed: 1\nnodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]\n' }
  const set = [
    'seed=007',
    'nodes[0].labels["example.com/a"]=b',
    'nodes.0.count=3',
    'scheduler.profile=most-allocated',
  ]
  const { variants } = await scenarioOf(files, { set })
  const { model } = variants[0]
  // YAML reads 007 as the number 7.
  t.is(model.seed, '7')
  t.deepEqual(model.nodePools[0].labels, { 'example.com/a': 'b' })
  t.like(model.operations[0], { names: ['w-0', 'w-1', 'w-2'] })
  t.is(model.scheduler.profiles[0].base, 'most-allocated')
})

test('a model is frozen and crosses to a worker as it is', async t => {
  const { variants } = await scenarioOf({
    's.yaml': 'nodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]\n',
  })
  const [{ model }] = variants
  t.true(Object.isFrozen(model) && Object.isFrozen(model.nodePools[0].capacity))
  t.deepEqual(structuredClone(model), model)
})

for (const text of [
  'seed',
  'nodes.0.count',
  'nodes.0.labels["topology.kubernetes.io/zone"].x',
  'a["b\\"c"]',
]) {
  test(`the path ${text} survives reading and printing`, t => {
    t.is(formatPath(parsePath(text) ?? []), text)
  })
}

test('without a duration a run ends a year after the last thing the scenario does, if not before', async t => {
  const open = await modelOf(
    'nodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]\ntimeline: [{ at: 2h, op: cordon, nodes: [w-0] }]\n',
  )
  t.is(limitOf(open), (365 * 24 + 2) * 3600 * SECOND)
  const closed = await modelOf('duration: 5m\nnodes: [{ name: w, capacity: { cpu: 4, memory: 8Gi } }]\n')
  t.is(limitOf(closed), 300 * SECOND)
})

test('whoever limits the run needs no duration in a scenario that never ends', async t => {
  const files = { 's.yaml': 'nodeGroups: [{ name: g, max: 2, capacity: { cpu: 4, memory: 8Gi } }]\n' }
  t.is((await issuesOf(files)).length, 1)
  t.deepEqual(await issuesOf(files, { isLimited: true }), [])
})

test('the model brings the wall clocks of the time zones that CronJobs name', async t => {
  const pod = '{ restartPolicy: Never, containers: [{ name: main }] }'
  const cronJob = (name: string, when: string): string => `apiVersion: batch/v1
kind: CronJob
metadata: { name: ${name} }
spec: { ${when}, jobTemplate: { spec: { template: { spec: ${pod} } } } }
`
  const crons = [
    cronJob('zoned', 'schedule: "0 2 * * *", timeZone: Europe/Berlin'),
    cronJob('eastern', 'schedule: "0 2 * * *", timeZone: Asia/Tokyo'),
    cronJob('plain', 'schedule: "0 2 * * *", timeZone: UTC'),
  ]
  const { timeZones } = await modelOf('duration: 1d\nworkloads: [{ file: crons.yaml }]\n', {
    'crons.yaml': crons.join('---\n'),
  })
  t.deepEqual(Object.keys(timeZones).toSorted(), ['Asia/Tokyo', 'Europe/Berlin'])
  t.deepEqual(timeZones['Asia/Tokyo'].offsets, [9 * 3600])
  // Winter is an hour, summer two hours ahead of UTC.
  t.deepEqual([...new Set(timeZones['Europe/Berlin'].offsets)], [3600, 7200])
})

test('a KubeSchedulerConfiguration gives profiles, back-offs and the rate limit; the scenario the rest', async t => {
  const { variants, inputs } = await scenarioOf({
    's.yaml': `scheduler: { configuration: k.yaml, tieBreak: first, podMaxBackoff: 20s }
controlPlane: { schedulerClient: { qps: 7, burst: 9 } }
`,
    'k.yaml': `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
podInitialBackoffSeconds: 3
clientConnection: { qps: 5000 }
profiles:
  - schedulerName: packer
    percentageOfNodesToScore: 40
    plugins: { score: { disabled: [{ name: ImageLocality }] } }
    pluginConfig:
      - { name: NodeResourcesFit, args: { scoringStrategy: { type: MostAllocated } } }
`,
  })
  const [{ model }] = variants
  const { scheduler, controlPlane } = model
  t.deepEqual(controlPlane.schedulerClient, { qps: 5000, burst: 9 })
  t.deepEqual(
    [scheduler.podInitialBackoff, scheduler.podMaxBackoff, scheduler.tieBreak],
    [3 * SECOND, 20 * SECOND, 'first'],
  )
  t.deepEqual(scheduler.profiles, [
    {
      schedulerName: 'packer',
      base: 'default',
      enabled: [],
      disabled: [{ point: 'score', name: 'ImageLocality' }],
      pluginConfig: { NodeResourcesFit: { scoringStrategy: { type: 'MostAllocated' } } },
      percentageOfNodesToScore: 40,
    },
  ])
  t.true(inputs.some(file => file.endsWith('k.yaml')))
})
