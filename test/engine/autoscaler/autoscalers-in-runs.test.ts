import test from 'ava'
import { HOUR, MINUTE, NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { DeschedulerPolicy, DeschedulerSettings } from '../../../engine/model/descheduler.js'
import type { Manifest } from '../../../engine/model/manifest.js'
import type { Operation } from '../../../engine/model/operations.js'
import { milliValue, value } from '../../../engine/model/quantity.js'
import type { VerticalPodAutoscalerStatus } from '../../../engine/model/vertical-pod-autoscaler.js'
import { type Simulation as Run, Simulation } from '../../../engine/simulation.js'
import { rowsOfTables } from '../../../reports/audit/rows.js'
import { model, pool } from '../../support/model.js'
import { webBudget, webDeployment } from '../../support/web-workload.js'

function autoscaler(spec: object = {}): Manifest {
  return {
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
  }
}

const apply = (...manifests: Manifest[]): Operation[] =>
  manifests.map(manifest => ({ op: 'apply', at: SECOND, manifest }))
const using = (perPodMilliCPU: number): Operation => ({ op: 'load', at: 0, app: 'web', perPodMilliCPU })

/** Requests of the pods that are not being deleted, in milliCPU, in ascending order. */
function requests({ state }: Run): number[] {
  const { pods, templates } = state
  return [...pods.names(state.namespaceId('default')).values()]
    .filter(pod => !pods.isTerminating(pod))
    .map(pod => templates.get(pods.templateOf(pod)).spec.containers[0].resources?.requests?.['cpu'] ?? '0')
    .map(quantity => milliValue(quantity) as number)
    .toSorted((a, b) => a - b)
}

function statusOf({ state }: Run): VerticalPodAutoscalerStatus {
  const { objects } = state
  return objects.get(objects.find('VerticalPodAutoscaler', 'default', 'web')!)
    .status as VerticalPodAutoscalerStatus
}

function run(operations: readonly Operation[], more: Partial<Parameters<typeof model>[0]> = {}) {
  const whole = model({ until: 20 * MINUTE, ...more, operations: [...operations] })
  const simulation = new Simulation(whole, { records: ['evictions'] })
  return { simulation, result: simulation.run() }
}

/** Answers of the eviction API, by code and budget. */
function answers({ result }: ReturnType<typeof run>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rowsOfTables(result.records).get('evictions')!) {
    const key = `${String(row['code'])} ${String(row['budget'])}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

const evicted = ({ result }: ReturnType<typeof run>) => result.summary.values['pods_evicted']

test('pods that ask for too little get what they use: evicted one by one, asking for more when made anew', t => {
  const ran = run([
    using(800),
    ...apply(webDeployment(4, { requests: { cpu: '100m', memory: '250Mi' } }), autoscaler()),
  ])
  const target = milliValue(
    statusOf(ran.simulation).recommendation!.containerRecommendations![0].target['cpu'],
  )
  t.true(target! > 800 && target! < 1100)
  t.is(evicted(ran), 4)
  for (const request of requests(ran.simulation)) t.true(request > 800)
})

test('pods that ask for too much are only evicted when enough is known', t => {
  const operations = [
    using(200),
    ...apply(webDeployment(2, { requests: { cpu: '2', memory: '250Mi' } }), autoscaler()),
  ]
  const early = run(operations, { until: 2 * HOUR })
  t.deepEqual(requests(early.simulation), [2000, 2000])
  const late = run(operations, { until: 6 * HOUR })
  t.is(evicted(late), 2)
  for (const request of requests(late.simulation)) t.true(request > 200 && request < 300)
})

test('a disruption budget holds evictions back, and pods made meanwhile ask for what is recommended', t => {
  const held = run([
    using(800),
    ...apply(
      webDeployment(3, { requests: { cpu: '100m', memory: '250Mi' } }),
      webBudget({ minAvailable: 3 }),
      autoscaler(),
    ),
  ])
  t.is(evicted(held), 0)
  t.deepEqual(Object.keys(answers(held)), ['429 web'])
  t.deepEqual(requests(held.simulation), [100, 100, 100])
  const scaled = run([
    using(800),
    ...apply(
      webDeployment(3, { requests: { cpu: '100m', memory: '250Mi' } }),
      webBudget({ minAvailable: 3 }),
      autoscaler(),
    ),
    { op: 'scale', at: 19 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 4 },
  ])
  t.true(requests(scaled.simulation).at(-1)! > 800)
})

test('update modes: Off touches nothing, Initial only pods made anew', t => {
  for (const [updateMode, last] of [
    ['Off', false],
    ['Initial', true],
  ] as const) {
    const ran = run([
      using(800),
      ...apply(
        webDeployment(3, { requests: { cpu: '100m', memory: '250Mi' } }),
        autoscaler({ updatePolicy: { updateMode } }),
      ),
      { op: 'scale', at: 15 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 4 },
    ])
    t.is(evicted(ran), 0)
    t.is(requests(ran.simulation).at(-1)! > 800, last, updateMode)
    t.truthy(statusOf(ran.simulation).recommendation?.containerRecommendations)
  }
})

test('an autoscaler of nothing rests, and its turns begin with the first pod', t => {
  const idle = run(apply(autoscaler()), { until: NEVER, nodes: 1 })
  t.true(idle.result.end < 5 * MINUTE)
  const ends = run(
    [
      using(800),
      ...apply(webDeployment(3, { requests: { cpu: '100m', memory: '250Mi' } }), autoscaler()),
      { op: 'scale', at: 30 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 0 },
    ],
    { until: NEVER },
  )
  t.is(ends.result.outcome, 'drained')
})

test('an autoscaler that does not validate is refused', t => {
  const ran = run(apply(autoscaler({ updatePolicy: { updateMode: 'Sometimes' } })))
  t.is(ran.result.summary.values['operations_rejected'], 1)
})

const EVEN: DeschedulerPolicy = {
  maxNoOfPodsToEvictPerNode: 2,
  profiles: [
    {
      name: 'even',
      pluginConfig: [
        { name: 'DefaultEvictor', args: { nodeFit: true } },
        {
          name: 'LowNodeUtilization',
          args: { thresholds: { cpu: 30 }, targetThresholds: { cpu: 40 } },
        },
      ],
      plugins: { balance: { enabled: ['LowNodeUtilization'] } },
    },
  ],
}

/** One node carries all 15 pods before the other comes; how many each has at the end. */
function lopsided(descheduler: DeschedulerSettings | undefined, operations: readonly Operation[]) {
  const ran = run(
    [
      ...apply(
        webDeployment(30, { requests: { cpu: '100m', memory: '250Mi' } }),
        webBudget({ minAvailable: 29 }),
      ),
      { op: 'create-nodes', at: 2 * MINUTE, pool: 0, names: ['late'] },
      ...operations,
    ],
    { nodes: 1, until: NEVER, ...(descheduler === undefined ? {} : { descheduler }) },
  )
  const { state } = ran.simulation
  const counts = new Map<string, number>()
  for (const pod of state.pods.names(state.namespaceId('default')).values()) {
    const node = state.nodes.name[state.pods.node[pod]] as string
    counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return { ...ran, counts: [...counts.values()].toSorted((a, b) => a - b) }
}

test('the descheduler evens out nodes pass by pass, and then costs nothing', t => {
  const none = lopsided(undefined, [])
  t.deepEqual(none.counts, [30])
  const even = lopsided({ policy: EVEN, interval: 5 * MINUTE }, [])
  t.true(even.counts[0] >= 12)
  t.is(evicted(even), even.counts[0])
  t.is(answers(even)['201 web'], even.counts[0])
  // The budget spares all but one a pass, and the last pass finds nothing.
  t.is(Math.floor(even.result.end / MINUTE), 5 * (even.counts[0] + 1))
  t.is(even.result.outcome, 'drained')
})

test('evictions that a budget refuses are tried again when the budget changes, and not before', t => {
  const settings = { policy: EVEN, interval: 5 * MINUTE }
  const wide: Operation = {
    op: 'patch',
    at: 3 * HOUR,
    kind: 'PodDisruptionBudget',
    namespace: 'default',
    name: 'web',
    type: 'merge',
    patch: { spec: { minAvailable: 20 } },
  }
  const tight: Operation = { ...wide, at: 90 * SECOND, patch: { spec: { minAvailable: 30 } } }
  const held = lopsided(settings, [tight])
  t.deepEqual(held.counts, [30])
  t.true(held.result.end < 20 * MINUTE)
  const freed = lopsided(settings, [tight, wide])
  t.true(freed.counts[0] >= 12)
})

test('a schedule says when the passes are', t => {
  const hourly = lopsided({ policy: EVEN, interval: 5 * MINUTE, schedule: '30 * * * *' }, [])
  t.is(Math.floor(hourly.result.end / MINUTE), 30 + 60 * hourly.counts[0])
})

/** The same with memory that grows from the start of each container, and a limit if there is one. */
function growing(usage: string, resources: object): Manifest {
  const manifest = webDeployment(2, { requests: { cpu: '100m', memory: '250Mi' } }) as Manifest & {
    spec: { template: { metadata: object; spec: object } }
  }
  const { template } = manifest.spec
  const containers = [{ name: 'web', image: 'web:1', resources }]
  const metadata = { ...template.metadata, annotations: { 'kubelapse.io/memory-usage': usage } }
  return { ...manifest, spec: { ...manifest.spec, template: { metadata, spec: { containers } } } }
}

function memoryTarget({ simulation }: ReturnType<typeof run>): number {
  const [{ target }] = statusOf(simulation).recommendation!.containerRecommendations!
  return value(target['memory'])! / 2 ** 20
}

test('pods are resized in place where the mode says so, and evicted only if that is not possible', t => {
  const policy = { updatePolicy: { updateMode: 'InPlaceOrRecreate' } }
  const ran = run([
    using(800),
    ...apply(webDeployment(4, { requests: { cpu: '100m', memory: '250Mi' } }), autoscaler(policy)),
  ])
  t.is(evicted(ran), 0)
  t.is(ran.result.summary.values['pods_created'], 4)
  for (const request of requests(ran.simulation)) t.true(request > 800)
  // What is recommended fits no node: the resize is infeasible, and the pod is evicted instead.
  const large = run(
    [
      using(800),
      ...apply(webDeployment(4, { requests: { cpu: '100m', memory: '250Mi' } }), autoscaler(policy)),
    ],
    {
      nodePools: [pool('pool', { milliCPU: 700 })],
    },
  )
  t.true(evicted(large) > 0)
})

test('kills for want of memory raise what is recommended above the limit that they hit', t => {
  const resources = { requests: { cpu: '100m', memory: '500Mi' }, limits: { memory: '500Mi' } }
  const policy = { updatePolicy: { updateMode: 'Off' } }
  const ran = run(apply(growing('300Mi..900Mi/5m', resources), autoscaler(policy)))
  t.true(ran.result.summary.values['oom_kills'] > 4)
  // At least a fifth more than the 500 MiB requested, and the margin of 15 % on top.
  t.true(memoryTarget(ran) >= 690, String(memoryTarget(ran)))
  const roomy = { ...resources, limits: { memory: '2Gi' } }
  const calm = run(apply(growing('300Mi..450Mi/5m', roomy), autoscaler(policy)))
  t.true(memoryTarget(calm) < 600, String(memoryTarget(calm)))
})

test('an eviction for want of memory raises it, too', t => {
  const resources = { requests: { cpu: '100m', memory: '500Mi' } }
  const policy = { updatePolicy: { updateMode: 'Off' } }
  const annotations = { 'kubelapse.io/eviction-hard': 'memory.available<14Gi' }
  const ran = run(apply(growing('300Mi..8Gi/20m', resources), autoscaler(policy)), {
    nodes: 2,
    nodePools: [pool('pool', { annotations })],
  })
  t.true(evicted(ran) > 0)
  // Evicted a little above 2 GiB; a fifth and 15 % more.
  t.true(memoryTarget(ran) > 2 * 1024 * 1.2 * 1.1, String(memoryTarget(ran)))
})
