import test from 'ava'
import type { NodeSelectorTerm } from '../../../engine/model/node-affinity.js'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import type { AnyPlugin, PluginDefinition } from '../../../engine/scheduler/framework/define-plugin.js'
import {
  Action,
  type ClusterEvent,
  type NodeVersion,
  type PodVersion,
} from '../../../engine/scheduler/framework/interface.js'
import { imageLocality } from '../../../engine/scheduler/plugins/image-locality.js'
import { nodeAffinity } from '../../../engine/scheduler/plugins/node-affinity.js'
import { nodePorts } from '../../../engine/scheduler/plugins/node-ports.js'
import { nodeResourcesFit } from '../../../engine/scheduler/plugins/node-resources-fit.js'
import { nodeUnschedulable } from '../../../engine/scheduler/plugins/node-unschedulable.js'
import { prioritySort } from '../../../engine/scheduler/plugins/priority-sort.js'
import { schedulingGates } from '../../../engine/scheduler/plugins/scheduling-gates.js'
import { taintToleration } from '../../../engine/scheduler/plugins/taint-toleration.js'
import type { NamespaceId, NodeId, PodId } from '../../../engine/state/ids.js'
import { nodeManifest as node, podManifest as pod, stageOf } from '../../support/plugin-cases.js'
import { PluginStage } from '../../support/plugin-stage.js'

test('taints: hard ones reject, soft ones are counted, the fewest score 100', t => {
  const soft = (key: string): object => ({ key, effect: 'PreferNoSchedule' })
  const nodes = [
    node('plain', {}),
    node('one', {}, { spec: { taints: [soft('a')] } }),
    node('two', {}, { spec: { taints: [soft('a'), soft('b')] } }),
    node('hard', {}, { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }),
  ]
  const { stage, plugin, ids } = stageOf(taintToleration, nodes)
  const plain = stage.createPod(pod('p', {}))
  const tolerant = stage.createPod(pod('q', {}, { tolerations: [{ key: 'a', operator: 'Exists' }] }))
  t.deepEqual(
    stage.filter(plugin, plain, ids).map(answer => answer?.reasons),
    [undefined, undefined, undefined, ['node(s) had untolerated taint(s)']],
  )
  t.deepEqual(stage.filter(plugin, tolerant, ids), [undefined, undefined, undefined, undefined])
  t.deepEqual(stage.score(plugin, plain, ids.slice(0, 3)), [100, 50, 0])
  t.deepEqual(stage.score(plugin, tolerant, ids.slice(0, 3)), [100, 100, 0])
})

test('node affinity: selector, terms and enforced terms; weights scale to 100', t => {
  const nodes = [
    node('n0', {}, { labels: { zone: 'a', disk: 'ssd', 'kubernetes.io/hostname': 'n0' } }),
    node('n1', {}, { labels: { zone: 'a', 'kubernetes.io/hostname': 'n1' } }),
    node('n2', {}, { labels: { zone: 'b', 'kubernetes.io/hostname': 'n2' } }),
  ]
  const term = (key: string, value: string) => ({
    matchExpressions: [{ key, operator: 'In', values: [value] }],
  })
  const requires = (...terms: NodeSelectorTerm[]) => ({
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
  })
  const added = { addedAffinity: requires(term('zone', 'a')) }
  const { stage, plugin, ids } = stageOf(nodeAffinity, nodes, [], added)
  const passing = (spec: Partial<PodSpec>, i: number): number[] =>
    stage
      .filter(plugin, stage.createPod(pod(`p${i}`, {}, spec)), ids)
      .flatMap((answer, at) => (answer === undefined ? [at] : []))
  const specs: [Partial<PodSpec>, number[]][] = [
    [{}, [0, 1]],
    [{ nodeSelector: { disk: 'ssd' } }, [0]],
    [{ affinity: { nodeAffinity: requires(term('zone', 'b'), term('kubernetes.io/hostname', 'n1')) } }, [1]],
    [{ affinity: { nodeAffinity: requires() } }, []],
    [
      {
        affinity: {
          nodeAffinity: requires({
            matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n1'] }],
          }),
        },
      },
      [0],
    ],
  ]
  specs.forEach(([spec, expected], i) => t.deepEqual(passing(spec, i), expected, JSON.stringify(spec)))
  // 3 + 2 of 5 is 100, 3 of 5 is 60.
  const preferredDuringSchedulingIgnoredDuringExecution = [
    { weight: 3, preference: term('zone', 'a') },
    { weight: 2, preference: term('disk', 'ssd') },
  ]
  const prefers = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } }
  t.deepEqual(stage.score(plugin, stage.createPod(pod('q', {}, prefers)), ids), [100, 60, 0])
})

test('host ports: one address against another, and any against all', t => {
  const ports = (hostIP: string, protocol: string): Partial<PodSpec> => ({
    containers: [
      {
        name: 'c',
        ports: [{ containerPort: 1, hostPort: 80, protocol, ...(hostIP === '' ? {} : { hostIP }) }],
      },
    ],
  })
  const rows: [string, string, string, string, boolean][] = [
    ['', 'TCP', '', 'TCP', false],
    ['', 'TCP', '', 'UDP', true],
    ['10.0.0.1', 'TCP', '10.0.0.2', 'TCP', true],
    ['10.0.0.1', 'TCP', '10.0.0.1', 'TCP', false],
    ['10.0.0.1', 'TCP', '', 'TCP', false],
    ['', 'TCP', '10.0.0.1', 'TCP', false],
  ]
  for (const [takenIP, taken, wantedIP, wanted, isFree] of rows) {
    const running = [pod('other', {}, { ...ports(takenIP, taken), nodeName: 'n' })]
    const { stage, plugin, ids } = stageOf(nodePorts, [node('n', {})], running)
    const incoming = stage.createPod(pod('p', {}, ports(wantedIP, wanted)))
    t.is(
      stage.filter(plugin, incoming, ids)[0] === undefined,
      isFree,
      `${takenIP} ${taken} ${wantedIP} ${wanted}`,
    )
    stage.snapshot.removePod(stage.state.pods.find(stage.state.namespaceId('default'), 'other')!)
    t.is(stage.filter(plugin, incoming, ids)[0], undefined)
  }
})

test('images: size by spread, between 23 MiB and 1000 MiB a container', t => {
  const mebibytes = 2 ** 20
  const images = (size: number): object[] => [{ names: ['app:1'], sizeBytes: size * mebibytes }]
  const nodes = [
    node('a', {}, { images: images(500) }),
    node('b', {}, { images: images(700) }),
    node('c', {}),
    node('d', {}),
  ]
  const { stage, plugin, ids } = stageOf(imageLocality, nodes)
  // The first size reported counts: 500 MiB on half of the nodes are 250; 100 * (250 - 23) / (1000 - 23) = 23.2.
  t.deepEqual(stage.score(plugin, stage.createPod(pod('p', {})), ids), [23, 23, 0, 0])
  stage.api.nodes.patchImages(ids[2], new Map([['app:1', 1]]))
  stage.snapshot.putNode(ids[2])
  // On three quarters of them 375: 36.02.
  t.deepEqual(stage.score(plugin, stage.createPod(pod('q', {})), ids), [36, 36, 36, 0])
})

test('the queue goes by priority, then by the time of entry', t => {
  const sort = new PluginStage().plugin(prioritySort)
  const queued = (priority: number, queuedAt: number) => ({ pod: 0 as PodId, priority, queuedAt })
  t.true(sort.less!(queued(10, 5), queued(0, 1)) < 0)
  t.true(sort.less!(queued(0, 1), queued(0, 2)) < 0)
  t.is(sort.less!(queued(0, 1), queued(0, 1)), 0)
})

test('a gated pod waits, and says for what', t => {
  const { stage, plugin } = stageOf(schedulingGates, [])
  const gated = stage.createPod(pod('p', {}, { schedulingGates: [{ name: 'b' }, { name: 'a' }] }))
  t.deepEqual(stage.rejection(plugin.preEnqueue!(gated)).reasons, ['waiting for scheduling gates: [b a]'])
  t.is(plugin.preEnqueue!(stage.createPod(pod('q', {}))), 0)
})

test('hints: a node event wakes a pod only if it lifts what rejected it', t => {
  const stage = new PluginStage()
  const tainted = [{ key: 'a', effect: 'NoSchedule' as const }]
  const version = (
    fields: Partial<{ zone: string; taints: typeof tainted; cordon: boolean; cpu: number }>,
  ): NodeVersion => ({
    labels: stage.state.labelsId(fields.zone === undefined ? {} : { zone: fields.zone }),
    taints: stage.state.taintsId(fields.taints ?? []),
    unschedulable: fields.cordon ?? false,
    allocatable: Float64Array.of(fields.cpu ?? 4000, 2 ** 34, 0, 110),
  })
  const rows: [AnyPlugin, NodeVersion | undefined, NodeVersion, boolean][] = [
    [nodeUnschedulable, version({ cordon: true }), version({}), true],
    [nodeUnschedulable, version({}), version({ cordon: true }), false],
    [taintToleration, version({ taints: tainted }), version({}), true],
    [taintToleration, version({}), version({ zone: 'b' }), false],
    [taintToleration, undefined, version({ taints: tainted }), false],
    [nodeAffinity, version({ zone: 'b' }), version({ zone: 'a' }), true],
    [nodeAffinity, version({ zone: 'a' }), version({ zone: 'a', cpu: 1 }), false],
    [nodeAffinity, undefined, version({ zone: 'a' }), true],
    [nodeResourcesFit, undefined, version({ cpu: 2000 }), true],
    [nodeResourcesFit, undefined, version({ cpu: 1000 }), false],
    [nodeResourcesFit, version({ cpu: 2000 }), version({ cpu: 3000 }), true],
    [nodeResourcesFit, version({ cpu: 3000 }), version({ cpu: 2000 }), false],
  ]
  const row = stage.node(node('n', {}))
  const waiting = stage.createPod(pod('p', { cpu: '2' }, { nodeSelector: { zone: 'a' } }))
  for (const [i, [definition, oldNode, newNode, wakes]] of rows.entries()) {
    const { events = [] } = stage.plugin(definition as PluginDefinition)
    const event: ClusterEvent = {
      resource: 'Node',
      action: oldNode === undefined ? Action.Add : Action.UpdateNodeLabel,
      node: row,
      newNode,
      ...(oldNode === undefined ? {} : { oldNode }),
    }
    const registration = events.find(({ resource }) => resource === 'Node')
    t.is(registration?.hint?.(waiting, event), wakes, `${definition.name}, row ${i}`)
  }
})

test('hints: a pod that leaves wakes those it was in the way of', t => {
  const port = (hostPort: number): Partial<PodSpec> => ({
    containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort }] }],
  })
  const stage = new PluginStage()
  stage.node(node('n', { cpu: '4' }))
  const waiting = stage.createPod(pod('p', {}, port(80)))
  const gone = [
    stage.createPod(pod('same', {}, { ...port(80), nodeName: 'n' })),
    stage.createPod(pod('other', {}, { ...port(81), nodeName: 'n' })),
    stage.createPod(pod('pending', {}, port(80))),
  ]
  const answers = (definition: AnyPlugin): (boolean | undefined)[] => {
    const { events = [] } = stage.plugin(definition as PluginDefinition)
    const registration = events.find(({ resource }) => resource === 'Pod')
    return gone.map(left => registration?.hint?.(waiting, deletionOf(stage, left)))
  }
  t.deepEqual(answers(nodePorts), [true, false, false])
  t.deepEqual(answers(nodeResourcesFit), [true, true, false])
})

function deletionOf({ state: { pods } }: PluginStage, left: PodId): ClusterEvent {
  const oldPod: PodVersion = {
    template: pods.templateOf(left),
    labels: pods.labelsOf(left),
    namespace: pods.namespace[left] as NamespaceId,
    node: pods.nodeOf(left),
    nominatedNode: pods.nominatedNode[left] as NodeId,
  }
  return { resource: 'Pod', action: Action.Delete, pod: left, oldPod }
}
