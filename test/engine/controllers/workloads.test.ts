import test from 'ava'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { isRefused } from '../../../engine/apiserver/result.js'
import { MINUTE, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { findCondition } from '../../../engine/model/conditions.js'
import { NONE, type ObjectId, type PodId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

test('a Deployment becomes available pods and says so', t => {
  const cluster = new WorkloadCluster()
  const web = cluster.createDeployment('web', { replicas: 4 })
  cluster.runUntil(5 * SECOND)
  const { status, meta } = cluster.deployment(web)
  t.deepEqual([status.replicas, status.updatedReplicas, status.availableReplicas], [4, 4, 4])
  t.is(status.unavailableReplicas, 0)
  t.is(findCondition(status.conditions, 'Progressing')?.reason, 'NewReplicaSetAvailable')
  t.is(meta.annotations['deployment.kubernetes.io/revision'], '1')
  t.deepEqual(
    cluster.events.filter(({ source }) => source === 'deployment-controller').map(({ message }) => message),
    [`Scaled up replica set ${onlyReplicaSet(cluster).meta.name} from 0 to 4`],
  )
  t.is(cluster.events.filter(({ reason }) => reason === 'SuccessfulCreate').length, 4)
})

test('pods are created in batches of 1, 2, 4 ..., each after the answers to the one before', t => {
  const cluster = new WorkloadCluster()
  cluster.createReplicaSet('web', { replicas: 8 })
  cluster.runUntil(SECOND)
  const { createdAt } = cluster.state.pods
  const times = cluster.podIds().map(pod => createdAt[pod])
  // Watch and request take 4 ms each, then a batch is answered after 28 ms: 8, 40, 72 and (one left) 104 ms.
  t.deepEqual(
    times,
    [8, 40, 40, 72, 72, 72, 72, 104].map(ms => ms * 1000),
  )
})

test('beyond the burst of 30 a client makes 20 requests a second, its events included', t => {
  const cluster = new WorkloadCluster()
  cluster.createReplicaSet('web', { replicas: 60 })
  cluster.runUntil(10 * SECOND)
  const { createdAt } = cluster.state.pods
  const last = Math.max(...cluster.podIds().map(pod => createdAt[pod]))
  // Recorded: 1.8 s. Without events (60 - 30) / 20 = 1.5 s.
  t.true(last > 1.5 * SECOND && last < 2.2 * SECOND, `${last}`)
})

test('a rolling update keeps between maxUnavailable and maxSurge, and ends with new pods only', t => {
  const cluster = new WorkloadCluster()
  const annotations = { 'kubelapse.io/ready-seconds': '3' }
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } as const
  const web = cluster.createDeployment('web', { replicas: 4, strategy }, podTemplate('web', annotations))
  cluster.runUntil(10 * SECOND)
  cluster.patch(web, { template: podTemplate('web', annotations, 'v2') })
  const seen = new Set<string>()
  for (let at = 10 * SECOND; at <= 60 * SECOND; at += SECOND / 10) {
    cluster.kernel.run({ until: at })
    const sizes = cluster.sizes()
    seen.add(sizes.join('+'))
    t.true(sizes.reduce((sum, size) => sum + size) <= 5)
    t.true(cluster.deployment(web).status.availableReplicas >= 4)
  }
  // Surge by one, then one old pod goes for each new one that is ready; both happen within a tenth of a second.
  t.deepEqual([...seen], ['4', '4+1', '3+2', '2+3', '1+4', '0+4'])
  t.deepEqual(cluster.sizes(), [0, 4])
  t.is(cluster.deployment(web).meta.annotations['deployment.kubernetes.io/revision'], '2')
  t.is(cluster.podIds().length, 4)
})

test('Recreate creates the new pods only when the objects of all old ones are gone', t => {
  const cluster = new WorkloadCluster()
  const annotations = { 'kubelapse.io/stop-seconds': '7' }
  const web = cluster.createDeployment(
    'web',
    { replicas: 3, strategy: { type: 'Recreate' } },
    podTemplate('web', annotations),
  )
  cluster.runUntil(5 * SECOND)
  cluster.patch(web, { template: podTemplate('web', annotations, 'v2') })
  cluster.runUntil(11 * SECOND)
  t.deepEqual(cluster.sizes(), [0])
  t.is(cluster.podIds().length, 3)
  cluster.runUntil(20 * SECOND)
  t.deepEqual(cluster.sizes(), [0, 3])
  t.true(cluster.podIds().every(pod => cluster.state.pods.createdAt[pod] > 12 * SECOND))
})

test('minReadySeconds counts from the whole second of Ready', t => {
  // Time 0 lies 0.6 s into its second: pods Ready at 1.04 s count from 0.4 s on.
  const cluster = new WorkloadCluster({ epochSeconds: 1_700_000_000.6 })
  const web = cluster.createReplicaSet('web', { replicas: 1, minReadySeconds: 5 })
  cluster.runUntil(5.35 * SECOND)
  t.is(cluster.replicaSet(web).status.readyReplicas, 1)
  t.is(cluster.replicaSet(web).status.availableReplicas, 0)
  cluster.runUntil(5.45 * SECOND)
  t.is(cluster.replicaSet(web).status.availableReplicas, 1)
})

test('refused pods are reported, retried with back-off, and made up for', t => {
  const cluster = new WorkloadCluster()
  cluster.pods.limit = 3
  const web = cluster.createDeployment('web', { replicas: 5 })
  cluster.runUntil(2 * SECOND)
  const failure = findCondition(onlyReplicaSet(cluster).status.conditions, 'ReplicaFailure')
  t.is(failure?.reason, 'FailedCreate')
  t.regex(failure?.message ?? '', /exceeded quota/)
  t.is(findCondition(cluster.deployment(web).status.conditions, 'ReplicaFailure')?.status, 'True')
  t.true(cluster.events.some(({ reason, type }) => reason === 'FailedCreate' && type === 'Warning'))
  cluster.pods.limit = Infinity
  cluster.runUntil(20 * SECOND)
  t.is(onlyReplicaSet(cluster).status.readyReplicas, 5)
  t.is(findCondition(cluster.deployment(web).status.conditions, 'ReplicaFailure'), undefined)
})

test('an orphan that is selected is adopted, a pod that is not any more is released and replaced', t => {
  const cluster = new WorkloadCluster()
  const orphan = addBarePod(cluster, 'stray', { app: 'web' })
  const web = cluster.createReplicaSet('web', { replicas: 2 })
  cluster.runUntil(5 * SECOND)
  const { pods } = cluster.state
  t.is(pods.owner[orphan], web)
  t.is(cluster.podIds().length, 2)
  cluster.pods.patchLabels(orphan, pods.uid[orphan], cluster.state.labelsId({ app: 'quarantine' }))
  cluster.runUntil(10 * SECOND)
  t.is(pods.owner[orphan], NONE)
  t.is(cluster.podIds().length, 3)
  t.is(cluster.replicaSet(web).status.readyReplicas, 2)
})

test('progressDeadlineSeconds is noticed without anything else happening', t => {
  const cluster = new WorkloadCluster()
  const never = podTemplate('web', { 'kubelapse.io/ready-seconds': 'never' })
  const web = cluster.createDeployment('web', { replicas: 2, progressDeadlineSeconds: 30 }, never)
  cluster.runUntil(29 * SECOND)
  t.is(findCondition(cluster.deployment(web).status.conditions, 'Progressing')?.status, 'True')
  cluster.runUntil(33 * SECOND)
  t.is(
    findCondition(cluster.deployment(web).status.conditions, 'Progressing')?.reason,
    'ProgressDeadlineExceeded',
  )
})

test('a Deployment at rest takes up every change of its ReplicaSets', t => {
  const cluster = new WorkloadCluster()
  const { objects } = cluster.state
  const web = cluster.createDeployment('web', { replicas: 2, revisionHistoryLimit: 1 })
  cluster.runUntil(30 * SECOND)
  const { uid } = cluster.deployment(web).meta
  const first = onlyReplicaSet(cluster)
  // Somebody else's write of the status is put right by the ReplicaSets' sums.
  cluster.api.objects.updateStatus(web, { ...cluster.deployment(web).status, readyReplicas: 0 })
  cluster.runUntil(40 * SECOND)
  t.is(cluster.deployment(web).status.readyReplicas, 2)
  // Three without a controller and without pods: all are adopted, and two of them are beyond the limit.
  const strays = ['a', 'b', 'c'].map(name =>
    cluster.createReplicaSet(
      name,
      { replicas: 0, selector: { matchLabels: { app: 'web' } } },
      podTemplate('web', { name }),
    ),
  )
  for (const id of strays) cluster.api.objects.updateMeta(id, { labels: { app: 'web' } })
  cluster.runUntil(50 * SECOND)
  const left = strays.filter(id => objects.exists(id))
  t.deepEqual(left, [strays[2]])
  t.is(objects.get(strays[2]).meta.owners[0].uid, uid)
  // One that loses its labels is released, one that goes is made again.
  cluster.api.objects.updateMeta(strays[2], { labels: {} })
  cluster.runUntil(60 * SECOND)
  t.deepEqual(objects.get(strays[2]).meta.owners, [])
  cluster.api.objects.delete(first.id)
  cluster.runUntil(90 * SECOND)
  t.deepEqual(cluster.sizes(), [0, 2])
  t.is(cluster.deployment(web).status.availableReplicas, 2)
})

test('a restart of settled controllers writes nothing', t => {
  const cluster = new WorkloadCluster()
  rolloutWithScaling(cluster)
  cluster.runUntil(2 * MINUTE)
  const writes = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(3 * MINUTE)
  t.is(cluster.state.log.end, writes)
})

test('controllers killed at any event reach the same end', t => {
  const reference = new WorkloadCluster()
  rolloutWithScaling(reference)
  reference.runUntil(2 * MINUTE)
  const expected = endState(reference)
  for (const every of [1, 2, 7, 40, 173]) {
    const cluster = new WorkloadCluster()
    rolloutWithScaling(cluster, until => {
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

test('a watch that is minutes late delays a rollout and does not break it', t => {
  const cluster = new WorkloadCluster()
  const web = cluster.createDeployment('web', { replicas: 6 })
  cluster.manager.informer.latency = 2 * MINUTE
  let most = 0
  for (let at = 0; at <= 60 * MINUTE; at += 10 * SECOND) {
    cluster.kernel.run({ until: at })
    most = Math.max(most, cluster.podIds().length)
  }
  t.is(most, 6)
  t.is(cluster.deployment(web).status.availableReplicas, 6)
  cluster.patch(web, { template: podTemplate('web', {}, 'v2') })
  cluster.runUntil(180 * MINUTE)
  t.deepEqual(cluster.sizes(), [0, 6])
  t.is(cluster.deployment(web).status.availableReplicas, 6)
})

/** Two Deployments; one is rolled out while its first pods start, and scaled in the middle of that. */
function rolloutWithScaling(
  cluster: WorkloadCluster,
  run = (until: SimTime): void => {
    cluster.kernel.run({ until })
  },
): void {
  const web = cluster.createDeployment('web', { replicas: 5 })
  cluster.createDeployment('api', { replicas: 3, minReadySeconds: 2 })
  run(1.5 * SECOND)
  cluster.patch(web, { template: podTemplate('web', {}, 'v2') })
  run(1.8 * SECOND)
  cluster.scale(web, 8)
  run(10 * SECOND)
}

/** What must not hang on how the controllers came there: sizes, counts, conditions. */
function endState(cluster: WorkloadCluster) {
  const { objects } = cluster.state
  const describe = (id: ObjectId) => {
    const { meta, spec, status } = cluster.deployment(id)
    const conditions = status.conditions.map(({ type, reason }) => `${type} ${reason}`).toSorted()
    return [
      meta.name,
      spec.replicas,
      status.readyReplicas,
      status.updatedReplicas,
      status.availableReplicas,
      conditions,
    ]
  }
  return {
    deployments: [...objects.ofKind('Deployment')].map(describe),
    active: cluster
      .sizes()
      .filter(size => size > 0)
      .toSorted((a, b) => a - b),
    pods: cluster.podIds().length,
  }
}

function onlyReplicaSet(cluster: WorkloadCluster) {
  const [id] = cluster.state.objects.ofKind('ReplicaSet')
  return cluster.replicaSet(id)
}

function addBarePod(cluster: WorkloadCluster, name: string, labels: Record<string, string>): PodId {
  const { state } = cluster
  const draft = new PodDraft()
  draft.namespace = state.namespaceId('default')
  draft.name = name
  draft.template = state.templateId({ spec: { containers: [{ name: 'main' }] }, annotations: {} })
  draft.labels = state.labelsId(labels)
  const created = cluster.pods.create(draft, 0)
  if (isRefused(created)) throw new Error(`${name} is there twice`)
  return created
}

test('label keys of a spread constraint are merged with the labels that the pods really get', t => {
  const cluster = new WorkloadCluster()
  const template = podTemplate('web')
  const constraint = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } },
    matchLabelKeys: ['pod-template-hash'],
  } as const
  const spec = { ...template.spec, topologySpreadConstraints: [constraint] }
  cluster.createDeployment('web', { replicas: 1 }, { ...template, spec })
  cluster.runUntil(SECOND)
  const [pod] = cluster.podIds()
  const { templates, labelSets, pods } = cluster.state
  const hash = labelSets.get(pods.labelsOf(pod))['pod-template-hash']
  const selector = templates.get(pods.templateOf(pod)).spec.topologySpreadConstraints?.[0].labelSelector
  t.deepEqual(selector?.matchExpressions, [{ key: 'pod-template-hash', operator: 'In', values: [hash] }])
})
