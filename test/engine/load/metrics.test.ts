import test from 'ava'
import { HOUR, MINUTE, NEVER, SECOND } from '../../../engine/kernel/time.js'
import { MetricsServer } from '../../../engine/load/metrics-server.js'
import { RowMetrics } from '../../../engine/load/row-metrics.js'
import type { HorizontalPodAutoscalerSpec } from '../../../engine/model/autoscaling.js'
import type { CompiledSelector } from '../../../engine/model/labels.js'
import type { LoadSpec } from '../../../engine/model/load.js'
import { parseSelector } from '../../../engine/model/selector-text.js'
import type { Manifest, Operation } from '../../../engine/model/simulation-model.js'
import type { MetricsSettings, Traffic } from '../../../engine/model/traffic.js'
import { DEFAULT_NETWORK, DEFAULT_SCRAPES } from '../../../engine/model/traffic-defaults.js'
import { WallClock } from '../../../engine/model/wall-clock.js'
import { Simulation } from '../../../engine/simulation.js'
import { model, pool } from '../../support/model.js'
import { rowsOf } from '../../support/record-rows.js'

const WEB = parseSelector('app=web') as CompiledSelector
const step = (at: number, value: number) => ({ at: at * SECOND, value })

interface Options {
  readonly cpu?: readonly LoadSpec[]
  readonly metrics?: Partial<MetricsSettings>
  readonly external?: Traffic['externalMetrics']
  readonly autoscaler?: Partial<HorizontalPodAutoscalerSpec>
  readonly demand?: LoadSpec
  readonly replicas?: number
  readonly operations?: readonly Operation[]
}

function manifests(replicas: number, autoscaler?: Partial<HorizontalPodAutoscalerSpec>): Manifest[] {
  const labels = { app: 'web' }
  const metadata = { name: 'web', namespace: 'default' }
  const containers = [
    { name: 'main', image: 'web:1', resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } } },
    { name: 'side', image: 'side:1', resources: { requests: { cpu: '100m' } } },
  ]
  const template = { metadata: { labels }, spec: { containers } }
  const target = { type: 'Utilization', averageUtilization: 50 }
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 80, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas, selector: { matchLabels: labels }, template },
    },
    ...(autoscaler === undefined
      ? []
      : [
          {
            apiVersion: 'autoscaling/v2',
            kind: 'HorizontalPodAutoscaler',
            metadata,
            spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 30, metrics, ...autoscaler },
          },
        ]),
  ]
}

function cluster(options: Options, until = 2 * HOUR) {
  const { cpu = [], replicas = 2, external = [], demand } = options
  const requests = {
    cpuSeconds: 0.02,
    otherSeconds: 0,
    concurrency: 16,
    queue: 100,
    variation: 1,
    discipline: 'queue',
  } as const
  const traffic: Traffic = {
    network: DEFAULT_NETWORK,
    metrics: { ...DEFAULT_SCRAPES, ...options.metrics },
    services: [{ namespace: 'default', service: 'web', requests }],
    demands:
      demand === undefined
        ? []
        : [
            {
              name: 'web',
              namespace: 'default',
              service: 'web',
              pod: '',
              host: '',
              path: '/',
              requestsPerSecond: demand,
              clients: 1,
              zones: {},
              origin: 'inside',
            },
          ],
    usage:
      cpu.length === 0
        ? []
        : [
            {
              name: 'use',
              namespace: 'default',
              selector: 'app=web',
              container: 'side',
              milliCPU: cpu,
              memoryBytes: [{ kind: 'constant', value: 1000 }],
            },
          ],
    externalMetrics: external,
  }
  const applied = manifests(replicas, options.autoscaler).map(
    (manifest): Operation => ({ op: 'apply', at: 0, manifest }),
  )
  const simulation = new Simulation(
    model({
      nodePools: [pool('pool', { milliCPU: 64_000 })],
      operations: [...applied, ...(options.operations ?? [])],
      traffic,
      until,
      measure: { interval: MINUTE, records: ['hpa'] },
    }),
  )
  const { metrics } = traffic
  const server = (): MetricsServer =>
    new MetricsServer(simulation.state, new WallClock(0), {
      ...metrics,
      external,
      measuresIdle: true,
      seed: 's',
    })
  /** MilliCPU of the second container of each pod that has a sample, at a time to which the run goes first. */
  const samplesAt = (seconds: number): (number | undefined)[] => {
    simulation.kernel.run({ until: seconds * SECOND })
    return server()
      .podUsage('default', WEB, seconds * SECOND)
      .map(({ containers }) => containers[1].usageMilli.get('cpu'))
  }
  return { simulation, server, samplesAt }
}

test('a sample is the mean over the window before the latest scrape, and never the present value', t => {
  const cpu: LoadSpec = { kind: 'steps', steps: [step(0, 100), step(100, 400)], every: NEVER }
  const { samplesAt } = cluster({ cpu: [cpu], metrics: { period: 15 * SECOND, window: 30 * SECOND } })
  // Scrapes at 90, 105, 120, 135 s over 30 s each: none, 5, 20 and 30 s of the new load.
  for (const [at, wanted] of [
    [101, 100],
    [104, 100],
    [105, 150],
    [119, 150],
    [120, 300],
    [135, 400],
  ]) {
    t.deepEqual(samplesAt(at), [wanted, wanted], `at ${at} s`)
  }
})

test('samples are late by the delay, missing for young pods and silent nodes, and lost by chance', t => {
  const cpu: LoadSpec = { kind: 'steps', steps: [step(0, 100), step(100, 400)], every: NEVER }
  const late = cluster({ cpu: [cpu], metrics: { delay: 40 * SECOND } })
  t.deepEqual(late.samplesAt(20), [])
  t.deepEqual(late.samplesAt(144), [100, 100])
  t.deepEqual(
    late.samplesAt(145),
    [200, 200].map(() => 200),
  )
  t.deepEqual(late.samplesAt(160), [400, 400])
  const kill: Operation = { op: 'kill-node', at: 50 * SECOND, nodes: ['node-0-0', 'node-0-1'] }
  const silent = cluster({ cpu: [cpu], replicas: 4, operations: [kill] })
  t.is(silent.samplesAt(49).length, 4)
  t.is(silent.samplesAt(61).length, 2)
  const lossy = cluster({ cpu: [cpu], replicas: 40, metrics: { missing: 0.3 } })
  const found = [60, 75, 90, 105, 120].map(at => lossy.samplesAt(at).length)
  // 200 samples, 0.3 of them lost: 140 with a deviation of 6.5.
  const sum = found.reduce((a, b) => a + b, 0)
  t.true(sum > 110 && sum < 170 && new Set(found).size > 1, String(found))
})

test('pods draw their own machine of several, and keep it', t => {
  const machines = [100, 200, 300, 400].map((value): LoadSpec => ({ kind: 'constant', value }))
  const { samplesAt } = cluster({ cpu: machines, replicas: 30 })
  const first = samplesAt(60)
  t.deepEqual(samplesAt(600), first)
  t.true([100, 200, 300, 400].every(use => first.includes(use)))
})

test('custom metrics of pods and Services, and external ones, are as old as their lag', t => {
  const demand: LoadSpec = { kind: 'steps', steps: [step(0, 10), step(300, 40)], every: NEVER }
  const external = [{ name: 'queue', labels: { topic: 'a' }, value: demand }]
  const { simulation, server } = cluster({ demand, external, metrics: { customLag: 60 * SECOND } })
  const all = parseSelector('') as CompiledSelector
  const at = (seconds: number) => {
    simulation.kernel.run({ until: seconds * SECOND })
    const now = seconds * SECOND
    const api = server()
    const pods = api.podMetric('default', 'requests_per_second', WEB, all, now)
    const object = { kind: 'Service', name: 'web' }
    return [
      'error' in pods ? pods.error : pods.map(({ milli }) => milli),
      api.objectMetric({ namespace: 'default', object, metric: 'requests_per_second', selector: all }, now),
      api.externalMetric('default', 'queue', all, now),
    ]
  }
  t.deepEqual(at(359), [[5000, 5000], 10_000, [10_000]])
  t.deepEqual(at(376), [[20_000, 20_000], 40_000, [40_000]])
  t.true('error' in (server().podMetric('default', 'nonsense', WEB, all, 0) as object))
})

const SHAPES: readonly [string, Options][] = [
  [
    'a day in two hours',
    {
      demand: { kind: 'ramps', points: [step(300, 20), step(2400, 260), step(4800, 10)], step: 90 * SECOND },
    },
  ],
  [
    'bursts with policies and windows',
    {
      demand: {
        kind: 'bursts',
        pause: { exponential: { mean: 400 } },
        length: { exponential: { mean: 300 } },
        height: { uniform: { min: 40, max: 300 } },
      },
      autoscaler: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 30,
            policies: [{ type: 'Pods', value: 3, periodSeconds: 60 }],
          },
          scaleDown: {
            stabilizationWindowSeconds: 120,
            policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
          },
        },
      },
    },
  ],
  [
    'pods that die and a rollout',
    {
      demand: { kind: 'constant', value: 120 },
      operations: [
        { op: 'kill-node', at: 20 * MINUTE, nodes: ['node-0-0'] },
        { op: 'restart-rollout', at: 50 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web' },
        { op: 'scale', at: 80 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 20 },
      ],
    },
  ],
]
for (const [name, options] of SHAPES) {
  test.serial(`an autoscaler that rests decides as one that looks every 15 s: ${name}`, t => {
    const decisions = () => {
      const { simulation } = cluster({ autoscaler: {}, ...options })
      const table = simulation.run().records.find(({ definition }) => definition.name === 'hpa')
      const rows = table === undefined ? [] : rowsOf(table)
      const sizes = rows.map(row => row['desired_replicas']).filter((size, i, all) => size !== all[i - 1])
      return { rows, sizes, events: simulation.kernel.executed }
    }
    const resting = decisions()
    const rowMethods = Object.getOwnPropertyDescriptors(RowMetrics.prototype)
    const methods = Object.getOwnPropertyDescriptors(MetricsServer.prototype)
    RowMetrics.prototype.steadyUntil = (_, now) => now
    MetricsServer.prototype.steadyUntil = (_, __, now) => now
    const looking = decisions()
    // Without answers by rows it is told of every pod by name.
    RowMetrics.prototype.each = () => undefined
    const byName = decisions()
    Object.defineProperties(RowMetrics.prototype, rowMethods)
    Object.defineProperties(MetricsServer.prototype, methods)
    t.deepEqual(looking, byName)
    t.deepEqual(resting.sizes, looking.sizes)
    t.true(resting.sizes.length > 2)
    t.true(resting.events < looking.events, `${resting.events} ${looking.events}`)
  })
}

test('an autoscaler that rests looks at its next turn when a node of its pods falls silent', t => {
  const looks = (operations: readonly Operation[]) => {
    const { simulation } = cluster({ autoscaler: {}, demand: { kind: 'constant', value: 120 }, operations })
    const { kernel } = simulation
    kernel.run({ until: 20 * MINUTE - 1 })
    kernel.trace(0, 1e9)
    kernel.run({ until: 20 * MINUTE + 35 * SECOND })
    return kernel.traced.filter(({ kind }) => kind.startsWith('controllers/horizontalpodautoscaling/')).length
  }
  t.is(looks([]), 0)
  t.true(looks([{ op: 'kill-node', at: 20 * MINUTE, nodes: ['node-0-0'] }]) > 0)
})
