import test from 'ava'
import { applyManifest } from '../../../../engine/apiserver/apply-manifest.js'
import { patchObject } from '../../../../engine/apiserver/patch-object.js'
import { persistentvolumebinder } from '../../../../engine/controllers/persistentvolume/persistentvolume-binder.js'
import { pvcprotection } from '../../../../engine/controllers/pvcprotection/pvcprotection.js'
import { pvprotection } from '../../../../engine/controllers/pvprotection/pvprotection.js'
import { MILLISECOND, SECOND, type SimTime } from '../../../../engine/kernel/time.js'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../../engine/model/storage.js'
import type { ObjectId, PodId } from '../../../../engine/state/ids.js'
import { WorkloadCluster } from '../../../support/workload-cluster.js'

const VOLUME_CONTROLLERS = [
  'persistentvolume-binder',
  'persistentvolumeclaim-protection',
  'persistentvolume-protection',
]

class StorageCluster extends WorkloadCluster {
  apply(kind: string, name: string, fields: object, metadata: object = {}): ObjectId {
    const isNamespaced = kind === 'PersistentVolumeClaim' || kind === 'Pod'
    const namespace = isNamespaced ? { namespace: 'default' } : {}
    const manifest = { apiVersion: 'v1', kind, metadata: { name, ...namespace, ...metadata }, ...fields }
    return applyManifest(this.api, manifest) as ObjectId
  }

  volume(name: string, size: string, spec: object = {}): ObjectId {
    const accessModes = ['ReadWriteOnce']
    const csi = { driver: 'none.example.com', volumeHandle: name }
    return this.apply('PersistentVolume', name, {
      spec: { capacity: { storage: size }, accessModes, csi, ...spec },
    })
  }

  claim(name: string, size: string, spec: object = {}): ObjectId {
    const resources = { requests: { storage: size } }
    const accessModes = ['ReadWriteOnce']
    return this.apply('PersistentVolumeClaim', name, {
      spec: { accessModes, resources, storageClassName: '', ...spec },
    })
  }

  pod(name: string, claimName: string, annotations: Record<string, string> = {}): PodId {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName } }]
    const spec = { containers: [{ name: 'main' }], restartPolicy: 'Never', volumes }
    return this.apply('Pod', name, { spec }, { annotations }) as number as PodId
  }

  deleteClaim(name: string): void {
    const id = this.state.objects.find('PersistentVolumeClaim', 'default', name)
    if (id !== undefined) this.api.objects.delete(id)
  }

  deletePod(name: string): void {
    const pod = this.state.pods.find(this.state.namespaceId('default'), name) as PodId
    this.api.pods.delete(pod, this.state.pods.uid[pod])
  }

  /** `phase volume` by claim. */
  claims(): Record<string, string> {
    const found = [...this.state.objects.ofKind('PersistentVolumeClaim')].map(id => {
      const { meta, spec, status } = this.state.objects.get(id) as PersistentVolumeClaim
      const { phase = '' } = status
      return [meta.name, `${phase} ${spec.volumeName ?? ''}`.trim()]
    })
    return Object.fromEntries(found)
  }

  /** `phase claim` by volume. */
  volumes(): Record<string, string> {
    const found = [...this.state.objects.ofKind('PersistentVolume')].map(id => {
      const { meta, spec, status } = this.state.objects.get(id) as PersistentVolume
      return [meta.name, `${status.phase ?? ''} ${spec.claimRef?.name ?? ''}`.trim()]
    })
    return Object.fromEntries(found)
  }

  reasons(name: string): string[] {
    return [
      ...new Set(this.events.filter(({ subject }) => subject.name === name).map(({ reason }) => reason)),
    ]
  }

  restartVolumeControllers(): void {
    for (const name of VOLUME_CONTROLLERS) this.manager.restart(name)
  }
}

test('a claim takes the smallest volume that suits, and its capacity is the volume’s', t => {
  const cluster = new StorageCluster()
  cluster.volume('large', '10Gi')
  cluster.volume('small', '2Gi')
  cluster.volume('tiny', '500Mi')
  cluster.volume('classy', '1Gi', { storageClassName: 'gold' })
  cluster.runUntil(1 * SECOND)
  const id = cluster.claim('data', '1Gi')
  cluster.runUntil(2 * SECOND)
  t.deepEqual(cluster.claims(), { data: 'Bound small' })
  const claim = cluster.state.objects.get(id) as PersistentVolumeClaim
  t.is(claim.status.capacity?.['storage'], '2Gi')
  t.deepEqual(cluster.volumes(), {
    large: 'Available',
    small: 'Bound data',
    tiny: 'Available',
    classy: 'Available',
  })
})

test('a claim that waits is looked at every 15 s; one that comes after the volume takes it before', t => {
  const cluster = new StorageCluster()
  cluster.claim('early', '1Gi')
  cluster.runUntil(20 * SECOND)
  t.deepEqual(cluster.reasons('early'), ['FailedBinding'])
  cluster.volume('one', '1Gi')
  cluster.runUntil(21 * SECOND)
  cluster.claim('late', '1Gi')
  cluster.runUntil(22 * SECOND)
  t.deepEqual(cluster.claims(), { early: 'Pending', late: 'Bound one' })
  cluster.volume('two', '1Gi')
  cluster.runUntil(29 * SECOND)
  t.is(cluster.claims()['early'], 'Pending')
  // The controller began at 0, so its passes are at 15 s, 30 s and so on.
  cluster.runUntil(30 * SECOND + 100 * MILLISECOND)
  t.is(cluster.claims()['early'], 'Bound two')
})

test('a volume that a claim names is taken if it suits; one reserved by name waits for its claim', t => {
  const cluster = new StorageCluster()
  cluster.volume('small', '1Gi')
  cluster.volume('kept', '2Gi', { claimRef: { namespace: 'default', name: 'owner' } })
  cluster.claim('greedy', '5Gi', { volumeName: 'small' })
  cluster.claim('other', '2Gi')
  cluster.runUntil(20 * SECOND)
  t.deepEqual(cluster.claims(), { greedy: 'Pending small', other: 'Pending' })
  t.deepEqual(cluster.reasons('greedy'), ['VolumeMismatch'])
  t.is(cluster.volumes()['kept'], 'Available owner')
  cluster.claim('owner', '1Gi')
  cluster.runUntil(21 * SECOND)
  t.is(cluster.claims()['owner'], 'Bound kept')
  cluster.claim('second', '1Gi', { volumeName: 'kept' })
  cluster.runUntil(22 * SECOND)
  t.is(cluster.claims()['second'], 'Pending kept')
  t.deepEqual(cluster.reasons('second'), ['FailedBinding'])
})

test('a class that waits for pods leaves its claims to the scheduler; an external provisioner is named', t => {
  const cluster = new StorageCluster()
  cluster.apply('StorageClass', 'wait', {
    provisioner: 'x.example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  cluster.apply('StorageClass', 'now', { provisioner: 'x.example.com', volumeBindingMode: 'Immediate' })
  cluster.volume('free', '1Gi', { storageClassName: 'wait' })
  cluster.claim('waiting', '1Gi', { storageClassName: 'wait' })
  const now = cluster.claim('now', '1Gi', { storageClassName: 'now' })
  cluster.claim('none', '1Gi', { storageClassName: 'missing' })
  cluster.runUntil(5 * SECOND)
  t.deepEqual(cluster.claims(), { waiting: 'Pending', now: 'Pending', none: 'Pending' })
  t.deepEqual(cluster.reasons('waiting'), ['WaitForFirstConsumer'])
  t.deepEqual(cluster.reasons('now'), ['ExternalProvisioning'])
  t.deepEqual(cluster.reasons('none'), ['ProvisioningFailed'])
  const { annotations } = cluster.state.objects.get(now).meta
  t.is(annotations['volume.kubernetes.io/storage-provisioner'], 'x.example.com')
})

/** Reclaim policy and source of a volume, and what is left of it when its claim has gone. */
const RECLAIMED: readonly {
  readonly rule: string
  readonly spec: object
  readonly end: string | undefined
}[] = [
  { rule: 'Retain keeps it', spec: { persistentVolumeReclaimPolicy: 'Retain' }, end: 'Released data' },
  {
    rule: 'Delete of a CSI volume is left to its provisioner',
    spec: { persistentVolumeReclaimPolicy: 'Delete' },
    end: 'Released data',
  },
  {
    rule: 'Delete of a local volume fails',
    spec: { persistentVolumeReclaimPolicy: 'Delete', csi: undefined, local: { path: '/disk' } },
    end: 'Failed data',
  },
  {
    rule: 'Delete of a host path outside of /tmp fails',
    spec: { persistentVolumeReclaimPolicy: 'Delete', csi: undefined, hostPath: { path: '/data' } },
    end: 'Failed data',
  },
  {
    rule: 'Delete of a host path under /tmp deletes it',
    spec: { persistentVolumeReclaimPolicy: 'Delete', csi: undefined, hostPath: { path: '/tmp/data' } },
    end: undefined,
  },
  {
    rule: 'Recycle empties an NFS volume and offers it again',
    spec: { persistentVolumeReclaimPolicy: 'Recycle', csi: undefined, nfs: { server: 's', path: '/' } },
    end: 'Available',
  },
  {
    rule: 'Recycle of a CSI volume fails',
    spec: { persistentVolumeReclaimPolicy: 'Recycle' },
    end: 'Failed data',
  },
]

for (const { rule, spec, end } of RECLAIMED) {
  test(`the claim has gone: ${rule}`, t => {
    const cluster = new StorageCluster()
    cluster.volume('v', '1Gi', spec)
    cluster.claim('data', '1Gi')
    cluster.runUntil(16 * SECOND)
    t.is(cluster.volumes()['v'], 'Bound data')
    cluster.deleteClaim('data')
    cluster.runUntil(17 * SECOND)
    t.deepEqual(cluster.volumes(), end === undefined ? {} : { v: end })
  })
}

test('a released volume whose reference is taken away is free for the next claim', t => {
  const cluster = new StorageCluster()
  cluster.volume('v', '1Gi')
  cluster.claim('first', '1Gi')
  cluster.runUntil(16 * SECOND)
  cluster.deleteClaim('first')
  cluster.runUntil(17 * SECOND)
  const removal = [{ op: 'remove', path: '/spec/claimRef' }]
  patchObject(cluster.api, { kind: 'PersistentVolume', namespace: '', name: 'v' }, 'json', removal)
  cluster.runUntil(18 * SECOND)
  t.deepEqual(cluster.volumes(), { v: 'Available' })
  cluster.claim('second', '1Gi')
  cluster.runUntil(19 * SECOND)
  t.deepEqual(cluster.volumes(), { v: 'Bound second' })
})

test('a claim stays until the last pod that uses it has gone, finished ones too; a volume while it is bound', t => {
  const cluster = new StorageCluster()
  const volume = cluster.volume('v', '1Gi')
  cluster.claim('data', '1Gi')
  cluster.runUntil(16 * SECOND)
  cluster.pod('runs', 'data')
  cluster.pod('ends', 'data', { 'oracle/run-seconds': '2' })
  cluster.runUntil(25 * SECOND)
  cluster.deleteClaim('data')
  cluster.api.objects.delete(volume)
  cluster.runUntil(30 * SECOND)
  cluster.deletePod('runs')
  cluster.runUntil(40 * SECOND)
  t.deepEqual([cluster.claims(), cluster.volumes()], [{ data: 'Bound v' }, { v: 'Bound data' }])
  cluster.deletePod('ends')
  cluster.runUntil(41 * SECOND)
  t.deepEqual([cluster.claims(), cluster.volumes()], [{}, {}])
})

test('a claim whose volume vanishes is lost', t => {
  const cluster = new StorageCluster()
  const volume = cluster.volume('v', '1Gi')
  cluster.claim('data', '1Gi')
  cluster.runUntil(16 * SECOND)
  cluster.api.objects.delete(volume)
  cluster.api.objects.updateMeta(volume, { finalizers: [] })
  cluster.runUntil(20 * SECOND)
  t.deepEqual(cluster.claims(), { data: 'Lost v' })
  t.true(cluster.reasons('data').includes('ClaimLost'))
})

test('a pod with an ephemeral volume gets a claim of its own, which goes with the pod', t => {
  const cluster = new StorageCluster()
  cluster.volume('v', '1Gi')
  const claimSpec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    resources: { requests: { storage: '1Gi' } },
  }
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: claimSpec } } }]
  cluster.apply('Pod', 'user', { spec: { containers: [{ name: 'main' }], volumes } })
  cluster.runUntil(5 * SECOND)
  t.deepEqual(cluster.claims(), { 'user-scratch': 'Bound v' })
  const written = cluster.state.log.end
  cluster.manager.restart('ephemeral-volume')
  cluster.runUntil(10 * SECOND)
  t.is(cluster.state.log.end, written)
  cluster.deletePod('user')
  cluster.runUntil(20 * SECOND)
  t.deepEqual([cluster.claims(), cluster.volumes()], [{}, { v: 'Released user-scratch' }])
})

test('an ephemeral volume takes no claim of somebody else', t => {
  const cluster = new StorageCluster()
  cluster.claim('user-scratch', '1Gi')
  cluster.runUntil(1 * SECOND)
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }]
  cluster.apply('Pod', 'user', { spec: { containers: [{ name: 'main' }], volumes } })
  cluster.runUntil(5 * SECOND)
  const said = cluster.events.find(({ source }) => source === 'ephemeral_volume')
  t.is(
    said?.message,
    'ephemeral volume scratch: PVC default/user-scratch was not created for pod default/user (pod is not owner)',
  )
})

/** Everything that can be under way at once: binding, waiting, reclaim, protection. */
function busyCluster(): { cluster: StorageCluster; steps: readonly (readonly [SimTime, () => void])[] } {
  const cluster = new StorageCluster()
  cluster.volume('a', '1Gi')
  cluster.volume('b', '2Gi', {
    persistentVolumeReclaimPolicy: 'Delete',
    csi: undefined,
    local: { path: '/b' },
  })
  cluster.claim('x', '1Gi')
  cluster.claim('y', '2Gi')
  cluster.claim('z', '3Gi')
  const steps = [
    [17 * SECOND, () => cluster.pod('user', 'x')],
    [20 * SECOND, () => cluster.deleteClaim('x')],
    [20 * SECOND, () => cluster.deleteClaim('y')],
    [22 * SECOND, () => cluster.volume('c', '4Gi')],
    [24 * SECOND, () => cluster.deletePod('user')],
  ] as const
  return { cluster, steps }
}

const END = [{ z: 'Bound c' }, { a: 'Released x', b: 'Failed y', c: 'Bound z' }]

/** Kills the volume controllers after so many events; answers how many there were. */
function runBusy(killAfter: number): { end: unknown[]; events: number } {
  const { cluster, steps } = busyCluster()
  let left = killAfter
  let events = 0
  const runTo = (until: SimTime): void => {
    let outcome = cluster.kernel.run({ until, maxEvents: Math.max(left, 1) })
    events += outcome.events
    left -= outcome.events
    if (outcome.reason !== 'maxEvents') return
    if (left <= 0) {
      cluster.restartVolumeControllers()
      left = Number.MAX_SAFE_INTEGER
    }
    outcome = cluster.kernel.run({ until })
    events += outcome.events
  }
  for (const [at, step] of steps) {
    runTo(at)
    step()
  }
  runTo(70 * SECOND)
  return { end: [cluster.claims(), cluster.volumes()], events }
}

test('killed and restarted after any event the controllers reach the same end', t => {
  const undisturbed = runBusy(Number.MAX_SAFE_INTEGER)
  t.deepEqual(undisturbed.end, END)
  for (let killAfter = 1; killAfter < undisturbed.events; killAfter++) {
    t.deepEqual(runBusy(killAfter).end, END, `killed after ${killAfter} events`)
  }
})

test('a second sync writes nothing', t => {
  const cluster = new StorageCluster()
  for (const name of ['a', 'b', 'c']) cluster.volume(name, '1Gi')
  for (const name of ['x', 'y', 'z']) cluster.claim(name, '1Gi')
  cluster.runUntil(60 * SECOND)
  const written = cluster.state.log.end
  cluster.restartVolumeControllers()
  cluster.runUntil(100 * SECOND)
  t.is(cluster.state.log.end, written)
})

test('settled claims and volumes cost no events', t => {
  const controllers = [persistentvolumebinder, pvcprotection, pvprotection]
  const cluster = new StorageCluster({ controllers, nodes: 0 })
  cluster.volume('v', '1Gi')
  cluster.volume('spare', '1Gi')
  cluster.claim('data', '1Gi')
  cluster.claim('misfit', '2Gi', { volumeName: 'none' })
  cluster.runUntil(60 * SECOND)
  t.is(cluster.claims()['data'], 'Bound v')
  t.is(cluster.kernel.run({ until: 1000 * SECOND }).events, 0)
})

test('a watch two minutes late delays bindings and breaks nothing', t => {
  const cluster = new StorageCluster()
  cluster.volume('a', '1Gi')
  cluster.claim('x', '1Gi')
  cluster.runUntil(20 * SECOND)
  cluster.manager.informer.latency = 120 * SECOND
  cluster.deleteClaim('x')
  cluster.volume('b', '1Gi')
  cluster.claim('y', '1Gi')
  cluster.runUntil(100 * SECOND)
  t.deepEqual(cluster.volumes(), { a: 'Bound x', b: 'Pending' })
  cluster.runUntil(1000 * SECOND)
  t.deepEqual(cluster.claims(), { y: 'Bound b' })
  t.deepEqual(cluster.volumes(), { a: 'Released x', b: 'Bound y' })
})
