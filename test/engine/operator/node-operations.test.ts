import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { NodeChoice, ReclaimSettings, UpgradeSettings } from '../../../engine/model/node-operations.js'
import type { Operation } from '../../../engine/model/operations.js'
import type { SimulationModel } from '../../../engine/model/simulation-model.js'
import type { OperationOutcome } from '../../../engine/operator/operation.js'
import { Simulation } from '../../../engine/simulation.js'
import { type LabelSetId, type NodeId, Phase, type PodId } from '../../../engine/state/ids.js'
import { model, pool } from '../../support/model.js'
import { scenarioOf } from '../../support/scenario-folder.js'
import { webBudget, webDeployment } from '../../support/web-workload.js'

const DRAIN = { retryAfter: 5 * SECOND, timeout: NEVER } as const
const ZONE = 'topology.kubernetes.io/zone'

type Step = OperationOutcome & { readonly at: number }

interface SeenPod {
  readonly name: string
  readonly restarts: number
  readonly isRunning: boolean
  readonly node: string
}

class Run extends Simulation {
  readonly steps: Step[]

  constructor(operations: readonly Operation[], options: Partial<SimulationModel> & { nodes?: number } = {}) {
    const steps: Step[] = []
    const manifests = options.nodes === 0 ? [] : [webDeployment(8)]
    super(
      model({
        nodes: 4,
        ...options,
        operations: [
          ...manifests.map((manifest): Operation => ({ op: 'apply', at: 0, manifest })),
          ...operations,
        ],
      }),
      { outcomes: { operated: (outcome, at) => steps.push({ ...outcome, at: at / SECOND }) } },
    )
    this.steps = steps
  }

  /** Runs up to a second and tells what the nodes are like: name, Ready, cordoned. */
  nodesAt(seconds: number): string[] {
    this.kernel.run({ until: seconds * SECOND })
    const { nodes } = this.state
    return rows(nodes.highWater)
      .filter(row => nodes.exists(row as NodeId))
      .map(row => {
        const { name, ready, unschedulable } = nodes
        return `${name[row]}${ready[row] === 1 ? '' : ' NotReady'}${unschedulable[row] === 1 ? ' cordoned' : ''}`
      })
      .sort()
  }

  /** Pods by name and restarts. */
  pods(): readonly SeenPod[] {
    const { pods, nodes } = this.state
    return rows(pods.highWater)
      .map(row => row as PodId)
      .filter(pod => pods.exists(pod))
      .map(pod => ({
        name: pods.name[pod] as string,
        restarts: pods.restarts[pod],
        isRunning: pods.phase[pod] === Phase.Running && pods.ready[pod] === 1,
        node: nodes.name[pods.node[pod]] ?? '',
      }))
  }

  timesOf(operation: string, type: string): number[] {
    return this.steps.filter(step => step.operation === operation && step.type === type).map(({ at }) => at)
  }
}

function rows(count: number): number[] {
  return Array.from({ length: count }, (_, row) => row)
}

test('a rebooted node is back before its pods are evicted: they stay and start again', t => {
  const run = new Run([
    {
      op: 'reboot',
      at: 60 * SECOND,
      nodes: ['node-0-0', 'node-0-1'],
      downFor: { constant: { value: 30 } },
      parallel: 1,
      pause: 10 * SECOND,
      afterFailedDrain: 'stop',
    },
  ])
  run.kernel.run({ until: 59 * SECOND })
  const before = run.pods().map(({ name }) => name)
  run.kernel.run({ until: 200 * SECOND })
  const after = run.pods()
  t.deepEqual(after.map(({ name }) => name).sort(), before.sort())
  t.true(after.every(({ isRunning }) => isRunning))
  for (const { node, restarts } of after) {
    t.is(restarts, node === 'node-0-0' || node === 'node-0-1' ? 1 : 0, node)
  }
  // The second one goes down ten seconds after the first one is back.
  t.deepEqual(run.timesOf('reboot', 'START'), [60, 100])
  t.is(run.timesOf('reboot', 'END').length, 2)
})

test('a graceful shutdown ends the pods of a rebooted node: others take their place', t => {
  const annotations = { 'kubelapse.io/shutdown-grace-period': '30s' }
  const run = new Run(
    [
      {
        op: 'reboot',
        at: 60 * SECOND,
        nodes: ['node-0-0'],
        downFor: { constant: { value: 30 } },
        parallel: 1,
        pause: 0,
        afterFailedDrain: 'stop',
      },
    ],
    { nodePools: [pool('pool', { annotations })] },
  )
  run.kernel.run({ until: 59 * SECOND })
  const doomed = run.pods().filter(({ node }) => node === 'node-0-0')
  t.true(doomed.length > 0)
  t.is(run.nodesAt(62)[0], 'node-0-0 NotReady')
  t.is(run.nodesAt(200)[0], 'node-0-0')
  const after = run.pods()
  t.is(after.filter(({ isRunning }) => isRunning).length, 8)
  t.true(doomed.every(({ name }) => !after.some(pod => pod.name === name && pod.isRunning)))
})

test('a node that is drained before its reboot is put back to use', t => {
  const run = new Run([
    {
      op: 'reboot',
      at: 60 * SECOND,
      nodes: ['node-0-0'],
      downFor: { constant: { value: 30 } },
      parallel: 1,
      pause: 0,
      drain: DRAIN,
      afterFailedDrain: 'stop',
    },
  ])
  t.deepEqual(run.nodesAt(70)[0], 'node-0-0 cordoned')
  t.false(run.pods().some(({ node }) => node === 'node-0-0'))
  t.deepEqual(run.nodesAt(120)[0], 'node-0-0')
})

function upgrade(settings: Partial<UpgradeSettings>): Operation {
  return {
    op: 'upgrade-nodes',
    at: 60 * SECOND,
    nodes: [],
    pools: [0],
    maxSurge: 1,
    maxUnavailable: 0,
    replace: true,
    labels: { generation: 'two' },
    version: 'v1.37.0',
    downFor: { constant: { value: 30 } },
    bootTime: { constant: { value: 40 } },
    pause: 0,
    pauseBetweenGroups: 0,
    drain: DRAIN,
    afterFailedDrain: 'stop',
    ...settings,
  }
}

/** Fewest and most nodes that take pods, and most nodes at all, while the upgrade goes on. */
function extremes(run: Run, from: number, to: number) {
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (let second = from; second <= to; second++) {
    const nodes = run.nodesAt(second)
    least = Math.min(least, nodes.filter(node => !node.includes(' ')).length)
    most = Math.max(most, nodes.length)
  }
  return { least, most }
}

const LIMITS: readonly {
  readonly what: string
  readonly settings: Partial<UpgradeSettings>
  readonly least: number
  readonly most: number
}[] = [
  { what: 'surge 1: new ones first', settings: {}, least: 4, most: 5 },
  { what: 'surge 50%', settings: { maxSurge: '50%' }, least: 4, most: 6 },
  { what: 'no surge, one missing', settings: { maxSurge: 0, maxUnavailable: 1 }, least: 3, most: 4 },
  { what: 'no surge, half missing', settings: { maxSurge: 0, maxUnavailable: '50%' }, least: 2, most: 4 },
  { what: 'neither: one missing all the same', settings: { maxSurge: 0 }, least: 3, most: 4 },
  { what: 'coming back, surge 1', settings: { replace: false }, least: 4, most: 5 },
  {
    what: 'coming back, one missing',
    settings: { replace: false, maxSurge: 0, maxUnavailable: 1 },
    least: 3,
    most: 4,
  },
]

for (const { what, settings, least, most } of LIMITS) {
  test(`an upgrade keeps to its limits: ${what}`, t => {
    const run = new Run([upgrade(settings)])
    t.deepEqual(extremes(run, 59, 600), { least, most })
    const nodes = run.nodesAt(601)
    t.is(nodes.length, 4)
    t.true(nodes.every(name => name.endsWith('-r1') === (settings.replace ?? true)))
    const { state } = run
    for (const name of nodes) {
      const node = state.nodes.find(name)!
      t.is(state.nodes.kubeletVersion[node], 'v1.37.0')
      t.is(state.labelSets.get(state.nodes.labels[node] as LabelSetId)['generation'], 'two')
      t.is(state.labelSets.get(state.nodes.labels[node] as LabelSetId)['kubernetes.io/hostname'], name)
    }
    t.like(run.steps.at(-1), { operation: 'upgrade-nodes', type: 'DONE' })
    t.like(run.steps.at(-1)?.details, { upgraded: 4, skipped: 0, stopped: false })
    t.is(run.pods().filter(({ isRunning }) => isRunning).length, 8)
  })
}

test('an upgrade by zone begins with the next zone when all of the last one is through', t => {
  const run = new Run([upgrade({ orderBy: ZONE, maxSurge: 2, pauseBetweenGroups: 100 * SECOND })], {
    nodePools: [pool('pool', { zones: ['b', 'a'] })],
  })
  run.nodesAt(900)
  const order = run.steps
    .filter(({ operation, type }) => operation === 'upgrade-nodes' && type !== 'DONE')
    .map(({ type, details }) => `${type} ${details['node'] as string}`)
  // Nodes get their zones in turn: 0 and 2 lie in b, 1 and 3 in a, which has its turn first.
  t.deepEqual(
    order
      .slice(0, 4)
      .map(text => text.slice(-1))
      .sort(),
    ['1', '1', '3', '3'],
  )
  t.deepEqual(
    order
      .slice(4)
      .map(text => text.slice(-1))
      .sort(),
    ['0', '0', '2', '2'],
  )
  const starts = run.timesOf('upgrade-nodes', 'START')
  t.true(starts[2] - starts[1] > 100 + 40)
})

const FAILED: readonly (readonly [
  UpgradeSettings['afterFailedDrain'],
  Readonly<{ upgraded: number; skipped: number; stopped: boolean }>,
  readonly string[],
])[] = [
  ['force', { upgraded: 4, skipped: 0, stopped: false }, ['-r1', '-r1', '-r1', '-r1']],
  // All four hold pods of the budget; in the end the surge is taken away again.
  ['skip', { upgraded: 0, skipped: 4, stopped: false }, ['', '', '', '']],
  ['stop', { upgraded: 0, skipped: 1, stopped: true }, [' cordoned', '', '', '', '-r1']],
]

for (const [afterFailedDrain, done, suffixes] of FAILED) {
  test(`a drain that cannot end makes an upgrade ${afterFailedDrain}`, t => {
    const drain = { ...DRAIN, timeout: 30 * SECOND }
    const run = new Run([
      { op: 'apply', at: SECOND, manifest: webBudget({ maxUnavailable: 0 }) },
      upgrade({ drain, afterFailedDrain }),
    ])
    const nodes = run.nodesAt(900)
    t.like(run.steps.findLast(({ operation }) => operation === 'upgrade-nodes')?.details, done)
    t.deepEqual(nodes.map(name => name.replace(/^node-0-\d/, '')).sort(), [...suffixes].sort())
  })
}

function reclaim(settings: Partial<ReclaimSettings & NodeChoice & { pick: number }>): Operation {
  return {
    op: 'reclaim-nodes',
    at: 60 * SECOND,
    nodes: ['node-0-0'],
    pick: 0,
    notice: 120 * SECOND,
    isHandled: true,
    drain: DRAIN,
    removal: 'with-machine',
    ...settings,
  }
}

test('a reclaimed node is cordoned, tainted and emptied within its notice, and then gone; another one comes', t => {
  const taint = { key: 'spot/interruption', effect: 'NoSchedule' } as const
  const run = new Run([reclaim({ taint, replacedAfter: { constant: { value: 50 } } })])
  t.is(run.nodesAt(70)[0], 'node-0-0 cordoned')
  t.false(run.pods().some(({ node }) => node === 'node-0-0'))
  t.is(run.nodesAt(179)[0], 'node-0-0 cordoned')
  t.is(run.nodesAt(181).length, 3)
  t.deepEqual(run.nodesAt(231).at(0), 'node-0-0-r1')
  t.is(
    run.steps.find(({ type, operation }) => type === 'END' && operation === 'reclaim-nodes')?.details[
      'podsLeft'
    ],
    0,
  )
  t.is(run.pods().filter(({ isRunning }) => isRunning).length, 8)
})

test('the power goes whatever a budget says, and with no handler nobody is warned', t => {
  for (const isHandled of [true, false]) {
    const run = new Run([
      { op: 'apply', at: SECOND, manifest: webBudget({ maxUnavailable: 0 }) },
      reclaim({ isHandled }),
    ])
    const before = run.nodesAt(179)
    t.is(before[0], isHandled ? 'node-0-0 cordoned' : 'node-0-0')
    t.is(run.pods().filter(({ node }) => node === 'node-0-0').length, 2)
    t.is(run.nodesAt(181).length, 3)
  }
})

test('the cloud deletes the node of a lost machine in its first pass of 5 s that finds it not Ready', t => {
  const run = new Run([
    {
      op: 'terminate-nodes',
      at: 60 * SECOND,
      nodes: ['node-0-0'],
      isGraceful: false,
      removal: 'cloud',
    },
  ])
  // Its last lease is at most 10.4 s old; it is found silent 50 to 55 s after that, and then looked for in the cloud.
  t.is(run.nodesAt(98)[0], 'node-0-0')
  let gone = 98
  while (run.nodesAt(gone).length === 4 && gone < 200) gone += 0.5
  t.true(gone >= 99.5 && gone <= 60 + 55 + 5.5, String(gone))
  // Pod garbage collection removes the pods 40 to 60 s later, and others take their place at once.
  run.nodesAt(gone + 65)
  t.false(run.pods().some(({ node }) => node === 'node-0-0'))
  t.is(run.pods().filter(({ isRunning }) => isRunning).length, 8)
})

test('as many nodes are reclaimed at random as are picked, the same ones for one seed', t => {
  const picked = (seed: string): string[] => {
    const run = new Run([reclaim({ nodes: [], pools: [0], pick: 2 })], { seed, nodes: 10 })
    const left = run.nodesAt(200)
    return rows(10)
      .map(i => `node-0-${i}`)
      .filter(name => !left.includes(name))
  }
  t.is(picked('1').length, 2)
  t.deepEqual(picked('1'), picked('1'))
  t.true(new Set(['1', '2', '3'].map(seed => picked(seed).join())).size > 1)
})

test('a node group asks for another machine in place of a reclaimed one, as its size stays', async t => {
  const { variants } = await scenarioOf({
    's.yaml': `name: spot
duration: 10m
nodeGroups:
  - { name: spot, min: 3, max: 9, capacity: { cpu: 4, memory: 16Gi }, bootTime: { constant: { value: 40s } } }
timeline:
  - { at: 60s, op: reclaimNodes, nodes: [spot-1], nodeObject: with-machine, replacedAfter: { constant: { value: 5s } } }
`,
  })
  const run = new Simulation(variants[0].model)
  const names = (seconds: number): string[] => {
    run.kernel.run({ until: seconds * SECOND })
    const { nodes } = run.state
    return rows(nodes.highWater)
      .filter(row => nodes.exists(row as NodeId))
      .map(row => nodes.name[row] as string)
      .sort()
  }
  t.deepEqual(names(179), ['spot-0', 'spot-1', 'spot-2'])
  // The group's own boot time counts, and nobody orders another machine beside it.
  t.deepEqual(names(219), ['spot-0', 'spot-2'])
  t.deepEqual(names(300), ['spot-0', 'spot-2', 'spot-3'])
})
