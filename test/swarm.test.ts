import test from 'ava'
import { Stream } from '../engine/kernel/rng.js'
import { MILLISECOND, NEVER, SECOND, type SimTime } from '../engine/kernel/time.js'
import type { Operation, PluginChoice, SimulationModel } from '../engine/model/simulation-model.js'
import type { PluginDefinition } from '../engine/scheduler/framework/define-plugin.js'
import { Simulation } from '../engine/simulation.js'
import type { ReasonId } from '../engine/state/ids.js'
import { arrivals, model, pool, scheduler, template } from './support/model.js'

/**
 * Runs with every option drawn from one seed: sizes, latencies, limits, policies, failures of the user. Each recounts
 * the store as it goes and is audited at its end. A seed that fails is printed and stays a run of its own.
 */
const SEEDS = Array.from({ length: 12 }, (_, i) => `swarm-${i}`)
const PERIOD = 240 * SECOND

function drawnModel(seed: string): SimulationModel {
  const random = new Stream(seed)
  const between = (low: number, high: number): number => low + random.integer(high - low + 1)
  const pools = Array.from({ length: between(1, 3) }, (_, i) =>
    pool(`pool-${i}`, {
      milliCPU: between(1, 8) * 1000,
      zones: random.pick([[], ['a'], ['a', 'b', 'c']]),
      taints: random.integer(4) === 0 ? [{ key: 'dedicated', value: 'x', effect: 'PreferNoSchedule' }] : [],
    }),
  )
  const names = (index: number): string[] =>
    Array.from({ length: between(1, 8) }, (_, i) => `n-${index}-${i}`)
  const nodes = pools.map((_, index): Operation & { op: 'create-nodes' } => {
    return { op: 'create-nodes', at: between(0, 3) * SECOND, pool: index, names: names(index) }
  })
  const victims = nodes.flatMap(operation => operation.names).filter(() => random.integer(4) === 0)
  const disturbances: Operation[] = [
    { op: 'cordon', at: between(5, 100) * SECOND, nodes: victims },
    { op: 'uncordon', at: between(101, 200) * SECOND, nodes: victims },
  ]
  const pods = between(20, 200)
  return model({
    seed,
    nodes: 0,
    nodePools: pools,
    until: PERIOD,
    podTemplates: Array.from({ length: 4 }, (_, i) =>
      template(`${between(1, 20) * 100}m`, `${between(1, 40) * 64}Mi`, {
        priority: random.integer(3) * (i % 2),
      }),
    ),
    traces: [
      arrivals(pods, between(10, 1000) * MILLISECOND, random.pick([NEVER, between(1, 90) * SECOND]), {
        template: i => (i * 7) % 4,
        removeFinished: random.integer(2) === 0,
        deletedAfter: random.pick([NEVER, between(1, 60) * SECOND]),
      }),
    ],
    operations: [...nodes, ...disturbances],
    controlPlane: {
      ...model().controlPlane,
      watchLatency: between(0, 50) * MILLISECOND,
      requestLatency: between(0, 50) * MILLISECOND,
      schedulerClient: { qps: between(5, 200), burst: between(1, 100) },
    },
    scheduler: scheduler({
      percentageOfNodesToScore: random.pick([0, 10, 100]),
      tieBreak: random.pick(['heap', 'random', 'first'] as const),
    }),
  })
}

/** What must hold at the end of any run, in sentences. */
function faults({ state }: Simulation, { summary }: ReturnType<Simulation['run']>): string[] {
  const found: string[] = []
  const { nodes, resources } = state
  for (let node = 0; node < nodes.highWater; node++) {
    if (nodes.name[node] === undefined) continue
    for (const [r, name] of resources.names.entries()) {
      const at = node * nodes.resourceWidth + r
      if (nodes.requested[at] > nodes.allocatable[at])
        found.push(`${nodes.name[node]} gives away more ${name} than it has`)
    }
  }
  const { pods, reasons } = state
  for (let pod = 0; pod < pods.highWater; pod++) {
    if (pods.name[pod] === undefined || pods.reason[pod] < 0) continue
    const reason = reasons.get(pods.reason[pod] as ReasonId)
    if (reason.startsWith('OutOf')) found.push(`${pods.name[pod]} was refused by its kubelet: ${reason}`)
  }
  const outcomes = ['succeeded', 'failed', 'evicted', 'deleted', 'running', 'pending', 'unschedulable']
  const ended = outcomes.reduce((sum, outcome) => sum + summary.values[`pods_${outcome}`], 0)
  if (ended !== summary.values['pods_created']) found.push('some pod has no outcome, or two')
  return found
}

for (const seed of SEEDS) {
  test(`nothing is lost or given away twice with the options of seed ${seed}`, t => {
    const simulation = new Simulation(drawnModel(seed), { verifyEvery: 200 })
    t.deepEqual(faults(simulation, simulation.run()), [], `seed ${seed}`)
  })
}

/** A filter that rejects nothing and does not say that it follows rows: nothing is remembered beside it. */
const forgetful: PluginDefinition = {
  name: 'Forgetful',
  about: 'Rejects nothing.',
  args: {},
  create: () => ({ filter() {} }),
}

/** Three waves of pods, each more important than the last, on nodes that are full, under a budget. */
function crowdedModel(seed: string, enabled: readonly PluginChoice[]): SimulationModel {
  const random = new Stream(seed)
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const wave = (at: SimTime, index: number, count: number): Operation => ({
    op: 'create-pods',
    at,
    namespace: 'default',
    names: names(`wave-${index}-${at}`, count),
    template: index,
    runFor: random.pick([NEVER, 90 * SECOND]),
  })
  const node = (): string[] => [`node-0-${random.integer(40)}`]
  const { controlPlane } = model()
  return model({
    seed,
    nodes: 40,
    nodePools: [pool('pool', { zones: random.pick([[], ['a', 'b', 'c']]) })],
    until: PERIOD,
    podTemplates: [
      template('900m', '512Mi', { terminationGracePeriodSeconds: 0 }),
      template('1800m', '512Mi', { priority: 5, terminationGracePeriodSeconds: 3 }),
      template('3', '512Mi', { priority: 10 }),
    ],
    operations: [
      {
        op: 'apply',
        at: 2 * SECOND,
        manifest: {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'budget', namespace: 'default' },
          spec: { selector: { matchLabels: { app: 'test' } }, minAvailable: '60%' },
        },
      },
      wave(SECOND, 0, 150),
      wave(20 * SECOND, 1, 30),
      { op: 'cordon', at: 21 * SECOND, nodes: node() },
      wave(21 * SECOND, 2, 20),
      wave(22 * SECOND, 1, 10),
      { op: 'delete', at: 60 * SECOND, kind: 'Node', namespace: '', names: node() },
      wave(61 * SECOND, 2, 10),
    ],
    controlPlane: { ...controlPlane, schedulerClient: { qps: 200, burst: 200 } },
    scheduler: scheduler({
      percentageOfNodesToScore: random.pick([0, 30, 100]),
      profiles: [
        { schedulerName: 'default-scheduler', base: 'default', enabled, disabled: [], pluginConfig: {} },
      ],
    }),
  })
}

for (const seed of SEEDS.slice(0, 6)) {
  test(`what the scheduler remembers changes no decision with the options of seed ${seed}`, t => {
    const options = { plugins: [forgetful] }
    const remembering = new Simulation(crowdedModel(seed, []), options).run()
    const anew = new Simulation(crowdedModel(seed, [{ point: 'filter', name: 'Forgetful' }]), options).run()
    t.true(remembering.summary.values['pods_evicted'] > 20)
    t.is(remembering.digest.hash, anew.digest.hash)
  })
}

test('the alarm works: the pods that a scheduler without NodeResourcesFit gives too much are noticed', t => {
  const careless = scheduler({
    profiles: [
      {
        schedulerName: 'default-scheduler',
        base: 'default',
        enabled: [],
        disabled: [{ point: 'filter', name: 'NodeResourcesFit' }],
        pluginConfig: {},
      },
    ],
  })
  const traces = [arrivals(100, MILLISECOND, NEVER)]
  const simulation = new Simulation(model({ nodes: 1, until: PERIOD, scheduler: careless, traces }))
  t.regex(faults(simulation, simulation.run()).join('; '), /was refused by its kubelet: OutOfcpu/)
})
