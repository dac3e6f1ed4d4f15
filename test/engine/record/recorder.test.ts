import test from 'ava'
import { DISRUPTION_METRICS } from '../../../engine/record/disruption/drain-metrics.js'
import { REFERENCE_WINDOW, RecentMedian } from '../../../engine/record/fragmentation.js'
import { REASON_GROUPS, reasonGroupOf } from '../../../engine/record/reason-groups.js'
import { CHUNK_ROWS, columnIndex, defineRecord, RecordTable } from '../../../engine/record/record-table.js'
import { resourceLabels } from '../../../engine/record/recorded-resources.js'
import { Samples } from '../../../engine/record/samples.js'
import { Phase } from '../../../engine/state/ids.js'
import { HandDriven, smallRun } from '../../support/hand-driven.js'
import { rowsOf } from '../../support/record-rows.js'

test('every pod has one row that tells its times, node and outcome', t => {
  const { records } = smallRun(['pods']).finish()
  t.deepEqual(
    rowsOf(records[0]).map(row => [row.name, row.outcome, row.wait_s, row.deleted_s, row.attempts, row.node]),
    [
      ['d', 'deleted', undefined, 30, 0, undefined],
      ['a', 'succeeded', 10, 50, 1, 'n1'],
      ['b', 'running', 20, undefined, 1, 'n1'],
      ['c', 'unschedulable', undefined, undefined, 1, undefined],
    ],
  )
  const [, a, , c] = rowsOf(records[0])
  t.like(a, { created_s: 0, scheduled_s: 10, running_s: 20, ready_s: 20, finished_s: 30 })
  t.like(a, { requested_cpu_milli: 400, requested_memory_bytes: 0, namespace: 'default' })
  t.is(c.reason, '0/2 nodes are available: 2 Insufficient cpu.')
})

test('the summary counts every pod once and weights shares with time', t => {
  const { values } = smallRun([]).finish().summary
  t.like(values, { duration_s: 80, pods_created: 4, pods_scheduled: 2, pods_never_scheduled: 2 })
  t.like(values, { pods_never_scheduled_insufficient_resources: 1, pods_never_scheduled_waiting: 1 })
  t.like(values, { pods_succeeded: 1, pods_deleted: 1, pods_running: 1, pods_unschedulable: 1 })
  t.like(values, { pods_failed: 0, pods_evicted: 0, pods_pending: 0, scheduling_attempts: 3 })
  t.like(values, { wait_p50_s: 10, wait_p99_s: 20, wait_max_s: 20, wait_mean_s: 15 })
  // Requested: 400 m from 10 to 30 and 600 m from 20 to 80 = 8,000 + 36,000 = 44,000 m s.
  // Allocatable: 2,000 m to 40 s, then 1,000 m to 80 s = 120,000 m s. Peak: 1,000 of 2,000, and 600 of 1,000.
  t.is(values.allocation_cpu_mean_share, 44_000 / 120_000)
  t.is(values.allocation_cpu_peak_share, 0.6)
  // Nodes: 2 for 40 s and 1 for 40 s; in use: n1 from 10 to 80.
  t.like(values, { nodes_created: 2, nodes_mean: 1.5, nodes_in_use_mean: 0.875, nodes_in_use_peak: 1 })
})

test('a node row has the time-weighted mean over the life of the node', t => {
  const { records } = smallRun(['nodes']).finish()
  const [n2, n1] = rowsOf(records[0])
  t.like(n2, { name: 'n2', pool: 'workers', zone: 'a', deleted_s: 40, pods_ever: 0, pods_peak: 0 })
  t.is(n2.allocation_cpu_mean_share, 0)
  t.like(n1, { name: 'n1', pods_ever: 2, pods_peak: 2, pods_allocatable: 10, allocatable_cpu_milli: 1000 })
  t.is(n1.allocation_cpu_mean_share, 44_000 / 80_000)
})

test('the time series shows the state after the instant, on the grid and at the end', t => {
  const { records } = smallRun(['time-series']).finish()
  const rows = rowsOf(records[0])
  t.deepEqual(
    rows.map(row => [row.time_s, row.nodes, row.pods_unscheduled, row.pods_running, row.pods_succeeded]),
    [
      [0, 2, 2, 0, 0],
      [10, 2, 3, 0, 0],
      [20, 2, 2, 2, 0],
      [30, 2, 1, 1, 1],
      [40, 1, 1, 1, 1],
      [50, 1, 1, 1, 0],
      [60, 1, 1, 1, 0],
      [70, 1, 1, 1, 0],
      [80, 1, 1, 1, 0],
    ],
  )
  t.like(rows[1], { unscheduled_waiting: 2, unscheduled_insufficient_resources: 1, nodes_in_use: 1 })
  // At 20 s n1 holds 1,000 of 1,000 m and n2 nothing; both pods run.
  t.like(rows[2], { allocation_cpu_share: 0.5, utilisation_cpu_share: 0.5 })
  // The reference pod asks the lower median of 400, 600, 2000 and 100 m: 400. n1 is full, n2 takes it.
  t.is(rows[2].fragmentation_cpu_share, 0)
  // From 40 s on only n1 is left with 400 m idle, which takes a pod of 400 m.
  t.is(rows[4].fragmentation_cpu_share, 0)
})

test('idle room on nodes too small for the reference pod is fragmentation', t => {
  const run = new HandDriven(['time-series'])
  run.at(0, () => {
    run.node('small', 300)
    run.node('large', 900)
    run.pod('p', '500m')
  })
  // Idle 1,200 m, of which the 300 m of the small node cannot take 500 m.
  t.is(rowsOf(run.finish().records[0])[0].fragmentation_cpu_share, 0.25)
})

test('an event seen again has a higher count', t => {
  const { records } = smallRun(['events']).finish()
  t.deepEqual(
    rowsOf(records[0]).map(row => [row.time_s, row.reason, row.object_name, row.count]),
    [
      [10, 'FailedScheduling', 'c', 1],
      [80, 'FailedScheduling', 'c', 2],
    ],
  )
})

test('recording changes neither the digest nor the summary, but for metrics that a record brings', t => {
  const silent = smallRun([])
  const loud = smallRun()
  const quiet = silent.finish().summary.values
  const { values } = loud.finish().summary
  const brought = new Set(DISRUPTION_METRICS.map(({ name }) => name))
  t.deepEqual(Object.fromEntries(Object.entries(values).filter(([name]) => !brought.has(name))), quiet)
  t.deepEqual(loud.kernel.digestLog(), silent.kernel.digestLog())
})

test('pods on a deleted node no longer count as allocated', t => {
  const run = new HandDriven([])
  run.at(0, () => {
    const node = run.node('n', 1000)
    const pod = run.pod('p', '500m')
    run.node('other', 1000)
    run.bind(pod, node)
    run.at(10, () => run.api.nodes.delete(node))
    run.at(20, () => run.remove(pod))
  })
  run.at(40, () => undefined)
  // 500 m for 10 s of 2,000 m x 10 s + 1,000 m x 30 s.
  t.is(run.finish().summary.values.allocation_cpu_mean_share, 5000 / 50_000)
})

test('a pod that stops because it was deleted counts as deleted, not as succeeded', t => {
  const run = new HandDriven(['pods'])
  run.at(0, () => {
    const pod = run.pod('p', '1m')
    run.bind(pod, run.node('n', 1000))
    run.api.pods.patchPhase(pod, Phase.Running, true)
    run.api.pods.delete(pod, run.state.pods.uid[pod], 30)
    run.at(5, () => {
      run.api.pods.patchPhase(pod, Phase.Succeeded, false)
      run.remove(pod)
    })
  })
  t.is(rowsOf(run.finish().records[0])[0].outcome, 'deleted')
})

for (const [message, group] of [
  ['', 'waiting'],
  ['0/5 nodes are available: 2 Too many pods, 3 Insufficient cpu.', 'insufficient_resources'],
  [
    '0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint(s). preemption: ' +
      '0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    'taints',
  ],
  ['0/3 nodes are available: 3 node(s) were unschedulable.', 'taints'],
  ["0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", 'node_affinity'],
  ["0/3 nodes are available: 3 node(s) didn't match pod affinity rules.", 'pod_affinity'],
  ["0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.", 'pod_affinity'],
  ["0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints.", 'topology_spread'],
  ["0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.", 'host_ports'],
  ['0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'volumes'],
  ['Scheduling is blocked due to non-empty scheduling gates', 'scheduling_gates'],
  ['no nodes available to schedule pods', 'no_nodes'],
  ['0/0 nodes are available', 'no_nodes'],
  ['0/2 nodes are available: 2 too hot today.', 'other'],
] as const) {
  test(`the reason group of "${message}" is ${group}`, t => {
    t.is(REASON_GROUPS[reasonGroupOf(message)].name, group)
  })
}

test('a table with a sink gives every full chunk away and reuses it', t => {
  const record = defineRecord({
    name: 'r',
    about: '',
    columns: [
      { name: 'n', type: 'integer', about: '' },
      { name: 'word', type: 'text', about: '' },
      { name: 'id', type: 'name', about: '' },
    ],
  })
  const c = columnIndex(record)
  const seen: string[] = []
  const rows: number[] = []
  const table = new RecordTable(record, {
    chunk: chunk => {
      rows.push(chunk.rows)
      for (const row of [0, chunk.rows - 1]) {
        seen.push(`${chunk.numbers[c.n][row]} ${chunk.text(c.word, row)} ${chunk.text(c.id, row)}`)
      }
    },
  })
  for (let i = 0; i <= CHUNK_ROWS; i++) {
    table.add()
    table.set(c.n, i)
    table.setText(c.word, i % 2 === 0 ? 'even' : 'odd')
    if (i < CHUNK_ROWS) table.setText(c.id, `id-${i}`)
  }
  table.close()
  t.deepEqual(rows, [CHUNK_ROWS, 1])
  // The last row shows that a cell not set is empty, whatever stood there before.
  t.deepEqual(seen, ['0 even id-0', '4095 odd id-4095', '4096 even ', '4096 even '])
  t.is(table.chunks.length, 0)
})

test('a schema with a column twice, or a time without its unit, is refused', t => {
  const column = (name: string, type: 'time' | 'integer') => ({ name, type, about: '' })
  t.throws(() =>
    defineRecord({ name: 'r', about: '', columns: [column('a', 'integer'), column('a', 'integer')] }),
  )
  t.throws(() => defineRecord({ name: 'r', about: '', columns: [column('a', 'time')] }))
})

test('quantiles are the nearest rank: values that occurred', t => {
  const samples = new Samples()
  t.is(samples.quantile(0.5), Number.NaN)
  for (const value of [30, 10, 40, 20]) samples.add(value)
  t.deepEqual(
    [0, 0.25, 0.5, 0.9, 1].map(q => samples.quantile(q)),
    [10, 10, 20, 40, 40],
  )
})

test('the recent median forgets values that left the window', t => {
  const median = new RecentMedian()
  t.is(median.median, 0)
  for (let i = 1; i <= 4; i++) median.push(i)
  t.is(median.median, 2)
  // After 1,023 sevens nothing of the first four is left; 512 nines are the larger half of the window.
  for (let i = 0; i < 1023; i++) median.push(7)
  t.is(median.median, 7)
  for (let i = 0; i < 512; i++) median.push(9)
  t.is(median.median, 9)
})

test('the recent median is that of a sorted window, whatever the order', t => {
  const median = new RecentMedian()
  const window: number[] = []
  let value = 1
  for (let i = 0; i < 3000; i++) {
    // A full-period generator modulo 251: many values come twice.
    value = (value * 16_807) % 2_147_483_647
    median.push(value % 251)
    window.push(value % 251)
    if (window.length > REFERENCE_WINDOW) window.shift()
    if (i % 97 !== 0) continue
    const sorted = window.toSorted((a, b) => a - b)
    t.is(median.median, sorted[(sorted.length - 1) >> 1])
  }
})

test('column words of resources are unique and carry their unit', t => {
  const names = ['cpu', 'hugepages-2Mi', 'nvidia.com/gpu', 'nvidia-com/gpu']
  t.deepEqual(
    resourceLabels(names).map(({ word, unit }) => `${word}_${unit}`),
    ['cpu_milli', 'hugepages_2Mi_bytes', 'nvidia_com_gpu_count', 'nvidia_com_gpu_2_count'],
  )
})
