import test from 'ava'
import { ApiServer } from '../../../engine/apiserver/api-server.js'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { Kernel } from '../../../engine/kernel/kernel.js'
import { type Stream, Streams } from '../../../engine/kernel/rng.js'
import type { SchedulerPlugin } from '../../../engine/scheduler/framework/interface.js'
import { eachNode } from '../../../engine/scheduler/framework/node-list.js'
import { Nominator } from '../../../engine/scheduler/framework/nominator.js'
import { Snapshot } from '../../../engine/scheduler/framework/snapshot.js'
import { Code, OK, Rejections, SKIP } from '../../../engine/scheduler/framework/status.js'
import { NodeOrder } from '../../../engine/scheduler/node-order.js'
import { nodesToFind } from '../../../engine/scheduler/nodes-to-find.js'
import {
  type EnabledPlugin,
  EXTENSION_POINTS,
  type ExtensionPoint,
  type Profile,
} from '../../../engine/scheduler/profile.js'
import { SchedulingCycle } from '../../../engine/scheduler/scheduling-cycle.js'
import { ClusterState } from '../../../engine/state/cluster-state.js'
import { type LabelSetId, NONE, type NodeId, type PodId } from '../../../engine/state/ids.js'
import { CPU } from '../../../engine/state/resource-names.js'

/** A cluster whose tables start with one row, and the scheduler's view of it. */
class Cluster {
  readonly state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  readonly api = new ApiServer(new Kernel(), this.state)
  readonly snapshot = new Snapshot(this.state)
  readonly order = new NodeOrder(this.state)
  readonly nominator = new Nominator()
  readonly rejections = new Rejections()

  node(milliCPU: number): NodeId {
    const amounts = { cpu: milliCPU, memory: 2 ** 30, pods: 110 }
    const node = this.api.nodes.create({
      name: `n${this.state.nodes.highWater}`,
      labels: {},
      taints: [],
      unschedulable: false,
      capacity: amounts,
      allocatable: amounts,
      images: new Map(),
      pool: NONE,
    }) as NodeId
    this.snapshot.putNode(node)
    this.order.add(node, this.state.nodes.labels[node] as LabelSetId)
    return node
  }

  pod(cpu: string, priority = 0): PodId {
    const draft = new PodDraft()
    draft.namespace = this.state.namespaceId('default')
    draft.name = `p${this.state.pods.highWater}`
    const requests = { cpu, memory: '1Mi' }
    const spec = { containers: [{ name: 'c', resources: { requests } }] }
    draft.template = this.state.templateId({ spec, annotations: {} })
    return this.api.pods.create(draft, priority) as PodId
  }

  cycle(plugins: readonly SchedulerPlugin[], tieBreak: 'heap' | (() => number) = () => 0): SchedulingCycle {
    const enabled = plugins.map((plugin, i): EnabledPlugin => ({ name: `P${i}`, weight: i + 1, plugin }))
    const at = {} as Record<ExtensionPoint, readonly EnabledPlugin[]>
    for (const point of EXTENSION_POINTS) at[point] = enabled
    const profile: Profile = { schedulerName: 's', at, events: new Map() }
    const { snapshot, order, nominator, rejections } = this
    return new SchedulingCycle({
      profile,
      snapshot,
      order,
      nominator,
      rejections,
      percentageOfNodesToScore: 0,
      ...(tieBreak === 'heap' ? {} : { tieBreak }),
    })
  }

  /** Room for the pod's cpu, one node at a time. */
  fit(): SchedulerPlugin {
    const full = this.rejections.id('Fit', Code.Unschedulable, 'Insufficient cpu')
    return {
      filter: ({ snapshot, shape }, nodes) =>
        eachNode(nodes, node => {
          const at = node * snapshot.width + CPU
          return snapshot.allocatable[at] - snapshot.requested[at] >= shape.milliCPU ? 0 : full
        }),
    }
  }
}

const ascending = (a: number, b: number): number => a - b
const below = (stream: Stream, limit: number): number => Math.floor(stream.next() * limit)

test('a search in batches meets the nodes that a search one by one would meet', t => {
  const stream = new Streams('search').stream('sizes')
  for (let round = 0; round < 60; round++) {
    const cluster = new Cluster()
    const count = 1 + below(stream, 400)
    const share = stream.next()
    for (let i = 0; i < count; i++) cluster.node(stream.next() < share ? 1000 : 10)
    const pod = cluster.pod('500m')
    const cycle = cluster.cycle([cluster.fit()])
    let start = 0
    for (let attempt = 0; attempt < 4; attempt++) {
      cycle.schedule(pod)
      // One by one: keeps `wanted` nodes, and ends at the one feasible node more that it meets.
      const wanted = nodesToFind(0, count)
      const feasible: number[] = []
      const rejected: number[] = []
      for (let i = 0; i < count; i++) {
        const node = (start + i) % count
        if (cluster.state.nodes.allocatable[node * cluster.state.nodes.resourceWidth] !== 1000)
          rejected.push(node)
        else if (feasible.length < wanted) feasible.push(node)
        else break
      }
      t.deepEqual([...cycle.feasible.ids.subarray(0, cycle.feasible.length)], feasible)
      t.deepEqual([...cycle.rejected.ids.subarray(0, cycle.rejected.length)], rejected)
      start = (start + feasible.length + rejected.length) % count
      t.is(cluster.order.searchStart, start)
    }
  }
})

test('a search restricted to one node moves the start of the next by one', t => {
  const cluster = new Cluster()
  for (let i = 0; i < 150; i++) cluster.node(1000)
  const only: SchedulerPlugin = {
    preFilter(cycle) {
      if (cycle.shape.milliCPU === 7) cycle.restrictTo(new Set(['n25']))
      return OK
    },
  }
  const cycle = cluster.cycle([only, cluster.fit()])
  // 100 of 150 nodes are enough, so the first search ends at 100; the second begins there.
  cycle.schedule(cluster.pod('1m'))
  t.is(cluster.order.searchStart, 100)
  cycle.schedule(cluster.pod('7m'))
  t.deepEqual([cycle.node, cluster.order.searchStart], [25 as NodeId, 101])
})

test('nominated pods count for those who are no more important, and leave no trace', t => {
  const cluster = new Cluster()
  const [tight, roomy] = [cluster.node(1000), cluster.node(5000)]
  const nominated = cluster.pod('800m', 10)
  cluster.nominator.add(nominated, tight)
  const cycle = cluster.cycle([cluster.fit()])
  const rows: [string, PodId, readonly NodeId[]][] = [
    ['less important', cluster.pod('500m', 0), [roomy]],
    ['as important', cluster.pod('500m', 10), [roomy]],
    ['more important', cluster.pod('500m', 11), [tight, roomy]],
    ['small enough for both', cluster.pod('200m', 0), [tight, roomy]],
    ['the nominated pod itself', nominated, [tight, roomy]],
  ]
  const before = cluster.snapshot.requested.slice(0, cluster.snapshot.overlay * cluster.snapshot.width)
  for (const [rule, pod, expected] of rows) {
    cycle.schedule(pod)
    t.deepEqual([...cycle.feasible.ids.subarray(0, cycle.feasible.length)], [...expected], rule)
  }
  t.deepEqual(cluster.snapshot.requested.slice(0, before.length), before)
  cluster.nominator.delete(nominated)
  cycle.schedule(rows[0][1])
  t.is(cycle.feasible.length, 2)
})

test('a pod tries its nominated node first and looks no further when it passes', t => {
  const cluster = new Cluster()
  const nodes = [cluster.node(1000), cluster.node(1000), cluster.node(1000)]
  const pod = cluster.pod('500m')
  cluster.state.pods.nominatedNode[pod] = nodes[2]
  const cycle = cluster.cycle([cluster.fit()])
  t.true(cycle.schedule(pod))
  t.deepEqual([cycle.node, cycle.examined, cycle.scored], [nodes[2], 1, false])
  cluster.snapshot.addPod(cluster.pod('600m'), nodes[2])
  t.true(cycle.schedule(pod))
  t.deepEqual([cycle.node, cycle.examined], [nodes[0], 3])
})

test('scores are weighted and added, skipped plugins left out, ties broken by the draw', t => {
  const cluster = new Cluster()
  for (let i = 0; i < 4; i++) cluster.node(1000)
  const score = (values: readonly number[], skip = false): SchedulerPlugin => ({
    preScore: () => (skip ? SKIP : OK),
    score(_, nodes, scores) {
      for (let i = 0; i < nodes.length; i++) scores[i] = values[nodes.ids[i]]
    },
  })
  // Weights are 1, 2 and 3; the third is skipped: totals 10, 10 + 2 * 5 = 20, 20, 0.
  const plugins = [score([10, 10, 20, 0]), score([0, 5, 0, 0]), score([0, 0, 0, 100], true)]
  const pod = cluster.pod('1m')
  for (const [draw, expected] of [
    [0, 1],
    [0.49, 1],
    [0.5, 2],
    [0.99, 2],
  ]) {
    const cycle = cluster.cycle(plugins, () => draw)
    cycle.schedule(pod)
    t.is(cycle.node, expected as NodeId)
    t.deepEqual([...cycle.totals.subarray(0, 4)], [10, 20, 20, 0])
  }
})

test('of equally good nodes the one on top of a binary heap built over the list is taken', t => {
  const stream = new Streams('heap').stream('scores')
  for (let round = 0; round < 200; round++) {
    const cluster = new Cluster()
    const values = Array.from({ length: 1 + below(stream, 40) }, () => below(stream, 3))
    for (const _ of values) cluster.node(1000)
    const score: SchedulerPlugin = {
      score(_, nodes, scores) {
        for (let i = 0; i < nodes.length; i++) scores[i] = values[nodes.ids[i]]
      },
    }
    const cycle = cluster.cycle([score], 'heap')
    cycle.schedule(cluster.pod('1m'))
    t.is(cycle.node, heapTop(values) as NodeId)
  }
})

/** The slow way: sifts down from the last parent to the first, past strictly smaller children only. */
function heapTop(values: readonly number[]): number {
  const heap = values.map((_, i) => i)
  const isLess = (i: number, j: number): boolean => values[heap[i]] > values[heap[j]]
  for (let start = Math.floor(heap.length / 2) - 1; start >= 0; start--) {
    for (let i = start; 2 * i + 1 < heap.length; ) {
      const left = 2 * i + 1
      const child = left + 1 < heap.length && isLess(left + 1, left) ? left + 1 : left
      if (!isLess(child, i)) break
      const moved = heap[i]
      heap[i] = heap[child]
      heap[child] = moved
      i = child
    }
  }
  return heap[0]
}

test('the message counts each reason of each node, in order of text', t => {
  const cluster = new Cluster()
  for (let i = 0; i < 12; i++) cluster.node(i < 2 ? 100 : 200)
  const odd = cluster.rejections.id('Odd', Code.UnschedulableAndUnresolvable, 'odd', 'not even')
  const oddPlugin: SchedulerPlugin = {
    filter: (_, nodes) => eachNode(nodes, node => (node % 2 === 1 ? odd : 0)),
  }
  const cycle = cluster.cycle([oddPlugin, cluster.fit()])
  t.false(cycle.schedule(cluster.pod('300m')))
  t.is(cycle.failureMessage(), '0/12 nodes are available: 6 Insufficient cpu, 6 not even, 6 odd.')
  t.deepEqual(
    [...cycle.unschedulablePlugins()].toSorted((a, b) => (a < b ? -1 : 1)),
    ['Fit', 'Odd'],
  )
})

test('sums and lists of the snapshot are those of a recount after any coming and going', t => {
  const stream = new Streams('snapshot').stream('steps')
  const cluster = new Cluster()
  const { snapshot, state } = cluster
  const nodes = [cluster.node(1000)]
  const pods: PodId[] = []
  for (let step = 0; step < 2000; step++) {
    const choice = stream.next()
    if (choice < 0.02) nodes.push(cluster.node(1000))
    else if (choice < 0.6) {
      const pod = cluster.pod(`${1 + below(stream, 50)}m`)
      snapshot.addPod(pod, nodes[below(stream, nodes.length)])
      pods.push(pod)
    } else if (pods.length > 0) snapshot.removePod(pods.splice(below(stream, pods.length), 1)[0])
    if (step === 1000) state.resources.index('example.com/late')
  }
  const milliCPU = new Float64Array(snapshot.rows)
  const count = new Int32Array(snapshot.rows)
  for (const pod of pods) {
    milliCPU[snapshot.nodeOf.values[pod]] += snapshot.shapes.of(pod).milliCPU
    count[snapshot.nodeOf.values[pod]]++
  }
  for (const node of nodes) {
    t.is(snapshot.requested[node * snapshot.width + CPU], milliCPU[node])
    t.is(snapshot.podCount[node], count[node])
    const listed: number[] = []
    for (let pod = snapshot.firstPod[node]; pod !== NONE; pod = snapshot.nextPod.values[pod]) listed.push(pod)
    const expected = pods.filter(pod => snapshot.nodeOf.values[pod] === node)
    t.deepEqual(listed.toSorted(ascending), expected.toSorted(ascending))
  }
})
