import test from 'ava'
import { NEVER, SECOND } from '../../../engine/kernel/time.js'
import type { FailureSettings } from '../../../engine/model/failures.js'
import type { Operation } from '../../../engine/model/operations.js'
import { Simulation } from '../../../engine/simulation.js'
import type { NodeId, TaintSetId } from '../../../engine/state/ids.js'
import { model, pool as poolOf } from '../../support/model.js'
import { webDeployment } from '../../support/web-workload.js'

const AT = 300
const HOUR = 3600

/** `down` nodes of each zone crash at 300 s, and are mended after `lasts` seconds. */
function outage(down: readonly string[], lasts: number): FailureSettings[] {
  return down.map((name, i) => ({
    name: `crash-${i}`,
    model: 'node-crash',
    args: {},
    subjects: { kind: 'nodes', pools: [], labels: { 'kubernetes.io/hostname': name } },
    timing: {
      kind: 'at',
      times: [AT * SECOND],
      pick: 0,
      lasts: { constant: { value: lasts } },
      minimum: 0,
    },
  }))
}

interface Seen {
  readonly at: number
  readonly node: string
}

function web(replicas: number): Operation {
  const key = 'node.kubernetes.io/unreachable'
  const tolerations = [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }] as const
  return { op: 'apply', at: 0, manifest: webDeployment(replicas, { tolerations }) }
}

/** Nodes in zones za, zb and zc in turn; tells when each got its NoExecute taint, and which still have one. */
function run(nodes: number, zones: readonly string[], down: readonly string[], lasts: number, until: number) {
  const simulation = new Simulation(
    model({
      nodes,
      nodePools: [poolOf('pool', { zones })],
      operations: [web(nodes)],
      failures: outage(down, lasts),
      until: until * SECOND,
    }),
  )
  const { kernel, state } = simulation
  const tainted: Seen[] = []
  const known = new Set<string>()
  for (let second = AT; second <= until; second++) {
    kernel.run({ until: second * SECOND })
    for (const node of unreachable(simulation)) {
      if (!known.has(node)) tainted.push({ at: second, node })
      known.add(node)
    }
  }
  const pods = Array.from({ length: state.pods.highWater }, (_, row) => row).filter(
    row => state.pods.name[row] !== undefined && state.pods.deletedSequence[row] === 0,
  )
  return {
    tainted,
    left: unreachable(simulation),
    restarts: pods.map(row => state.pods.restarts[row]),
    simulation,
  }
}

/** Names of the nodes whose pods are to be evicted. */
function unreachable({ state: { nodes, taintSets } }: Simulation): string[] {
  return Array.from({ length: nodes.highWater }, (_, row) => row as NodeId)
    .filter(node => nodes.exists(node))
    .filter(node =>
      taintSets
        .get(nodes.taints[node] as TaintSetId)
        .some(({ key, effect }) => key === 'node.kubernetes.io/unreachable' && effect === 'NoExecute'),
    )
    .map(node => nodes.name[node] as string)
}

/** Every `step`-th node from the first on: with three zones a whole zone. */
function names(count: number, step = 1): string[] {
  return Array.from({ length: count }, (_, i) => `node-0-${i * step}`)
}

function gaps(tainted: readonly Seen[]): number[] {
  return tainted.slice(1).map(({ at }, i) => at - tainted[i].at)
}

test('a whole zone that is lost is emptied at the normal rate, a node in ten seconds', t => {
  const { tainted } = run(12, ['za', 'zb', 'zc'], names(4, 3), NEVER / SECOND, AT + 200)
  t.is(tainted.length, 4)
  // Found dead 40 to 60 s after the crash, in one or two passes; the tokens come at 0.1 a second.
  t.true(tainted[0].at >= AT + 40 && tainted[0].at <= AT + 61)
  for (const gap of gaps(tainted)) t.true(gap >= 9 && gap <= 11, String(gap))
})

test('a small zone that is lost for the greater part is left alone, but for what went before it was noticed', t => {
  // Four of five nodes of the only zone: 80 % are more than 55 %, and a zone of up to 50 nodes then has rate 0.
  const { tainted } = run(5, ['za'], names(4), NEVER / SECOND, AT + 600)
  t.true(tainted.length <= 1, String(tainted.length))
})

test('a large zone that is lost for the greater part is emptied a node in a hundred seconds', t => {
  const { tainted } = run(60, ['za'], names(40), NEVER / SECOND, AT + 700)
  const late = gaps(tainted).slice(1)
  t.true(late.length >= 4, String(late.length))
  for (const gap of late) t.true(gap >= 99 && gap <= 102, String(gap))
})

test('when all zones are lost nobody is evicted, and taints that were set before go again', t => {
  const { left, simulation } = run(6, ['za', 'zb'], names(6), NEVER / SECOND, AT + 600)
  t.deepEqual(left, [])
  const { nodes } = simulation.state
  t.true(names(6).every(name => nodes.ready[nodes.find(name) as NodeId] !== 1))
})

test('nodes that come back in time keep their pods, which start again, and lose their taints', t => {
  // Away for 70 s: found dead after 40 to 60 s, and back before tolerationSeconds are over.
  const { tainted, left, restarts } = run(6, ['za', 'zb', 'zc'], ['node-0-0', 'node-0-1'], 70, AT + HOUR / 6)
  t.is(tainted.length, 2)
  t.deepEqual(left, [])
  t.is(restarts.length, 6)
  t.is(restarts.filter(count => count > 0).length, 2)
})

test('the out-of-service taint frees the pods of a dead node at the next round of garbage collection', t => {
  const taint = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' } as const
  // Dead at 60 s, its pods deleted after 150 s at the latest and stuck; the taint at 200 s lets them go by 220 s.
  const podsOf = (until: number): number => {
    const simulation = new Simulation(
      model({
        nodes: 3,
        nodePools: [poolOf('pool')],
        operations: [
          web(6),
          { op: 'kill-node', at: 60 * SECOND, nodes: ['node-0-0'] },
          { op: 'taint', at: 200 * SECOND, nodes: ['node-0-0'], add: [taint], remove: [] },
        ],
        until: until * SECOND,
      }),
    )
    simulation.run()
    const { nodes } = simulation.state
    return nodes.podCount[nodes.find('node-0-0') as NodeId]
  }
  t.is(podsOf(199), 2)
  t.is(podsOf(221), 0)
})
