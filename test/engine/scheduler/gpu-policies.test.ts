import test from 'ava'
import type { Manifest } from '../../../engine/model/manifest.js'
import type { PluginDefinition } from '../../../engine/scheduler/framework/define-plugin.js'
import { bestFitDevices } from '../../../engine/scheduler/gpu/device-choice.js'
import { GpuDevices } from '../../../engine/scheduler/gpu/gpu-devices.js'
import { gpuSharing } from '../../../engine/scheduler/plugins/gpu-sharing.js'
import { gpuBestFit } from '../../../engine/scheduler/policies/gpu-best-fit.js'
import { gpuClustering } from '../../../engine/scheduler/policies/gpu-clustering.js'
import { gpuDotProduct } from '../../../engine/scheduler/policies/gpu-dot-product.js'
import { gpuPacking } from '../../../engine/scheduler/policies/gpu-packing.js'
import { nodeManifest, podManifest, stageOf } from '../../support/plugin-cases.js'

const GPU = 'alibabacloud.com/gpu-milli'

function node(name: string, cpu: number, gpus: number): Manifest {
  return nodeManifest(name, { cpu: String(cpu), memory: '1Ti', pods: '100', [GPU]: String(gpus * 1000) })
}

/** A pod that asks for so many thousandths of GPU, on a node if one is named. */
function pod(name: string, milliGpu: number, nodeName?: string, cpu = 1): Manifest {
  const gpu = milliGpu === 0 ? {} : { [GPU]: String(milliGpu) }
  return podManifest(name, { cpu: String(cpu), ...gpu }, nodeName === undefined ? {} : { nodeName })
}

test('a share takes the tightest device that is enough, whole devices the first that are free', t => {
  const free = Int32Array.of(1000, 400, 600, 400, 1000)
  const demand = (devices: number, milliEach: number) => ({ milliCPU: 0, devices, milliEach, models: [] })
  const rows: readonly [number, number, readonly number[]][] = [
    [1, 300, [1]],
    [1, 500, [2]],
    [1, 700, [0]],
    [1, 1000, [0]],
    [2, 1000, [0, 4]],
    [3, 1000, []],
    [2, 500, [0, 2]],
  ]
  for (const [devices, milliEach, expected] of rows) {
    t.deepEqual([...bestFitDevices(demand(devices, milliEach), free, 0, 5)], expected)
  }
})

test('devices are given back, and a pod that comes back to its node gets the same ones', t => {
  const { stage, ids } = stageOf(gpuSharing, [node('n', 32, 2)])
  const { snapshot } = stage
  const devices = GpuDevices.of(snapshot)
  const small = stage.pod(pod('small', 300, 'n'))
  const large = stage.pod(pod('large', 800, 'n'))
  t.deepEqual([devices.heldBy(small), devices.heldBy(large)], [0b01, 0b10])
  devices.move(small, ids[0], 0b10)
  t.is(devices.heldBy(small), 0b10, 'a policy may put it where it likes')
  devices.move(small, ids[0], 0b01)
  snapshot.removePod(large)
  t.deepEqual([...devices.free.subarray(0, 2)], [700, 1000])
  t.is(devices.allocatedMilli, 300)
  snapshot.addPod(large, ids[0])
  t.is(devices.heldBy(large), 0b10)
  t.is(devices.capacityMilli, 2000)
})

test('devices that are added to a node or taken from it move its pods', t => {
  const { stage, ids } = stageOf(gpuSharing, [node('n', 32, 2)])
  const { snapshot, state } = stage
  const devices = GpuDevices.of(snapshot)
  stage.pod(pod('first', 1000, 'n'))
  stage.pod(pod('second', 1000, 'n'))
  t.is(devices.allocatedMilli, 2000)
  const resize = (milli: number): void => {
    state.nodes.allocatable[ids[0] * state.nodes.resourceWidth + state.resources.index(GPU)] = milli
    snapshot.putNode(ids[0])
  }
  resize(1000)
  t.is(devices.allocatedMilli, 1000, 'one pod has lost its device')
  resize(20_000)
  t.is(devices.allocatedMilli, 2000)
  t.is(devices.capacityMilli, 20_000)
})

test('a node needs its room on single devices', t => {
  const nodes = [node('empty', 32, 1), node('split', 32, 2), node('none', 32, 0)]
  const { stage, plugin, ids } = stageOf(gpuSharing, nodes, [pod('a', 600, 'split'), pod('b', 600, 'split')])
  const fits = (milli: number): boolean[] =>
    stage.filter(plugin, stage.createPod(pod(`p${milli}`, milli)), ids).map(reason => reason === undefined)
  // 800 are free on the split node, but no more than 400 on one device.
  t.deepEqual(fits(400), [true, true, false])
  t.deepEqual(fits(500), [true, false, false])
  t.deepEqual(fits(2000), [false, false, false])
  t.deepEqual(fits(0), [true, true, true])
})

/*
 * Nodes of 32 cpus: idle has 4 free GPUs; mixed 400, 500, 1000, 1000 by two shares; taken a whole GPU of two.
 * The pod asks for 8 cpus and 460 of one GPU.
 *   free cpu 32, 30, 31 of 128; free GPU 4000, 2900, 1000 of 8000; asked 8/128 and 460/8000
 *   dot product: 1 - (0.25 * 0.0625 + 0.5 * 0.0575) / 2 = 0.978; 1 - (0.2344 * 0.0625 + 0.3625 * 0.0575) / 2 = 0.982;
 *     1 - (0.2422 * 0.0625 + 0.125 * 0.0575) / 2 = 0.989
 *   left over: (24/128 + 3540/8000) / 2 = 0.315 -> 68; (22/128 + 2440/8000) / 2 = 0.2384 -> 76;
 *     (23/128 + 540/8000) / 2 = 0.1236 -> 87; stretched over 19: 0, 100 * 8 / 19 = 42, 100
 *   clustering: none 25 + floor(25 * 4000/8000) = 37; own only 75 + floor(25 * 5100/8000) = 90;
 *     others only 0 + floor(25 * 7000/8000) = 21
 *   packing: idle max(33 - 4, 4) = 29; the tightest has 500: 100 - floor(50/10) = 95; one wholly free: 50 - 1 = 49
 */
const NODES = [node('idle', 32, 4), node('mixed', 32, 4), node('taken', 32, 2)]
const RUNNING = [pod('a', 600, 'mixed'), pod('b', 500, 'mixed'), pod('c', 1000, 'taken')]
const ROWS: readonly [PluginDefinition, readonly number[]][] = [
  [gpuDotProduct as PluginDefinition, [97, 98, 98]],
  [gpuBestFit as PluginDefinition, [0, 42, 100]],
  [gpuClustering as PluginDefinition, [37, 90, 21]],
  [gpuPacking, [29, 95, 49]],
]

for (const [policy, expected] of ROWS) {
  test(`${policy.name} scores three nodes as worked out by hand`, t => {
    const { stage, plugin, ids } = stageOf(policy, NODES, RUNNING)
    const incoming = stage.createPod(pod('p', 460, undefined, 8))
    t.deepEqual(stage.score(plugin, incoming, ids), [...expected])
    t.deepEqual(stage.score(plugin, incoming, ids), [...expected], 'and remembers them')
  })
}
