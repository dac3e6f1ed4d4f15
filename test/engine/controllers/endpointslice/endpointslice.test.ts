import test from 'ava'
import { applyManifest } from '../../../../engine/apiserver/apply-manifest.js'
import { Stream } from '../../../../engine/kernel/rng.js'
import { MILLISECOND, SECOND } from '../../../../engine/kernel/time.js'
import type { EndpointSliceSpec } from '../../../../engine/model/services.js'
import { Phase, type PodId } from '../../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../../support/workload-cluster.js'

const PORTS = [{ port: 80, protocol: 'TCP' }]

function serviceCluster(replicas: number, spec: object = {}, annotations: Record<string, string> = {}) {
  const cluster = new WorkloadCluster()
  const service = cluster.create('Service', 'web', { selector: { app: 'web' }, ports: PORTS, ...spec })
  const deployment = cluster.createDeployment('web', { replicas }, podTemplate('web', annotations))
  return { cluster, service, deployment }
}

function slicesOf(cluster: WorkloadCluster): EndpointSliceSpec[] {
  const { objects } = cluster.state
  return [...objects.ofKind('EndpointSlice')].map(id => objects.get<EndpointSliceSpec>(id).spec)
}

function sizesOf(cluster: WorkloadCluster): number[] {
  return slicesOf(cluster)
    .map(({ endpoints }) => endpoints.length)
    .sort((a, b) => b - a)
}

/** [all, ready, serving, terminating] */
function countsOf(cluster: WorkloadCluster): number[] {
  const conditions = slicesOf(cluster).flatMap(({ endpoints }) => endpoints.map(({ conditions: c }) => c))
  return [
    conditions.length,
    conditions.filter(condition => condition?.ready).length,
    conditions.filter(condition => condition?.serving).length,
    conditions.filter(condition => condition?.terminating).length,
  ]
}

test('a Service has one empty slice before it has pods, and it stays when the last one has gone', t => {
  const { cluster, deployment } = serviceCluster(0)
  cluster.runUntil(1 * SECOND)
  t.deepEqual(sizesOf(cluster), [0])
  cluster.scale(deployment, 3)
  cluster.runUntil(10 * SECOND)
  t.deepEqual(countsOf(cluster), [3, 3, 3, 0])
  cluster.scale(deployment, 0)
  cluster.runUntil(30 * SECOND)
  t.deepEqual(sizesOf(cluster), [0])
})

test('an address comes with Running, is ready with the pod, and terminating but serving while the pod stops', t => {
  const annotations = { 'oracle/ready-seconds': '4', 'oracle/stop-seconds': '5' }
  const { cluster, deployment } = serviceCluster(1, {}, annotations)
  cluster.runUntil(900 * MILLISECOND)
  t.deepEqual(countsOf(cluster), [0, 0, 0, 0])
  cluster.runUntil(3 * SECOND)
  t.deepEqual(countsOf(cluster), [1, 0, 0, 0])
  cluster.runUntil(10 * SECOND)
  t.deepEqual(countsOf(cluster), [1, 1, 1, 0])
  cluster.scale(deployment, 0)
  cluster.runUntil(13 * SECOND)
  t.deepEqual(countsOf(cluster), [1, 0, 1, 1])
  cluster.runUntil(17 * SECOND)
  t.deepEqual(countsOf(cluster), [0, 0, 0, 0])
})

test('publishNotReadyAddresses makes every address ready; serving tells the truth', t => {
  const { cluster } = serviceCluster(
    2,
    { publishNotReadyAddresses: true },
    { 'oracle/ready-seconds': 'never' },
  )
  cluster.runUntil(5 * SECOND)
  t.deepEqual(countsOf(cluster), [2, 2, 0, 0])
})

test('a slice holds 100 addresses, and scaling down joins none', t => {
  const { cluster, deployment } = serviceCluster(120)
  cluster.runUntil(60 * SECOND)
  t.deepEqual(
    sizesOf(cluster).reduce((sum, size) => sum + size, 0),
    120,
  )
  t.true(sizesOf(cluster)[0] <= 100)
  t.is(sizesOf(cluster).length, 2)
  cluster.scale(deployment, 30)
  cluster.runUntil(120 * SECOND)
  t.is(sizesOf(cluster).length, 2)
  t.deepEqual(countsOf(cluster), [30, 30, 30, 0])
})

test('a changed selector swaps the addresses; without a selector nothing is done', t => {
  const { cluster, service } = serviceCluster(2)
  cluster.createDeployment('other', { replicas: 3 })
  cluster.runUntil(10 * SECOND)
  cluster.api.objects.updateSpec(service, { selector: { app: 'other' }, ports: PORTS })
  cluster.runUntil(12 * SECOND)
  t.deepEqual(countsOf(cluster), [3, 3, 3, 0])
  cluster.create('Service', 'manual', { ports: PORTS })
  cluster.runUntil(20 * SECOND)
  t.is(slicesOf(cluster).length, 1)
})

test('a slice that somebody deletes is made anew a second later', t => {
  const { cluster } = serviceCluster(2)
  cluster.runUntil(10 * SECOND)
  const [slice] = cluster.state.objects.ofKind('EndpointSlice')
  cluster.api.objects.delete(slice)
  cluster.runUntil(10 * SECOND + 900 * MILLISECOND)
  t.is(slicesOf(cluster).length, 0)
  cluster.runUntil(12 * SECOND)
  t.deepEqual(countsOf(cluster), [2, 2, 2, 0])
})

test('a named port is that of each pod, and pods of other ports have a slice of their own', t => {
  const cluster = new WorkloadCluster()
  cluster.create('Service', 'web', { selector: { tier: 'front' }, ports: [{ port: 80, targetPort: 'http' }] })
  for (const [name, containerPort] of [
    ['a', 8080],
    ['b', 9090],
  ] as const) {
    applyManifest(cluster.api, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { tier: 'front' } },
      spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort }] }] },
    })
  }
  cluster.runUntil(10 * SECOND)
  const ports = slicesOf(cluster).map(slice => slice.ports[0].port)
  t.deepEqual(
    ports.sort((a = 0, b = 0) => a - b),
    [8080, 9090],
  )
})

test('a second sync writes nothing', t => {
  const { cluster } = serviceCluster(5)
  cluster.runUntil(30 * SECOND)
  const written = cluster.state.log.end
  cluster.manager.restart('endpointslice')
  cluster.runUntil(60 * SECOND)
  t.is(cluster.state.log.end, written)
})

test('after any changes a look at all pods finds nothing to write that the changes alone left out', t => {
  const random = new Stream('endpoint changes')
  const { cluster, deployment } = serviceCluster(150)
  cluster.runUntil(30 * SECOND)
  const other = cluster.createReplicaSet('other', { replicas: 3 }, podTemplate('other'))
  const { objects, pods } = cluster.state
  const web = cluster.state.labelsId({ app: 'web' })
  for (let round = 2; round <= 30; round++) {
    const any = random.integer(pods.highWater) as PodId
    const slice = random.pick([...objects.ofKind('EndpointSlice'), deployment])
    random.pick([
      () => cluster.scale(deployment, random.integer(260)),
      () => cluster.scale(other, random.integer(20)),
      () => pods.exists(any) && cluster.api.pods.delete(any, pods.uid[any]),
      () => pods.exists(any) && cluster.api.pods.patchLabels(any, pods.uid[any], web),
      () => slice !== deployment && cluster.api.objects.delete(slice),
    ])()
    cluster.runUntil((round * 40 - random.integer(39)) * SECOND)
    cluster.runUntil(round * 40 * SECOND)
    const running = Array.from({ length: pods.highWater }, (_, row) => row as PodId).filter(pod => {
      const isListed = pods.exists(pod) && pods.phase[pod] === Phase.Running
      return isListed && cluster.state.labelSets.get(pods.labelsOf(pod))['app'] === 'web'
    })
    const uids = slicesOf(cluster).flatMap(({ endpoints }) =>
      endpoints.map(({ targetRef }) => targetRef?.uid ?? 0),
    )
    t.deepEqual(
      uids.sort((a, b) => a - b),
      running.map(pod => pods.uid[pod]).sort((a, b) => a - b),
    )
  }
  // Restarted, the controller knows nothing of before.
  const written = slicesOf(cluster)
  cluster.manager.restart('endpointslice')
  cluster.runUntil(1300 * SECOND)
  t.deepEqual(slicesOf(cluster), written)
})

for (const after of [1, 30, 1010, 1030, 1500]) {
  test(`killed and restarted after ${after} ms it reaches the same end`, t => {
    const { cluster } = serviceCluster(25)
    cluster.runUntil(after * MILLISECOND)
    cluster.manager.restart('endpointslice')
    cluster.runUntil(60 * SECOND)
    t.deepEqual(countsOf(cluster), [25, 25, 25, 0])
    t.deepEqual(sizesOf(cluster), [25])
  })
}

test('a watch two minutes late delays the endpoints and breaks nothing', t => {
  const { cluster, deployment } = serviceCluster(5)
  cluster.runUntil(10 * SECOND)
  cluster.manager.informer.latency = 120 * SECOND
  cluster.scale(deployment, 8)
  cluster.runUntil(2000 * SECOND)
  t.deepEqual(countsOf(cluster), [8, 8, 8, 0])
  const [first] = cluster.state.objects.ofKind('EndpointSlice')
  t.true(cluster.state.objects.get(first).meta.owners.some(({ kind }) => kind === 'Service'))
})

function mirrored(subsets: readonly object[], labels: Record<string, string> = {}) {
  const cluster = new WorkloadCluster()
  const service = cluster.create('Service', 'ext', { ports: PORTS })
  applyManifest(cluster.api, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'ext', namespace: 'default', labels },
    subsets,
  })
  return { cluster, service }
}

const addresses = (count: number, last: number) =>
  Array.from({ length: count }, (_, i) => ({ ip: `192.0.${last + Math.floor(i / 250)}.${i % 250}` }))

test('Endpoints of a Service without selector are mirrored, ready and not ready, IPv4 and IPv6 apart', t => {
  const subset = { addresses: [...addresses(2, 2), { ip: '2001:db8::1' }], ports: PORTS }
  const { cluster } = mirrored([{ ...subset, notReadyAddresses: addresses(1, 9) }])
  cluster.runUntil(1 * SECOND)
  t.deepEqual(sizesOf(cluster), [3, 1])
  t.deepEqual(
    slicesOf(cluster).map(({ addressType }) => addressType),
    ['IPv4', 'IPv6'],
  )
  t.deepEqual(countsOf(cluster).slice(0, 2), [4, 3])
})

test('a subset has 1000 addresses mirrored at most, into one slice, and an event says so', t => {
  const { cluster } = mirrored([{ addresses: addresses(1003, 2), ports: PORTS }])
  cluster.runUntil(1 * SECOND)
  t.deepEqual(sizesOf(cluster), [1000])
  t.true(cluster.events.some(({ reason }) => reason === 'TooManyAddressesToMirror'))
})

test('mirrored slices go when the Service gets a selector, and its Endpoints go with the Service', t => {
  const { cluster, service } = mirrored([{ addresses: addresses(2, 2), ports: PORTS }])
  cluster.runUntil(1 * SECOND)
  cluster.api.objects.updateSpec(service, { selector: { app: 'web' }, ports: PORTS })
  cluster.runUntil(2 * SECOND)
  t.deepEqual(sizesOf(cluster), [0])
  cluster.api.objects.updateSpec(service, { ports: PORTS })
  cluster.runUntil(3 * SECOND)
  t.deepEqual(sizesOf(cluster), [2, 0])
  cluster.api.objects.delete(service)
  cluster.runUntil(5 * SECOND)
  t.is(cluster.state.objects.countOfKind('Endpoints'), 0)
  t.is(cluster.state.objects.countOfKind('EndpointSlice'), 0)
})

test('Endpoints that say they are not to be mirrored are left alone', t => {
  const label = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  const { cluster } = mirrored([{ addresses: addresses(2, 2), ports: PORTS }], label)
  cluster.runUntil(1 * SECOND)
  t.deepEqual(sizesOf(cluster), [])
})
