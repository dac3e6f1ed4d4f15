import test from 'ava'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import type { Amounts, Labels } from '../../../engine/model/pod-spec.js'
import { type NodeId, Phase, type PodId, Status } from '../../../engine/state/ids.js'
import { WorkloadCluster } from '../../support/workload-cluster.js'

const CONFIG: Labels = {
  'kubelapse.io/eviction-hard': 'memory.available<1Gi',
  'kubelapse.io/kube-reserved': 'cpu=500m,memory=1Gi',
  'kubelapse.io/eviction-pressure-transition-period': '60s',
}

/** One node of 8 GiB, and pods written onto it. */
class Stage extends WorkloadCluster {
  constructor(annotations: Labels = CONFIG) {
    super({ nodes: 0 })
    const metadata = { name: 'n', annotations }
    const status = { capacity: { cpu: '4', memory: '8Gi', pods: '110' } }
    applyManifest(this.api, { apiVersion: 'v1', kind: 'Node', metadata, status })
    this.runUntil(SECOND)
  }

  get node(): NodeId {
    return this.state.nodes.find('n') as NodeId
  }

  pod(name: string, usage: string, requests: Amounts = {}, priority = 0): PodId {
    const annotations = { 'kubelapse.io/memory-usage': usage }
    const metadata = { name, namespace: 'default', annotations }
    const spec = { nodeName: 'n', priority, containers: [{ name: 'c', resources: { requests } }] }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec }) as PodId
  }

  phases(pods: readonly PodId[]): number[] {
    return pods.map(pod => this.state.pods.phase[pod])
  }

  evictions(): [at: SimTime, pod: string][] {
    return this.events
      .filter(({ reason }) => reason === 'Evicted')
      .map(({ at, subject }) => [at / SECOND, subject.name])
  }
}

test('a node that says only its capacity leaves its pods what reservations and hard thresholds leave', t => {
  const { state, node } = new Stage()
  const { allocatable, resourceWidth } = state.nodes
  const of = (name: string) => allocatable[node * resourceWidth + state.resources.index(name)]
  // 4 - 0.5 cores; 8 - 1 reserved - 1 kept free = 6 GiB.
  t.deepEqual([of('cpu'), of('memory')], [3500, 6 * 2 ** 30])
})

test('a leak is noticed at the first look after the threshold, and the leaking pod goes first', t => {
  const stage = new Stage()
  // Runs at about 2 s. 2 + 1 GiB, growing by 1 GiB in 100 s. Pods may use 8 - 1 GiB, of which 1 is to stay free: above
  // 6 GiB after 300 s.
  const pods = [
    stage.pod('steady', '2Gi', { memory: '2Gi' }),
    stage.pod('leaking', '1Gi..9Gi/800s', { memory: '1Gi' }),
  ]
  stage.runUntil(290 * SECOND)
  t.deepEqual(stage.evictions(), [])
  stage.runUntil(320 * SECOND)
  const [[at, name], ...others] = stage.evictions()
  t.deepEqual([name, others.length], ['leaking', 0])
  t.true(at >= 302 && at < 313, String(at))
  t.deepEqual(stage.phases(pods), [Phase.Running, Phase.Failed])
  const { pods: table, reasons, nodes } = stage.state
  t.is(reasons.get(table.reason[pods[1]] as never), 'Evicted')
  t.is(reasons.get(table.disruption[pods[1]] as never), 'TerminationByKubelet')
  t.is(nodes.memoryPressure[stage.node], Status.True)
  stage.runUntil(390 * SECOND)
  t.is(nodes.memoryPressure[stage.node], Status.False, 'over after the transition period of 60 s')
})

test('memory of the system counts for the machine, not for the limit of all pods', t => {
  const stage = new Stage({ ...CONFIG, 'kubelapse.io/system-memory-usage': '1Gi..5Gi/400s' })
  // 1 GiB of pods and 5 GiB of the system leave 2 GiB of the 8, and 6 GiB of the 7 that pods may use.
  stage.pod('steady', '1Gi')
  stage.runUntil(500 * SECOND)
  t.deepEqual(stage.evictions(), [])
  // 2.5 GiB of pods and 5 GiB of the system leave half a GiB.
  stage.pod('more', '1.5Gi')
  stage.runUntil(600 * SECOND)
  t.is(stage.evictions()[0][1], 'more')
})

test('usage that never reaches a threshold costs no events', t => {
  const stage = new Stage()
  stage.pod('steady', '2Gi..3Gi/1h')
  // The first pass of the pod garbage collector, 20 s after the start, is the last thing that happens.
  stage.runUntil(60 * SECOND)
  const before = stage.kernel.executed
  stage.runUntil(7200 * SECOND)
  t.is(stage.kernel.executed, before)
})

test('memory pressure keeps best-effort pods away, not critical ones or those with requests', t => {
  const stage = new Stage()
  // Of 8 GiB one is reserved, and one shall be free.
  stage.pod('full', '6.5Gi', {}, 2_000_000_000)
  stage.runUntil(15 * SECOND)
  t.is(stage.state.nodes.memoryPressure[stage.node], Status.True)
  t.deepEqual(stage.evictions(), [], 'a critical pod is never evicted')
  const pods = [
    stage.pod('best-effort', '0', {}),
    stage.pod('burstable', '0', { memory: '1Mi' }),
    stage.pod('critical', '0', {}, 2_000_000_000),
  ]
  stage.runUntil(17 * SECOND)
  t.deepEqual(stage.phases(pods), [Phase.Failed, Phase.Running, Phase.Running])
})

/** One node of 100 GB of disk with images of 30 and 20 GB, and pods that write. */
class DiskStage extends WorkloadCluster {
  constructor(annotations: Labels = {}) {
    super({ nodes: 0, controllers: [] })
    const hard = { 'kubelapse.io/eviction-hard': 'nodefs.available<10G' }
    const metadata = { name: 'n', annotations: { ...hard, ...annotations } }
    const capacity = { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '100G' }
    const images = [
      { names: ['large:1'], sizeBytes: 30e9 },
      { names: ['small:1'], sizeBytes: 20e9 },
    ]
    applyManifest(this.api, { apiVersion: 'v1', kind: 'Node', metadata, status: { capacity, images } })
  }

  pod(name: string, image: string, usage: string, more: Labels = {}): PodId {
    const annotations = { 'kubelapse.io/disk-usage': usage, ...more }
    const metadata = { name, namespace: 'default', annotations }
    const spec = { nodeName: 'n', restartPolicy: 'Never' as const, containers: [{ name: 'c', image }] }
    return applyManifest(this.api, { apiVersion: 'v1', kind: 'Pod', metadata, spec }) as PodId
  }

  get images(): string[] {
    return [...(this.state.nodes.images[this.state.nodes.find('n') as NodeId]?.keys() ?? [])]
  }

  get failed(): string[] {
    const { pods } = this.state
    const names = [...pods.names(this.state.namespaceId('default'))]
    return names.filter(([, pod]) => pods.phase[pod] === Phase.Failed).map(([name]) => name)
  }
}

test('short of disk a node removes images that nobody uses before it evicts, and evicts when that is not enough', t => {
  // Passes of the image collection shall not come first.
  const stage = new DiskStage({ 'kubelapse.io/image-gc-high-threshold': '100' })
  stage.pod('writes', 'small:1', '0..60G/600s')
  // 50 + 40 GB after 400 s: the large image goes. 20 + 70 GB is never reached.
  stage.runUntil(390 * SECOND)
  t.deepEqual(stage.images, ['large:1', 'small:1'])
  stage.runUntil(430 * SECOND)
  t.deepEqual(stage.images, ['small:1'])
  stage.runUntil(2000 * SECOND)
  t.deepEqual(stage.failed, [])
  stage.pod('more', 'small:1', '0..30G/100s')
  stage.runUntil(2200 * SECOND)
  t.is(stage.failed.length, 1)
  t.deepEqual(stage.images, ['small:1'], 'what is used stays')
})

test('a disk above the high mark loses images down to the low one, the longest unused first, every five minutes', t => {
  const stage = new DiskStage()
  stage.pod('short', 'large:1', '0', { 'kubelapse.io/run-seconds': '60' })
  stage.pod('writes', 'other:1', '0..36G/360s')
  // 50 + 35 GB after 350 s: found at 600 s. The small image has been unused from the start; without it 66 GB are left.
  stage.runUntil(599 * SECOND)
  t.deepEqual(stage.images, ['large:1', 'small:1'])
  stage.runUntil(601 * SECOND)
  t.deepEqual(stage.images, ['large:1'])
  const before = stage.kernel.executed
  stage.runUntil(7200 * SECOND)
  t.is(stage.kernel.executed, before, 'passes that would find nothing are no events')
})
