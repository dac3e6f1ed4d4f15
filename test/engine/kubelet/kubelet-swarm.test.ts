import test from 'ava'
import { Rank } from '../../../engine/kernel/kernel.js'
import { Stream } from '../../../engine/kernel/rng.js'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { FailureSettings } from '../../../engine/model/failures.js'
import type { Labels, PodSpec } from '../../../engine/model/pod-spec.js'
import type { LabelledTemplate, Operation, SimulationModel } from '../../../engine/model/simulation-model.js'
import { Simulation, type SimulationOptions } from '../../../engine/simulation.js'
import { dump } from '../../../engine/state/dump.js'
import { NONE, type NodeId, type PodId } from '../../../engine/state/ids.js'
import { arrivals, model, pool } from '../../support/model.js'

/**
 * Nodes that run short of memory, crash and shut down under pods that grow, leak, are resized and end, in runs drawn
 * from a seed: whatever happens, sums are right, nothing depends on the room of tables, and limits are kept.
 */
const SEEDS = Array.from({ length: 8 }, (_, i) => `kubelets-${i}`)
const GI = 2 ** 30
const UNTIL = 400 * SECOND

function drawnModel(seed: string): SimulationModel {
  const random = new Stream(seed)
  const between = (low: number, high: number): number => low + random.integer(high - low + 1)
  const template = (): LabelledTemplate => {
    const request = between(1, 16) * 128
    const resources = {
      requests: { cpu: `${between(1, 8) * 100}m`, memory: `${request}Mi` },
      ...(random.integer(2) === 0 ? { limits: { memory: `${request * 2}Mi` } } : {}),
    }
    const usage = `${between(1, 8) * 64}Mi..${between(1, 32) * 128}Mi/${between(30, 600)}s`
    const annotations: Labels = {
      'kubelapse.io/memory-usage': usage,
      'kubelapse.io/stop-seconds': String(between(0, 20)),
      ...(random.integer(3) === 0 ? { 'kubelapse.io/run-seconds': String(between(5, 200)) } : {}),
    }
    const main = { name: 'main', image: 'app:1', resources }
    const spec: PodSpec = {
      containers: random.integer(3) === 0 ? [main, { name: 'second', image: 'app:2' }] : [main],
      ...(random.integer(4) === 0 ? { initContainers: [{ name: 'first' }] } : {}),
      ...(random.integer(3) === 0 ? { activeDeadlineSeconds: between(50, 400) } : {}),
      restartPolicy: random.pick(['Always', 'OnFailure', 'Never'] as const),
      terminationGracePeriodSeconds: between(1, 30),
      priority: random.pick([0, 0, 100, 2_000_000_000]),
    }
    return { template: { spec, annotations }, labels: { app: `a${between(0, 3)}` } }
  }
  const kubelet: Labels = {
    'kubelapse.io/eviction-hard': `memory.available<${between(1, 4) * 256}Mi`,
    'kubelapse.io/system-reserved': `memory=${between(0, 4) * 256}Mi`,
    'kubelapse.io/shutdown-grace-period': `${between(5, 40)}s`,
    'kubelapse.io/shutdown-grace-period-critical-pods': '5s',
  }
  const amounts = { cpu: 4000, memory: between(4, 10) * GI, pods: between(5, 30) }
  const containers = [{ name: 'c', resources: { requests: { cpu: '50m' } } }]
  const proxy = { template: { spec: { containers, priority: 2_000_001_000 }, annotations: {} }, labels: {} }
  const machines = pool('pool', {
    capacity: amounts,
    allocatable: amounts,
    annotations: kubelet,
    staticPods: [{ name: 'proxy', namespace: 'kube-system', ...proxy }],
  })
  const pods = { kind: 'pods', namespace: 'default', selector: '' } as const
  const failure = (name: string, subjects: FailureSettings['subjects'], args: object): FailureSettings => {
    const every = { exponential: { mean: between(40, 200) } }
    const lasts = { exponential: { mean: between(10, 60) } }
    const timing = { kind: 'renewal', every, lasts, minimum: SECOND } as const
    return { name, model: name, args: { ...args }, subjects, timing }
  }
  const resizes = Array.from({ length: 30 }, (_, i): Operation => {
    const resources = { requests: { cpu: `${between(1, 12) * 100}m`, memory: `${between(1, 24) * 128}Mi` } }
    const patch = { spec: { containers: [{ name: 'main', resources }] } }
    const target = { kind: 'Pod', namespace: 'default', name: `pod-${between(0, 60)}` }
    return {
      op: 'patch',
      at: (10 + i * 9) * SECOND,
      ...target,
      type: 'strategic',
      patch,
      subresource: 'resize',
    }
  })
  return model({
    seed,
    nodes: between(2, 4),
    nodePools: [machines],
    until: UNTIL,
    podTemplates: Array.from({ length: 5 }, template),
    traces: [
      arrivals(80, 2 * SECOND, random.pick([NEVER, 60 * SECOND]), {
        template: i => i % 5,
        removeFinished: random.integer(2) === 0,
        deletedAfter: random.pick([NEVER, 90 * SECOND]),
      }),
    ],
    operations: resizes,
    failures: [
      failure('memory-leak', pods, { amount: '2Gi', over: '60s' }),
      failure('container-crash', pods, {}),
    ],
  })
}

/** Some nodes are shut down and started again meanwhile. */
function run(seed: string, options: SimulationOptions = {}) {
  const simulation = new Simulation(drawnModel(seed), options)
  const { kernel, kubelet, state } = simulation
  const random = new Stream(`${seed}/nodes`)
  const down = kernel.on('test/down', Rank.Failure, node => kubelet.shutDown(node as NodeId))
  const up = kernel.on('test/up', Rank.Failure, node => kubelet.start(node as NodeId))
  for (let i = 0; i < 3; i++) {
    const at = (30 + random.integer(200)) * SECOND
    kernel.schedule(at, down, i % 2)
    kernel.schedule(at + (20 + random.integer(60)) * SECOND, up, i % 2)
  }
  const { digest, summary } = simulation.run()
  return { hash: digest.hash, events: digest.events, state: dump(state), simulation, summary }
}

/** What is used beyond a limit, or beyond a machine, in the end. */
function excesses({ state }: Simulation): string[] {
  const faults: string[] = []
  const { pods, nodes, resources } = state
  for (let node = 0; node < nodes.highWater; node++) {
    if (nodes.name[node] === undefined || nodes.isDown[node] === 1) continue
    const memory = nodes.capacityAmounts[node * nodes.resourceWidth + resources.index('memory')]
    let used = 0
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) {
      for (const { growth, since } of state.memoryGrowths.of(pod as PodId)) {
        const age = UNTIL - since
        used += age >= growth.over ? growth.to : growth.from + ((growth.to - growth.from) * age) / growth.over
      }
    }
    if (used > memory + 1) faults.push(`${nodes.name[node]} uses ${used} of ${memory}`)
  }
  return faults
}

for (const seed of SEEDS) {
  test(`kubelets under stress with the options of seed ${seed}`, t => {
    const reference = run(seed, { verifyEvery: 100 })
    t.deepEqual(excesses(reference.simulation), [])
    const cramped = run(seed, { capacities: { pods: 1, nodes: 1, objects: 1 } })
    t.is(cramped.hash, reference.hash)
    t.is(cramped.state, reference.state)
  })
}

test('the runs of this swarm have everything that they are about', t => {
  const results = SEEDS.map(seed => run(seed).summary.values)
  const total = (metric: string): number => results.reduce((sum, values) => sum + values[metric], 0)
  t.true(total('oom_kills') > 20, `${total('oom_kills')} kills`)
  t.true(total('pods_evicted') > 20, `${total('pods_evicted')} evictions`)
})
