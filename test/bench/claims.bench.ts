import type { Manifest } from '../../engine/model/simulation-model.js'
import type { PodId } from '../../engine/state/ids.js'
import { SchedulerRig } from '../support/scheduler-rig.js'
import { type Bench, interleaved } from './bench.js'

const NODES = 5_000
const PODS = 2_000

/** Nodes with eight devices and a CSI driver each. */
function cluster(): SchedulerRig {
  const rig = new SchedulerRig({ percentageOfNodesToScore: 0 })
  const selectors = [{ cel: { expression: 'device.driver == "gpu"' } }]
  rig.object({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    metadata: { name: 'gpu' },
    spec: { selectors },
  })
  for (let i = 0; i < NODES; i++) {
    const name = `n${i}`
    const pool = { name, generation: 1, resourceSliceCount: 1 }
    const devices = Array.from({ length: 8 }, (_, d) => ({
      name: `gpu-${d}`,
      attributes: { half: { int: d >> 2 } },
      capacity: { memory: { value: '80Gi' } },
    }))
    const drivers = [{ name: 'csi', nodeID: name, allocatable: { count: 25 } }]
    const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `z${i % 3}` }
    const allocatable = { cpu: '32', memory: '128Gi', pods: '110' }
    rig.object({ apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name }, spec: { drivers } })
    rig.object({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name },
      spec: { driver: 'gpu', nodeName: name, pool, devices },
    })
    rig.node({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { allocatable } })
  }
  return rig
}

function podWith(name: string, claims: object): Manifest {
  const resources = { requests: { cpu: '100m', memory: '256Mi' } }
  const spec = { containers: [{ name: 'c', image: 'app', resources }], ...claims }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec }
}

function deviceClaim(rig: SchedulerRig, name: string): object {
  const expression =
    'device.attributes["gpu"].half == 1 && device.capacity["gpu"].memory.compareTo(quantity("40Gi")) > 0'
  const exactly = { deviceClassName: 'gpu', selectors: [{ cel: { expression } }] }
  rig.object({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name, namespace: 'default' },
    spec: { devices: { requests: [{ name: 'r', exactly }] } },
  })
  return { resourceClaims: [{ name: 'g', resourceClaimName: name }] }
}

function boundClaim(rig: SchedulerRig, name: string): object {
  const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['z0', 'z1'] }
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: 'sc' }
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } }
  const csi = { driver: 'csi', volumeHandle: name }
  rig.object({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      ...shared,
      capacity: { storage: '1Gi' },
      csi,
      nodeAffinity,
      claimRef: { namespace: 'default', name },
    },
    status: { phase: 'Bound' },
  })
  rig.object({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
    spec: { ...shared, volumeName: name, resources: { requests: { storage: '1Gi' } } },
    status: { phase: 'Bound' },
  })
  return { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }] }
}

/** Pods a second from the cycle to the end of PreBind. */
function podsPerSecond(claimOf: (rig: SchedulerRig, name: string) => object): number {
  const rig = cluster()
  const pods: PodId[] = []
  for (let i = 0; i < PODS; i++) pods.push(rig.createPod(podWith(`p${i}`, claimOf(rig, `c${i}`))))
  const { cycle, profile, snapshot } = rig
  const start = process.hrtime.bigint()
  for (const pod of pods) {
    if (!cycle.schedule(pod)) throw new Error(cycle.failureMessage())
    for (const { plugin } of profile.at.reserve) plugin.reserve?.(cycle, cycle.node)
    snapshot.addPod(pod, cycle.node)
    for (const { plugin } of profile.at.preBind) plugin.preBind?.(pod, cycle.node, 0)
  }
  return PODS / (Number(process.hrtime.bigint() - start) / 1e9)
}

/** Pods with claims on 5,000 nodes, default settings. */
export const claimsBench: Bench = {
  name: 'claims',
  run() {
    const [devices, volumes] = interleaved(3, [
      () => podsPerSecond(deviceClaim),
      () => podsPerSecond(boundClaim),
    ])
    const bench = 'claims'
    return [
      { bench, figure: 'a device each, 5,000 nodes', unit: 'pods/s', value: devices, goal: 2_000 },
      { bench, figure: 'a bound volume each, 5,000 nodes', unit: 'pods/s', value: volumes, goal: 2_000 },
    ]
  },
}
