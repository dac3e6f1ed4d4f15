import { join } from 'node:path'
import test from 'ava'
import { Simulation, type SimulationModel, type SimulationOptions } from '../../../engine/index.js'
import type { RecordTable } from '../../../engine/record/record-table.js'
import { dump } from '../../../engine/state/dump.js'
import { loadScenario } from '../../../scenarios/index.js'
import { PROJECT } from '../../support/source-files.js'

async function example(name: string): Promise<readonly SimulationModel[]> {
  const loaded = await loadScenario(join(PROJECT, 'scenarios/examples', `${name}.yaml`))
  if ('issues' in loaded) throw new Error(`${name} is broken`)
  return loaded.variants.map(({ model }) => model)
}

function run(model: SimulationModel, options: SimulationOptions = {}) {
  const simulation = new Simulation(model, options)
  const result = simulation.run()
  return { simulation, result, hash: result.digest.hash, state: dump(simulation.state) }
}

type Row = Readonly<Record<string, string | number>>

function rowsOf(tables: readonly RecordTable[], name: string): Row[] {
  const table = tables.find(({ definition }) => definition.name === name)!
  return table.chunks.flatMap(chunk =>
    Array.from({ length: chunk.rows }, (_, row) =>
      Object.fromEntries(
        chunk.definition.columns.map(({ name: column, type }, i) => {
          const isText = type === 'text' || type === 'name'
          return [column, isText ? chunk.text(i, row) : chunk.numbers[i][row]]
        }),
      ),
    ),
  )
}

test('an autoscaler that has nothing to do causes no events: the run ends long before its limit', async t => {
  for (const name of ['scale-down', 'failing-boots']) {
    const [model] = await example(name)
    t.is(run(model).result.outcome, 'drained')
  }
})

test('records, checks and the room of the tables change nothing', async t => {
  const [model] = await example('failing-boots')
  const { hash, state } = run(model)
  const others: SimulationOptions[] = [
    { records: [] },
    { capacities: { pods: 1, nodes: 1, objects: 1 } },
    { verifyEvery: 200 },
  ]
  for (const options of others) {
    const other = run(model, options)
    t.is(other.hash, hash)
    t.is(other.state, state)
  }
})

test('a refused group is left alone: the next attempts come five and then ten minutes later at the earliest', async t => {
  const [model] = await example('failing-boots')
  const rows = rowsOf(run(model).result.records, 'autoscaler')
  const minutes = rows.map(({ time_s, action, group }) => ({ at: Number(time_s) / 60e6, action, group }))
  const failures = minutes.filter(({ action, group }) => action === 'scale-up-failed' && group === 'cheap')
  t.true(failures.length >= 2)
  for (const { at } of failures) {
    const next = minutes.find(row => row.at > at && row.action === 'scale-up' && row.group === 'cheap')
    if (next !== undefined) t.true(next.at - at >= 5)
  }
})

test('a machine that never registers is paid for until it is given up, 15 minutes after it was asked for', async t => {
  const [model] = await example('failing-boots')
  const { records } = run(model).result
  const lost = rowsOf(records, 'autoscaler').filter(({ action }) => action === 'unregistered-deleted')
  t.true(lost.length > 0)
  for (const { node } of lost) {
    const row = rowsOf(records, 'cost').find(machine => machine['node'] === node)!
    t.is(row['joined_s'], Number.MAX_SAFE_INTEGER)
    t.is(row['idle_share'], 1)
    // 15 minutes to be given up, at most three loops, and half a minute to shut down.
    const minutes = (Number(row['until_s']) - Number(row['from_s'])) / 60e6
    t.true(minutes > 15.4 && minutes < 16, `${minutes}`)
    t.is(row['cost'], Number(row['hours']) * 0.2)
  }
})

test('the summary is the sum of the machines, and the idle part is what nobody requested', async t => {
  const [model] = await example('scale-down')
  const { result } = run(model)
  const rows = rowsOf(result.records, 'cost')
  const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)
  const { cost_total: total, cost_idle: idle, machine_hours: hours } = result.summary.values
  t.true(Math.abs(total - sum('cost')) < 1e-9)
  t.true(Math.abs(idle - sum('idle_cost')) < 1e-9)
  t.true(Math.abs(total - hours * 0.2) < 1e-9)
  // Four machines are there for all three hours: the run ends early, but they are paid for to its limit.
  const whole = rows.filter(row => row['from_s'] === 0)
  t.is(whole.length, 4)
  for (const row of whole) t.is(row['hours'], 3)
})

test('nodes go only after they have been unneeded for more than ten minutes, and pods are drained first', async t => {
  const [, model] = await example('scale-down')
  const { result, simulation } = run(model, { records: ['autoscaler', 'events', 'pods'] })
  const removals = rowsOf(result.records, 'autoscaler').filter(({ action }) =>
    String(action).startsWith('scale-down'),
  )
  t.is(removals.length, 6)
  const shrunk = 30 * 60
  for (const { time_s } of removals) t.true(Number(time_s) / 1e6 > shrunk + 600)
  const reasons = new Set(
    rowsOf(result.records, 'events')
      .filter(({ source }) => source === 'cluster-autoscaler')
      .map(({ reason }) => reason),
  )
  t.deepEqual([...reasons].map(String).toSorted(), [
    'ScaleDown',
    'ScaleDownEmpty',
    'ScaledUpGroup',
    'TriggeredScaleUp',
  ])
  const { nodes, taintSets } = simulation.state
  for (let node = 0; node < nodes.highWater; node++) {
    if (!nodes.exists(node as never)) continue
    t.deepEqual(taintSets.get(nodes.taints[node] as never), [])
  }
})
