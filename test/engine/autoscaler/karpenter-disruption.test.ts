import test from 'ava'
import { isWorthIt } from '../../../engine/autoscaler/karpenter/balanced-score.js'
import { ClusterNode } from '../../../engine/autoscaler/karpenter/cluster-node.js'
import { type DisruptedPod, isWaitedFor } from '../../../engine/autoscaler/karpenter/disrupted-pod.js'
import { DisruptionBudgets } from '../../../engine/autoscaler/karpenter/disruption-budget.js'
import {
  type Candidate,
  candidateOf,
  type StateNode,
} from '../../../engine/autoscaler/karpenter/disruption-candidate.js'
import { commandText, commandTextFor } from '../../../engine/autoscaler/karpenter/disruption-command.js'
import { removeEmpty } from '../../../engine/autoscaler/karpenter/emptiness.js'
import { evictionCost, lifetimeRemaining } from '../../../engine/autoscaler/karpenter/eviction-cost.js'
import { EvictionLimits, type GivenPodBudget } from '../../../engine/autoscaler/karpenter/eviction-limits.js'
import { PoolDisruption } from '../../../engine/autoscaler/karpenter/pool-disruption.js'
import { simulateRemoval } from '../../../engine/autoscaler/karpenter/removal-simulation.js'
import type { SchedulingRequest } from '../../../engine/autoscaler/karpenter/scheduling-result.js'
import { HOUR, MINUTE, SECOND } from '../../../engine/kernel/time.js'
import type { NodePoolSpec } from '../../../engine/model/karpenter.js'
import { cloudType } from '../../support/karpenter-case.js'

const NOW = 10 * HOUR
const LABELS = {
  'karpenter.sh/nodepool': 'pool',
  'karpenter.sh/registered': 'true',
  'karpenter.sh/initialized': 'true',
  'karpenter.sh/capacity-type': 'on-demand',
  'topology.kubernetes.io/zone': 'a',
  'node.kubernetes.io/instance-type': 'm.4',
}
const TYPE = cloudType({
  name: 'm.4',
  capacity: { cpu: '4', memory: '16Gi', pods: '20' },
  offerings: [{ capacityType: 'on-demand', zone: 'a', price: 0.2 }],
})

function pod(name: string, more: Partial<DisruptedPod> = {}): DisruptedPod {
  return {
    namespace: 'default',
    name,
    uid: name,
    labels: { app: 'web' },
    annotations: {},
    priority: 0,
    spec: { containers: [{ name: 'c' }] },
    createdAtSeconds: 0,
    nodeName: 'n',
    isPending: false,
    isTerminal: false,
    isTerminating: false,
    isOfDaemonSet: false,
    isOfStatefulSet: false,
    isStatic: false,
    isUnready: false,
    ...more,
  }
}

function node(
  name: string,
  pods: readonly DisruptedPod[],
  labels: Record<string, string> = LABELS,
): StateNode {
  const facts = { name, labels, taints: [], capacity: new Map(), allocatable: new Map() }
  const claim = {
    createdAt: 0,
    expireAfter: undefined,
    terminationGracePeriod: undefined,
    isConsolidatable: true,
    driftedAt: undefined,
    isTerminating: false,
  }
  return {
    cluster: new ClusterNode({ node: facts, claim: { ...facts, startupTaints: [] } }),
    annotations: {},
    pods,
    claim,
    isReady: true,
    isNominated: false,
  }
}

function poolOf(disruption: NodePoolSpec['disruption'] = {}): PoolDisruption {
  return new PoolDisruption({ metadata: { name: 'pool' }, spec: { disruption, template: { spec: {} } } })
}

function podBudget(name: string, disruptionsAllowed: number): GivenPodBudget {
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } }
  return { namespace: 'default', name, spec, status: { disruptionsAllowed } }
}

function judged(
  state: StateNode,
  budgets: readonly GivenPodBudget[] = [],
  pool = poolOf(),
  reach: 'graceful' | 'eventual' = 'graceful',
): Candidate | string {
  const facts = {
    now: NOW,
    limits: new EvictionLimits(budgets, NOW),
    pools: new Map([['pool', pool]]),
    instanceTypes: new Map([['m.4', TYPE]]),
  }
  return candidateOf(state, facts, reach)
}

function candidate(name: string, pods: readonly DisruptedPod[] = [], pool = poolOf()): Candidate {
  const found = judged(node(name, pods), [], pool)
  if (typeof found === 'string') throw new Error(found)
  return found
}

test('what it costs to move a pod: its own annotation goes before that of ReplicaSets, within -10 and 10', t => {
  const costOf = (annotations: Record<string, string>, priority = 0): number =>
    evictionCost(pod('p', { annotations, priority }))
  const own = 'karpenter.sh/disruption-cost'
  const others = 'controller.kubernetes.io/pod-deletion-cost'
  t.is(costOf({}), 1)
  // 2^27 is worth one pod, and so is a priority of 2^25.
  t.is(costOf({ [others]: '134217728' }), 2)
  t.is(costOf({ [others]: '134217728', [own]: '-134217728' }), 0)
  t.is(costOf({ [others]: '134217728', [own]: 'dear' }), 1, 'not read, and yet it hides the other one')
  t.is(costOf({ [own]: '1.34217728e8' }, 2 ** 25), 3)
  t.is(costOf({ [own]: '2147483647' }), 10)
  t.is(costOf({ [own]: '-2147483647' }), -10)
})

test('a node that goes soon anyway costs less: the share of its life before it', t => {
  t.is(lifetimeRemaining(0, undefined, NOW), 1)
  t.is(lifetimeRemaining(0, 40 * HOUR, 10 * HOUR), 0.75)
  t.is(lifetimeRemaining(0, 5 * HOUR, 10 * HOUR), 0)
})

test('what blocks a node, in the order in which it is looked at', t => {
  const uninitialized = { ...LABELS, 'karpenter.sh/initialized': 'no' }
  const { 'karpenter.sh/nodepool': _, ...poolless } = LABELS
  const cases: readonly (readonly [StateNode, readonly GivenPodBudget[], string])[] = [
    [{ ...node('n', []), claim: undefined }, [], "Node isn't managed by karpenter"],
    [node('n', [], uninitialized), [], "Node isn't initialized"],
    [{ ...node('n', []), isNominated: true }, [], 'Node is nominated for a pending pod'],
    [
      { ...node('n', []), annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
      [],
      'Disruption is blocked through the "karpenter.sh/do-not-disrupt" annotation',
    ],
    [node('n', [], poolless), [], "Node doesn't have required label (label=karpenter.sh/nodepool)"],
    [node('n', [], { ...LABELS, 'karpenter.sh/nodepool': 'x' }), [], 'NodePool not found (NodePool=x)'],
    [
      node('n', [pod('a')]),
      [podBudget('one', 0)],
      'Pdb prevents pod evictions (PodDisruptionBudget=[default/one])',
    ],
    [
      node('n', [pod('a')]),
      [podBudget('one', 5), podBudget('two', 5)],
      'Eviction does not support multiple PDBs (PodDisruptionBudget(s)=[default/one default/two])',
    ],
  ]
  for (const [state, budgets, sentence] of cases) t.is(judged(state, budgets), sentence)
  t.is(typeof judged(node('n', [pod('a')]), [podBudget('one', 1)]), 'object')
})

test('a pod protects its node for as long as its annotation says, daemons and finished pods with a difference', t => {
  const blocks = (more: Partial<DisruptedPod>, value: string): boolean =>
    typeof judged(
      node('n', [pod('a', { ...more, annotations: { 'karpenter.sh/do-not-disrupt': value } })]),
    ) === 'string'
  t.true(blocks({}, 'true'))
  t.true(blocks({ isOfDaemonSet: true }, 'true'))
  t.false(blocks({ isTerminal: true }, 'true'))
  t.false(blocks({ isTerminating: true }, 'true'))
  t.false(blocks({}, 'false'))
  t.true(blocks({}, '1h'), 'a pod that has not started may have the whole hour before it')
  t.true(blocks({ startTime: NOW - HOUR + 1 }, '1h'))
  t.false(blocks({ startTime: NOW - HOUR }, '1h'))
  t.false(blocks({ startTime: NOW }, '-1h'))
})

test('what drifts or expires goes in the end: with a grace period pods cannot hold a node for ever', t => {
  const guarded = node('n', [pod('a', { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } })])
  const patient = { ...guarded, claim: { ...guarded.claim!, terminationGracePeriod: HOUR } }
  t.is(typeof judged(guarded, [], poolOf(), 'eventual'), 'string')
  t.is(typeof judged(patient, [], poolOf(), 'graceful'), 'string')
  t.is(typeof judged(patient, [], poolOf(), 'eventual'), 'object')
})

test('a drain waits for pods it may evict, and for protected ones; not for those that stay or are stuck', t => {
  const tolerant = { containers: [], tolerations: [{ operator: 'Exists' }] }
  const deleted = (ago: number): Partial<DisruptedPod> => ({ isTerminating: true, deletionTime: NOW - ago })
  const cases: readonly (readonly [string, Partial<DisruptedPod>, boolean])[] = [
    ['plain', {}, true],
    ['protected', { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } }, true],
    ['daemon', { isOfDaemonSet: true }, true],
    ['tolerates the taint', { spec: tolerant }, false],
    ['static', { isStatic: true }, false],
    ['finished', { isTerminal: true }, false],
    ['a minute over its grace period', deleted(MINUTE), true],
    ['longer', deleted(MINUTE + SECOND), false],
  ]
  for (const [name, more, expected] of cases) t.is(isWaitedFor(pod('a', more), NOW), expected, name)
})

test('empty nodes go by price as far as the allowance goes; a budget alone is no reason to rest', t => {
  const candidates = ['a', 'b', 'c'].map(name => candidate(name))
  const names = (allowance: number): string[] | undefined =>
    removeEmpty(candidates, new Map([['pool', allowance]])).command?.candidates.map(
      one => one.node.cluster.name,
    )
  t.deepEqual(names(2), ['a', 'b'])
  t.deepEqual(removeEmpty(candidates, new Map([['pool', 0]])), { command: undefined, isSettled: false })
  t.deepEqual(removeEmpty([], new Map()), { command: undefined, isSettled: true })
})

test('Balanced: the share of the cost that is saved must be half of the share of the disruption', t => {
  const pool = poolOf({ consolidationPolicy: 'Balanced' })
  // The node costs 0.2, and 1 for itself and 3 for its pods to move.
  const one = candidate('n', [pod('a'), pod('b'), pod('c')], pool)
  const worth = (savings: number, cost: number, disruptionCost: number): boolean =>
    isWorthIt([one], savings, new Map([['pool', { cost, disruptionCost }]]))
  // 0.1 of 1 is a tenth; 4 of 20 a fifth: exactly half.
  t.true(worth(0.1, 1, 20))
  t.false(worth(0.099, 1, 20))
  t.false(worth(-0.1, 1, 20))
  const free = candidate('n', [pod('a')], poolOf())
  t.true(isWorthIt([free], -1, new Map()), 'other policies ask for nothing')
})

test('nodes that are coming up are no ground for a disruption, but may take what leaves a node that is going', t => {
  const coming = node('coming', [], { ...LABELS, 'karpenter.sh/initialized': 'no' })
  const moved = pod('a')
  const leaving = candidate('n', [moved])
  const schedule = ({ pods }: SchedulingRequest) => ({
    claims: [],
    placements: [{ node: coming.cluster, pods }],
    errors: new Map(),
  })
  const limits = new EvictionLimits([], NOW)
  const view = { nodes: [leaving.node, coming], pendingPods: [], limits, schedule }
  t.is(
    simulateRemoval([leaving], view, true)?.obstacle,
    'Not all pods would schedule, default/a => would schedule against uninitialized nodeclaim/coming, node/coming ',
  )
})

test('commands are told as upstream writes them', t => {
  const candidates = ['a', 'b'].map(name => candidate(name))
  const command = { candidates, replacements: [1], placements: [] }
  t.is(commandText(command), 'replace: [a, b] -> [1 replacement]')
  t.is(commandText({ ...command, replacements: [] }), 'delete: [a, b]')
  t.is(commandTextFor(command, candidates[1]), 'replace: [b] (part of 2-node consolidation)')
})

test('budgets say when time alone changes them: when the next window opens or one closes', t => {
  // 2026-03-02T00:00:00Z, a Monday.
  const monday = 1_772_409_600 * SECOND
  const budgets = new DisruptionBudgets([{ nodes: '0', schedule: '0 9 * * mon-fri', duration: '8h' }])
  t.is(budgets.nextChange(monday), monday + 9 * HOUR)
  t.is(budgets.nextChange(monday + 9 * HOUR), monday + 17 * HOUR)
  t.is(budgets.nextChange(monday + 17 * HOUR), monday + 33 * HOUR)
  t.is(new DisruptionBudgets([{ nodes: '0' }]).nextChange(monday), undefined)
})
