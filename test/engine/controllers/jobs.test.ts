import test from 'ava'
import { MINUTE, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { findCondition } from '../../../engine/model/conditions.js'
import type { JobSpec, JobStatus } from '../../../engine/model/jobs.js'
import type { Labels } from '../../../engine/model/pod-spec.js'
import { type ObjectId, Phase } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

type GivenSpec = Omit<Partial<JobSpec>, 'template'>

function createJob(cluster: WorkloadCluster, name: string, spec: GivenSpec, annotations: Labels): ObjectId {
  const template = podTemplate(name, annotations)
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }
  return cluster.create('Job', name, { ...spec, template: once })
}

function job(cluster: WorkloadCluster, id: ObjectId) {
  return cluster.state.objects.get<JobSpec, JobStatus>(id)
}

function conditionTypes(cluster: WorkloadCluster, id: ObjectId): string[] {
  return job(cluster, id).status.conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}

/** Creation times of all pods there are, in seconds. */
function creations(cluster: WorkloadCluster): number[] {
  const times = cluster.podIds().map(pod => cluster.state.pods.createdAt[pod] / SECOND)
  return times.sort((a, b) => a - b)
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number): boolean {
  return (
    actual.length === expected.length && actual.every((time, i) => Math.abs(time - expected[i]) <= tolerance)
  )
}

test('a finished pod is counted, and its successor made, one second later', t => {
  const cluster = new WorkloadCluster()
  const spec = { completions: 10, parallelism: 3 }
  const id = createJob(cluster, 'batch', spec, { 'kubelapse.io/run-seconds': '6' })
  let most = 0
  for (let at = 0; at <= 40 * SECOND; at += SECOND / 4) {
    cluster.kernel.run({ until: at })
    most = Math.max(most, job(cluster, id).status.active)
  }
  t.is(most, 3)
  // Each turn: 1 s to start, 6 s to run, 1 s to be counted; 3 + 3 + 3 + 1 pods.
  t.true(assertClose(creations(cluster), [0, 0, 0, 8, 8, 8, 16, 16, 16, 24], 0.3))
  const { status } = job(cluster, id)
  t.is(status.succeeded, 10)
  t.is(status.active, 0)
  t.deepEqual(conditionTypes(cluster, id), [
    'SuccessCriteriaMet=True CompletionsReached',
    'Complete=True CompletionsReached',
  ])
  t.true(assertClose([(status.completionTime ?? 0) / SECOND], [32], 0.01))
  t.true(cluster.podIds().every(pod => cluster.pods.finalizers(pod).length === 0))
  t.true(cluster.events.some(({ reason, message }) => reason === 'Completed' && message === 'Job completed'))
})

test('failed pods come again after 10 s, doubled for each further failure in a row', t => {
  const cluster = new WorkloadCluster()
  const behaviour = { 'kubelapse.io/run-seconds': '1', 'kubelapse.io/exit-code': '1' }
  const id = createJob(cluster, 'bad', { backoffLimit: 3 }, behaviour)
  cluster.runUntil(3 * MINUTE)
  // Failed 2 s after its start (counted in whole seconds), then 10, 20 and 40 s.
  t.true(assertClose(creations(cluster), [0, 12, 34, 76], 0.5))
  t.is(job(cluster, id).status.failed, 4)
  t.deepEqual(conditionTypes(cluster, id), [
    'FailureTarget=True BackoffLimitExceeded',
    'Failed=True BackoffLimitExceeded',
  ])
})

test('an index that fails too often leaves the others alone', t => {
  const cluster = new WorkloadCluster()
  const behaviour = { 'kubelapse.io/run-seconds': '2', 'kubelapse.io/exit-code-by-index': '1:1' }
  const spec: GivenSpec = {
    completionMode: 'Indexed',
    completions: 3,
    parallelism: 3,
    backoffLimitPerIndex: 1,
  }
  const id = createJob(cluster, 'indexed', spec, behaviour)
  cluster.runUntil(MINUTE)
  const { status } = job(cluster, id)
  t.is(status.completedIndexes, '0,2')
  t.is(status.failedIndexes, '1')
  t.is(status.failed, 2)
  t.deepEqual(conditionTypes(cluster, id), ['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes'])
  const { pods } = cluster.state
  const ofIndex = cluster.podIds().filter(pod => pods.ordinal[pod] === 1)
  t.deepEqual(
    ofIndex.map(pod => pods.indexFailures[pod]).toSorted((a, b) => a - b),
    [0, 1],
  )
  t.true(ofIndex.every(pod => /^indexed-1-[a-z0-9]{5}$/.test(pods.name[pod] as string)))
})

test('a suspended Job gives up its pods and starts anew when it is resumed', t => {
  const cluster = new WorkloadCluster()
  const id = createJob(
    cluster,
    'sus',
    { parallelism: 2, completions: 2 },
    { 'kubelapse.io/run-seconds': '10' },
  )
  cluster.runUntil(5 * SECOND)
  t.is(job(cluster, id).status.active, 2)
  cluster.api.objects.updateSpec(id, { ...job(cluster, id).spec, suspend: true })
  cluster.runUntil(10 * SECOND)
  t.is(cluster.podIds().length, 0)
  t.is(job(cluster, id).status.failed, 0)
  t.is(job(cluster, id).status.startTime, undefined)
  cluster.api.objects.updateSpec(id, { ...job(cluster, id).spec, suspend: false })
  cluster.runUntil(40 * SECOND)
  t.is(job(cluster, id).status.succeeded, 2)
  t.is(findCondition(job(cluster, id).status.conditions, 'Suspended')?.status, 'False')
})

test('activeDeadlineSeconds ends a Job; Failed waits for its last pod', t => {
  const cluster = new WorkloadCluster()
  const behaviour = { 'kubelapse.io/stop-seconds': '5' }
  const id = createJob(cluster, 'slow', { activeDeadlineSeconds: 20 }, behaviour)
  cluster.runUntil(22 * SECOND)
  t.deepEqual(conditionTypes(cluster, id), ['FailureTarget=True DeadlineExceeded'])
  cluster.runUntil(30 * SECOND)
  t.is(conditionTypes(cluster, id)[1], 'Failed=True DeadlineExceeded')
  t.is(cluster.podIds().length, 0)
})

test('pods of a deleted Job lose their finalizer', t => {
  const cluster = new WorkloadCluster()
  const id = createJob(cluster, 'gone', { parallelism: 3, completions: 3 }, {})
  cluster.runUntil(5 * SECOND)
  cluster.api.objects.delete(id)
  cluster.runUntil(10 * SECOND)
  t.true(cluster.podIds().every(pod => cluster.pods.finalizers(pod).length === 0))
})

test('a Job whose pods are refused tries again after 1 s, doubled each time', t => {
  const cluster = new WorkloadCluster()
  cluster.pods.limit = 0
  const id = createJob(cluster, 'quota', {}, { 'kubelapse.io/run-seconds': '1' })
  cluster.runUntil(10 * SECOND)
  // At 0, 1, 3 and 7 s, and with each status that was written in between.
  const refusals = cluster.events.filter(({ reason }) => reason === 'FailedCreate').length
  t.true(refusals >= 4 && refusals <= 8, String(refusals))
  cluster.pods.limit = Infinity
  cluster.runUntil(MINUTE)
  t.is(job(cluster, id).status.succeeded, 1)
})

test('a restart of a settled Job controller writes nothing', t => {
  const cluster = new WorkloadCluster()
  severalJobs(cluster)
  cluster.runUntil(3 * MINUTE)
  const writes = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(4 * MINUTE)
  t.is(cluster.state.log.end, writes)
})

test('a Job controller killed at any event comes to the same counts', t => {
  const reference = new WorkloadCluster()
  severalJobs(reference)
  reference.runUntil(4 * MINUTE)
  const expected = endState(reference)
  for (const every of [1, 3, 11, 29]) {
    const cluster = new WorkloadCluster()
    severalJobs(cluster, until => {
      for (let kills = 0; kills < 400; kills++) {
        if (cluster.kernel.run({ until, maxEvents: every }).reason !== 'maxEvents') return
        cluster.manager.restart()
      }
      cluster.kernel.run({ until })
    })
    cluster.runUntil(6 * MINUTE)
    t.deepEqual(endState(cluster), expected, `killed every ${every} events`)
  }
})

test('a watch that is two minutes late delays a Job and does not break it', t => {
  const cluster = new WorkloadCluster()
  cluster.manager.informer.latency = 2 * MINUTE
  const id = createJob(
    cluster,
    'late',
    { completions: 5, parallelism: 2 },
    { 'kubelapse.io/run-seconds': '5' },
  )
  let most = 0
  for (let at = 0; at <= 60 * MINUTE; at += 10 * SECOND) {
    cluster.kernel.run({ until: at })
    const running = cluster.podIds().filter(pod => cluster.state.pods.phase[pod] === Phase.Running)
    most = Math.max(most, running.length)
  }
  t.true(most <= 2)
  t.is(job(cluster, id).status.succeeded, 5)
  t.is(cluster.podIds().length, 5)
})

/** Jobs that succeed, fail for good, and fail by index. */
function severalJobs(
  cluster: WorkloadCluster,
  run = (until: SimTime): void => {
    cluster.kernel.run({ until })
  },
): void {
  createJob(cluster, 'fine', { completions: 4, parallelism: 2 }, { 'kubelapse.io/run-seconds': '3' })
  const failing = { 'kubelapse.io/run-seconds': '1', 'kubelapse.io/exit-code': '3' }
  createJob(cluster, 'bad', { backoffLimit: 1 }, failing)
  const byIndex = { 'kubelapse.io/run-seconds': '2', 'kubelapse.io/exit-code-by-index': '2:1' }
  const spec: GivenSpec = {
    completionMode: 'Indexed',
    completions: 4,
    parallelism: 4,
    backoffLimitPerIndex: 1,
  }
  createJob(cluster, 'indexed', spec, byIndex)
  run(MINUTE)
}

function endState(cluster: WorkloadCluster) {
  return [...cluster.state.objects.ofKind('Job')].map(id => {
    const { meta, status } = job(cluster, id)
    const { succeeded, failed, active, completedIndexes, failedIndexes, uncountedTerminatedPods } = status
    const ends = conditionTypes(cluster, id)
    return [
      meta.name,
      succeeded,
      failed,
      active,
      completedIndexes,
      failedIndexes,
      uncountedTerminatedPods,
      ends,
    ]
  })
}
