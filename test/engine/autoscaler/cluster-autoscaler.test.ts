import test from 'ava'
import { cropToBudgets } from '../../../engine/autoscaler/cluster-autoscaler/deletion-budgets.js'
import { DrainRules } from '../../../engine/autoscaler/cluster-autoscaler/drain-rules.js'
import { EstimationLimit } from '../../../engine/autoscaler/cluster-autoscaler/estimation-limit.js'
import { chooseOption, type ExpansionOption } from '../../../engine/autoscaler/cluster-autoscaler/expander.js'
import { expanders } from '../../../engine/autoscaler/cluster-autoscaler/expanders/index.js'
import { suppressed } from '../../../engine/autoscaler/cluster-autoscaler/expanders/price.js'
import { readPriorities } from '../../../engine/autoscaler/cluster-autoscaler/expanders/priority.js'
import { GroupBackoff } from '../../../engine/autoscaler/cluster-autoscaler/group-backoff.js'
import {
  NO_DELETIONS,
  ScaleDownPlanner,
} from '../../../engine/autoscaler/cluster-autoscaler/scale-down-planner.js'
import { RemainingBudgets } from '../../../engine/autoscaler/remaining-budgets.js'
import { Stream } from '../../../engine/kernel/rng.js'
import { HOUR, MINUTE, SECOND } from '../../../engine/kernel/time.js'
import { DEFAULT_CLUSTER_AUTOSCALER as FLAGS } from '../../../engine/model/cluster-autoscaler-defaults.js'
import type { NodeId, PodId } from '../../../engine/state/ids.js'
import { AutoscalerRig } from '../../support/autoscaler-rig.js'

const GIB = 2 ** 30

function node(name: string, cpu: string, group = 'g') {
  const labels = { group, 'kubernetes.io/hostname': name }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { allocatable: { cpu, memory: '16Gi', pods: '20' } },
  }
}

function pod(name: string, nodeName: string | undefined, cpu: string, owner = 'web') {
  const ownerReferences = [{ kind: 'ReplicaSet', name: owner, controller: true }]
  const containers = [{ name: 'main', resources: { requests: { cpu, memory: '1Gi' } } }]
  const spec = nodeName === undefined ? { containers } : { containers, nodeName }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: owner }, ownerReferences }, spec }
}

test("the price expander's suppression of unfitness is the published table (proposals/pricing.md)", t => {
  // https://github.com/kubernetes/autoscaler/blob/cluster-autoscaler-1.36.1/cluster-autoscaler/proposals/pricing.md
  const published: readonly (readonly [nodeCount: number, value: string])[] = [
    [1, '4.000000'],
    [2, '3.800296'],
    [3, '3.602354'],
    [4, '3.407874'],
    [5, '3.218439'],
    [10, '2.388851'],
    [20, '1.441325'],
    [50, '1.008712'],
  ]
  for (const [nodeCount, value] of published) t.is(suppressed(4, nodeCount).toFixed(6), value)
})

test('the price expander ranks the published machines as the page does: the large one, though it is dearer', t => {
  // proposals/pricing.md: n1-standard-2 at 0.095, n1-standard-8 at 0.380, the latter preferred; one pod of 0.1 or 1.5 cpu.
  const machine = (group: string, cores: number, price: number, milliCPU: number): ExpansionOption => ({
    group,
    nodeCount: 1,
    pods: [0 as PodId],
    requestedMilliCPU: milliCPU,
    requestedMemoryBytes: 0,
    capacityMilliCPU: cores * 1000,
    capacityMemoryBytes: cores * 3.75 * GIB,
    gpus: 0,
    price,
  })
  const context = { clusterNodes: 30, priorities: undefined, draw: () => 0, warn: () => undefined }
  const price = expanders.filter(({ name }) => name === 'price')
  for (const milliCPU of [100, 1500]) {
    const options = [
      machine('n1-standard-2', 2, 0.095, milliCPU),
      machine('n1-standard-8', 8, 0.38, milliCPU),
    ]
    t.is(chooseOption(price, options, context)?.group, 'n1-standard-8')
  }
})

test("the FAQ's scenario: A goes, C right after it, and B has to wait again", t => {
  // "How does scale-down work?" of the FAQ: pods of A and of B fit on X, but not of both; those of C fit on Y.
  const rig = new AutoscalerRig()
  rig.object('ReplicaSet', 'default', 'web', { replicas: 5 })
  const names = ['A', 'B', 'C', 'X', 'Y']
  const nodes = names.map(name => rig.node(node(name, name === 'C' ? '1' : '4')))
  // X has room for 1.5 cpu, Y for 0.4. A and B request 1.2 cpu each, C 0.3.
  const requests: Readonly<Record<string, string>> = {
    A: '1200m',
    B: '1200m',
    C: '300m',
    X: '2500m',
    Y: '3600m',
  }
  for (const name of names) rig.pod(pod(`on-${name.toLowerCase()}`, name, requests[name]))
  const { cluster, controllerOf } = rig
  const budgets = new RemainingBudgets(cluster.state)
  const group = { id: 'g', minSize: 0, maxSize: 10, targetSize: 5 }
  const planner = new ScaleDownPlanner({
    cluster,
    budgets,
    rules: new DrainRules(cluster, controllerOf, budgets, FLAGS),
    facts: {
      controllerOf,
      groups: { all: [group], of: () => group },
      isScaleDownDisabled: () => false,
      epochMicros: 0,
    },
    options: {
      ...FLAGS,
      limits: {
        min: { cores: 0, memoryBytes: 0, nodes: 0 },
        max: { cores: Infinity, memoryBytes: Infinity, nodes: Infinity },
      },
    },
  })
  const unneeded = () => [...planner.unneeded.nodes].map(id => rig.nodeName(id))
  const look = (at: number): string[] => {
    budgets.reset()
    planner.update(nodes, nodes, NO_DELETIONS, at)
    return planner.nodesToDelete(NO_DELETIONS).drain.map(id => rig.nodeName(id))
  }
  t.deepEqual(look(0), [])
  t.deepEqual(unneeded(), ['A', 'C'], 'B relies on the same room as A')
  t.deepEqual(look(10 * MINUTE + SECOND), ['A', 'C'])
})

test('whatever was tried out, a revert brings everything back', t => {
  const rig = new AutoscalerRig()
  const nodes = ['a', 'b', 'c'].map(name => rig.node(node(name, '4')))
  const pods = Array.from({ length: 8 }, (_, i) =>
    rig.pod(pod(`p${i}`, i < 5 ? ['a', 'b', 'c'][i % 3] : undefined, '700m')),
  )
  const { cluster } = rig
  const { snapshot, state } = cluster
  const picture = () =>
    JSON.stringify(
      cluster.nodes.map(id => [
        cluster.nameOf(id),
        state.nodes.taints[id],
        cluster.podsOn(id),
        snapshot.requested.slice(id * snapshot.width, id * snapshot.width + 2),
        snapshot.podCount[id],
      ]),
    )
  const before = picture()
  const stream = new Stream('revert')
  for (let round = 0; round < 20; round++) {
    cluster.fork()
    for (let step = 0; step < 15; step++) {
      const chosen = stream.pick(pods)
      const target = stream.pick(cluster.nodes)
      const isPlaced = cluster.nodes.some(id => cluster.podsOn(id).includes(chosen))
      if (isPlaced) cluster.unplace(chosen)
      else if (stream.next() < 0.5) cluster.tryNodes(chosen, () => true)
      else cluster.tryNode(chosen, target)
      if (step === 5) cluster.setTaints(nodes[0], state.taintsId([{ key: 'x', effect: 'NoSchedule' }]))
      if (step === 8 && cluster.isListed(nodes[1])) cluster.removeNode(nodes[1])
      if (step === 10) cluster.fork()
    }
    cluster.commit()
    cluster.revert()
    t.is(picture(), before)
  }
})

test('an estimation adds no more nodes than the least of its limits', t => {
  const group = (targetSize: number, maxSize: number) => ({ id: 'g', minSize: 0, maxSize, targetSize })
  const rows: [
    own: [number, number],
    others: [number, number][],
    perScaleUp: number,
    total: number,
    there: number,
    allowed: number,
  ][] = [
    [[0, 10], [], 1000, 0, 0, 10],
    [[4, 10], [[1, 3]], 1000, 0, 0, 8],
    [[4, 10], [], 3, 0, 0, 3],
    [[10, 10], [], 1000, 0, 0, 0],
    [[0, 10], [], 1000, 7, 5, 2],
    [[0, 10], [], 1000, 5, 5, 0],
    [[12, 10], [[0, 1]], 1000, 0, 0, 1],
  ]
  for (const [own, others, maxNodesPerScaleUp, maxNodesTotal, currentNodeCount, allowed] of rows) {
    const similarGroups = others.map(([target, max]) => group(target, max))
    const limit = new EstimationLimit({
      group: group(...own),
      similarGroups,
      maxNodesPerScaleUp,
      maxNodesTotal,
      currentNodeCount,
    })
    let taken = 0
    while (taken < 100 && limit.takeOne()) taken++
    t.is(taken, allowed)
  }
})

test('a group that fails is left alone for 5, 10, 20 and then 30 minutes, and is forgiven after three hours', t => {
  const backoff = new GroupBackoff(FLAGS)
  let now = 0
  for (const minutes of [5, 10, 20, 30, 30]) {
    backoff.fail('g', now)
    // A second failure of the same scale-up changes nothing.
    backoff.fail('g', now + SECOND)
    t.true(backoff.isBackedOff('g', now + minutes * MINUTE))
    t.false(backoff.isBackedOff('g', now + minutes * MINUTE + 2 * SECOND))
    now += minutes * MINUTE + 2 * SECOND
  }
  now += 3 * HOUR
  backoff.removeStale(now)
  backoff.fail('g', now)
  t.false(backoff.isBackedOff('g', now + 5 * MINUTE + 1))
})

test('empty nodes use up the parallelism first, and one drain at a time is left', t => {
  const nodes = [0, 1, 2, 3, 4, 5] as NodeId[]
  const group = { id: 'g', minSize: 0, maxSize: 10, targetSize: 6 }
  const groups = { all: [group], of: () => group }
  const crop = (all: number, drains: number, empty: number, drain: number) =>
    cropToBudgets(
      { empty: nodes.slice(0, 3), drain: nodes.slice(3) },
      groups,
      { maxScaleDownParallelism: all, maxDrainParallelism: drains },
      { empty, drain },
    )
  t.deepEqual(crop(10, 1, 0, 0), { empty: [0, 1, 2], drain: [3] } as never)
  t.deepEqual(crop(3, 3, 0, 0), { empty: [0, 1, 2], drain: [] } as never)
  t.deepEqual(crop(5, 3, 1, 1), { empty: [0, 1, 2], drain: [] } as never)
  t.deepEqual(crop(10, 1, 0, 1), { empty: [0, 1, 2], drain: [] } as never)
})

test('priorities are a map from whole numbers to lists of regular expressions, or nothing at all', t => {
  t.deepEqual(
    [...(readPriorities('10: [a, "^b$"]\n-1: [c]') ?? [])].map(([n, list]) => [n, list.length]),
    [
      [10, 2],
      [-1, 1],
    ],
  )
  for (const broken of ['', 'not yaml: [', 'a: [x]', '1: x', '1: [1]', '1: ["("]', '- 1', '1.5: [x]']) {
    t.is(readPriorities(broken), undefined, broken)
  }
})

test('a chain of expanders goes on until one option is left, and then by chance', t => {
  const option = (group: string, nodeCount: number, pods: number): ExpansionOption => ({
    group,
    nodeCount,
    pods: Array.from({ length: pods }, (_, i) => i as PodId),
    requestedMilliCPU: 1000,
    requestedMemoryBytes: GIB,
    capacityMilliCPU: 4000,
    capacityMemoryBytes: 16 * GIB,
    gpus: 0,
    price: 1,
  })
  const options = [option('a', 2, 5), option('b', 1, 5), option('c', 1, 4), option('d', 1, 5)]
  const chain = (...names: string[]) => names.map(name => expanders.find(expander => expander.name === name)!)
  const context = { clusterNodes: 1, priorities: undefined, draw: () => 0.99, warn: () => undefined }
  t.is(chooseOption(chain('most-pods', 'least-nodes'), options, context)?.group, 'd')
  t.is(chooseOption(chain('most-pods', 'least-nodes'), options, { ...context, draw: () => 0 })?.group, 'b')
  t.is(
    chooseOption(chain('priority', 'most-pods', 'least-waste'), options, { ...context, priorities: '1: [c]' })
      ?.group,
    'c',
  )
  t.is(chooseOption(chain('most-pods'), [], context), undefined)
})
