import test from 'ava'
import { ApiServer } from '../../../engine/apiserver/api-server.js'
import { applyManifest } from '../../../engine/apiserver/apply-manifest.js'
import { Kernel } from '../../../engine/kernel/kernel.js'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import { ClusterEvents } from '../../../engine/scheduler/cluster-events.js'
import { Action, type ClusterEvent } from '../../../engine/scheduler/framework/interface.js'
import { Snapshot } from '../../../engine/scheduler/framework/snapshot.js'
import { NodeOrder } from '../../../engine/scheduler/node-order.js'
import { Place } from '../../../engine/scheduler/queue/queue-entry.js'
import { Change, Source } from '../../../engine/state/change-log.js'
import { NONE, type NodeId, Phase, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { QueueStage } from '../../support/queue-stage.js'

const EVERYTHING = Object.values(Action).reduce((all, action) => all | action, 0)
const RESOURCES = ['Pod', 'Node', 'PersistentVolume'] as const

/** A cluster whose changes reach the scheduler at once; a pod that waits for anything notes all events. */
class Stage {
  readonly heard: ClusterEvent[] = []
  readonly queued = new QueueStage({
    events: {
      Watch: RESOURCES.map(resource => ({
        resource,
        actions: EVERYTHING,
        hint: (_: PodId, event: ClusterEvent) => {
          this.heard.push(event)
          return false
        },
      })),
    },
  })
  readonly state = this.queued.state
  readonly api = new ApiServer(new Kernel(), this.state)
  readonly snapshot = new Snapshot(this.state)
  readonly order = new NodeOrder(this.state)
  readonly events = new ClusterEvents({
    snapshot: this.snapshot,
    order: this.order,
    queue: this.queued.queue,
    nominator: this.queued.nominator,
  })
  readonly waiting: PodId

  constructor() {
    const { log } = this.state
    log.listen({
      get cursor() {
        return log.end
      },
      appended: (source, row, fields) => {
        if ((ClusterEvents.FIELDS[source] & fields) !== 0) this.events.handle(source, row, fields, SECOND)
      },
    })
    this.waiting = this.pod('waiting')
    const entry = this.queued.queue.pop(SECOND)
    if (entry !== undefined) this.queued.fail(entry, 1, ['Watch'])
  }

  apply(manifest: Manifest): number {
    return applyManifest(this.api, manifest)
  }

  node(name: string, cpu = '4'): NodeId {
    const allocatable = { cpu, memory: '8Gi', pods: '10' }
    return this.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { allocatable },
    }) as NodeId
  }

  pod(name: string, spec: object = {}): PodId {
    const containers = [{ name: 'c', resources: { requests: { cpu: '1' } } }]
    return this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers, ...spec },
    }) as PodId
  }

  /** What was heard since the last call, as resource and action. */
  take(): [string, number][] {
    return this.heard.splice(0).map(({ resource, action }) => [resource, action])
  }

  milliCPUOn(node: NodeId): number {
    return this.snapshot.requested[node * this.snapshot.width]
  }
}

test('nodes come into the copy and the order, change there, and take their pods along when they go', t => {
  const stage = new Stage()
  const node = stage.node('n')
  t.deepEqual(stage.take(), [['Node', Action.Add]])
  t.is(stage.order.count, 1)
  stage.api.nodes.patchTaints(node, [{ key: 'k', effect: 'NoSchedule' }])
  stage.api.nodes.patchAllocatable(node, { cpu: 8000, pods: 10 })
  stage.api.nodes.patchLabels(node, { a: 'b' })
  stage.api.nodes.patchReady(node, 0, 0 as ReasonId)
  t.deepEqual(
    stage.heard.map(({ action }) => action),
    [
      Action.UpdateNodeTaint,
      Action.UpdateNodeAllocatable,
      Action.UpdateNodeLabel,
      Action.UpdateNodeCondition,
    ],
  )
  const [, grown] = stage.heard
  t.deepEqual([grown.oldNode?.allocatable[0], grown.newNode?.allocatable[0]], [4000, 8000])
  t.is(stage.snapshot.allocatable[node * stage.snapshot.width], 8000)
  stage.pod('p', { nodeName: 'n' })
  stage.take()
  stage.api.nodes.delete(node)
  t.deepEqual(stage.take(), [['Node', Action.Delete]])
  t.is(stage.order.count, 0)
  t.is(stage.snapshot.known[node], 0)
})

test('of a cordon only the end is an event, as a changed taint', t => {
  const stage = new Stage()
  const node = stage.node('n')
  stage.take()
  stage.api.nodes.patchUnschedulable(node, true)
  t.deepEqual(stage.take(), [])
  t.is(stage.snapshot.unschedulable[node], 1)
  stage.api.nodes.patchUnschedulable(node, false)
  t.deepEqual(stage.take(), [['Node', Action.UpdateNodeTaint]])
})

test('a pod counts on its node until it is finished or removed', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const [first, second] = [stage.pod('first', { nodeName: 'n' }), stage.pod('second', { nodeName: 'n' })]
  t.is(stage.milliCPUOn(node), 2000)
  stage.take()
  stage.api.pods.patchPhase(first, Phase.Succeeded, false)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Delete]])
  t.is(stage.milliCPUOn(node), 1000)
  stage.api.pods.delete(first, stage.state.pods.uid[first], 0)
  t.deepEqual(stage.take(), [], 'once is enough')
  stage.api.pods.delete(second, stage.state.pods.uid[second], 30)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Update]])
  t.is(stage.milliCPUOn(node), 1000, 'still there while it terminates')
  stage.api.pods.delete(second, stage.state.pods.uid[second], 0)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Delete]])
  t.is(stage.milliCPUOn(node), 0)
})

test('an assumed pod counts once, also when the informer tells what the scheduler knows', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const pod = stage.pod('p')
  const entry = stage.queued.pop(1)
  stage.events.pods.assume(pod, node)
  stage.queued.queue.done(entry)
  t.is(stage.milliCPUOn(node), 1000)
  stage.take()
  stage.api.pods.bind(pod, entry.uid, node)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Add]])
  t.false(stage.events.pods.isAssumed(pod))
  t.is(stage.milliCPUOn(node), 1000)
  t.is(stage.snapshot.podCount[node], 1)
})

test('a binding that fails frees the room for all pods but its own', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const pod = stage.pod('p')
  const entry = stage.queued.pop(1)
  stage.events.pods.assume(pod, node)
  stage.take()
  stage.events.pods.forget(pod, node, SECOND)
  const [freed] = stage.heard
  t.deepEqual([freed.action, freed.oldPod?.node], [Action.Delete, node])
  t.is(stage.milliCPUOn(node), 0)
  stage.events.pods.forget(pod, node, SECOND)
  t.is(stage.heard.length, 1)
  t.is(stage.queued.fail(entry, 1, ['Watch']), Place.Unschedulable, 'its own room is no news to it')
})

test('an assumed pod that is deleted gives its room back at once', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const pod = stage.pod('p')
  stage.queued.pop(1)
  stage.events.pods.assume(pod, node)
  stage.take()
  stage.api.pods.delete(pod, stage.state.pods.uid[pod], 0)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Delete]])
  t.is(stage.milliCPUOn(node), 0)
})

test('a promise of room that ends is an event for pods no more important', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const uidOf = (pod: PodId) => stage.state.pods.uid[pod]
  const pod = stage.pod('p')
  stage.take()
  stage.api.pods.patchUnschedulable(pod, uidOf(pod), NONE as ReasonId, node)
  t.is(stage.queued.nominator.nodeOf(pod), node)
  t.deepEqual(stage.take(), [])
  stage.state.pods.priority[stage.waiting] = 1
  stage.api.pods.patchUnschedulable(pod, uidOf(pod), NONE as ReasonId, NONE as NodeId)
  t.deepEqual(stage.take(), [], 'the one that waits is more important')
  stage.api.pods.patchUnschedulable(pod, uidOf(pod), NONE as ReasonId, node)
  stage.state.pods.priority[stage.waiting] = 0
  stage.api.pods.delete(pod, uidOf(pod), 0)
  t.deepEqual(stage.take(), [['AssignedPod', Action.Delete]])
})

test('a pod bound by somebody else leaves the queue and counts', t => {
  const stage = new Stage()
  const node = stage.node('n')
  const pod = stage.pod('p')
  t.is(stage.queued.queue.countAt(Place.Active), 1)
  stage.api.pods.bind(pod, stage.state.pods.uid[pod], node)
  t.is(stage.queued.queue.countAt(Place.Active), 0)
  t.is(stage.milliCPUOn(node), 1000)
})

test('a pod is not queued for a scheduler it does not ask for', t => {
  const stage = new Stage()
  const pod = stage.pod('p', { schedulerName: 'another' })
  t.is(stage.queued.queue.find(pod), undefined)
  stage.api.pods.delete(pod, stage.state.pods.uid[pod], 0)
  t.deepEqual(stage.take(), [])
})

test('what changed about a pod is told apart, also when one write changed several things', t => {
  const stage = new Stage()
  stage.node('n')
  const pod = stage.pod('p', { nodeName: 'n' })
  stage.take()
  const rewrite = (cpu: string, tolerations: object[], labels: Record<string, string>): void => {
    const { pods } = stage.state
    const containers = [{ name: 'c', resources: { requests: { cpu } } }]
    pods.template[pod] = stage.state.templateId({ spec: { containers, tolerations }, annotations: {} })
    pods.labels[pod] = stage.state.labelsId(labels)
    stage.state.log.append(Source.Pods, pod, Change.Spec | Change.Labels, 0)
  }
  const table: [Parameters<typeof rewrite>, number][] = [
    [['2', [], {}], Action.Update],
    [['500m', [], {}], Action.UpdatePodScaleDown],
    [['500m', [{ operator: 'Exists' }], { a: 'b' }], Action.UpdatePodToleration | Action.UpdatePodLabel],
    [['500m', [{ operator: 'Exists' }], { a: 'b' }], Action.Update],
  ]
  for (const [change, action] of table) {
    rewrite(...change)
    t.deepEqual(stage.take(), [['AssignedPod', action]])
  }
  t.is(stage.milliCPUOn(0 as NodeId), 500)
})

test('objects are told with the version before; kinds nobody asked for are not', t => {
  const stage = new Stage()
  const create = (kind: string) =>
    stage.apply({ apiVersion: 'v1', kind, metadata: { name: 'v', labels: { zone: 'a' } }, spec: {} })
  create('StorageClass')
  t.deepEqual(stage.take(), [])
  const volume = create('PersistentVolume') as Parameters<typeof stage.api.objects.updateMeta>[0]
  stage.api.objects.updateMeta(volume, { labels: { zone: 'b' } })
  stage.api.objects.delete(volume)
  const zones = stage.heard.map(({ action, oldObject, newObject }) => [
    action,
    oldObject?.labels['zone'],
    newObject?.labels['zone'],
  ])
  t.deepEqual(zones, [
    [Action.Add, undefined, 'a'],
    [Action.Update, 'a', 'b'],
    [Action.Delete, 'b', undefined],
  ])
})

test('readiness alone is no event', t => {
  const stage = new Stage()
  stage.node('n')
  const pod = stage.pod('p', { nodeName: 'n' })
  stage.take()
  stage.api.pods.patchPhase(pod, Phase.Pending, true)
  t.deepEqual(stage.take(), [])
})

test('a node whose row was the overlay row until now is a new node', t => {
  const stage = new Stage()
  const first = stage.node('first')
  stage.snapshot.copyToOverlay(first)
  const overlay = stage.snapshot.overlay
  stage.take()
  for (let i = first + 1; i <= overlay; i++) stage.node(`n${i}`)
  t.deepEqual(new Set(stage.heard.map(({ action }) => action)), new Set([Action.Add]))
  t.is(stage.order.count, overlay + 1)
})
