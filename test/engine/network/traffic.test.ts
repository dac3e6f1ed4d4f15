import test from 'ava'
import { Kernel, Rank } from '../../../engine/kernel/kernel.js'
import { Streams } from '../../../engine/kernel/rng.js'
import { HOUR, MINUTE, NEVER, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import type { FailureSettings } from '../../../engine/model/failures.js'
import type { LoadSpec } from '../../../engine/model/load.js'
import type { Manifest, Operation } from '../../../engine/model/simulation-model.js'
import type { Demand, RequestModel, Traffic } from '../../../engine/model/traffic.js'
import { DEFAULT_NETWORK, DEFAULT_SCRAPES } from '../../../engine/model/traffic-defaults.js'
import { type Station, stationState } from '../../../engine/network/queueing.js'
import { Simulation } from '../../../engine/simulation.js'
import type { PodId } from '../../../engine/state/ids.js'
import { Measure } from '../../../engine/state/pod-loads.js'
import { model, pool } from '../../support/model.js'

const REQUESTS: RequestModel = {
  cpuSeconds: 0.1,
  otherSeconds: 0,
  concurrency: 1,
  queue: Infinity,
  variation: 1,
  discipline: 'queue',
}

interface Options {
  readonly replicas?: number
  readonly requests?: Partial<RequestModel>
  readonly load?: LoadSpec
  readonly limit?: string
  readonly service?: object
  readonly annotations?: Readonly<Record<string, string>>
  readonly demand?: Partial<Demand>
  readonly operations?: readonly Operation[]
  readonly until?: SimTime
  readonly zones?: readonly string[]
  readonly balancing?: 'random' | 'round-robin'
  readonly workload?: Manifest
  readonly failures?: readonly FailureSettings[]
}

const constant = (value: number): LoadSpec => ({ kind: 'constant', value })

function manifests(options: Options): Manifest[] {
  const { replicas = 1, limit = '1', service = {}, annotations = {} } = options
  const labels = { app: 'web' }
  const metadata = { name: 'web', namespace: 'default' }
  const containers = [{ name: 'main', image: 'web:1', resources: { limits: { cpu: limit } } }]
  const template = { metadata: { labels, annotations }, spec: { containers } }
  const spec = { replicas, selector: { matchLabels: labels }, template }
  const ports = [{ port: 80, protocol: 'TCP' }]
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports, ...service } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec, ...options.workload },
  ]
}

/** A run with one Service, and its account of the time from `from` to `until`. */
function run(options: Options, from: SimTime = 10 * MINUTE) {
  const { load = constant(8), until = 2 * HOUR } = options
  const demand: Demand = {
    name: 'demand',
    namespace: 'default',
    service: 'web',
    pod: '',
    host: '',
    path: '/',
    requestsPerSecond: load,
    clients: 1000,
    zones: {},
    origin: 'inside',
    ...options.demand,
  }
  const traffic: Traffic = {
    network: { ...DEFAULT_NETWORK, balancing: options.balancing ?? 'random' },
    metrics: DEFAULT_SCRAPES,
    services: [{ namespace: 'default', service: 'web', requests: { ...REQUESTS, ...options.requests } }],
    demands: [demand],
    usage: [],
    externalMetrics: [],
  }
  const applied = manifests(options).map((manifest): Operation => ({ op: 'apply', at: 0, manifest }))
  const nodePools = [pool('pool', { milliCPU: 16_000, ...(options.zones ? { zones: options.zones } : {}) })]
  const operations = [...applied, ...(options.operations ?? [])]
  const { failures = [] } = options
  const simulation = new Simulation(model({ nodePools, operations, traffic, until, nodes: 4, failures }))
  simulation.kernel.run({ until: from })
  const accounts = simulation.recorder.traffic.source?.accounts ?? []
  const account = accounts[0]
  account.advance(from)
  account.close()
  account.total.clear()
  simulation.kernel.run({ until })
  account.advance(until)
  account.close()
  return { simulation, account, sums: account.total, seconds: (until - from) / SECOND }
}

const near = (value: number, wanted: number, within: number): boolean => Math.abs(value - wanted) <= within

/** Requests one by one through a station, for checking what the closed form says of them. */
function requestByRequest(station: Station, requests: number, seed: string) {
  const kernel = new Kernel({ seed })
  const stream = new Streams(seed).stream('requests')
  const draw = (mean: number): number => -mean * Math.log1p(-stream.double())
  const micros = (seconds: number): SimTime => Math.max(1, Math.round(seconds * SECOND))
  const { serviceSeconds, variation } = station
  const service = (): number => {
    if (variation === 0) return serviceSeconds
    if (variation === 1) return draw(serviceSeconds)
    // Two exponentials with balanced means.
    const share = (1 + Math.sqrt((variation ** 2 - 1) / (variation ** 2 + 1))) / 2
    return draw(serviceSeconds / (2 * (stream.double() < share ? share : 1 - share)))
  }
  const waiting: SimTime[] = []
  let head = 0
  let busy = 0
  let left = requests
  let refused = 0
  let served = 0
  let waited = 0
  const done = kernel.on('test/done', Rank.Kubelet, () => {
    served++
    if (head === waiting.length) busy--
    else {
      waited += kernel.now - waiting[head++]
      kernel.schedule(kernel.now + micros(service()), done)
    }
  })
  const arrive = kernel.on('test/arrive', Rank.Failure, () => {
    if (busy < station.servers) {
      busy++
      kernel.schedule(kernel.now + micros(service()), done)
    } else if (busy + waiting.length - head >= station.capacity) refused++
    else waiting.push(kernel.now)
    if (--left > 0) kernel.schedule(kernel.now + micros(draw(1 / station.arrivalsPerSecond)), arrive)
  })
  kernel.schedule(0, arrive)
  kernel.run()
  return { waitMean: waited / served / SECOND, refusedShare: refused / requests }
}

const STATIONS: readonly [name: string, station: Partial<Station>][] = [
  ['M/M/1', { arrivalsPerSecond: 0.8 }],
  ['M/M/3', { arrivalsPerSecond: 2.4, servers: 3 }],
  ['M/D/1', { arrivalsPerSecond: 0.8, variation: 0 }],
  ['M/H2/1', { arrivalsPerSecond: 0.6, variation: 2 }],
  ['M/M/2/5', { arrivalsPerSecond: 2.2, servers: 2, capacity: 5 }],
]
for (const [name, own] of STATIONS) {
  test(`${name}: requests simulated one by one agree with the closed form within the interval of 99 %`, t => {
    const station: Station = {
      arrivalsPerSecond: 1,
      serviceSeconds: 1,
      servers: 1,
      capacity: Infinity,
      variation: 1,
      arrivalVariation: 1,
      discipline: 'queue',
      ...own,
    }
    const runs = Array.from({ length: 10 }, (_, i) => requestByRequest(station, 20_000, `${name} ${i}`))
    const state = stationState(station)
    const refused = state.refusedPerSecond / station.arrivalsPerSecond
    for (const [measured, wanted] of [
      [runs.map(({ waitMean }) => waitMean), state.waitMeanSeconds],
      [runs.map(({ refusedShare }) => refusedShare), refused],
    ] as const) {
      const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length
      const variance = measured.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (measured.length - 1)
      // Student's t with nine degrees of freedom: 3.25.
      t.true(near(mean, wanted, 3.25 * Math.sqrt(variance / measured.length) + 1e-9), `${mean} ${wanted}`)
    }
  })
}

test('a pod of one worker in a cluster is M/M/1: 8 requests a second of 100 ms leave 4 present and 0.5 s of time', t => {
  const { sums, seconds } = run({})
  t.true(near(sums.served, 8 * seconds, 1e-6))
  // rho = 0.8: waiting rho^2 / (1 - rho) = 3.2, T exponential with mean 1 / (10 - 8) = 0.5 s.
  t.true(near(sums.waitingSeconds / seconds, 3.2, 1e-9))
  t.true(near(sums.latency.quantile(0.5), 0.5 * Math.LN2, 0.03))
  t.true(near(sums.latency.quantile(0.99), 0.5 * Math.log(100), 0.15))
  t.true(near(sums.cpuSeconds / seconds, 0.8, 1e-9))
})

test('three workers of a pod are M/M/3, three pods are three M/M/1; a CPU limit cuts workers short', t => {
  const one = run({ requests: { concurrency: 3 }, limit: '3', load: constant(24) })
  // Erlang C of 2.4 in 3: 0.6472; waiting = C rho / (1 - rho) = 2.589.
  t.true(near(one.sums.waitingSeconds / one.seconds, 2.589, 1e-3))
  const three = run({ replicas: 3, load: constant(24) })
  t.true(near(three.sums.waitingSeconds / three.seconds, 3 * 3.2, 1e-9))
  // Half a CPU: a request takes 200 ms, so 4 a second are rho 0.8.
  const half = run({ limit: '500m', load: constant(4) })
  t.true(near(half.sums.waitingSeconds / half.seconds, 3.2, 1e-9))
})

test('a pod is M/G/1: the wait follows Pollaczek and Khinchine, and a shared CPU does not care', t => {
  // rho = 0.8: rho^2 / (1 - rho) (1 + c^2) / 2.
  for (const [variation, waiting] of [
    [0, 1.6],
    [1, 3.2],
    [2, 8],
  ] as const) {
    const { sums, seconds } = run({ requests: { variation } })
    t.true(near(sums.waitingSeconds / seconds, waiting, 1e-9), String(variation))
    const shared = run({ requests: { variation, discipline: 'share' } })
    t.true(near(shared.sums.waitingSeconds / seconds, 3.2, 1e-9), String(variation))
  }
})

test('connections dealt out in turn come more evenly than by chance', t => {
  const waiting = (balancing: 'random' | 'round-robin') => {
    const { sums, seconds } = run({ replicas: 4, load: constant(32), balancing })
    return sums.waitingSeconds / seconds
  }
  t.true(near(waiting('random'), 4 * 3.2, 1e-9))
  // Every fourth of Poisson arrivals: their square of variation is 1/4, so the wait is (1/4 + 1) / 2 of that.
  t.true(near(waiting('round-robin'), 4 * 3.2 * 0.625, 1e-9))
})

test("Little's law holds over a day of changing load: present = served per second times mean time", t => {
  const load: LoadSpec = {
    kind: 'diurnal',
    low: 5,
    high: 35,
    peakAt: 14 * HOUR,
    week: [1, 1, 1, 1, 1, 1, 1],
    step: 15 * MINUTE,
  }
  const { sums, seconds } = run({ replicas: 4, load, until: 24 * HOUR + 10 * MINUTE })
  const present = sums.waitingSeconds / seconds + sums.cpuSeconds / seconds
  const { counts, total } = sums.latency
  t.true(near(total, sums.served, 1e-3))
  let time = 0
  for (let i = 0; i < counts.length; i++) time += counts[i] * 1e-4 * 1.2 ** (i - 0.5)
  // The buckets are a fifth wide, so that the mean of the histogram is off by 2 % at most.
  t.true(near(present, (sums.served / seconds) * (time / total), 0.02 * present))
})

test('every request is served, refused or lost, or waits in an overloaded pod', t => {
  const load: LoadSpec = {
    kind: 'bursts',
    pause: { exponential: { mean: 300 } },
    length: { exponential: { mean: 200 } },
    height: { uniform: { min: 10, max: 90 } },
  }
  const operations: Operation[] = [
    { op: 'scale', at: 30 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 2 },
    { op: 'kill-node', at: 50 * MINUTE, nodes: ['node-0-1'] },
    { op: 'scale', at: 70 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 0 },
    { op: 'scale', at: 80 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 6 },
  ]
  const { simulation, sums, account } = run({ replicas: 5, load, requests: { queue: 20 }, operations }, 0)
  const { summary } = simulation.recorder.finish(2 * HOUR)
  const listed = new Set(summary.metrics.map(({ name }) => name))
  t.deepEqual(
    Object.keys(summary.values).filter(name => !listed.has(name)),
    [],
  )
  t.true(sums.refused > 0 && sums.lost > 0)
  const settled = sums.served + sums.refused + sums.lost
  t.true(near(settled + account.backlog, sums.requests, 1e-6 * sums.requests))
})

test('pods that stop at once lose requests until the rules follow; pods that stop later lose none', t => {
  const operations: Operation[] = [
    { op: 'restart-rollout', at: 20 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web' },
  ]
  const rollout = (seconds: string) =>
    run({ replicas: 4, operations, annotations: { 'kubelapse.io/stop-seconds': seconds } }).sums
  const abrupt = rollout('0').lost
  // Four pods, each with a quarter to a sixth of 8 requests a second, for half a second and the latency of two watches;
  // where the controller finds its cache behind its own writes, a second more.
  t.true(abrupt > 2.6 && abrupt < 12, String(abrupt))
  t.is(rollout('5').lost, 0)
})

test('a drain loses requests of pods that stop at once, none of those that go on for a while', t => {
  const operations: Operation[] = [
    {
      op: 'drain',
      at: 20 * MINUTE,
      nodes: ['node-0-0'],
      timeout: NEVER,
      retryAfter: 5 * SECOND,
      cordonAllFirst: false,
    },
  ]
  const drained = (seconds: string) =>
    run({ replicas: 4, operations, annotations: { 'kubelapse.io/stop-seconds': seconds } }).sums
  // One pod of four: 2 requests a second for half a second and the latency of two watches, and a second more where the
  // controller finds its cache behind its own writes.
  const { lost } = drained('0')
  t.true(lost > 0.9 && lost < 4, String(lost))
  t.is(drained('5').lost, 0)
})

test('a machine that dies loses its share until its node is found not ready', t => {
  const crash: FailureSettings = {
    name: 'crash',
    model: 'node-crash',
    args: {},
    subjects: { kind: 'nodes', pools: [], labels: {} },
    timing: {
      kind: 'at',
      times: [20 * MINUTE],
      pick: 1,
      lasts: { constant: { value: 3600 } },
      minimum: SECOND,
    },
  }
  const { lost } = run({ replicas: 4, failures: [crash] }).sums
  // 2 requests a second: the last lease is up to 10 s old and counts for 50 s, the next look at it is up to 5 s later.
  t.true(lost > 2 * 40 && lost < 2 * 56.5, String(lost))
})

test('a local policy loses what comes from nodes without endpoints, and clients that stick, too', t => {
  const on = (replicas: number, service: object) =>
    run({ replicas, load: constant(4), service: { internalTrafficPolicy: 'Local', ...service } })
  for (const sticky of [{}, { sessionAffinity: 'ClientIP' }]) {
    const all = on(4, sticky)
    t.is(all.sums.lost, 0)
    // Three of four nodes have an endpoint; of 1,000 clients about a quarter is on the other one.
    const { sums } = on(3, sticky)
    t.true(near(sums.lost / sums.requests, 0.25, 'sessionAffinity' in sticky ? 0.04 : 1e-9))
  }
})

test('a pod of a StatefulSet is asked by its name, and gone until its name means the new one', t => {
  const labels = { app: 'web' }
  const containers = [{ name: 'main', image: 'web:1', resources: { limits: { cpu: '1' } } }]
  const annotations = { 'kubelapse.io/stop-seconds': '0' }
  const template = { metadata: { labels, annotations }, spec: { containers } }
  const spec = { replicas: 3, serviceName: 'web', selector: { matchLabels: labels }, template }
  const metadata = { name: 'web', namespace: 'default' }
  const operations: Operation[] = [
    { op: 'scale', at: 20 * MINUTE, kind: 'StatefulSet', namespace: 'default', name: 'web', replicas: 1 },
    { op: 'scale', at: 30 * MINUTE, kind: 'StatefulSet', namespace: 'default', name: 'web', replicas: 2 },
  ]
  const asked = (pod: string) => {
    const workload: Manifest = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec }
    const { sums } = run({ workload, operations, service: { clusterIP: 'None' }, demand: { pod } })
    return sums
  }
  t.is(asked('web-0').lost, 0)
  t.true(near(asked('web-0').waitingSeconds, 3.2 * 110 * 60, 1e-3))
  // Ten minutes without web-1, 30 s until the new one's name is known, and its start.
  t.true(near(asked('web-1').lost, 8 * 630, 8 * 5), String(asked('web-1').lost))
  t.is(asked('web-7').served, 0)
})

test('headless clients keep addresses until their names expire', t => {
  const operations: Operation[] = [
    { op: 'scale', at: 20 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 1 },
  ]
  const scaled = (service: object) =>
    run({ replicas: 2, operations, service, annotations: { 'kubelapse.io/stop-seconds': '1' } }).sums.lost
  t.is(scaled({}), 0)
  // 4 requests a second for the 30 s of a name, less the second in which the pod stops.
  t.true(near(scaled({ clusterIP: 'None' }), 4 * 29.5, 5))
})

test('session affinity: clients stay with their pod, and pods that come later get none of them', t => {
  const operations: Operation[] = [
    { op: 'scale', at: 30 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 4 },
  ]
  const { simulation, sums } = run({
    replicas: 2,
    operations,
    load: constant(4),
    service: { sessionAffinity: 'ClientIP' },
  })
  const { podLoads, pods } = simulation.state
  const rates = Array.from({ length: pods.highWater }, (_, row) => row)
    .filter(row => pods.name[row] !== undefined)
    .map(row =>
      podLoads
        .of(row as never)
        .reduce((sum, { group, until }) => sum + (until === NEVER ? group.valueAt(2, 2 * HOUR) : 0), 0),
    )
    .sort((a, b) => b - a)
  t.is(rates.length, 4)
  t.true(near(rates[0] + rates[1], 4, 1e-9) && rates[2] + rates[3] === 0)
  t.true(rates[0] > rates[1])
  t.is(sums.lost, 0)
})

test('an Ingress leads on by host and longest path, and a canary gets its weight', t => {
  const ingress = (name: string, annotations: Readonly<Record<string, string>>, path: string): Operation => ({
    op: 'apply',
    at: 0,
    manifest: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace: 'default', annotations },
      spec: {
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  })
  const canary = {
    'nginx.ingress.kubernetes.io/canary': 'true',
    'nginx.ingress.kubernetes.io/canary-weight': '25',
  }
  const to = (path: string, host = 'shop.example') => {
    const operations = [
      ingress('web', {}, '/cart'),
      ingress('next', canary, '/cart'),
      ingress('other', {}, '/'),
    ]
    const { simulation } = run({ operations, demand: { service: '', host, path }, until: 20 * MINUTE })
    const accounts = simulation.recorder.traffic.source?.accounts ?? []
    return Object.fromEntries(
      accounts
        .filter(({ rates }) => rates.requestsPerSecond > 0)
        .map(({ name, rates }) => [name, rates.requestsPerSecond]),
    )
  }
  t.deepEqual(to('/cart/items'), { web: 6, next: 2 })
  t.deepEqual(to('/carts'), { other: 8 })
  t.deepEqual(to('/cart', 'elsewhere.example'), { '': 8 })
})

/** 20 requests a second for half an hour, of which one pod can do 10, then 4. */
const RUSH: LoadSpec = {
  kind: 'steps',
  steps: [
    { at: 0, value: 20 },
    { at: 30 * MINUTE, value: 4 },
  ],
  every: NEVER,
}

test('an overloaded pod has a backlog of what came and was not served, and works it off when there is room', t => {
  const at = (minutes: number) => run({ load: RUSH, until: minutes * MINUTE }, 0)
  const backlogs = [10, 20, 30, 60, 90].map(minutes => {
    const { account, sums } = at(minutes)
    t.true(
      near(sums.served + sums.refused + sums.lost + account.backlog, sums.requests, 1e-6 * sums.requests),
    )
    t.is(sums.refused, 0)
    return account.backlog
  })
  // 10 a second too many; from minute 30 on 6 a second fewer than can be done; empty after 50 minutes.
  t.true(near(backlogs[1] - backlogs[0], 6000, 1e-6))
  t.true(near(backlogs[2] - backlogs[1], 6000, 1e-6))
  t.true(near(backlogs[3] - backlogs[2], -6 * 1800, 1e-6))
  t.is(backlogs[4], 0)
  // Who came at minute 30 found 18,000 in front: half an hour, and nobody waits longer.
  const { sums } = at(90)
  t.true(sums.latency.quantile(0.99) < 1800 * 1.2)
  t.true(near(sums.latency.total, sums.served, 1))
})

test('what is measured of a pod with a backlog is the mean of a straight line, and goes on moving', t => {
  const { simulation, account } = run({ load: RUSH, until: 20 * MINUTE }, 0)
  const { podLoads } = simulation.state
  const [from, to] = [15 * MINUTE, 16 * MINUTE]
  const pod = 0 as PodId
  const mean = (measure: Measure): number =>
    podLoads.of(pod).reduce((sum, { group }) => sum + group.integral(measure, from, to), 0) / (to - from)
  // At 20 min there are 10 a second more than 4.5 min before, the middle of that minute; the CPU is used up.
  t.true(near(mean(Measure.Waiting), account.backlog - 10 * 270, 1e-3))
  t.true(near(mean(Measure.MilliCPU), 1000, 1e-9))
  const value = podLoads.of(pod).reduce((sum, { group }) => sum + group.valueAt(Measure.Waiting, from), 0)
  t.true(near(value, account.backlog - 3000, 1e-3))
  t.true(podLoads.isMoving(pod, 19 * MINUTE, 0))
  const { podLoads: calm } = run({ until: 20 * MINUTE }, 0).simulation.state
  t.false(calm.isMoving(pod, 19 * MINUTE, 0))
})

test('with a bound refusals begin when the queue is full', t => {
  const refusedBy = (seconds: number) =>
    run({ load: RUSH, requests: { queue: 1000 }, until: seconds * SECOND }, 0).sums.refused
  // 1,000 places at 10 a second: 100 s after the pod has come.
  t.is(refusedBy(95), 0)
  t.true(near(refusedBy(180) - refusedBy(120), 600, 1e-3))
})

test('what waits in a pod is lost with it, and worked on while it stops gently', t => {
  const scaled = (seconds: string) => {
    const operations: Operation[] = [
      { op: 'scale', at: 20 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 0 },
    ]
    const annotations = { 'kubelapse.io/stop-seconds': seconds }
    const { sums, account } = run({ load: RUSH, operations, annotations, until: 25 * MINUTE }, 0)
    t.true(near(sums.served + sums.lost, sums.requests, 1e-6 * sums.requests))
    t.is(account.backlog, 0)
    return sums.served
  }
  t.true(near(scaled('20') - scaled('0'), 10 * 20, 1))
})

test('pods that come later have no part in a backlog', t => {
  const operations: Operation[] = [
    { op: 'scale', at: 10 * MINUTE, kind: 'Deployment', namespace: 'default', name: 'web', replicas: 4 },
  ]
  const at = (minutes: number) => run({ load: RUSH, operations, until: minutes * MINUTE }, 0).account
  // 5 a second for each of four: the first one works off 5 a second, the others nothing.
  t.true(near(at(12).backlog - at(11).backlog, -300, 1e-6))
  t.true(near(at(12).rates.servedPerSecond, 25, 1e-9))
})

test('requests through an Ingress with a canary are all accounted for, whoever is overloaded', t => {
  const ingress = (name: string, annotations: Readonly<Record<string, string>>): Operation => {
    const backend = { service: { name, port: { number: 80 } } }
    const rules = [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }]
    const metadata = { name, namespace: 'default', annotations }
    return {
      op: 'apply',
      at: 0,
      manifest: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: { rules } },
    }
  }
  const canary = {
    'nginx.ingress.kubernetes.io/canary': 'true',
    'nginx.ingress.kubernetes.io/canary-weight': '25',
  }
  const operations = [ingress('web', {}), ingress('next', canary)]
  const until = 20 * MINUTE
  const demand = { service: '', host: 'shop.example' }
  const { simulation } = run({ operations, demand, load: constant(20), until }, 0)
  const { values } = simulation.recorder.finish(until).summary
  t.true(near(values['requests'], 20 * 1200, 1e-6))
  const parts = ['served', 'refused', 'lost', 'backlog'].map(name => values[`requests_${name}`])
  t.true(
    near(
      parts.reduce((sum, part) => sum + part, 0),
      20 * 1200,
      1e-6,
    ),
  )
  // The Service gets 15 a second and can do 10.
  t.true(near(parts[3], 5 * 1200, 50))
})
