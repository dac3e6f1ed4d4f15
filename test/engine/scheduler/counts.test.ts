import test from 'ava'
import { selectorOfLabels } from '../../../engine/model/labels.js'
import { anchorOf } from '../../../engine/model/pod-affinity.js'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import { ClusterCounts } from '../../../engine/scheduler/counts/cluster-counts.js'
import type { SelectionRule } from '../../../engine/scheduler/counts/selection.js'
import { interPodAffinity } from '../../../engine/scheduler/plugins/inter-pod-affinity.js'
import { podTopologySpread } from '../../../engine/scheduler/plugins/pod-topology-spread.js'
import type { NodeId, PodId } from '../../../engine/state/ids.js'
import { PluginStage } from '../../support/plugin-stage.js'

const HOSTNAME = 'kubernetes.io/hostname'
const ZONE = 'topology.kubernetes.io/zone'

function addNodes(stage: PluginStage, count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) =>
    stage.node({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${i}`, labels: { [HOSTNAME]: `n${i}`, [ZONE]: i % 2 === 0 ? 'even' : 'odd' } },
      status: { allocatable: { pods: '110' } },
    }),
  )
}

function addPod(
  stage: PluginStage,
  name: string,
  app: string,
  node: string,
  spec: Partial<PodSpec> = {},
): PodId {
  return stage.pod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app } },
    spec: { containers: [{ name: 'c' }], nodeName: node, ...spec },
  })
}

function ruleOf(app: string): SelectionRule {
  const selector = selectorOfLabels({ app })
  return {
    key: app,
    liveOnly: true,
    anchor: anchorOf(selector),
    matches: (labels, namespace) => namespace === 'default' && selector.matches(labels),
  }
}

/** Pods of app a<i> are on node n<i % 4>: one on it for every i. */
function addApps(stage: PluginStage, count: number): void {
  for (let i = 0; i < count; i++) addPod(stage, `p${i}`, `a${i}`, `n${i % 4}`)
}

test('counts given up for want of room are right when they are asked for again', t => {
  const stage = new PluginStage()
  const nodes = addNodes(stage, 4)
  // Room for 64 selections at the least, so 200 do not fit.
  const counts = new ClusterCounts(stage.snapshot, 1)
  addApps(stage, 200)
  const { epoch } = counts
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 200; i++) {
      const selection = counts.selection(ruleOf(`a${i}`))
      const table = counts.table(selection, counts.key(ZONE))
      t.is(selection.countOf[nodes[i % 4]], 1 + round)
      t.is(table.total, 1 + round)
      t.is(table.least, 0)
      if (round === 0) addPod(stage, `again${i}`, `a${i}`, `n${i % 4}`)
    }
  }
  t.true(counts.epoch > epoch)
})

test('counts made late take in the nodes and pods that are there', t => {
  const stage = new PluginStage()
  const nodes = addNodes(stage, 4)
  addApps(stage, 8)
  const counts = new ClusterCounts(stage.snapshot)
  const selection = counts.selection(ruleOf('a5'))
  t.deepEqual(
    nodes.map(node => selection.countOf[node]),
    [0, 1, 0, 0],
  )
  const table = counts.table(selection, counts.key(ZONE))
  t.deepEqual([table.domainCount, table.total, table.least], [2, 1, 0])
})

test('a domain that has lost its last node is none, and its number is used again', t => {
  const stage = new PluginStage()
  const nodes = addNodes(stage, 3)
  const counts = new ClusterCounts(stage.snapshot)
  const table = counts.table(counts.selection(ruleOf('a')), counts.key(HOSTNAME))
  stage.removeNode(nodes[1])
  t.is(table.domainCount, 2)
  addPod(stage, 'p0', 'a', 'n0')
  addPod(stage, 'p2', 'a', 'n2')
  t.is(table.least, 1)
  stage.node({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'new', labels: { [HOSTNAME]: 'new' } },
    status: { allocatable: { pods: '110' } },
  })
  t.deepEqual([table.domainCount, table.least, counts.key(HOSTNAME).size], [3, 0, 3])
})

test('terms that nobody held for a while keep pods away again when somebody does', t => {
  const stage = new PluginStage()
  const nodes = addNodes(stage, 2)
  const plugin = stage.plugin(interPodAffinity)
  const apart = (app: string): Partial<PodSpec> => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: HOSTNAME, labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  })
  const asked = (app: string): (string | undefined)[] => {
    const pod = stage.createPod({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `asks-${app}`, namespace: 'default', labels: { app } },
      spec: { containers: [{ name: 'c' }] },
    })
    const reasons = stage.filter(plugin, pod, nodes).map(rejection => rejection?.reasons[0])
    stage.api.pods.delete(pod, stage.state.pods.uid[pod], 0)
    return reasons
  }
  const keptAway = "node(s) didn't satisfy existing pods anti-affinity rules"
  for (let round = 0; round < 3; round++) {
    const pods = Array.from({ length: 200 }, (_, i) =>
      addPod(stage, `${round}-${i}`, `a${i}`, 'n0', apart(`a${i}`)),
    )
    for (const app of ['a0', 'a77', 'a199']) t.deepEqual(asked(app), [keptAway, undefined])
    for (const pod of pods) {
      stage.snapshot.removePod(pod)
      stage.api.pods.delete(pod, stage.state.pods.uid[pod], 0)
    }
    for (const app of ['a0', 'a77', 'a199']) t.deepEqual(asked(app), [undefined, undefined])
  }
})

test('arguments that upstream refuses are refused', t => {
  const refused: readonly [object, RegExp][] = [
    [{ defaultingType: 'Some' }, /System or List/],
    [
      {
        defaultConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway' }],
      },
      /need defaultingType: List/,
    ],
    [
      {
        defaultingType: 'List',
        defaultConstraints: [{ maxSkew: 0, topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway' }],
      },
      /positive integer/,
    ],
    [
      {
        defaultingType: 'List',
        defaultConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'Perhaps' }],
      },
      /whenUnsatisfiable/,
    ],
    [
      {
        defaultingType: 'List',
        defaultConstraints: [
          { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
        ],
      },
      /labelSelector/,
    ],
  ]
  for (const [args, message] of refused) {
    t.throws(() => new PluginStage().plugin(podTopologySpread, args), { message })
  }
  const { message } = t.throws(() =>
    new PluginStage().plugin(interPodAffinity, { hardPodAffinityWeight: 101 }),
  )
  t.regex(message, /0 to 100/)
})

test('without constraints of their own pods of a ReplicaSet are spread by its selector', t => {
  const stage = new PluginStage()
  const nodes = addNodes(stage, 2)
  const plugin = stage.plugin(podTopologySpread)
  stage.object({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } } },
  })
  addPod(stage, 'first', 'web', 'n0')
  const create = (name: string, owner: string): PodId =>
    stage.createPod({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'default',
        labels: { app: 'web' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, controller: true }],
      },
      spec: { containers: [{ name: 'c' }] },
    })
  // n0: 1 x ln 4 + 2 by hostname, 1 x ln 4 + 4 by zone: 8.77, rounded 9. n1: 2 + 4 = 6.
  // Then 100 x (9 + 6 - s) / 9: 66 and 100.
  t.deepEqual(stage.score(plugin, create('second', 'web'), nodes), [66, 100])
  t.is(stage.score(plugin, create('stray', 'nobody'), nodes), undefined)
})
