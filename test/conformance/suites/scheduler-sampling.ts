import type { Labels } from '../../../engine/model/pod-spec.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import { nodesToFind } from '../../../engine/scheduler/nodes-to-find.js'
import type { NodeId } from '../../../engine/state/ids.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'
import { compare, type Difference, type Suite } from '../suite.js'
import { rangesOf, readRanges } from './ranges.js'

interface NumFeasible {
  readonly table: readonly (readonly [percentage: number, nodes: number, want: number])[]
}

interface OrderChanges {
  readonly ops: readonly {
    readonly add?: { readonly name: string; readonly zone?: string; readonly region?: string }
    readonly remove?: string
    readonly want?: readonly string[]
  }[]
}

interface Sample {
  /** The zone of each node, a letter. */
  readonly zones: string
  readonly pool: string
  readonly order: string
  readonly steps: readonly {
    readonly pod: 'any' | 'pool' | 'none' | 'pinned'
    readonly node?: string
    readonly want: unknown
  }[]
}

/** How many nodes a search needs, in which order it meets them, and where the next one begins. */
export const samplingSuite: Suite = {
  name: 'sampling',
  run(record) {
    if ('table' in record) return runTable(record as unknown as NumFeasible)
    return 'ops' in record
      ? runOrder(record as unknown as OrderChanges)
      : runSample(record as unknown as Sample)
  },
}

function runTable({ table }: NumFeasible): Difference[] {
  return compare(
    table,
    table.map(([percentage, nodes]) => [percentage, nodes, nodesToFind(percentage, nodes)]),
    'table',
  )
}

function runOrder({ ops }: OrderChanges): Difference[] {
  const rig = new SchedulerRig()
  const ids = new Map<string, NodeId>()
  return ops.flatMap(({ add, remove, want }, i) => {
    if (add !== undefined) ids.set(add.name, rig.node(nodeOf(add.name, zoneLabels(add.zone, add.region))))
    if (remove !== undefined) rig.removeNode(ids.get(remove)!)
    if (want === undefined) return []
    const order = [...rig.order.ids().subarray(0, rig.order.count)].map(id =>
      rig.snapshot.nameOf(id as NodeId),
    )
    return compare(want, order, `ops[${i}]`)
  })
}

function runSample({ zones, pool, order, steps }: Sample): Difference[] {
  const rig = new SchedulerRig({ percentageOfNodesToScore: 0 })
  const inPool = new Set(readRanges(pool))
  for (let i = 0; i < zones.length; i++) {
    rig.node(nodeOf(`n${i}`, { ...zoneLabels(zones[i]), ...(inPool.has(i) ? { pool: 'x' } : {}) }))
  }
  const nodes = [...rig.order.ids().subarray(0, rig.order.count)]
  const names = nodes.map(id => rig.snapshot.nameOf(id as NodeId).slice(1)).join(' ')
  const differences = compare(order, names, 'order')
  const positions = new Map(nodes.map((node, i) => [node, i]))
  const positionsOf = ({ ids, length }: { ids: Int32Array; length: number }): string =>
    rangesOf([...ids.subarray(0, length)].map(id => positions.get(id)!).sort((a, b) => a - b))
  for (const [i, { pod, node, want }] of steps.entries()) {
    const start = rig.order.searchStart
    rig.cycle.schedule(rig.createPod(podOf(`p${i}`, pod, node)))
    const { feasible, rejected } = rig.cycle
    const got = {
      start,
      nextStart: rig.order.searchStart,
      feasible: positionsOf(feasible),
      numFeasible: feasible.length,
      rejected: positionsOf(rejected),
    }
    differences.push(...compare(want, got, `steps[${i}]`))
  }
  return differences
}

function zoneLabels(zone?: string, region?: string): Labels {
  return {
    ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }),
    ...(region === undefined ? {} : { 'topology.kubernetes.io/region': region }),
  }
}

function nodeOf(name: string, labels: Labels): Manifest {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { allocatable } }
}

function podOf(name: string, kind: Sample['steps'][number]['pod'], node = ''): Manifest {
  const named = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }
  const spec = {
    containers: [{ name: 'c', image: 'app' }],
    ...(kind === 'pool' ? { nodeSelector: { pool: 'x' } } : {}),
    ...(kind === 'none' ? { nodeSelector: { nobody: 'has' } } : {}),
    ...(kind === 'pinned'
      ? {
          affinity: {
            nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [named] } },
          },
        }
      : {}),
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec }
}
