import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import type { Operation } from '../../../engine/model/operations.js'
import { Simulation } from '../../../engine/simulation.js'
import { NONE, type PodId, type ReasonId } from '../../../engine/state/ids.js'
import { verify } from '../../../engine/state/verify.js'
import { model, pool, scheduler } from '../../support/model.js'

type Timed = Operation & { at: number }

const PROFILE = {
  schedulerName: 'default-scheduler',
  base: 'gang-scheduling',
  enabled: [],
  disabled: [],
  pluginConfig: {},
}

/** `nodes` nodes of 4 cpu; the scheduler knows of groups. Times in seconds. */
function cluster(nodes: number, operations: readonly Timed[], base = 'gang-scheduling') {
  const simulation = new Simulation(
    model({
      nodes,
      nodePools: [pool('pool')],
      scheduler: scheduler({ profiles: [{ ...PROFILE, base }], tieBreak: 'first' }),
      operations: operations.map(operation => ({ ...operation, at: operation.at * SECOND })),
    }),
  )
  const { kernel, state } = simulation
  const pods = (prefix: string): PodId[] =>
    [...state.pods.names(state.namespaceId('default'))]
      .filter(([name]) => name.startsWith(prefix))
      .map(([, pod]) => pod)
  return {
    state,
    pods,
    runUntil: (seconds: number): void => {
      kernel.run({ until: seconds * SECOND })
      verify(state)
    },
    /** How many pods of that prefix have a node. */
    placed: (prefix: string): number => pods(prefix).filter(pod => state.pods.node[pod] !== NONE).length,
    message: (name: string): string => {
      const reason = state.pods.unschedulableReason[pods(name)[0]]
      return reason === NONE ? '' : state.reasons.get(reason as ReasonId)
    },
  }
}

function group(at: number, name: string, schedulingPolicy: object): Timed {
  const metadata = { name, namespace: 'default' }
  const spec = { schedulingPolicy }
  return {
    op: 'apply',
    at,
    manifest: { apiVersion: 'scheduling.k8s.io/v1alpha2', kind: 'PodGroup', metadata, spec },
  }
}

const gang = (at: number, name: string, minCount: number): Timed => group(at, name, { gang: { minCount } })

/** Pods `<prefix>0` and so on of 3 cpu, one of which fits on a node. */
function members(at: number, prefix: string, count: number, podGroupName = 'g', priority = 0): Timed[] {
  return Array.from({ length: count }, (_, i) => {
    const containers = [{ name: 'main', resources: { requests: { cpu: '3' } } }]
    const inGroup = podGroupName === '' ? {} : { schedulingGroup: { podGroupName } }
    const spec = { containers, priority, terminationGracePeriodSeconds: 5, ...inGroup }
    const metadata = { name: `${prefix}${i}`, namespace: 'default' }
    return { op: 'apply', at, manifest: { apiVersion: 'v1', kind: 'Pod', metadata, spec } }
  })
}

test('pods of a gang wait until there are enough of them, and have not been tried until then', t => {
  const { runUntil, placed, message } = cluster(4, [
    gang(0, 'g', 3),
    ...members(1, 'a', 2),
    ...members(9, 'b', 1),
  ])
  runUntil(8)
  t.is(placed('a'), 0)
  t.is(message('a0'), '')
  runUntil(10)
  t.is(placed('a') + placed('b'), 3)
})

test('where not enough of them fit nobody gets a node, until there is room for all', t => {
  const { runUntil, placed, message } = cluster(2, [
    gang(0, 'g', 3),
    ...members(1, 'a', 3),
    { op: 'create-nodes', at: 20, pool: 0, names: ['late'] },
  ])
  runUntil(15)
  t.is(placed('a'), 0)
  t.is(message('a0'), 'waiting for minCount pods from a gang to be scheduled')
  t.regex(message('a2'), /^0\/2 nodes are available: 2 Insufficient cpu/)
  runUntil(40)
  t.is(placed('a'), 3)
})

test('beyond the minimum each pod is for itself', t => {
  const { runUntil, placed } = cluster(3, [gang(0, 'g', 2), ...members(1, 'a', 4)])
  runUntil(10)
  t.is(placed('a'), 3)
})

test('the room that a gang cannot use is there for others', t => {
  const { runUntil, placed } = cluster(2, [gang(0, 'g', 3), ...members(1, 'a', 3), ...members(2, 'b', 2, '')])
  runUntil(10)
  t.deepEqual([placed('a'), placed('b')], [0, 2])
})

test('pods wait for a group that does not exist; with the basic policy each is for itself', t => {
  const { runUntil, placed } = cluster(2, [...members(1, 'a', 3), group(10, 'g', { basic: {} })])
  runUntil(9)
  t.is(placed('a'), 0)
  runUntil(15)
  t.is(placed('a'), 2)
})

test('a lower minimum lets a waiting gang go', t => {
  const target = { kind: 'PodGroup', namespace: 'default', name: 'g' }
  const patch = { spec: { schedulingPolicy: { gang: { minCount: 2 } } } }
  const { runUntil, placed } = cluster(4, [
    gang(0, 'g', 3),
    ...members(1, 'a', 2),
    { op: 'patch', at: 10, ...target, type: 'merge', patch },
  ])
  runUntil(9)
  t.is(placed('a'), 0)
  runUntil(15)
  t.is(placed('a'), 2)
})

test('a gang preempts when its whole place can be had, and nobody is deleted when it cannot', t => {
  const low = members(1, 'low', 2, '', 0)
  const { runUntil, placed, pods, state } = cluster(2, [
    ...low,
    gang(0, 'g', 2),
    ...members(5, 'a', 2, 'g', 100),
  ])
  runUntil(5.5)
  t.true(pods('low').every(pod => state.pods.isTerminating(pod)))
  t.true(pods('a').every(pod => state.pods.nominatedNode[pod] !== NONE))
  runUntil(30)
  t.deepEqual([placed('a'), pods('low').length], [2, 0])

  const tooMany = cluster(2, [...low, gang(0, 'g', 3), ...members(5, 'a', 3, 'g', 100)])
  tooMany.runUntil(30)
  t.deepEqual([tooMany.placed('a'), tooMany.placed('low')], [0, 2])
})

test('the default profile knows nothing of groups', t => {
  const { runUntil, placed } = cluster(2, [gang(0, 'g', 3), ...members(1, 'a', 3)], 'default')
  runUntil(10)
  t.is(placed('a'), 2)
})
