import type { Manifest } from '../../engine/model/simulation-model.js'
import { DEFAULT_PLUGINS } from '../../engine/scheduler/default-plugins.js'
import type { PluginSet } from '../../engine/scheduler/profile.js'
import type { PodId } from '../../engine/state/ids.js'
import { SchedulerRig } from '../support/scheduler-rig.js'
import { type Bench, median, type Row } from './bench.js'

const NODES = 5_000
const SHAPES = 20
const ZONES = ['a', 'b', 'c']

/** The plugins that look at one node at a time: what is left when nothing is spread, claimed or preempted. */
const NODE_PLUGINS: PluginSet = {
  name: 'node-plugins',
  about: 'plugins that need nothing but node and pod',
  plugins: DEFAULT_PLUGINS.plugins.filter(({ name }) =>
    [
      'SchedulingGates',
      'PrioritySort',
      'NodeUnschedulable',
      'NodeName',
      'TaintToleration',
      'NodeAffinity',
      'NodePorts',
      'NodeResourcesFit',
      'NodeDeclaredFeatures',
      'NodeResourcesBalancedAllocation',
      'ImageLocality',
      'DefaultBinder',
    ].includes(name),
  ),
}

/** Two pools in three zones, one of them with a soft taint; every fourth node has the first image. */
function nodeManifest(i: number): Manifest {
  const isLarge = i % 5 === 0
  const labels = {
    'kubernetes.io/hostname': `node-${i}`,
    'topology.kubernetes.io/zone': ZONES[i % ZONES.length],
    pool: isLarge ? 'large' : 'small',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${i}`, labels },
    spec: isLarge ? { taints: [{ key: 'pool', value: 'large', effect: 'PreferNoSchedule' }] } : {},
    status: {
      allocatable: isLarge
        ? { cpu: '64', memory: '256Gi', pods: '250' }
        : { cpu: '16', memory: '64Gi', pods: '110' },
      images: i % 4 === 0 ? [{ names: ['app:0'], sizeBytes: 300_000_000 }] : [],
    },
  }
}

/** Of 20 shapes two select a pool, two prefer a zone, two bear the taint; the rest only ask for resources. */
function podManifest(i: number): Manifest {
  const shape = i % SHAPES
  const zone = { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['b'] }] }
  const spec = {
    containers: [
      {
        name: 'main',
        image: `app:${shape}`,
        resources: {
          requests: { cpu: `${50 + 25 * shape}m`, memory: `${64 + 48 * ((shape * 7) % SHAPES)}Mi` },
        },
      },
    ],
    ...(shape < 2 ? { nodeSelector: { pool: shape === 0 ? 'small' : 'large' } } : {}),
    ...(shape === 2 || shape === 3
      ? {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: zone }],
            },
          },
        }
      : {}),
    ...(shape === 4 || shape === 5 ? { tolerations: [{ key: 'pool', operator: 'Exists' }] } : {}),
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${i}`, namespace: 'default' }, spec }
}

/** Pods a second through the cycle, each assumed on its node, the cluster filling up. */
function podsPerSecond(
  set: PluginSet,
  percentageOfNodesToScore: number,
  count: number,
  turns: number,
): number {
  const rig = new SchedulerRig({ set, percentageOfNodesToScore })
  for (let i = 0; i < NODES; i++) rig.node(nodeManifest(i))
  const pods: PodId[] = []
  for (let i = 0; i < count * (turns + 1); i++) pods.push(rig.createPod(podManifest(i)))
  const figures: number[] = []
  for (let turn = 0; turn <= turns; turn++) {
    globalThis.gc?.()
    const start = performance.now()
    for (let i = turn * count; i < (turn + 1) * count; i++) {
      if (!rig.cycle.schedule(pods[i])) throw new Error(rig.cycle.failureMessage())
      rig.snapshot.addPod(pods[i], rig.cycle.node)
    }
    // The first turn warms up.
    if (turn > 0) figures.push((count / (performance.now() - start)) * 1000)
  }
  return median(figures)
}

export const schedulingCycleBench: Bench = {
  name: 'scheduling-cycle',
  run() {
    const row = (figure: string, value: number, goal?: number): Row => ({
      bench: 'scheduling-cycle',
      figure,
      unit: 'pods/s',
      value,
      ...(goal === undefined ? {} : { goal }),
    })
    const nodes = `${NODES.toLocaleString('en')} nodes`
    return [
      row(`node plugins, ${nodes}, adaptive sampling`, podsPerSecond(NODE_PLUGINS, 0, 10_000, 5), 30_000),
      row(`node plugins, ${nodes}, all scored`, podsPerSecond(NODE_PLUGINS, 100, 1_000, 5), 5_000),
      row(`default profile, ${nodes}, adaptive sampling`, podsPerSecond(DEFAULT_PLUGINS, 0, 10_000, 5)),
    ]
  },
}
