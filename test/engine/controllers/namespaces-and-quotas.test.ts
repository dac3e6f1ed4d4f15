import test from 'ava'
import { enableAdmission } from '../../../engine/apiserver/admission/admission.js'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { Result } from '../../../engine/apiserver/result.js'
import { MILLISECOND, SECOND } from '../../../engine/kernel/time.js'
import type { Condition } from '../../../engine/model/conditions.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

function admittingCluster(): WorkloadCluster {
  const cluster = new WorkloadCluster()
  enableAdmission(cluster.api)
  return cluster
}

function apply(
  cluster: WorkloadCluster,
  kind: string,
  name: string,
  fields: object = {},
  namespace = 'default',
) {
  const metadata = kind === 'Namespace' ? { name } : { name, namespace }
  return applyManifest(cluster.api, { apiVersion: 'v1', kind, metadata, ...fields }) as ObjectId
}

function quota(cluster: WorkloadCluster, id: ObjectId): { hard?: object; used?: object } {
  return cluster.state.objects.get<unknown, { hard?: object; used?: object }>(id).status
}

test('a quota of five pods stops a Deployment of eight; raised, it lets the rest in', t => {
  const cluster = admittingCluster()
  const id = apply(cluster, 'ResourceQuota', 'q', { spec: { hard: { pods: '5' } } })
  cluster.runUntil(1 * SECOND)
  t.deepEqual(quota(cluster, id), { hard: { pods: '5' }, used: { pods: '0' } })
  cluster.createDeployment('web', { replicas: 8 })
  cluster.runUntil(5 * SECOND)
  t.deepEqual(quota(cluster, id).used, { pods: '5' })
  t.is(cluster.podIds().length, 5)
  const refused = cluster.events.find(({ reason }) => reason === 'FailedCreate')
  t.regex(
    refused?.message ?? '',
    /^Error creating: pods "web-.*" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5$/,
  )
  cluster.api.objects.updateSpec(id, { hard: { pods: '10' } })
  cluster.runUntil(60 * SECOND)
  t.deepEqual(quota(cluster, id), { hard: { pods: '10' }, used: { pods: '8' } })
})

test('what is deleted leaves its quota, and a restarted controller writes nothing', t => {
  const cluster = admittingCluster()
  const id = apply(cluster, 'ResourceQuota', 'q', { spec: { hard: { 'count/configmaps': '2' } } })
  cluster.runUntil(1 * SECOND)
  const first = apply(cluster, 'ConfigMap', 'a')
  apply(cluster, 'ConfigMap', 'b')
  t.is<number, number>(apply(cluster, 'ConfigMap', 'c'), Result.Forbidden)
  t.regex(
    cluster.api.objects.refusal,
    /^configmaps "c" is forbidden: exceeded quota: q, requested: count\/configmaps=1/,
  )
  cluster.api.objects.delete(first)
  cluster.runUntil(2 * SECOND)
  t.deepEqual(quota(cluster, id).used, { 'count/configmaps': '1' })
  const end = cluster.state.log.end
  cluster.manager.restart()
  cluster.runUntil(3 * SECOND)
  t.is(cluster.state.log.end, end)
})

test('a limit range fills in amounts, and refuses what is beyond its bounds', t => {
  const cluster = admittingCluster()
  const limits = [
    { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '200m' }, max: { cpu: '1' } },
  ]
  apply(cluster, 'LimitRange', 'lr', { spec: { limits } })
  cluster.createReplicaSet('small', { replicas: 1 })
  const template = podTemplate('big')
  const [container] = template.spec.containers
  const resources = { requests: { cpu: '2' }, limits: { cpu: '2' } }
  cluster.createReplicaSet(
    'big',
    { replicas: 1 },
    {
      ...template,
      spec: { ...template.spec, containers: [{ ...container, resources }] },
    },
  )
  cluster.runUntil(1 * SECOND)
  const [pod] = cluster.podIds()
  const { spec } = cluster.state.templates.get(cluster.state.pods.templateOf(pod))
  t.deepEqual(spec.containers[0].resources, { requests: { cpu: '200m' }, limits: { cpu: '500m' } })
  const refused = cluster.events.find(({ reason }) => reason === 'FailedCreate')
  t.regex(refused?.message ?? '', /is forbidden: maximum cpu usage per Container is 1, but limit is 2$/)
})

// Content after 5 s; the conditions' write asks for a look 5 s later, when the pods have gone (stopped after 1 s).
test('a namespace with pods goes in rounds, restarted at any time or not', t => {
  for (const restartAt of [undefined, 12 * SECOND, 15 * SECOND + 10 * MILLISECOND, 17 * SECOND]) {
    const cluster = admittingCluster()
    const id = apply(cluster, 'Namespace', 'default')
    cluster.createDeployment('web', { replicas: 3 })
    cluster.runUntil(10 * SECOND)
    cluster.api.objects.delete(id)
    t.is<number, number>(apply(cluster, 'ConfigMap', 'late'), Result.NamespaceTerminating)
    cluster.runUntil(14 * SECOND)
    if (restartAt === undefined)
      t.is(cluster.podIds().filter(pod => cluster.state.pods.isTerminating(pod)).length, 0)
    else {
      cluster.runUntil(Math.max(restartAt, 14 * SECOND))
      cluster.manager.restart()
    }
    cluster.runUntil(100 * SECOND)
    t.is(cluster.podIds().length, 0)
    t.is(cluster.state.objects.countOfKind('Deployment'), 0)
    t.is(cluster.state.objects.countOfKind('Namespace'), 0)
    t.is<number, number>(apply(cluster, 'ConfigMap', 'later'), Result.NotFound)
  }
})

test('a namespace waits for foreign finalizers in rounds of 8 s and says so', t => {
  const cluster = admittingCluster()
  const id = apply(cluster, 'Namespace', 'default')
  const held = apply(cluster, 'ConfigMap', 'held')
  cluster.api.objects.updateMeta(held, { finalizers: ['example.com/hold'] })
  cluster.api.objects.delete(id)
  cluster.runUntil(8 * SECOND)
  const { conditions } = cluster.state.objects.get<unknown, { conditions: Condition[] }>(id).status
  t.deepEqual(
    conditions.filter(({ status }) => status === 'True').map(({ reason, message }) => [reason, message]),
    [
      ['SomeResourcesRemain', 'Some resources are remaining: configmaps. has 1 resource instances'],
      [
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      ],
    ],
  )
  cluster.api.objects.updateMeta(held, { finalizers: [] })
  t.is(cluster.state.objects.countOfKind('Namespace'), 1)
  cluster.runUntil(20 * SECOND)
  t.is(cluster.state.objects.countOfKind('Namespace'), 0)
})
