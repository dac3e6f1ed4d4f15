/** The published GPU workloads (FGD, USENIX ATC '23), read from the bundled lists. */
import { join } from 'node:path'
import test from 'ava'
import type { SimulationModel } from '../../engine/index.js'
import { NEVER, SECOND } from '../../engine/kernel/time.js'
import { expectedPods } from '../../engine/model/expected-pods.js'
import { DEFAULT_GPU_NAMES } from '../../engine/model/gpu-demand.js'
import { GpuFragmentation } from '../../engine/model/gpu-fragmentation.js'
import { typicalPods } from '../../engine/model/typical-pods.js'
import { inflatedTrace } from '../../engine/operator/inflated-trace.js'
import { FragmentationGradient } from '../../engine/scheduler/gpu/fragmentation-gradient.js'
import { NodeFragmentation } from '../../engine/scheduler/gpu/node-fragmentation.js'
import { gpuSharing } from '../../engine/scheduler/plugins/gpu-sharing.js'
import { simulate } from '../../engine/simulation.js'
import { nodeManifest, podManifest, stageOf } from '../support/plugin-cases.js'
import { scenarioOf } from '../support/scenario-folder.js'
import { PROJECT } from '../support/source-files.js'

const CLUSTER_MILLI = 6_212_000

async function workloadModel(workload: string, set: readonly string[] = []): Promise<SimulationModel> {
  const file = (name: string): string => join(PROJECT, `scenarios/data/openb_${name}.csv.gz`)
  const traces = [
    {
      reader: 'openb',
      nodes: file('node_list_gpu_node'),
      pods: file(`pod_list_${workload}`),
      maxPods: 1001,
      inflation: { ratio: 1.3 },
    },
  ]
  const scheduler = { profile: 'fgd', tieBreak: 'node-order', unschedulablePods: 'delete' }
  const text = JSON.stringify({ seed: '42', traces, scheduler, measure: { records: ['gpu-arrivals'] } })
  const { variants } = await scenarioOf({ 'gpu.yaml': text }, { set })
  return variants[0].model
}

/** What the paper's data set gives another implementation. */
const WORKLOADS = [
  {
    name: 'default',
    pods: 8152,
    classes: 35,
    covered: 95.26,
    withoutGpu: 0.136,
    heaviest: 0.13482,
    empty: 13.945,
  },
  {
    name: 'cpu200',
    pods: 8832,
    classes: 34,
    covered: 95.12,
    withoutGpu: 0.205,
    heaviest: 0.12463,
    empty: 20.818,
  },
  {
    name: 'gpushare60',
    pods: 8152,
    classes: 33,
    covered: 95.11,
    withoutGpu: 0.1362,
    heaviest: 0.23114,
    empty: 13.818,
  },
  {
    name: 'gpuspec20',
    pods: 8152,
    classes: 102,
    covered: 95.01,
    withoutGpu: 0.1396,
    heaviest: 0.11323,
    empty: 25.845,
  },
  {
    name: 'multigpu40',
    pods: 8746,
    classes: 42,
    covered: 95.13,
    withoutGpu: 0.1269,
    heaviest: 0.12584,
    empty: 14.164,
  },
]

for (const { name, pods, classes, covered, withoutGpu, heaviest, empty } of WORKLOADS) {
  test(`${name}: typical pods and the fragmentation of the empty cluster are the published ones`, async t => {
    const model = await workloadModel(name)
    const workload = expectedPods(model)
    const typical = typicalPods(workload, DEFAULT_GPU_NAMES)
    const sum = (counts: readonly { readonly count: number }[]): number =>
      counts.reduce((total, { count }) => total + count, 0)
    const inClasses = sum(typical)
    t.is(sum(workload), pods)
    t.is(typical.length, classes)
    t.is(((100 * inClasses) / pods).toFixed(2), covered.toFixed(2))
    const cpuOnly = sum(typical.filter(({ devices }) => devices === 0)) / inClasses
    t.true(Math.abs(cpuOnly - withoutGpu) < 5e-5)
    const { count, ...first } = typical[0]
    t.deepEqual(first, { milliCPU: 3152, devices: 1, milliEach: 810, models: [] })
    t.true(Math.abs(count / inClasses - heaviest) < 5e-6)

    const measure = new GpuFragmentation(typical)
    let weighed = 0
    for (const operation of model.operations) {
      if (operation.op !== 'create-nodes') continue
      const { allocatable, labels } = model.nodePools[operation.pool]
      const devices = allocatable[DEFAULT_GPU_NAMES.resource] / 1000
      const free = new Int32Array(devices).fill(1000)
      const tables = measure.tablesOf(labels[DEFAULT_GPU_NAMES.modelLabel])
      weighed += operation.names.length * measure.weighed(tables, allocatable['cpu'], free, 0, devices)
    }
    t.is(((100 * weighed) / measure.total / CLUSTER_MILLI).toFixed(3), empty.toFixed(3))
  })
}

test('single nodes have the fragmentation that was worked out independently', async t => {
  const measure = new GpuFragmentation(
    typicalPods(expectedPods(await workloadModel('default')), DEFAULT_GPU_NAMES),
  )
  const whole = (count: number): number[] => Array.from({ length: count }, () => 1000)
  const rows: readonly [number, readonly number[], string][] = [
    [96000, whole(8), '1087.819'],
    [96000, whole(2), '271.955'],
    [4000, whole(8), '5731.651'],
    [0, whole(8), '8000.000'],
    [32000, [400, 1000], '506.722'],
    [32000, [400, 600, 1000, 1000], '1120.397'],
    [8000, [100, 250], '342.950'],
    [24000, [400, 140, 1000, 1000], '804.332'],
  ]
  for (const [milliCPU, free, expected] of rows) {
    const weighed = measure.weighed(measure.tablesOf(''), milliCPU, Int32Array.from(free), 0, free.length)
    t.is((weighed / measure.total).toFixed(3), expected, `${milliCPU} ${free.join(' ')}`)
  }
})

/*
 * F before is 1120.397. A share of 460 with 8 cpus on devices 1, 2, 3 leaves 804.332, 1435.385, 1435.385:
 * 100 / (1 + exp(-0.316)) = 57.8. Eight whole GPUs leave nothing of 1087.819: 100 / (1 + exp(-1.0878)) = 74.8.
 */
test('FGD scores what a pod takes from the fragmentation of its node, and knows the device', async t => {
  const gpus = (count: number): string => String(count * 1000)
  const resource = DEFAULT_GPU_NAMES.resource
  const nodes = [
    nodeManifest('shared', { cpu: '34', [resource]: gpus(4) }),
    nodeManifest('idle', { cpu: '96', [resource]: gpus(8) }),
  ]
  const { stage, ids } = stageOf(gpuSharing, nodes)
  const fragmentation = new NodeFragmentation(stage.snapshot, expectedPods(await workloadModel('default')))
  const gradient = new FragmentationGradient(fragmentation)
  const on = (name: string, milli: number, cpu = '1', nodeName = 'shared') =>
    stage.pod(podManifest(name, { cpu, [resource]: String(milli) }, nodeName === '' ? {} : { nodeName }))
  on('a', 600)
  fragmentation.devices.move(on('b', 400), ids[0], 0b10)
  const share = { milliCPU: 8000, devices: 1, milliEach: 460, models: [] }
  t.is(gradient.score(ids[0], share), 57)
  t.is(gradient.score(ids[1], { milliCPU: 64_000, devices: 8, milliEach: 1000, models: [] }), 74)
  const placed = on('p', 460, '8')
  t.is(gradient.deviceFor(ids[0], share, fragmentation.devices.heldBy(placed)), 0b10)
  t.is(gradient.deviceFor(ids[0], share, fragmentation.devices.heldBy(placed)), 0b10, 'wherever it is')
})

test('inflation repeats pods up to the ratio, deflation leaves some out; the seed alone decides', async t => {
  const small = await workloadModel('default')
  const large = await workloadModel('multigpu40')
  const again = inflatedTrace(small.traces[0], small)
  const inflated = inflatedTrace(small.traces[0], small)
  t.deepEqual(inflated, again)
  t.notDeepEqual(inflatedTrace(small.traces[0], { ...small, seed: '43' }).names, inflated.names)
  t.is(new Set(inflated.names).size, inflated.names.length)
  // All 8,152 pods once, in another order, then drawn ones: about 8,152 * 1.3 / 0.9798 = 10,816 in all.
  t.deepEqual([...inflated.names.slice(0, 8152)].sort(), [...small.traces[0].names].sort())
  t.true(Math.abs(inflated.names.length - 10_816) < 150)
  t.is(inflated.createdAt[10], 10 * SECOND)
  t.true(inflated.deletedAt.every(at => at === NEVER))
  const left = inflatedTrace(large.traces[0], large)
  t.true(left.names.length < large.traces[0].names.length)
  for (const [model, trace] of [
    [small, inflated],
    [large, left],
  ] as const) {
    const milli = trace.template.reduce((sum, index) => {
      const [container] = model.podTemplates[index].template.spec.containers
      return sum + Number(container.resources?.requests?.[DEFAULT_GPU_NAMES.resource] ?? 0)
    }, 0)
    t.true(Math.abs(milli / CLUSTER_MILLI - 1.3) < 0.002, String(milli))
  }
})

test('a list without times will do when it is a population, and not when it is a record', async t => {
  const model = await workloadModel('multigpu40')
  t.is(model.traces[0].names.length, 8746)
  const message = await t.throwsAsync(() => workloadModel('multigpu40', ['traces.0.inflation=null']))
  t.regex(message?.message ?? '', /there is no column "creation_time"/)
})

/**
 * One run lies within the ten published ones, two standard deviations and a quarter point either way: smallest and
 * largest of the seeds and the deviation, at 100 % arrived.
 */
const PUBLISHED = [
  { policy: 'fgd', unalloc: [4.62, 4.94, 0.106] },
  { policy: 'gpu-best-fit', unalloc: [6.96, 7.36, 0.144] },
]

for (const { policy, unalloc } of PUBLISHED) {
  test(`${policy} leaves as much GPU unallocated on the default workload as published`, async t => {
    const model = await workloadModel('default', [`scheduler.profile=${policy}`])
    for (const seed of ['42', '43']) {
      const { records } = simulate({ ...model, seed })
      const [chunk] = records[0].chunks
      const [least, most, sd] = unalloc
      const slack = Math.max(0.25, 2 * sd)
      const value = chunk.numbers[2][100]
      t.is(chunk.numbers[0][100], 100)
      t.true(value > least - slack && value < most + slack, `${value}`)
    }
  })
}
