import test from 'ava'
import { HOUR, MINUTE, NEVER, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import type { CronJobSpec, CronJobStatus, JobStatus } from '../../../engine/model/jobs.js'
import type { Labels } from '../../../engine/model/pod-spec.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

type GivenSpec = Omit<Partial<CronJobSpec>, 'jobTemplate'>

/** 1 January 2026, 00:00:30: time 0 lies 30 s into its minute. */
const EPOCH_SECONDS = 1_767_225_630
const FIRST_MINUTE = 29_453_760

function createCronJob(
  cluster: WorkloadCluster,
  name: string,
  spec: GivenSpec,
  annotations: Labels,
): ObjectId {
  const template = podTemplate(name, annotations)
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }
  return cluster.create('CronJob', name, {
    schedule: '* * * * *',
    ...spec,
    jobTemplate: { spec: { template: once } },
  })
}

function cronJob(cluster: WorkloadCluster, id: ObjectId) {
  return cluster.state.objects.get<CronJobSpec, CronJobStatus>(id)
}

/** Minute, counted from the first, and creation time in seconds of each Job there is. */
function runs(cluster: WorkloadCluster): [minute: number, seconds: number][] {
  const { objects } = cluster.state
  return [...objects.ofKind('Job')].map(id => {
    const { name, createdAt } = objects.get(id).meta
    return [Number(name.slice(name.lastIndexOf('-') + 1)) - FIRST_MINUTE, createdAt / SECOND]
  })
}

function running(cluster: WorkloadCluster): number {
  const { objects } = cluster.state
  const statuses = [...objects.ofKind('Job')].map(id => objects.get<unknown, JobStatus>(id).status)
  return statuses.filter(({ conditions }) => !conditions.some(({ type }) => type === 'Complete')).length
}

function clusterAtHalfPast(): WorkloadCluster {
  return new WorkloadCluster({ epochSeconds: EPOCH_SECONDS })
}

test('a Job is made a tenth of a second after its minute and named by it', t => {
  const cluster = clusterAtHalfPast()
  const id = createCronJob(cluster, 'tick', {}, { 'kubelapse.io/run-seconds': '5' })
  cluster.runUntil(3 * MINUTE)
  const made = runs(cluster)
  // Minutes start at 30, 90 and 150 s.
  t.deepEqual(
    made.map(([minute]) => minute),
    [1, 2, 3],
  )
  for (const [minute, seconds] of made) {
    const late = seconds - (minute * 60 - 30)
    t.true(late > 0.099 && late < 0.2, String(late))
  }
  t.is(cronJob(cluster, id).status.active.length, 0)
  // Each Job: 1 s to start, 5 s to run, 1 s to be counted; times are whole seconds.
  const lastSuccess = (cronJob(cluster, id).status.lastSuccessfulTime ?? 0) / SECOND
  t.true(lastSuccess >= 156 && lastSuccess <= 158, String(lastSuccess))
})

test('history limits keep the latest runs', t => {
  const cluster = clusterAtHalfPast()
  createCronJob(cluster, 'tick', { successfulJobsHistoryLimit: 2 }, { 'kubelapse.io/run-seconds': '5' })
  cluster.runUntil(6 * MINUTE)
  t.deepEqual(
    runs(cluster).map(([minute]) => minute),
    [5, 6],
  )
})

test('Forbid starts a missed run when the one before has ended, Replace deletes that, Allow runs both', t => {
  const counts = (['Forbid', 'Replace', 'Allow'] as const).map(concurrencyPolicy => {
    const cluster = clusterAtHalfPast()
    createCronJob(cluster, 'tick', { concurrencyPolicy }, { 'kubelapse.io/run-seconds': '80' })
    cluster.runUntil(2 * MINUTE)
    return { jobs: runs(cluster), running: running(cluster) }
  })
  const [forbid, replace, allow] = counts
  // The first runs from 30.1 s to about 113 s; the second is that of the minute at 90 s.
  t.is(forbid.running, 1)
  t.deepEqual(
    forbid.jobs.map(([minute]) => minute),
    [1, 2],
  )
  t.true(forbid.jobs[1][1] > 111 && forbid.jobs[1][1] < 114)
  t.is(replace.running, 1)
  t.deepEqual(
    replace.jobs.map(([minute]) => minute),
    [2],
  )
  t.deepEqual(
    allow.jobs.map(([minute]) => minute),
    [1, 2],
  )
})

test('a suspended CronJob starts the latest missed run when it is resumed within its deadline', t => {
  const outcome = ([undefined, 20, 50] as const).map(startingDeadlineSeconds => {
    const cluster = clusterAtHalfPast()
    const deadline = startingDeadlineSeconds === undefined ? {} : { startingDeadlineSeconds }
    const id = createCronJob(cluster, 'tick', { suspend: true, ...deadline }, {})
    cluster.runUntil(2 * MINUTE)
    cluster.api.objects.updateSpec(id, { ...cronJob(cluster, id).spec, suspend: false })
    cluster.runUntil(2 * MINUTE + 5 * SECOND)
    return runs(cluster).map(([minute]) => minute)
  })
  // Resumed at 120 s, 30 s after the minute at 90 s.
  t.deepEqual(outcome, [[2], [], [2]])
})

test('a schedule of a time zone follows its wall clock', t => {
  // Two hours ahead from 00:30 local time on: 02:00 there is midnight UTC.
  const cluster = new WorkloadCluster({
    epochSeconds: EPOCH_SECONDS - 60,
    timeZones: { 'Test/Ahead': { transitions: [], offsets: [2 * 3600] } },
  })
  createCronJob(cluster, 'tick', { schedule: '0 2 * * *', timeZone: 'Test/Ahead' }, {})
  createCronJob(cluster, 'lost', { timeZone: 'Test/Nowhere' }, {})
  cluster.runUntil(5 * MINUTE)
  t.deepEqual(
    runs(cluster).map(([minute]) => minute),
    [0],
  )
  const [id] = cluster.state.objects.ofKind('Job')
  t.is(
    cluster.state.objects.get(id).meta.annotations['batch.kubernetes.io/cronjob-scheduled-timestamp'],
    '2026-01-01T02:00:00+02:00',
  )
  const unknown = cluster.events.find(({ reason }) => reason === 'UnknownTimeZone')
  t.is(unknown?.message, 'invalid timeZone: "Test/Nowhere": unknown time zone Test/Nowhere')
})

test('after a long outage the latest run is made, with a warning', t => {
  const cluster = clusterAtHalfPast()
  const id = createCronJob(cluster, 'tick', {}, { 'kubelapse.io/run-seconds': '5' })
  cluster.manager.informer.latency = 3 * HOUR
  cluster.runUntil(3 * HOUR + 20 * SECOND)
  t.true(cluster.events.some(({ reason }) => reason === 'TooManyMissedTimes'))
  // Three hours are 180 minutes; the last whole one was at 10,770 s.
  t.is(runs(cluster)[0][0], 180)
  t.is(cronJob(cluster, id).status.lastScheduleTime, 10_770 * SECOND)
})

test('controllers killed at any event make every run once', t => {
  const reference = clusterAtHalfPast()
  minutely(reference)
  const expected = runs(reference).map(([minute]) => minute)
  for (const every of [1, 5, 23]) {
    const cluster = clusterAtHalfPast()
    minutely(cluster, until => {
      for (let kills = 0; kills < 400; kills++) {
        if (cluster.kernel.run({ until, maxEvents: every }).reason !== 'maxEvents') return
        cluster.manager.restart()
      }
      cluster.kernel.run({ until })
    })
    const made = runs(cluster).map(([minute]) => minute)
    t.deepEqual(made, expected, `killed every ${every} events`)
  }
})

test('a restart between two runs writes nothing', t => {
  const cluster = clusterAtHalfPast()
  minutely(cluster)
  const writes = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(cluster.kernel.now + 5 * SECOND)
  t.is(cluster.state.log.end, writes)
})

test('ttlSecondsAfterFinished counts from the whole second of the end, or from when it is set', t => {
  const cluster = clusterAtHalfPast()
  const template = podTemplate('once', { 'kubelapse.io/run-seconds': '2.5' })
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }
  cluster.create('Job', 'kept', { template: once, ttlSecondsAfterFinished: 20 })
  const late = cluster.create('Job', 'late', { template: once })
  const { objects } = cluster.state
  const names = () => {
    const metas = [...objects.ofKind('Job')].map(id => objects.get(id).meta)
    return metas.filter(({ deletionAt }) => deletionAt === NEVER).map(({ name }) => name)
  }
  // Both pods end at 3.5 s and are counted at 4.5 s, which is written as 4 s.
  cluster.runUntil(23.9 * SECOND)
  t.deepEqual(names(), ['kept', 'late'])
  cluster.runUntil(24.1 * SECOND)
  t.deepEqual(names(), ['late'])
  cluster.runUntil(MINUTE)
  const { spec } = objects.get<object>(late)
  cluster.api.objects.updateSpec(late, { ...spec, ttlSecondsAfterFinished: 15 })
  cluster.runUntil(MINUTE + SECOND)
  t.deepEqual(names(), [])
})

/** Three and a half minutes of short runs, to a moment at which nothing is under way. */
function minutely(
  cluster: WorkloadCluster,
  run = (until: SimTime): void => {
    cluster.kernel.run({ until })
  },
): void {
  createCronJob(cluster, 'tick', {}, { 'kubelapse.io/run-seconds': '5' })
  run(3 * MINUTE + 15 * SECOND)
}
