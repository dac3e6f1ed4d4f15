import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Operation } from '../../../engine/model/operations.js'
import { DISRUPTION_RECORD_NAMES } from '../../../engine/record/disruption/disruption-records.js'
import { simulate } from '../../../engine/simulation.js'
import { type Row, rowsOfTables } from '../../../reports/audit/rows.js'
import { model } from '../../support/model.js'
import { webBudget, webDeployment } from '../../support/web-workload.js'

function drain(node: string, timeoutSeconds: number): Operation {
  return {
    op: 'drain',
    at: 60 * SECOND,
    nodes: [node],
    retryAfter: 5 * SECOND,
    timeout: timeoutSeconds * SECOND,
    cordonAllFirst: false,
  }
}

/** Rows of the records of a run of `web` on two nodes. */
function records(replicas: number, minAvailable: number, more: readonly Operation[]) {
  const operations: Operation[] = [
    { op: 'apply', at: SECOND, manifest: webDeployment(replicas) },
    { op: 'apply', at: SECOND, manifest: webBudget({ minAvailable: minAvailable }) },
    ...more,
  ]
  const run = simulate(model({ nodes: 2, operations, until: 300 * SECOND }), {
    records: DISRUPTION_RECORD_NAMES,
  })
  const rows = rowsOfTables(run.records)
  return (name: string): readonly Row[] => rows.get(name) ?? []
}

test('a drain that a budget holds up says how long, by which budget, and who was replaced when', t => {
  const of = records(4, 3, [drain('node-0-0', 100)])
  const [row] = of('drains')
  t.like(row, { node: 'node-0-0', from_s: 60, timed_out: 0, evicted: 2 })
  t.regex(String(row['blocked_by']), /^web: [1-9]/)
  t.true(Number(row['refused']) >= 1)
  t.true(Number(row['blocked_s']) > 0 && Number(row['blocked_s']) <= Number(row['to_s']) - 60)
  const disruptions = of('disruptions')
  t.is(disruptions.length, 2)
  for (const disruption of disruptions) {
    t.like(disruption, {
      workload: 'Deployment/web',
      node: 'node-0-0',
      reason: 'EvictionByEvictionAPI',
      voluntary: 1,
      was_ready: 1,
      cause: '',
    })
    t.true(Number(disruption['to_replacement_s']) < 5)
  }
  const evictions = of('evictions')
  t.is(evictions.filter(({ code }) => code === 201).length, 2)
  t.true(evictions.every(({ budget: name }) => name === 'web'))
  t.deepEqual(
    of('node-conditions').map(({ node, condition, status }) => [node, condition, status]),
    [['node-0-0', 'Unschedulable', 'True']],
  )
})

test('availability is weighted by time, and begins when the workload is whole', t => {
  // One of four is away from its deletion at 100 s until its replacement runs a second later.
  const [row] = records(4, 3, [
    {
      op: 'delete',
      at: 100 * SECOND,
      kind: 'Pod',
      namespace: 'default',
      names: [],
      selector: 'app=web',
      count: 1,
    },
  ])('availability')
  t.like(row, {
    kind: 'Deployment',
    name: 'web',
    least_ready: 3,
    most_lost_at_once: 1,
    down_s: 0,
    budget: 'web',
  })
  const short = Number(row['short_s'])
  t.true(short > 1 && short < 1.1, String(short))
  const expected = 1 - (0.25 * short) / Number(row['observed_s'])
  t.true(Math.abs(Number(row['ready_share']) - expected) < 1e-9)
  t.is(row['below_budget_s'], 0)
})

test('a budget that can never be met holds a drain up until it is given up', t => {
  const of = records(2, 2, [drain('node-0-0', 30)])
  const [row] = of('drains')
  t.like(row, { timed_out: 1, evicted: 0 })
  t.is(of('disruptions').length, 0)
  t.deepEqual([...new Set(of('budgets').map(({ allowed }) => allowed))], [0])
})
