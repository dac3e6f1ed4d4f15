import test from 'ava'
import { ApiServer } from '../../../engine/apiserver/api-server.js'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { Kernel } from '../../../engine/kernel/kernel.js'
import { Streams } from '../../../engine/kernel/rng.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { DEFAULT_SCHEDULER_COSTS } from '../../../engine/model/defaults.js'
import { WallClock } from '../../../engine/model/wall-clock.js'
import { readSchedulerConfiguration } from '../../../engine/scheduler/configuration.js'
import { Nominator } from '../../../engine/scheduler/framework/nominator.js'
import { Snapshot } from '../../../engine/scheduler/framework/snapshot.js'
import { Rejections } from '../../../engine/scheduler/framework/status.js'
import { NodeOrder } from '../../../engine/scheduler/node-order.js'
import { NodeRanks } from '../../../engine/scheduler/node-ranks.js'
import { PLUGINS } from '../../../engine/scheduler/plugins/index.js'
import { buildProfiles } from '../../../engine/scheduler/profiles.js'
import { ClusterState } from '../../../engine/state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId, type PodId } from '../../../engine/state/ids.js'

const NODES = 300

test('each profile of a configuration searches as many nodes as it says, or the scheduler', t => {
  const state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  const api = new ApiServer(new Kernel(), state)
  const snapshot = new Snapshot(state)
  const order = new NodeOrder(state)
  const base = {
    profiles: [],
    percentageOfNodesToScore: 0,
    tieBreak: 'first' as const,
    podInitialBackoff: SECOND,
    podMaxBackoff: SECOND,
    costs: DEFAULT_SCHEDULER_COSTS,
  }
  // Only what is registered can be on: the set names plugins of other rooms, too.
  const only = {
    multiPoint: {
      disabled: [{ name: '*' }],
      enabled: [{ name: 'PrioritySort' }, { name: 'NodeResourcesFit' }],
    },
  }
  const { configuration, issues } = readSchedulerConfiguration(
    {
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      profiles: [
        { schedulerName: 'adaptive', plugins: only },
        { schedulerName: 'thorough', plugins: only, percentageOfNodesToScore: 100 },
        { schedulerName: 'hasty', plugins: only, percentageOfNodesToScore: 40 },
      ],
    },
    base,
    PLUGINS,
  )
  t.deepEqual(issues, [])
  const built = buildProfiles(configuration.settings, {
    state,
    objects: api.objects,
    snapshot,
    order,
    nominator: new Nominator(),
    rejections: new Rejections(),
    now: () => 0,
    clock: new WallClock(0),
    draws: new Streams('1').keyed('scheduler'),
    plugins: PLUGINS,
    nodeOrderRanks: new NodeRanks(state, new Streams('1').keyed('scheduler/node-order')),
    workload: () => [],
    attemptsOf: () => 0,
  })
  t.deepEqual(built.issues, [])
  const amounts = { cpu: 1000, memory: 2 ** 30, pods: 10 }
  for (let i = 0; i < NODES; i++) {
    const draft = {
      name: `n${i}`,
      labels: {},
      taints: [],
      unschedulable: false,
      images: new Map<string, number>(),
    }
    const node = api.nodes.create({ ...draft, capacity: amounts, allocatable: amounts, pool: NONE }) as NodeId
    snapshot.putNode(node)
    order.add(node, state.nodes.labels[node] as LabelSetId)
  }
  const draft = new PodDraft()
  draft.namespace = state.namespaceId('default')
  draft.name = 'p'
  draft.template = state.templateId({ spec: { containers: [{ name: 'c' }] }, annotations: {} })
  const pod = api.pods.create(draft, 0) as PodId
  // 50 - 300 / 125 = 48 % of 300 are 144; 40 % are 120.
  const found = built.profiles.map(({ cycle }) => {
    cycle.schedule(pod)
    return cycle.feasible.length
  })
  t.deepEqual(found, [144, NODES, 120])
})
