import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { FailureSettings, FailureTiming } from '../../../engine/model/failures.js'
import type { Manifest } from '../../../engine/model/manifest.js'
import type { SimulationModel } from '../../../engine/model/simulation-model.js'
import { Simulation } from '../../../engine/simulation.js'
import { type NodeId, Phase, type PodId, Status } from '../../../engine/state/ids.js'
import { model, pool } from '../../support/model.js'
import { rowsOf } from '../../support/record-rows.js'
import { webDeployment } from '../../support/web-workload.js'

const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
const ALL = { kind: 'nodes', pools: [], labels: {} } as const
const APP = { kind: 'pods', namespace: 'default', selector: 'app=web' } as const

function at(times: readonly number[], seconds: number, pick = 1): FailureTiming {
  return { kind: 'at', times, pick, lasts: { constant: { value: seconds } }, minimum: 0 }
}

function failure(settings: Partial<FailureSettings> & Pick<FailureSettings, 'model'>): FailureSettings {
  return { name: settings.model, args: {}, subjects: ALL, timing: at([100 * SECOND], 60), ...settings }
}

class Run extends Simulation {
  constructor(failures: readonly FailureSettings[], options: Partial<SimulationModel> & { nodes?: number }) {
    super(model({ failures, ...options }), { records: ['failures', 'events'] })
  }

  /** What runs: pod name, phase, ready, restarts. */
  pods(): { name: string; phase: Phase; ready: boolean; restarts: number; node: NodeId }[] {
    const { pods } = this.state
    const rows = Array.from({ length: pods.highWater }, (_, row) => row as PodId)
    return rows
      .filter(pod => pods.exists(pod))
      .map(pod => ({
        name: pods.name[pod] as string,
        phase: pods.phase[pod] as Phase,
        ready: pods.ready[pod] === 1,
        restarts: pods.restarts[pod],
        node: pods.nodeOf(pod),
      }))
  }

  until(seconds: number): this {
    this.kernel.run({ until: seconds * SECOND })
    return this
  }
}

function apply(manifest: Manifest): SimulationModel['operations'] {
  return [{ op: 'apply', at: SECOND, manifest }]
}

/** Rows of the record `failures` as [subject, from, to] in seconds. */
function failuresOf(run: Run): [subject: string, from: number, to: number][] {
  const table = run.run().records.find(({ definition }) => definition.name === 'failures')
  const rows = table === undefined ? [] : rowsOf(table)
  return rows.map(row => [String(row['subject']), Number(row['from_s']), Number(row['to_s'] ?? NEVER)])
}

test('a crashed machine starts its containers again when it boots within the grace period', t => {
  const run = new Run([failure({ model: 'node-crash' })], { nodes: 1, operations: apply(webDeployment(3)) })
  t.true(
    run
      .until(90)
      .pods()
      .every(({ ready }) => ready),
  )
  run.until(130)
  t.is(run.state.nodes.ready[0], Status.True, 'nobody has noticed after 30 s')
  run.until(170)
  t.deepEqual(
    run.pods().map(({ phase, ready, restarts }) => [phase, ready, restarts]),
    Array.from({ length: 3 }, () => [Phase.Running, true, 1]),
  )
})

test('pods of a machine that stays away are replaced after grace period and toleration', t => {
  const crash = failure({ model: 'node-crash', timing: at([100 * SECOND], 1800) })
  const run = new Run([crash], { nodes: 2, operations: apply(webDeployment(4)) })
  run.until(600)
  const running = run.pods().filter(({ ready }) => ready)
  // 50 s until NotReady, 300 s of toleration: by 500 s all four are ready on the other node.
  t.is(running.length, 4)
  t.is(new Set(running.map(({ node }) => node)).size, 1)
  run.until(2000)
  t.is(run.pods().length, 4, 'the old pods went when their machine came back')
})

test('two failures that overlap hold a node down until both are over', t => {
  const run = new Run(
    [
      failure({ model: 'node-crash', timing: at([100 * SECOND], 100) }),
      failure({ model: 'network-partition', timing: at([150 * SECOND], 200) }),
    ],
    { nodes: 1 },
  )
  const stopped = (seconds: number): boolean => run.until(seconds).state.leases.isStopped(0 as NodeId)
  t.deepEqual([90, 120, 190, 210, 340, 360].map(stopped), [false, true, true, true, true, false])
})

test('a zone fails as one, and only that zone', t => {
  const zones = pool('pool', { zones: ['a', 'b'] })
  const outage = failure({
    model: 'network-partition',
    subjects: { kind: 'domains', label: 'topology.kubernetes.io/zone' },
  })
  const run = new Run([outage], { nodePools: [zones], nodes: 6, until: 200 * SECOND })
  run.until(120)
  const down = Array.from({ length: 6 }, (_, node) => run.state.leases.isStopped(node as NodeId))
  t.is(down.filter(Boolean).length, 3)
  t.is(new Set(down.map((isDown, node) => `${isDown} ${node % 2}`)).size, 2)
})

test('a hung kubelet reports itself not ready while its lease goes on', t => {
  const run = new Run([failure({ model: 'hung-kubelet' })], { nodes: 1 })
  run.until(110)
  t.is(run.state.nodes.ready[0], Status.False)
  t.false(run.state.leases.isStopped(0 as NodeId))
  run.until(170)
  t.is(run.state.nodes.ready[0], Status.True)
})

test('a crashing container restarts at once, then after 10 s', t => {
  const crash = failure({
    model: 'container-crash',
    subjects: APP,
    timing: at(
      [100, 110].map(s => s * SECOND),
      0,
    ),
  })
  const run = new Run([crash], { nodes: 1, operations: apply(webDeployment(1)) })
  t.is(run.until(105).pods()[0].restarts, 1)
  t.like(run.until(119).pods()[0], { restarts: 1, ready: false })
  t.like(run.until(125).pods()[0], { restarts: 2, ready: true })
})

test('without a controller manager nobody replaces a pod until it is back', t => {
  const outage = failure({
    model: 'control-plane-outage',
    args: { component: 'controller-manager' },
    subjects: { kind: 'cluster' },
    timing: at([100 * SECOND], 300),
  })
  const operations: SimulationModel['operations'] = [
    ...apply(webDeployment(3)),
    { op: 'delete', at: 150 * SECOND, kind: 'Pod', namespace: 'default', names: [], selector: 'app=web' },
  ]
  const run = new Run([outage], { nodes: 2, operations })
  t.is(run.until(390).pods().length, 0)
  t.is(
    run
      .until(420)
      .pods()
      .filter(({ ready }) => ready).length,
    3,
  )
})

test('without a scheduler pods wait, without an API server nothing moves, and both come back', t => {
  for (const component of ['scheduler', 'api-server']) {
    const outage = failure({
      model: 'control-plane-outage',
      args: { component },
      subjects: { kind: 'cluster' },
      timing: at([100 * SECOND], 300),
    })
    const operations: SimulationModel['operations'] = [
      { op: 'apply', at: 150 * SECOND, manifest: webDeployment(3) },
    ]
    const run = new Run([outage], { nodes: 2, operations })
    const waiting = run
      .until(390)
      .pods()
      .filter(({ phase }) => phase === Phase.Pending).length
    t.is(waiting, component === 'scheduler' ? 3 : 0, component)
    t.is(
      run
        .until(420)
        .pods()
        .filter(({ ready }) => ready).length,
      3,
      component,
    )
    t.is(run.state.nodes.ready[0], Status.True)
  }
})

test('while the registry is down pods whose image is not on the node wait, and start after it is back', t => {
  const outage = failure({
    model: 'registry-outage',
    subjects: { kind: 'cluster' },
    timing: at([5 * SECOND], 300),
  })
  const operations: SimulationModel['operations'] = [
    {
      op: 'apply',
      at: 10 * SECOND,
      manifest: webDeployment(1, { annotations: { 'kubelapse.io/image-size': '100Mi' } }),
    },
  ]
  const run = new Run([outage], { nodes: 1, operations })
  t.is(run.until(290).pods()[0].phase, Phase.Pending)
  // The back-off is 300 s at most.
  t.true(run.until(700).pods()[0].ready)
})

test('a filling disk brings disk pressure at the threshold, and goes with what filled it', t => {
  const annotations = {
    'kubelapse.io/eviction-hard': 'nodefs.available<10Gi',
    'kubelapse.io/eviction-pressure-transition-period': '60s',
  }
  const node: Manifest = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', annotations },
    status: { capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '100Gi' } },
  }
  const filling = failure({
    model: 'disk-filling',
    args: { amount: '100Gi', over: '1000s' },
    timing: at([100 * SECOND], 1200),
  })
  const run = new Run([filling], { nodePools: [], operations: apply(node) })
  // 90 of 100 GiB are full 900 s after it began.
  const pressure = (seconds: number): number => run.until(seconds).state.nodes.diskPressure[0]
  t.deepEqual([990, 1015, 1400].map(pressure), [Status.False, Status.True, Status.False])
})

test('a leaking pod is evicted when its node runs short', t => {
  const annotations = { 'kubelapse.io/eviction-hard': 'memory.available<1Gi' }
  const node: Manifest = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', annotations },
    status: { capacity: { cpu: '4', memory: '8Gi', pods: '110' } },
  }
  const leak = failure({
    model: 'memory-leak',
    args: { amount: '10Gi', over: '1000s' },
    subjects: APP,
    timing: at([100 * SECOND], 2000),
  })
  const operations = [...apply(node), ...apply(webDeployment(1))]
  const run = new Run([leak], { nodePools: [], operations })
  // 7 GiB are used 700 s after it began.
  t.false(
    run
      .until(795)
      .pods()
      .some(({ phase }) => phase === Phase.Failed),
  )
  t.true(
    run
      .until(815)
      .pods()
      .some(({ phase }) => phase === Phase.Failed),
  )
})

test('failures and repairs come at the stated rates', t => {
  const timing: FailureTiming = {
    kind: 'renewal',
    every: { weibull: { shape: 0.7, scale: 20 * 86400 } },
    lasts: { lognormal: { median: 3600, sigma: 1.5 } },
    minimum: 0,
  }
  const rows = failuresOf(
    new Run([failure({ model: 'node-crash', timing })], { nodes: 400, until: 365 * DAY }),
  )
  // Mean up 20 d * gamma(1 + 1/0.7) = 25.32 d, mean down 1 h * exp(1.5^2 / 2) = 3.08 h = 0.128 d. A renewal process
  // that starts new has on average t/mu + (c^2 - 1)/2 renewals: 365/25.45 + (1.462^2 - 1)/2 = 14.34 + 0.57 = 14.91.
  const expected = 400 * 14.91
  t.true(Math.abs(rows.length - expected) < 4 * Math.sqrt(expected) * 1.462, String(rows.length))
  const repairs = rows.filter(([, , to]) => to !== NEVER).map(([, from, to]) => to - from)
  const mean = repairs.reduce((sum, value) => sum + value, 0) / repairs.length
  // Deviation of one repair: 3.08 h * sqrt(exp(1.5^2) - 1) = 9 h.
  t.true(Math.abs(mean - 11_090) < (4 * 32_500) / Math.sqrt(repairs.length), String(mean))
})

test('machines are reclaimed at the stated rate, each after its notice, and are replaced', t => {
  const timing: FailureTiming = {
    kind: 'renewal',
    every: { exponential: { mean: 5 * 86400 } },
    lasts: { constant: { value: 0 } },
    minimum: 0,
  }
  const args = { notice: '2m', nodeObject: 'with-machine', replacedAfter: '10m' }
  const run = new Run([failure({ model: 'spot-reclaim', timing, args })], { nodes: 200, until: 100 * DAY })
  const rows = failuresOf(run)
  // A machine lives 5 d on average, then 2 min of notice, and its place stands empty for 10 min: 720 s in 432,720.
  // So 200 places see 200 * 100 d / (5 d + 720 s) = 3993 reclaims, a Poisson number but for the gaps.
  const expected = (200 * 100 * 86400) / (5 * 86400 + 720)
  t.true(Math.abs(rows.length - expected) < 4 * Math.sqrt(expected), String(rows.length))
  t.true(rows.every(([, from, to]) => to === NEVER || Math.abs(to - from - 120) < 0.1))
  t.is(new Set(rows.map(([node]) => node)).size, rows.length, 'no machine goes twice')
  const { nodes } = run.state
  const alive = Array.from({ length: nodes.highWater }, (_, row) => nodes.exists(row as NodeId)).filter(
    Boolean,
  ).length
  t.true(alive >= 195 && alive <= 200, String(alive))
})

test('no state lasts less than the minimum', t => {
  const timing: FailureTiming = {
    kind: 'renewal',
    every: { exponential: { mean: 600 } },
    lasts: { exponential: { mean: 600 } },
    minimum: 300 * SECOND,
  }
  const rows = failuresOf(
    new Run([failure({ model: 'network-partition', timing })], { nodes: 20, until: DAY }),
  )
  t.true(rows.length > 500)
  const micros = (from: number, to: number): number => Math.round((to - from) * SECOND)
  t.true(rows.every(([, from, to]) => to === NEVER || micros(from, to) >= 300 * SECOND))
  const last = new Map<string, number>()
  for (const [node, from, to] of rows.toSorted((a, b) => a[1] - b[1])) {
    t.true(micros(last.get(node) ?? 0, from) >= 300 * SECOND)
    last.set(node, to)
  }
})

test('the k-th failure of a node is the same whatever else the run holds', t => {
  const timing: FailureTiming = {
    kind: 'renewal',
    every: { exponential: { mean: 40_000 } },
    lasts: { exponential: { mean: 3000 } },
    minimum: 0,
  }
  const settings = failure({ model: 'node-crash', timing })
  const other = failure({ model: 'container-crash', subjects: APP, timing: at([HOUR], 0) })
  const plain = failuresOf(new Run([settings], { nodes: 5, until: 3 * DAY }))
  const loaded = failuresOf(
    new Run([other, settings], { nodes: 5, until: 3 * DAY, operations: apply(webDeployment(9)) }),
  )
  const crashes = loaded.filter(([subject]) => subject.startsWith('node-'))
  t.true(plain.length > 10)
  t.deepEqual(crashes, plain)
})

test('recorded outages happen as recorded, each at its node', t => {
  const recorded: FailureTiming = {
    kind: 'recorded',
    outages: [
      { at: Float64Array.of(HOUR, 5 * HOUR), lasts: Float64Array.of(HOUR, 2 * HOUR) },
      { at: new Float64Array(), lasts: new Float64Array() },
      { at: Float64Array.of(2 * HOUR), lasts: Float64Array.of(HOUR / 2) },
    ],
  }
  const rows = failuresOf(
    new Run([failure({ model: 'node-crash', timing: recorded })], { nodes: 4, until: DAY }),
  )
  t.deepEqual(rows, [
    ['node-0-0', 3600, 7200],
    ['node-0-2', 7200, 9000],
    ['node-0-0', 18_000, 25_200],
  ])
})
