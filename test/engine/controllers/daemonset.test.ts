import test from 'ava'
import { MINUTE, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import type { Taint } from '../../../engine/model/taints.js'
import { defaultDaemonSetSpec } from '../../../engine/model/workload-defaults.js'
import type {
  ControllerRevisionSpec,
  DaemonSetSpec,
  DaemonSetStatus,
} from '../../../engine/model/workloads.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../../engine/state/ids.js'
import { podTemplate, WorkloadCluster } from '../../support/workload-cluster.js'

const BUSY: Taint = { key: 'busy', value: 'yes', effect: 'NoSchedule' }
const OUT: Taint = { key: 'out', value: 'yes', effect: 'NoExecute' }

test('every node whose taints are tolerated gets one pod, nodes that join too', t => {
  const cluster = new WorkloadCluster({ nodes: 2 })
  cluster.addNode('busy', [BUSY])
  cluster.addNode('cordoned', [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }])
  createSet(cluster, {})
  cluster.runUntil(5 * SECOND)
  t.deepEqual(placed(cluster), ['cordoned', 'node-0', 'node-1'])
  t.is(set(cluster).status.numberAvailable, 3)
  cluster.addNode('late')
  cluster.runUntil(10 * SECOND)
  t.deepEqual(placed(cluster), ['cordoned', 'late', 'node-0', 'node-1'])
  const { status } = set(cluster)
  t.deepEqual(
    [status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberUnavailable],
    [4, 4, 0],
  )
})

test('a NoSchedule taint lets the pod stay and nobody looks; a NoExecute taint drives it out', t => {
  const cluster = new WorkloadCluster({ nodes: 3 })
  createSet(cluster, {})
  cluster.runUntil(5 * SECOND)
  cluster.api.nodes.patchTaints(nodeNamed(cluster, 'node-0'), [BUSY])
  cluster.runUntil(10 * SECOND)
  t.deepEqual(placed(cluster), ['node-0', 'node-1', 'node-2'])
  t.is(set(cluster).status.desiredNumberScheduled, 3)
  cluster.api.nodes.patchTaints(nodeNamed(cluster, 'node-1'), [OUT])
  cluster.runUntil(10.1 * SECOND)
  t.deepEqual([set(cluster).status.desiredNumberScheduled, set(cluster).status.numberMisscheduled], [1, 2])
  cluster.runUntil(20 * SECOND)
  t.deepEqual(placed(cluster), ['node-0', 'node-2'])
  t.is(set(cluster).status.numberMisscheduled, 1)
})

test('a taint taken away brings a pod', t => {
  const cluster = new WorkloadCluster({ nodes: 1 })
  const node = cluster.addNode('busy', [BUSY])
  createSet(cluster, {})
  cluster.runUntil(5 * SECOND)
  cluster.api.nodes.patchTaints(node, [])
  cluster.runUntil(10 * SECOND)
  t.deepEqual(placed(cluster), ['busy', 'node-0'])
})

test('labels decide by the node selector', t => {
  const cluster = new WorkloadCluster({ nodes: 1 })
  const node = cluster.addNode('fast', [], { disk: 'ssd' })
  const { metadata, spec } = podTemplate('agent')
  createSet(cluster, { template: { metadata, spec: { ...spec, nodeSelector: { disk: 'ssd' } } } })
  cluster.runUntil(5 * SECOND)
  t.deepEqual(placed(cluster), ['fast'])
  cluster.api.nodes.patchLabels(node, {})
  cluster.api.nodes.patchLabels(nodeNamed(cluster, 'node-0'), { disk: 'ssd' })
  cluster.runUntil(10 * SECOND)
  t.deepEqual(placed(cluster), ['node-0'])
})

test('a rolling update replaces one pod after the other', t => {
  const cluster = new WorkloadCluster()
  const id = createSet(cluster, {}, { 'kubelapse.io/ready-seconds': '2' })
  cluster.runUntil(5 * SECOND)
  change(cluster, id, { template: podTemplate('agent', { 'kubelapse.io/ready-seconds': '2' }, 'v2') })
  let least = 4
  for (let at = 5 * SECOND; at <= 60 * SECOND; at += SECOND / 10) {
    cluster.kernel.run({ until: at })
    least = Math.min(least, set(cluster).status.numberAvailable)
  }
  t.is(least, 3)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2', 'v2'])
  const { status } = set(cluster)
  t.deepEqual([status.updatedNumberScheduled, status.numberAvailable, status.observedGeneration], [4, 4, 2])
})

test('with surge a node has an available pod all the time, and never more than two', t => {
  const cluster = new WorkloadCluster()
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } as const
  const id = createSet(cluster, { updateStrategy })
  cluster.runUntil(5 * SECOND)
  change(cluster, id, { template: podTemplate('agent', {}, 'v2') })
  let most = 0
  for (let at = 5 * SECOND; at <= 40 * SECOND; at += SECOND / 10) {
    cluster.kernel.run({ until: at })
    t.is(set(cluster).status.numberAvailable, 4)
    most = Math.max(most, cluster.podIds().filter(pod => !cluster.state.pods.isTerminating(pod)).length)
  }
  t.is(most, 5)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2', 'v2'])
})

test('an update that never gets ready stops after maxUnavailable pods, and reverting it heals', t => {
  const cluster = new WorkloadCluster({ nodes: 6 })
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } } as const
  const id = createSet(cluster, { updateStrategy })
  cluster.runUntil(5 * SECOND)
  const never = podTemplate('agent', { 'kubelapse.io/ready-seconds': 'never' }, 'v2')
  change(cluster, id, { template: never })
  cluster.runUntil(40 * SECOND)
  t.is(set(cluster).status.updatedNumberScheduled, 2)
  t.is(set(cluster).status.numberAvailable, 4)
  change(cluster, id, { template: podTemplate('agent') })
  cluster.runUntil(60 * SECOND)
  t.is(set(cluster).status.numberAvailable, 6)
  t.deepEqual(revisions(cluster), [2, 3])
})

test('OnDelete changes a pod only when somebody deletes it', t => {
  const cluster = new WorkloadCluster({ nodes: 2 })
  const id = createSet(cluster, { updateStrategy: { type: 'OnDelete' } })
  cluster.runUntil(5 * SECOND)
  change(cluster, id, { template: podTemplate('agent', {}, 'v2') })
  cluster.runUntil(20 * SECOND)
  t.deepEqual(images(cluster), ['v1', 'v1'])
  const [pod] = cluster.podIds()
  cluster.pods.delete(pod, cluster.state.pods.uid[pod])
  cluster.runUntil(30 * SECOND)
  t.deepEqual(images(cluster), ['v1', 'v2'])
})

test('failed pods of a node are replaced at once, then after 1 s, 2 s, 4 s', t => {
  const cluster = new WorkloadCluster({ nodes: 1 })
  const { metadata, spec } = podTemplate('agent', {
    'kubelapse.io/start-seconds': '0',
    'kubelapse.io/run-seconds': '0.1',
    'kubelapse.io/exit-code': '1',
  })
  createSet(cluster, { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } })
  const { createdAt } = cluster.state.pods
  const created = new Set<SimTime>()
  for (let at = 0; at <= 20 * SECOND; at += 10_000) {
    cluster.kernel.run({ until: at })
    for (const pod of cluster.podIds()) created.add(createdAt[pod])
  }
  // The first is deleted when it has failed; each next one when the delay since the deletion before is over.
  const times = [...created]
  const gaps = times.slice(1, 6).map((at, i) => Math.round((at - times[i]) / SECOND))
  t.deepEqual(gaps, [0, 1, 2, 4, 8])
  t.true(cluster.events.some(({ reason, type }) => reason === 'FailedDaemonPod' && type === 'Warning'))
})

test('a pod that waits for a node that is gone is deleted', t => {
  const cluster = new WorkloadCluster({ nodes: 1 })
  const id = createSet(cluster, {})
  const node = cluster.addNode('short-lived')
  // The second batch of one is sent 28 ms after the first, and its pod is bound 20 ms later.
  cluster.runUntil(0.045 * SECOND)
  t.is(cluster.podIds().length, 2)
  cluster.api.nodes.delete(node)
  cluster.runUntil(5 * SECOND)
  t.deepEqual(placed(cluster), ['node-0'])
  t.is(cluster.podIds().length, 1)
  t.is(cluster.state.objects.podCount[id], 1)
})

test('minReadySeconds counts from the whole second of Ready', t => {
  // Time 0 lies 0.6 s into its second: pods Ready at about 1.04 s count from 0.4 s on. A look comes 5 s after Ready.
  const cluster = new WorkloadCluster({ nodes: 2, epochSeconds: 1_700_000_000.6 })
  createSet(cluster, { minReadySeconds: 5 })
  cluster.runUntil(5.35 * SECOND)
  t.deepEqual([set(cluster).status.numberReady, set(cluster).status.numberAvailable], [2, 0])
  cluster.runUntil(6.2 * SECOND)
  t.is(set(cluster).status.numberAvailable, 2)
})

test('history keeps as many old revisions as it may', t => {
  const cluster = new WorkloadCluster({ nodes: 1 })
  const id = createSet(cluster, { revisionHistoryLimit: 1 })
  for (const [i, image] of ['v2', 'v3', 'v4'].entries()) {
    cluster.runUntil((i + 1) * 10 * SECOND)
    change(cluster, id, { template: podTemplate('agent', {}, image) })
  }
  cluster.runUntil(50 * SECOND)
  t.deepEqual(revisions(cluster), [3, 4])
})

test('refused pods are reported and made up for', t => {
  const cluster = new WorkloadCluster()
  cluster.pods.limit = 2
  createSet(cluster, {})
  cluster.runUntil(2 * SECOND)
  t.is(set(cluster).status.currentNumberScheduled, 2)
  t.true(cluster.events.some(({ reason, type }) => reason === 'FailedCreate' && type === 'Warning'))
  cluster.pods.limit = Infinity
  cluster.runUntil(20 * SECOND)
  t.is(set(cluster).status.numberAvailable, 4)
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
  const id = createSet(cluster, {})
  cluster.manager.informer.latency = 2 * MINUTE
  cluster.runUntil(30 * MINUTE)
  t.is(cluster.podIds().length, 4)
  t.is(set(cluster).status.numberAvailable, 4)
  change(cluster, id, { template: podTemplate('agent', {}, 'v2') })
  cluster.runUntil(180 * MINUTE)
  t.deepEqual(images(cluster), ['v2', 'v2', 'v2', 'v2'])
  t.is(set(cluster).status.numberAvailable, 4)
})

function createSet(cluster: WorkloadCluster, spec: Partial<DaemonSetSpec>, annotations = {}): ObjectId {
  const template = podTemplate('agent', annotations)
  return cluster.create('DaemonSet', 'agent', {
    selector: { matchLabels: { app: 'agent' } },
    template,
    ...spec,
  })
}

function change(cluster: WorkloadCluster, id: ObjectId, patch: Partial<DaemonSetSpec>): void {
  const { spec } = cluster.state.objects.get<DaemonSetSpec>(id)
  cluster.api.objects.updateSpec(id, defaultDaemonSetSpec({ ...spec, ...patch }))
}

/** Updated while its first pods start; a node joins and one gets a taint in the middle of it. */
function rollout(
  cluster: WorkloadCluster,
  run = (until: SimTime): void => {
    cluster.kernel.run({ until })
  },
): void {
  const id = createSet(cluster, { minReadySeconds: 1 })
  run(1.5 * SECOND)
  change(cluster, id, { template: podTemplate('agent', {}, 'v2') })
  run(3 * SECOND)
  cluster.addNode('late')
  cluster.api.nodes.patchTaints(nodeNamed(cluster, 'node-2'), [OUT])
  run(20 * SECOND)
}

/** What must not hang on how the controller came there. */
function endState(cluster: WorkloadCluster) {
  return { status: set(cluster).status, images: images(cluster), placed: placed(cluster) }
}

function set(cluster: WorkloadCluster) {
  const id = cluster.state.objects.find('DaemonSet', 'default', 'agent') as ObjectId
  return cluster.state.objects.get<DaemonSetSpec, DaemonSetStatus>(id)
}

function nodeNamed(cluster: WorkloadCluster, name: string): NodeId {
  return cluster.state.nodes.find(name) as NodeId
}

/** Names of the nodes that have a pod. */
function placed(cluster: WorkloadCluster): string[] {
  const { pods, nodes } = cluster.state
  const isPlaced = (pod: PodId): boolean => pods.node[pod] !== NONE
  return cluster
    .podIds()
    .filter(isPlaced)
    .map(pod => nodes.name[pods.node[pod]] as string)
    .toSorted()
}

function images(cluster: WorkloadCluster): string[] {
  const { pods, templates } = cluster.state
  return cluster
    .podIds()
    .map(pod => templates.get(pods.templateOf(pod)).spec.containers[0].image ?? '')
    .toSorted()
}

function revisions(cluster: WorkloadCluster): number[] {
  const { objects } = cluster.state
  return [...objects.ofKind('ControllerRevision')]
    .map(id => objects.get<ControllerRevisionSpec>(id).spec.revision)
    .toSorted((a, b) => a - b)
}
