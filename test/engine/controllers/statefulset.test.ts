import test from 'ava'
import { MINUTE, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { defaultStatefulSetSpec } from '../../../engine/model/workload-defaults.js'
import type {
  ControllerRevisionSpec,
  StatefulSetSpec,
  StatefulSetStatus,
} from '../../../engine/model/workloads.js'
import { type ObjectId, Phase, type PodId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

test('pods come up in order, each when the one before is ready, with stable names and labels', t => {
  const cluster = new WorkloadCluster()
  createSet(cluster, { replicas: 3, ordinals: { start: 5 } })
  cluster.runUntil(10 * SECOND)
  const { pods, labelSets } = cluster.state
  const made = cluster.podIds().toSorted((a, b) => pods.createdAt[a] - pods.createdAt[b])
  t.deepEqual(names(cluster), ['db-5', 'db-6', 'db-7'])
  t.deepEqual(
    made.map(pod => pods.ordinal[pod]),
    [5, 6, 7],
  )
  // The watch brings the news after 4 ms, the request takes 4 ms more.
  const gaps = [1, 2].map(i => pods.createdAt[made[i]] - pods.readyAt[made[i - 1]])
  t.deepEqual(gaps, [8_000, 8_000])
  const labels = labelSets.get(pods.labelsOf(made[1]))
  t.is(labels['statefulset.kubernetes.io/pod-name'], 'db-6')
  t.is(labels['apps.kubernetes.io/pod-index'], '6')
  t.is(labels['controller-revision-hash'], set(cluster).status.currentRevision)
  t.deepEqual(
    cluster.events.filter(({ source }) => source === 'statefulset-controller').map(({ message }) => message),
    ['db-5', 'db-6', 'db-7'].map(name => `Create Pod ${name} in StatefulSet db successful`),
  )
})

test('scaling down goes from the top, each pod when the object of the one above is gone', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, { replicas: 4 }, { 'kubelapse.io/stop-seconds': '2' })
  cluster.runUntil(10 * SECOND)
  cluster.scale(id, 1)
  const seen = history(cluster, 25 * SECOND, () => names(cluster).join())
  t.deepEqual(seen, ['db-0,db-1,db-2,db-3', 'db-0,db-1,db-2', 'db-0,db-1', 'db-0'])
  t.is(set(cluster).status.replicas, 1)
})

test('a partition holds back the lower ordinals; without it all follow, from the top', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, { replicas: 4 })
  cluster.runUntil(10 * SECOND)
  const before = set(cluster).status.currentRevision
  const partition = (count: number) =>
    ({ type: 'RollingUpdate', rollingUpdate: { partition: count } }) as const
  change(cluster, id, { template: podTemplate('db', {}, 'v2'), updateStrategy: partition(2) })
  cluster.runUntil(30 * SECOND)
  t.deepEqual(images(cluster), ['v1', 'v1', 'v2', 'v2'])
  t.is(set(cluster).status.currentRevision, before)
  t.is(set(cluster).status.updatedReplicas, 2)
  change(cluster, id, { updateStrategy: partition(0) })
  cluster.runUntil(60 * SECOND)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2', 'v2'])
  const { status } = set(cluster)
  t.not(status.currentRevision, before)
  t.is(status.currentRevision, status.updateRevision)
  t.is(status.currentReplicas, 4)
  const deleted = cluster.events.filter(({ reason }) => reason === 'SuccessfulDelete')
  t.deepEqual(
    deleted.map(({ message }) => message.split(' ')[2]),
    ['db-3', 'db-2', 'db-1', 'db-0'],
  )
})

test('Parallel starts and stops all at once and still updates one by one', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, { replicas: 5, podManagementPolicy: 'Parallel' })
  cluster.runUntil(0.9 * SECOND)
  t.is(cluster.podIds().length, 5)
  cluster.runUntil(5 * SECOND)
  change(cluster, id, { template: podTemplate('db', {}, 'v2') })
  let least = 5
  for (let at = 5 * SECOND; at <= 40 * SECOND; at += SECOND / 10) {
    cluster.kernel.run({ until: at })
    least = Math.min(least, set(cluster).status.readyReplicas)
  }
  t.is(least, 4)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2', 'v2', 'v2'])
  cluster.scale(id, 1)
  cluster.runUntil(40.1 * SECOND)
  t.is(cluster.podIds().filter(pod => cluster.state.pods.isTerminating(pod)).length, 4)
})

test('OnDelete changes a pod only when somebody deletes it', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, { replicas: 2, updateStrategy: { type: 'OnDelete' } })
  cluster.runUntil(5 * SECOND)
  change(cluster, id, { template: podTemplate('db', {}, 'v2') })
  cluster.runUntil(20 * SECOND)
  t.deepEqual(images(cluster), ['v1', 'v1'])
  const pod = podNamed(cluster, 'db-0')
  cluster.pods.delete(pod, cluster.state.pods.uid[pod])
  cluster.runUntil(30 * SECOND)
  t.deepEqual(images(cluster), ['v2', 'v1'])
})

test('a pod that never gets ready blocks the set, also after the template was repaired, until it is deleted', t => {
  const cluster = new WorkloadCluster()
  const never = { 'kubelapse.io/ready-seconds': 'never' }
  const id = createSet(cluster, { replicas: 3 }, never)
  cluster.runUntil(20 * SECOND)
  t.deepEqual(names(cluster), ['db-0'])
  change(cluster, id, { template: podTemplate('db', {}, 'v2') })
  cluster.runUntil(40 * SECOND)
  t.deepEqual(images(cluster), ['v1'])
  const pod = podNamed(cluster, 'db-0')
  cluster.pods.delete(pod, cluster.state.pods.uid[pod])
  cluster.runUntil(60 * SECOND)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2'])
})

test('minReadySeconds holds back the next pod until the whole second of Ready is so old', t => {
  // Time 0 lies 0.5 s into its second: a pod Ready at 1.03 s counts from 0.5 s on, so the next comes after 10.5 s.
  const cluster = new WorkloadCluster({ epochSeconds: 1_700_000_000.5 })
  createSet(cluster, { replicas: 2, minReadySeconds: 10 })
  cluster.runUntil(30 * SECOND)
  const { createdAt } = cluster.state.pods
  t.is(createdAt[podNamed(cluster, 'db-1')], 10.5 * SECOND + 4_000)
  t.is(set(cluster).status.availableReplicas, 2)
})

test('finished pods are replaced under their name', t => {
  const cluster = new WorkloadCluster()
  createSet(cluster, { replicas: 2 })
  cluster.runUntil(5 * SECOND)
  const failed = podNamed(cluster, 'db-1')
  const { uid } = cluster.state.pods
  const before = uid[failed]
  cluster.pods.patchPhase(failed, Phase.Failed, false)
  cluster.runUntil(10 * SECOND)
  t.not(uid[podNamed(cluster, 'db-1')], before)
  t.is(set(cluster).status.readyReplicas, 2)
})

test('claims are made once for each ordinal and outlive their pods', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, {
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
  })
  cluster.runUntil(5 * SECOND)
  t.deepEqual(claims(cluster), ['data-db-0 []', 'data-db-1 []'])
  const { templates, pods } = cluster.state
  const { volumes } = templates.get(pods.templateOf(podNamed(cluster, 'db-1'))).spec
  t.is(volumes?.[0].persistentVolumeClaim?.claimName, 'data-db-1')
  cluster.scale(id, 1)
  cluster.runUntil(15 * SECOND)
  cluster.scale(id, 2)
  cluster.runUntil(25 * SECOND)
  t.deepEqual(claims(cluster), ['data-db-0 []', 'data-db-1 []'])
  t.is(cluster.events.filter(({ message }) => message.startsWith('Create Claim')).length, 2)
})

test('the retention policy decides who owns the claims', t => {
  const rows = [
    ['Retain', 'Retain', ['data-db-1 []'], []],
    // A claim owned by the superfluous pod goes with it.
    ['Retain', 'Delete', [], []],
    ['Delete', 'Retain', ['data-db-1 [StatefulSet/db]'], ['StatefulSet/db']],
    ['Delete', 'Delete', [], ['StatefulSet/db']],
  ] as const
  for (const [whenDeleted, whenScaled, superfluous, wanted] of rows) {
    const cluster = new WorkloadCluster()
    const id = createSet(cluster, {
      replicas: 2,
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
    })
    cluster.runUntil(5 * SECOND)
    cluster.scale(id, 1)
    cluster.runUntil(15 * SECOND)
    const expected = [`data-db-0 [${wanted.join()}]`, ...superfluous]
    t.deepEqual(claims(cluster), expected, `whenDeleted ${whenDeleted}, whenScaled ${whenScaled}`)
  }
})

test('a claim deleted under a pending pod is made anew', t => {
  const cluster = new WorkloadCluster({ nodes: 0 })
  createSet(cluster, { replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] })
  cluster.runUntil(SECOND)
  const claim = cluster.state.objects.find('PersistentVolumeClaim', 'default', 'data-db-0') as ObjectId
  cluster.api.objects.delete(claim)
  cluster.runUntil(2 * SECOND)
  t.deepEqual(claims(cluster), ['data-db-0 []'])
})

test('an old template comes back as its old revision under a new number, and history has a limit', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, { replicas: 1, revisionHistoryLimit: 1 })
  cluster.runUntil(5 * SECOND)
  const first = set(cluster).status.currentRevision
  const use = (image: string, until: SimTime): void => {
    change(cluster, id, { template: podTemplate('db', {}, image) })
    cluster.runUntil(until)
  }
  use('v2', 15 * SECOND)
  use('v1', 25 * SECOND)
  t.is(set(cluster).status.currentRevision, first)
  t.deepEqual(revisions(cluster), [2, 3])
  use('v3', 35 * SECOND)
  use('v4', 45 * SECOND)
  // The one in use, and one of the past.
  t.deepEqual(revisions(cluster), [4, 5])
})

test('a restart of a settled controller writes nothing', t => {
  const cluster = new WorkloadCluster()
  rollout(cluster)
  cluster.runUntil(2 * MINUTE)
  const writes = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(3 * MINUTE)
  t.is(cluster.state.log.end, writes)
})

test('a controller killed at any event reaches the same end', t => {
  const reference = new WorkloadCluster()
  rollout(reference)
  reference.runUntil(2 * MINUTE)
  const expected = endState(reference)
  for (const every of [1, 2, 7, 40, 173]) {
    const cluster = new WorkloadCluster()
    rollout(cluster, until => {
      for (let kills = 0; kills < 300; kills++) {
        if (cluster.kernel.run({ until, maxEvents: every }).reason !== 'maxEvents') return
        cluster.manager.restart()
      }
      cluster.kernel.run({ until })
    })
    cluster.runUntil(2 * MINUTE)
    t.deepEqual(endState(cluster), expected, `killed every ${every} events`)
  }
})

test('a watch that is minutes late delays the set and does not break it', t => {
  const cluster = new WorkloadCluster()
  createSet(cluster, { replicas: 3 })
  cluster.manager.informer.latency = 2 * MINUTE
  cluster.runUntil(30 * MINUTE)
  t.deepEqual(names(cluster), ['db-0', 'db-1', 'db-2'])
  t.is(set(cluster).status.availableReplicas, 3)
})

function createSet(cluster: WorkloadCluster, spec: Partial<StatefulSetSpec>, annotations = {}): ObjectId {
  const template = podTemplate('db', annotations)
  return cluster.create('StatefulSet', 'db', { selector: { matchLabels: { app: 'db' } }, template, ...spec })
}

function change(cluster: WorkloadCluster, id: ObjectId, patch: Partial<StatefulSetSpec>): void {
  const { spec } = cluster.state.objects.get<StatefulSetSpec>(id)
  cluster.api.objects.updateSpec(id, defaultStatefulSetSpec({ ...spec, ...patch }))
}

/** One set in order, one parallel with claims; both are changed while they start, one is scaled. */
function rollout(
  cluster: WorkloadCluster,
  run = (until: SimTime): void => {
    cluster.kernel.run({ until })
  },
): void {
  const db = createSet(cluster, { replicas: 3 })
  const cache = cluster.create('StatefulSet', 'cache', {
    replicas: 4,
    selector: { matchLabels: { app: 'cache' } },
    template: podTemplate('cache'),
    podManagementPolicy: 'Parallel',
    minReadySeconds: 2,
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
  })
  run(2.5 * SECOND)
  change(cluster, db, { template: podTemplate('db', {}, 'v2') })
  change(cluster, cache, { template: podTemplate('cache', {}, 'v2') })
  run(6 * SECOND)
  cluster.scale(db, 5)
  cluster.scale(cache, 3)
  run(20 * SECOND)
}

/** What must not hang on how the controller came there. */
function endState(cluster: WorkloadCluster) {
  const { objects } = cluster.state
  const statuses = [...objects.ofKind('StatefulSet')].map(
    id => objects.get<StatefulSetSpec, StatefulSetStatus>(id).status,
  )
  return { statuses, names: names(cluster), images: images(cluster), claims: claims(cluster) }
}

/** The values a text takes, each once. */
function history(cluster: WorkloadCluster, until: SimTime, text: () => string): string[] {
  const seen = new Set<string>()
  for (let at = cluster.kernel.now; at <= until; at += SECOND / 10) {
    cluster.kernel.run({ until: at })
    seen.add(text())
  }
  return [...seen]
}

function set(cluster: WorkloadCluster) {
  const id = cluster.state.objects.find('StatefulSet', 'default', 'db') as ObjectId
  return cluster.state.objects.get<StatefulSetSpec, StatefulSetStatus>(id)
}

function byName(cluster: WorkloadCluster): PodId[] {
  const { name } = cluster.state.pods
  return cluster.podIds().toSorted((a, b) => ((name[a] as string) < (name[b] as string) ? -1 : 1))
}

function names(cluster: WorkloadCluster): (string | undefined)[] {
  return byName(cluster).map(pod => cluster.state.pods.name[pod])
}

function images(cluster: WorkloadCluster): (string | undefined)[] {
  const { pods, templates } = cluster.state
  return byName(cluster).map(pod => templates.get(pods.templateOf(pod)).spec.containers[0].image)
}

function podNamed(cluster: WorkloadCluster, name: string): PodId {
  return cluster.state.pods.find(cluster.state.namespaceId('default'), name) as PodId
}

/** Names of the claims and their owners. */
function claims(cluster: WorkloadCluster): string[] {
  const { objects } = cluster.state
  return [...objects.ofKind('PersistentVolumeClaim')]
    .map(id => objects.get(id).meta)
    .map(({ name, owners }) => `${name} [${owners.map(owner => `${owner.kind}/${owner.name}`).join()}]`)
    .toSorted()
}

function revisions(cluster: WorkloadCluster): number[] {
  const { objects } = cluster.state
  return [...objects.ofKind('ControllerRevision')]
    .map(id => objects.get<ControllerRevisionSpec>(id).spec.revision)
    .toSorted((a, b) => a - b)
}
