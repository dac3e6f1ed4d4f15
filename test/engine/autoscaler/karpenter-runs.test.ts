import test from 'ava'
import { Simulation, type SimulationModel, type SimulationOptions } from '../../../engine/index.js'
import { dump } from '../../../engine/state/dump.js'
import { type Row, rowsOfTables } from '../../../reports/audit/rows.js'
import { scenarioOf } from '../../support/scenario-folder.js'

const RECORDS = ['autoscaler', 'cost', 'events', 'evictions', 'pods'] as const

/** One type of two sizes in one zone; the parts of a scenario are put behind. */
const CLOUD = `
  launchTime: 1s
  machines: { bootTime: { constant: { value: 40s } }, readyDelay: 10s, shutdownTime: { constant: { value: 20s } } }
  instanceTypes:
    - { name: two, capacity: { cpu: 2, memory: 8Gi }, offerings: [{ zones: [a], price: 0.10 }] }
    - { name: four, capacity: { cpu: 4, memory: 16Gi }, offerings: [{ zones: [a], price: 0.19 }] }
`

interface Parts {
  readonly pool?: string
  readonly template?: string
  readonly cloud?: string
  readonly duration?: string
  readonly replicas?: number
  readonly pod?: string
  readonly rest?: string
}

async function modelOf({
  pool = '',
  template = 'expireAfter: Never',
  cloud = CLOUD,
  duration = '2h',
  replicas = 3,
  pod = '{ containers: [{ name: web, resources: { requests: { cpu: "1", memory: 1Gi } } }] }',
  rest = '',
}: Parts): Promise<SimulationModel> {
  const text = `
duration: ${duration}
karpenter:
  nodePools:
    - name: pool
      spec:
        template:
          spec:
            requirements: [{ key: karpenter.sh/capacity-type, operator: In, values: [on-demand] }]
            ${template}
        ${pool}
${cloud}
workloads:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: { name: web }
    spec:
      replicas: ${replicas}
      selector: { matchLabels: { app: web } }
      template: { metadata: { labels: { app: web } }, spec: ${pod} }
${rest}
measure: { records: [${RECORDS.join(', ')}] }
`
  const loaded = await scenarioOf({ 's.yaml': text })
  return loaded.variants[0].model
}

function run(model: SimulationModel, options: SimulationOptions = {}) {
  const simulation = new Simulation(model, options)
  const result = simulation.run()
  const tables = rowsOfTables(result.records)
  const rows = (name: string): readonly Row[] => tables.get(name) ?? []
  return { simulation, result, rows, values: result.summary.values }
}

const seconds = (row: Row): number => Number(row['time_s'])
const actions = ({ rows }: ReturnType<typeof run>): string[] =>
  rows('autoscaler').map(row =>
    `${String(row['action'])} ${String(row['node'])} ${String(row['reason'] ?? '')}`.trim(),
  )

const scale = (at: string, replicas: number): string =>
  `  - { at: ${at}, op: scale, kind: Deployment, name: web, replicas: ${replicas} }\n`

test('pods that wait get the cheapest nodes that hold them, and an idle Karpenter causes no events', async t => {
  const done = run(await modelOf({}))
  t.is(done.result.outcome, 'drained')
  // Three pods of one core each fit on one node of four; together, 0.19 is less than two nodes of 0.10 would be.
  t.deepEqual(actions(done), ['scale-up pool-0'])
  const [machine] = done.rows('cost')
  t.is(machine['machine_type'], 'four')
  // The window closes one second after the last pod, the cloud answers in one, the node registers 40 s later.
  t.true(Number(machine['from_s']) > 2 && Number(machine['from_s']) < 3)
  t.is(done.values['pods_never_scheduled'], 0)
  t.true(done.values['wait_max_s'] > 50 && done.values['wait_max_s'] < 56, `${done.values['wait_max_s']}`)
})

test('empty nodes go after consolidateAfter, a look on the grid of ten seconds and another one 15 s later', async t => {
  const pool = 'disruption: { consolidateAfter: 5m, budgets: [{ nodes: "100%" }] }'
  const done = run(await modelOf({ pool, rest: `timeline:\n${scale('30m', 0)}` }))
  const gone = done.rows('autoscaler').at(-1)!
  t.is(gone['action'], 'scale-down-empty')
  t.is(gone['reason'], 'Empty')
  // The pods are deleted at 1800 s, so from 2100 s on the node may go: looked at within 10 s, again 15 s after that,
  // emptied for 5 s at least, terminated in 20 s, which is a multiple of the 5 s of the polls.
  t.true(seconds(gone) >= 2100 + 15 + 5 + 20 && seconds(gone) <= 2110 + 15 + 5 + 25, `${seconds(gone)}`)
})

test('a node is replaced by a cheaper one only once that is initialized, and drained under the budgets of its pods', async t => {
  const done = run(
    await modelOf({
      pool: 'disruption: { consolidateAfter: 1m, budgets: [{ nodes: "1" }] }',
      rest: `  - apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata: { name: web }
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
timeline:\n${scale('20m', 2)}`,
    }),
  )
  t.deepEqual(actions(done), ['scale-up pool-0', 'scale-up pool-1', 'scale-down pool-0 Underutilized'])
  const [launch, removal] = done.rows('autoscaler').slice(1)
  // A second for the cloud, 40 s to register, 10 s to be ready: no pod is evicted before.
  const evictions = done.rows('evictions')
  t.true(evictions.every(row => seconds(row) > seconds(launch) + 51))
  const accepted = evictions.filter(row => row['code'] === 201).map(seconds)
  t.is(accepted.length, 2)
  t.true(accepted[1] - accepted[0] > 1, 'the second one waits until the first has a new place')
  t.true(seconds(removal) > accepted[1])
  t.is(done.values['pods_never_scheduled'], 0)
})

test('a budget for Underutilized nodes leaves them alone while it is open, empty ones may go', async t => {
  const budgets = 'budgets: [{ nodes: "0", reasons: [Underutilized], schedule: "0 0 * * *", duration: 1h }]'
  const done = run(
    await modelOf({
      pool: `disruption: { consolidateAfter: 1m, ${budgets} }`,
      rest: `timeline:\n${scale('20m', 2)}`,
    }),
  )
  const [, replacement] = done.rows('autoscaler').map(seconds)
  t.true(replacement >= 3600 + 15 && replacement <= 3610 + 15, `${replacement}`)
})

test('a launch tries what is next cheapest when there is no stock; refusals are forgotten after three minutes', async t => {
  const cloud = `
  instanceTypes:
    - { name: two, capacity: { cpu: 4, memory: 8Gi }, offerings: [{ zones: [a], price: 0.10, quota: 1 }] }
    - { name: four, capacity: { cpu: 4, memory: 16Gi }, offerings: [{ zones: [a], price: 0.19, quota: 1 }] }
`
  const done = run(await modelOf({ cloud, replicas: 12, pool: 'disruption: { consolidateAfter: Never }' }))
  const failures = done.rows('autoscaler').filter(row => row['action'] === 'scale-up-failed')
  // Two nodes are to be had and four pods wait for ever; every three minutes one more node is asked for in vain.
  t.deepEqual(
    done
      .rows('cost')
      .map(row => String(row['machine_type']))
      .toSorted((a, b) => (a < b ? -1 : 1)),
    ['four', 'two'],
  )
  t.true(failures.length >= 30 && failures.length <= 40, `${failures.length}`)
  const times = failures.map(seconds)
  for (let i = 2; i < times.length; i++) t.true(times[i] - times[i - 1] >= 179, `${times[i - 1]} ${times[i]}`)
  t.is(done.values['pods_never_scheduled'], 4)
})

test('a machine that never registers is given up after 15 minutes, and another one asked for', async t => {
  const cloud = CLOUD.replace('readyDelay: 10s', 'readyDelay: 10s, lostShare: 1')
  const done = run(await modelOf({ cloud, duration: '50m' }))
  const [first, lost, second] = done.rows('autoscaler')
  t.deepEqual(
    [first, lost, second].map(row => row['action']),
    ['scale-up', 'unregistered-deleted', 'scale-up'],
  )
  t.is(Math.round(seconds(lost) - seconds(first)), 900)
  t.true(seconds(second) - seconds(lost) < 12)
  const [machine] = done.rows('cost')
  t.is(machine['joined_s'], undefined)
})

test('an expired node is drained whatever budgets say, and past its grace period pods are deleted, budget or not', async t => {
  const done = run(
    await modelOf({
      template: 'expireAfter: 30m\n            terminationGracePeriod: 5m',
      duration: '40m',
      pool: 'disruption: { consolidateAfter: Never, budgets: [{ nodes: "0" }] }',
      rest: `  - apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata: { name: web }
    spec: { minAvailable: 3, selector: { matchLabels: { app: web } } }
`,
    }),
  )
  const [launch, replacement, removal] = done.rows('autoscaler')
  t.is(removal['reason'], 'Expired')
  t.is(removal['pods'], 3)
  // Pods of a node that is going are provided for at once. Half a minute before the end, which is their own grace
  // period, the next of the evictions that are tried every ten seconds deletes them.
  const expired = seconds(launch) + 1800
  t.true(seconds(replacement) - expired < 5)
  const disrupted = done.rows('events').filter(row => row['reason'] === 'Disrupted')
  t.is(disrupted.length, 3)
  t.true(disrupted.every(row => seconds(row) > expired + 270 && seconds(row) < expired + 281))
  t.true(done.rows('evictions').every(row => row['code'] === 429))
})

test('a changed template makes nodes drift: each is replaced before it goes, as fast as the budget allows', async t => {
  const changed = `  - at: 20m
    op: apply
    manifests:
      - apiVersion: karpenter.sh/v1
        kind: NodePool
        metadata: { name: pool }
        spec:
          disruption: { consolidateAfter: Never, budgets: [{ nodes: "1" }] }
          template:
            metadata: { labels: { generation: two } }
            spec:
              requirements: [{ key: karpenter.sh/capacity-type, operator: In, values: [on-demand] }]
              expireAfter: Never
`
  const done = run(
    await modelOf({
      replicas: 6,
      pool: 'disruption: { consolidateAfter: Never, budgets: [{ nodes: "1" }] }',
      rest: `timeline:\n${changed}`,
    }),
  )
  const reasons = actions(done).slice(2)
  t.deepEqual(reasons.filter(text => text.startsWith('scale-down')).length, 2)
  t.true(reasons.filter(text => text.includes('scale-down')).every(text => text.endsWith('Drifted')))
  const rows = done.rows('autoscaler').slice(2)
  // The second replacement is launched when the first node is being terminated, which takes 20 s.
  t.deepEqual(
    rows.map(row => row['action']),
    ['scale-up', 'scale-up', 'scale-down', 'scale-down'],
  )
  const [, second, firstGone] = rows.map(seconds)
  t.true(second > firstGone - 30 && second < firstGone)
  const { nodes, labelSets } = done.simulation.state
  for (const name of ['pool-2', 'pool-3']) {
    const labels = labelSets.get(nodes.labels[nodes.find(name)!] as Parameters<typeof labelSets.get>[0])
    t.is(labels['generation'], 'two')
  }
})

test('startup taints keep pods away until they are taken off, and only then the node counts as initialized', async t => {
  const done = run(
    await modelOf({
      template:
        'expireAfter: Never\n            startupTaints: [{ key: agent/starting, effect: NoSchedule }]',
      cloud: CLOUD.replace('readyDelay: 10s', 'readyDelay: 10s, startupTime: 30s'),
    }),
  )
  t.true(done.values['wait_max_s'] > 80 && done.values['wait_max_s'] < 86, `${done.values['wait_max_s']}`)
})

test('a machine that the cloud takes back is paid for until then, and its pods get another one', async t => {
  const done = run(
    await modelOf({
      pool: 'disruption: { consolidateAfter: Never }',
      rest: 'timeline:\n  - { at: 20m, op: reclaimNodes, nodes: [pool-0], notice: 2m }\n',
    }),
  )
  // Nobody removed a node: the second launch is all that Karpenter did about it.
  t.deepEqual(actions(done), ['scale-up pool-0', 'scale-up pool-1'])
  const [lost, other] = done.rows('cost')
  t.is(lost['node'], 'pool-0')
  t.is(Math.round(Number(lost['until_s'])), 22 * 60)
  t.is(other['until_s'], undefined)
  t.is(done.simulation.state.nodes.find('pool-0'), undefined)
  t.is(done.values['pods_running'], 3)
  t.is(done.result.outcome, 'drained')
})

test('records, checks and the room of the tables change nothing', async t => {
  const model = await modelOf({
    pool: 'disruption: { consolidateAfter: 1m, budgets: [{ nodes: "50%" }] }',
    replicas: 20,
    rest: `timeline:\n${scale('10m', 5)}${scale('40m', 30)}${scale('70m', 2)}`,
  })
  const { result, simulation } = run(model)
  const state = dump(simulation.state)
  const others: SimulationOptions[] = [
    { records: [] },
    { capacities: { pods: 1, nodes: 1, objects: 1 } },
    { verifyEvery: 100 },
  ]
  for (const options of others) {
    const other = run(model, options)
    t.is(other.result.digest.hash, result.digest.hash)
    t.is(dump(other.simulation.state), state)
  }
})
