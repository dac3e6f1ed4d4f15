import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import type { Propagation } from '../../../engine/apiserver/deletion-finalizers.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid?: string
  readonly blockOwnerDeletion?: boolean
}

function configMap(
  cluster: WorkloadCluster,
  name: string,
  owners: readonly Owner[] = [],
  finalizers: string[] = [],
) {
  const metadata = { name, namespace: 'default', ownerReferences: owners, finalizers }
  return applyManifest(cluster.api, { apiVersion: 'v1', kind: 'ConfigMap', metadata }) as ObjectId
}

function names(cluster: WorkloadCluster, kind = 'ConfigMap'): string[] {
  const { objects } = cluster.state
  return [...objects.ofKind(kind)].map(id => objects.get(id).meta.name)
}

const POLICIES: readonly Propagation[] = ['Background', 'Foreground', 'Orphan']

for (const policy of POLICIES) {
  test(`a chain of three goes with its head, or is left behind: ${policy}`, t => {
    const cluster = new WorkloadCluster()
    const head = configMap(cluster, 'a')
    configMap(cluster, 'b', [{ kind: 'ConfigMap', name: 'a', blockOwnerDeletion: true }])
    configMap(cluster, 'c', [{ kind: 'ConfigMap', name: 'b', blockOwnerDeletion: true }])
    cluster.runUntil(1 * SECOND)
    t.deepEqual(names(cluster), ['a', 'b', 'c'])
    cluster.api.objects.delete(head, policy)
    cluster.runUntil(2 * SECOND)
    t.deepEqual(names(cluster), policy === 'Orphan' ? ['b', 'c'] : [])
  })

  test(`a Deployment deleted with ${policy}, restarted at any time, ends the same`, t => {
    const ends = [0, 1, 5, 20, 100].map(restartAfterMillis => {
      const cluster = new WorkloadCluster()
      const id = cluster.createDeployment('web', { replicas: 3 })
      cluster.runUntil(10 * SECOND)
      cluster.api.objects.delete(id, policy)
      cluster.runUntil(10 * SECOND + restartAfterMillis * 1000)
      cluster.manager.restart()
      cluster.runUntil(60 * SECOND)
      return [
        names(cluster, 'Deployment').length,
        names(cluster, 'ReplicaSet').length,
        cluster.podIds().length,
      ]
    })
    const expected = policy === 'Orphan' ? [0, 1, 3] : [0, 0, 0]
    for (const end of ends) t.deepEqual(end, expected)
  })
}

test('in the foreground an owner waits for what blocks it, and not for the rest', t => {
  const cluster = new WorkloadCluster()
  const owner = configMap(cluster, 'owner')
  const owners = [{ kind: 'ConfigMap', name: 'owner', blockOwnerDeletion: true }]
  const blocking = configMap(cluster, 'blocking', owners, ['example.com/hold'])
  configMap(cluster, 'free', [{ kind: 'ConfigMap', name: 'owner' }], ['example.com/hold'])
  cluster.runUntil(1 * SECOND)
  cluster.api.objects.delete(owner, 'Foreground')
  cluster.runUntil(5 * SECOND)
  t.deepEqual(names(cluster), ['owner', 'blocking', 'free'])
  cluster.api.objects.updateMeta(blocking, { finalizers: [] })
  cluster.runUntil(6 * SECOND)
  t.deepEqual(names(cluster), ['free'])
})

test('what names an owner that is not there goes; of two owners the missing one is forgotten', t => {
  const cluster = new WorkloadCluster()
  configMap(cluster, 'here')
  configMap(cluster, 'lost', [{ kind: 'ConfigMap', name: 'never' }])
  const half = configMap(cluster, 'half', [
    { kind: 'ConfigMap', name: 'here' },
    { kind: 'ConfigMap', name: 'never' },
  ])
  cluster.runUntil(1 * SECOND)
  t.deepEqual(names(cluster), ['here', 'half'])
  t.is(cluster.state.objects.get(half).meta.owners.length, 1)
})

test('an owner in another namespace does not count', t => {
  const cluster = new WorkloadCluster()
  const metadata = { name: 'far', namespace: 'other' }
  applyManifest(cluster.api, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
  configMap(cluster, 'cross', [{ kind: 'ConfigMap', name: 'far', uid: '@other' }])
  cluster.runUntil(1 * SECOND)
  t.deepEqual(names(cluster), ['far'])
  const [event] = cluster.events
  t.is(event?.reason, 'OwnerRefInvalidNamespace')
  t.regex(event?.message ?? '', /does not exist in namespace "default"$/)
})

test('a dependent of a pod goes with the pod, one of a node with the node', t => {
  const cluster = new WorkloadCluster()
  cluster.createReplicaSet('web', { replicas: 1 })
  cluster.runUntil(5 * SECOND)
  const [pod] = cluster.podIds()
  const { pods } = cluster.state
  configMap(cluster, 'of-pod', [{ kind: 'Pod', name: pods.name[pod] as string }])
  configMap(cluster, 'of-node', [{ kind: 'Node', name: 'node-3' }])
  cluster.runUntil(6 * SECOND)
  t.deepEqual(names(cluster), ['of-pod', 'of-node'])
  cluster.api.pods.delete(pod, pods.uid[pod])
  cluster.api.nodes.delete(cluster.state.nodes.find('node-3') as never)
  cluster.runUntil(20 * SECOND)
  t.deepEqual(names(cluster), [])
})
