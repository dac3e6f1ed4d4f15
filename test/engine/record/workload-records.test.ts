import test from 'ava'
import { simulate } from '../../../engine/index.js'
import { rowsOf } from '../../support/record-rows.js'
import { scenarioOf } from '../../support/scenario-folder.js'

const WEB = `  - apiVersion: apps/v1
    kind: Deployment
    metadata: { name: web }
    spec:
      replicas: 4
      progressDeadlineSeconds: 60
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } }
      selector: { matchLabels: { app: web } }
      template:
        metadata: { labels: { app: web } }
        spec: { containers: [{ name: main, image: "app:v1", resources: { requests: { cpu: 1 } } }] }
`

const CRON = `  - apiVersion: batch/v1
    kind: CronJob
    metadata: { name: tick }
    spec:
      schedule: "* * * * *"
      concurrencyPolicy: Forbid
      jobTemplate:
        spec:
          template:
            metadata:
              labels: { app: tick }
              annotations: { kubelapse.io/run-seconds: "80" }
            spec: { restartPolicy: Never, containers: [{ name: main, image: "app:v1" }] }
`

/** The rows of each record of a run by name of the record. */
async function recordsOf(duration: string, workloads: string, timeline: readonly string[]) {
  const { variants } = await scenarioOf({
    's.yaml': `duration: ${duration}
nodes: [{ name: node, count: 2, capacity: { cpu: 4, memory: 16Gi } }]
measure: { records: [workloads, rollouts, jobs, cronjobs] }
workloads:
${workloads}timeline:
${timeline.map(entry => `  - { ${entry} }\n`).join('')}`,
  })
  const { records } = simulate(variants[0].model)
  return new Map(records.map(table => [table.definition.name, rowsOf(table)]))
}

test('a rollout has a row with its times, its fewest and its most pods', async t => {
  const records = await recordsOf('5m', WEB, ['at: 1m, op: setImage, name: web, images: { main: "app:v2" }'])
  const [created, changed] = records.get('rollouts') ?? []
  t.like(created, { name: 'web', revision: '1', cause: 'created', started_s: 0, outcome: 'finished' })
  // maxUnavailable 1 and maxSurge 1 of 4.
  t.like(changed, { revision: '2', cause: 'template', started_s: 60, outcome: 'finished', desired: 4 })
  t.like(changed, { lowest_available: 3, highest_total: 5 })
  t.true(Math.abs(Number(changed.duration_s) + 60 - Number(changed.finished_s)) < 1e-6)
})

test('a manifest that is applied again with another image is a rollout', async t => {
  const again = WEB.replace('app:v1', 'app:v2').replace('      replicas: 4\n', '')
  const { variants } = await scenarioOf({
    's.yaml': `duration: 5m
nodes: [{ name: node, count: 2, capacity: { cpu: 4, memory: 16Gi } }]
measure: { records: [rollouts, operations] }
workloads:
${WEB}timeline:
  - { at: 30s, op: scale, name: web, replicas: 6 }
  - at: 60s
    op: apply
    manifests:
${again.replaceAll(/^/gm, '    ').trimEnd()}
`,
  })
  const { records, summary } = simulate(variants[0].model)
  t.is(summary.values['operations_rejected'], 0)
  const rollouts = rowsOf(records[0])
  // The replicas were part of the first manifest and are not part of the second: the default comes back.
  t.like(rollouts[1], { revision: '2', cause: 'template', started_s: 60, outcome: 'finished', desired: 1 })
})

test('a rollout that stalls says when and why, and what became of it', async t => {
  const records = await recordsOf('10m', WEB, [
    'at: 1m, op: patch, kind: Deployment, name: web, type: json, patch: [{ op: replace, ' +
      'path: /spec/template/spec/containers/0/resources/requests/cpu, value: "9" }]',
    'at: 5m, op: undoRollout, name: web',
  ])
  const [, stuck, undone] = records.get('rollouts') ?? []
  t.like(stuck, { started_s: 60, outcome: 'superseded', lowest_available: 3 })
  // The deadline counts from the last progress, in whole seconds.
  t.true(Number(stuck.stalled_s) > 119 && Number(stuck.stalled_s) < 123)
  t.is(
    stuck.reason,
    '2 of 2 pods: 0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, ' +
      'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  )
  t.like(undone, { started_s: 300, outcome: 'finished' })
  t.false('stalled_s' in undone)
})

test('a rollout under way at the end says what it waits for', async t => {
  const never = WEB.replace(
    'metadata: { labels: { app: web } }',
    'metadata: { labels: { app: web }, annotations: { kubelapse.io/ready-seconds: never } }',
  )
  const records = await recordsOf('30s', never, [])
  t.like(records.get('rollouts')?.[0], { outcome: 'running', reason: '4 of 4 pods: not ready' })
})

test('counts of a workload have a row whenever they change, and one when it goes', async t => {
  const records = await recordsOf('2m', WEB, [
    'at: 30s, op: scale, name: web, replicas: 2',
    'at: 60s, op: delete, kind: Deployment, names: [web]',
  ])
  const rows = records.get('workloads') ?? []
  t.true(rows.every(({ kind, name }) => kind === 'Deployment' && name === 'web'))
  const at = (time: number) => rows.findLast(({ time_s }) => Number(time_s) <= time) ?? {}
  t.like(at(0), { desired: 4, total: 0, available: 0 })
  t.like(at(29), { desired: 4, total: 4, updated: 4, ready: 4, available: 4 })
  t.like(at(30), { desired: 2, total: 4 })
  t.like(at(59), { desired: 2, total: 2, available: 2 })
  t.like(rows.at(-1) ?? {}, { time_s: 60, desired: 0, total: 0, available: 0 })
})

test('a CronJob that forbids overlaps has a row for each minute: started, late, or skipped and why', async t => {
  // Runs of 80 s and a little more: the minute at which one is still running is made up for when it ends, unless
  // the next one is due by then.
  const records = await recordsOf('5m10s', CRON, ['at: 3m30s, op: suspend, name: tick'])
  const rows = (records.get('cronjobs') ?? []).map(({ due_s, outcome, late_s, reason }) => [
    due_s,
    outcome,
    late_s === undefined ? undefined : Math.round(Number(late_s)),
    reason,
  ])
  t.deepEqual(rows, [
    [60, 'started', 0, undefined],
    [120, 'started', 22, undefined],
    [180, 'skipped', undefined, 'JobAlreadyActive'],
    [240, 'skipped', undefined, 'Suspended'],
    // Nothing is left to happen then, and the minute comes all the same.
    [300, 'due', undefined, 'Suspended'],
  ])
  const [first, second] = records.get('jobs') ?? []
  t.like(first, { cron_job: 'tick', outcome: 'complete', reason: 'CompletionsReached', succeeded: 1 })
  t.true(Math.abs(Number(first.duration_s) - 82) < 1)
  t.like(second, { outcome: 'complete', failed: 0 })
})

test("a Job started by hand is nobody's turn", async t => {
  const records = await recordsOf('90s', CRON, [
    'at: 10s, op: triggerCronJob, cronJob: tick, name: by-hand',
    'at: 20s, op: delete, kind: Job, names: [by-hand]',
  ])
  t.like(records.get('cronjobs')?.[0], { outcome: 'manual', job: 'by-hand', started_s: 10 })
  t.like(records.get('jobs')?.[0], { name: 'by-hand', outcome: 'deleted', deleted_s: 20 })
})
