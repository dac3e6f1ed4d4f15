import test from 'ava'
import { ClusterNode, type ClusterNodeFacts } from '../../../engine/autoscaler/karpenter/cluster-node.js'
import {
  cheaperThan,
  launchLabels,
  launchRequirements,
} from '../../../engine/autoscaler/karpenter/finished-claim.js'
import { PoolCatalog } from '../../../engine/autoscaler/karpenter/pool-catalog.js'
import { PoolTemplate } from '../../../engine/autoscaler/karpenter/pool-template.js'
import { relaxPod } from '../../../engine/autoscaler/karpenter/relax-pod.js'
import { Requirements } from '../../../engine/autoscaler/karpenter/requirements.js'
import {
  type ClusterFacts,
  SchedulingCluster,
} from '../../../engine/autoscaler/karpenter/scheduling-cluster.js'
import type { SchedulingPod } from '../../../engine/autoscaler/karpenter/scheduling-pod.js'
import {
  MinValuesPolicy,
  type SchedulingResult,
} from '../../../engine/autoscaler/karpenter/scheduling-result.js'
import { simulateScheduling } from '../../../engine/autoscaler/karpenter/scheduling-round.js'
import {
  INSTANCE_TYPE,
  WELL_KNOWN_LABELS,
  ZONE,
} from '../../../engine/autoscaler/karpenter/well-known-labels.js'
import type { NodePoolSpec } from '../../../engine/model/karpenter.js'
import type { PodSpec } from '../../../engine/model/pod-spec.js'
import { type Taint, TaintEffect } from '../../../engine/model/taints.js'
import { cloudType, schedulingPod } from '../../support/karpenter-case.js'

const DEDICATED: Taint = { key: 'dedicated', value: 'x', effect: TaintEffect.NoSchedule }
const APART = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
    ],
  },
}

/** Machines of 2, 4 and 8 cores with 4 GiB a core, 1 cent an hour and core, sold in the zones a and b. */
const TYPES = [2, 4, 8].map(cores =>
  cloudType({
    name: `m.${cores}`,
    capacity: { cpu: `${cores}`, memory: `${4 * cores}Gi`, pods: '20' },
    offerings: ['a', 'b'].map(zone => ({ capacityType: 'on-demand', zone, price: cores / 100 })),
  }),
)

function pool(name: string, spec: Partial<NodePoolSpec> = {}, types = TYPES): PoolTemplate {
  return new PoolTemplate({ metadata: { name }, spec: { template: { spec: {} }, ...spec } }, types)
}

function requiring(
  ...requirements: NonNullable<NodePoolSpec['template']['spec']['requirements']>
): Partial<NodePoolSpec> {
  return { template: { spec: { requirements } } }
}

/** A pod of one core and one GiB, if nothing else is said. */
function pod(name: string, spec: Partial<PodSpec> = {}, cpu = '1'): SchedulingPod {
  return schedulingPod({
    metadata: { name, labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu, memory: '1Gi' } } }], ...spec },
  })
}

function pods(count: number, spec: Partial<PodSpec> = {}, cpu = '1'): SchedulingPod[] {
  const { spec: shared } = pod('any', spec, cpu)
  return Array.from({ length: count }, (_, i) => ({ ...pod(`p${i}`), spec: shared }))
}

function node(
  name: string,
  facts: Partial<ClusterNodeFacts> = {},
  labels: Record<string, string> = {},
): ClusterNode {
  const amounts = new Map([
    ['cpu', 4000],
    ['memory', 16 * 2 ** 30],
    ['pods', 20],
  ])
  const all = { 'kubernetes.io/hostname': name, 'karpenter.sh/nodepool': 'p', [ZONE]: 'a', ...labels }
  return new ClusterNode({
    node: { name, labels: all, taints: [], capacity: amounts, allocatable: amounts },
    ...facts,
  })
}

interface Round extends Partial<ClusterFacts> {
  readonly pools?: readonly PoolTemplate[]
  readonly minValuesPolicy?: MinValuesPolicy
  readonly without?: ReadonlySet<ClusterNode>
  readonly insistsOnReservations?: boolean
  readonly sparesChangedNodes?: boolean
}

function schedule(waiting: readonly SchedulingPod[], round: Round = {}): SchedulingResult {
  const { pools = [pool('p')], minValuesPolicy, nodes = [], ...rest } = round
  const catalog = new PoolCatalog(pools, minValuesPolicy === undefined ? {} : { minValuesPolicy })
  const cluster = new SchedulingCluster(catalog, { nodes, ...rest })
  return simulateScheduling(cluster, { pods: waiting, ...rest })
}

/** `pool: types (pods)` each, and where else pods went. */
function shown({ claims, placements, errors }: SchedulingResult): string[] {
  const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(' ')
  return [
    ...claims.map(claim => `${claim.pool.name}: ${names(claim.instanceTypes)} (${names(claim.pods)})`),
    ...placements.map(placement => `${placement.node.name} (${names(placement.pods)})`),
    ...[...errors.keys()].map(({ name }) => `failed ${name}`),
  ]
}

test('a pod gives up its alternatives first, then its preferences, the heaviest of each first', t => {
  const term = (value: string): object => ({
    matchExpressions: [{ key: 'k', operator: 'In', values: [value] }],
  })
  const near = (weight: number): object => ({ weight, podAffinityTerm: { topologyKey: 'zone' } })
  const spread = (topologyKey: string, whenUnsatisfiable: string): object => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
  })
  let spec = {
    containers: [],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term('1'), term('2')] },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: term('3') },
          { weight: 7, preference: term('4') },
        ],
      },
      podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near(1), near(5)] },
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near(3)] },
    },
    topologySpreadConstraints: [
      spread('rack', 'ScheduleAnyway'),
      spread('zone', 'DoNotSchedule'),
      spread('row', 'ScheduleAnyway'),
    ],
  } as unknown as PodSpec
  const left: string[] = []
  for (let next = relaxPod(spec, true); next !== undefined; next = relaxPod(spec, true)) {
    spec = next
    const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {}
    const weights = (terms: readonly { readonly weight: number }[] = []): string =>
      terms.map(({ weight }) => weight).join('+')
    left.push(
      [
        nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.length,
        weights(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
        weights(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
        weights(nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
        spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey).join('+'),
        spec.tolerations?.length ?? 0,
      ].join(' | '),
    )
  }
  t.deepEqual(left, [
    '1 | 1+5 | 3 | 1+7 | rack+zone+row | 0',
    '1 | 1 | 3 | 1+7 | rack+zone+row | 0',
    '1 |  | 3 | 1+7 | rack+zone+row | 0',
    '1 |  |  | 1+7 | rack+zone+row | 0',
    '1 |  |  | 1 | rack+zone+row | 0',
    '1 |  |  |  | rack+zone+row | 0',
    // The last constraint takes the place of the one given up.
    '1 |  |  |  | row+zone | 0',
    '1 |  |  |  | zone | 0',
    '1 |  |  |  | zone | 1',
  ])
})

test('pods fill the claim with the fewest pods, and its types become those that hold them all', t => {
  t.deepEqual(shown(schedule(pods(3))), ['p: m.4 m.8 (p0 p1 p2)'])
  // 9 cores are more than any type has; the ninth pod begins a claim that is then the emptiest.
  t.deepEqual(shown(schedule(pods(9))), ['p: m.8 (p0 p1 p2 p3 p4 p5 p6 p7)', 'p: m.2 m.4 m.8 (p8)'])
})

test('a claim takes the largest of its types off the limits', t => {
  const limited = pool('p', { limits: { cpu: '10' } })
  // 10 - 8 = 2: the second node can only be the smallest type, 2 - 2 = 0: there is no third.
  t.deepEqual(shown(schedule(pods(3, { affinity: APART }), { pools: [limited] })), [
    'p: m.2 m.4 m.8 (p0)',
    'p: m.2 (p1)',
    'failed p2',
  ])
  // A node of 4 cores leaves 6, so 8 cores are too many from the beginning.
  const round = { pools: [limited], nodes: [node('n', { pods: [pod('own', {}, '4')] })] }
  t.deepEqual(shown(schedule(pods(1), round)), ['p: m.2 m.4 (p0)'])
  const [only] = round.nodes
  t.deepEqual(shown(schedule(pods(1), { ...round, without: new Set([only]) })), ['p: m.2 m.4 m.8 (p0)'])
})

test('a limit of nodes counts those that are there', t => {
  const pools = [pool('p', { limits: { nodes: '1' } })]
  t.is(schedule(pods(2, { affinity: APART }), { pools }).claims.length, 2, 'not those that are being planned')
  const result = schedule(pods(1, {}, '5'), { pools, nodes: [node('n')] })
  t.deepEqual(shown(result), ['failed p0'])
  t.regex([...result.errors.values()][0].message, /limit of nodes/)
})

test('pools are tried by weight, and equal ones from the last name', t => {
  const pools = [
    pool('a'),
    pool('c', {}, []),
    pool('b'),
    pool('heavy', { weight: 5, template: { spec: { taints: [DEDICATED] } } }),
  ]
  t.deepEqual(shown(schedule(pods(1), { pools })), ['b: m.2 m.4 m.8 (p0)'])
  const tolerant = { tolerations: [{ key: 'dedicated', operator: 'Exists' }] }
  t.deepEqual(shown(schedule(pods(1, tolerant), { pools })), ['heavy: m.2 m.4 m.8 (p0)'])
})

test('too few types for minValues fail the claim, or lower the number where the policy allows', t => {
  const pools = [pool('p', requiring({ key: INSTANCE_TYPE, operator: 'Exists', minValues: 2 }))]
  t.deepEqual(shown(schedule(pods(5), { pools })), ['p: m.4 m.8 (p0 p1 p2 p3)', 'p: m.2 m.4 m.8 (p4)'])
  t.deepEqual(shown(schedule(pods(1, {}, '5'), { pools })), ['failed p0'])
  const relaxed = schedule(pods(1, {}, '5'), { pools, minValuesPolicy: MinValuesPolicy.BestEffort })
  t.deepEqual(shown(relaxed), ['p: m.8 (p0)'])
  t.true(relaxed.claims[0].isMinValuesRelaxed)
  t.is(relaxed.claims[0].requirements.get(INSTANCE_TYPE).minValues, 1)
})

test('DaemonSets count on the types where they would run, and on nodes until they are there', t => {
  const onLarge = { nodeSelector: { [INSTANCE_TYPE]: 'm.8' } }
  const daemonPods = [pod('everywhere', {}, '1'), pod('large', onLarge, '3')].map(one => ({
    ...one,
    isOfDaemonSet: true,
  }))
  // 2 - 1 < 2, 4 - 1 >= 3, 8 - 4 >= 4.
  t.deepEqual(shown(schedule(pods(1, {}, '2'), { daemonPods })), ['p: m.4 m.8 (p0)'])
  t.deepEqual(shown(schedule(pods(1, {}, '4'), { daemonPods })), ['p: m.8 (p0)'])
  // The least of both types: one core, one GiB, one pod.
  t.deepEqual(
    [...schedule(pods(1, {}, '2'), { daemonPods }).claims[0].requests],
    [
      ['cpu', 3000],
      ['memory', 2 * 2 ** 30],
      ['pods', 2],
    ],
  )
  const running = { ...daemonPods[0], nodeName: 'n' }
  t.deepEqual(shown(schedule(pods(1, {}, '4'), { daemonPods, nodes: [node('n')] })), ['p: m.8 (p0)'])
  t.deepEqual(shown(schedule(pods(1, {}, '3'), { daemonPods, nodes: [node('n', { pods: [running] })] })), [
    'n (p0)',
  ])
})

test('a reservation is held by one claim at a time; others wait for it or do without', t => {
  const reserved = cloudType({
    name: 'm.2',
    capacity: { cpu: '2', memory: '8Gi', pods: '20' },
    offerings: [
      { capacityType: 'on-demand', zone: 'a', price: 0.02 },
      { capacityType: 'reserved', zone: 'a', price: 0, reservation: 'r1', reservationCapacity: 1 },
    ],
  })
  const round = { pools: [pool('p', {}, [reserved])] }
  const waiting = pods(2, { affinity: APART })
  const insisting = schedule(waiting, { ...round, insistsOnReservations: true })
  t.deepEqual(shown(insisting), ['p: m.2 (p0)', 'failed p1'])
  t.true(insisting.errors.get(waiting[1])?.isForReservation)
  t.is(
    launchRequirements(insisting.claims[0], WELL_KNOWN_LABELS).text,
    [
      'karpenter.sh/capacity-type In [reserved]',
      'karpenter.sh/nodepool In [p]',
      'karpenter.sh/reservation-id In [r1]',
      'node.kubernetes.io/instance-type In [m.2]',
    ].join(', '),
  )
  const falling = schedule(waiting, round)
  t.deepEqual(shown(falling), ['p: m.2 (p0)', 'p: m.2 (p1)'])
  // Once none is left, what remains to be launched is on demand.
  t.is(falling.claims[1].requirements.has('karpenter.sh/reservation-id'), false)
})

test('pods that take the same port of the host do not share a node, nor one with such a DaemonSet', t => {
  const ported = { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }
  t.is(schedule(pods(2, ported)).claims.length, 2)
  const daemon = { ...pod('d', { ...ported, nodeSelector: { [INSTANCE_TYPE]: 'm.8' } }), isOfDaemonSet: true }
  t.deepEqual(shown(schedule(pods(1, ported), { daemonPods: [daemon] })), ['p: m.2 m.4 (p0)'])
  const taken = node('n', { pods: [{ ...pod('there', ported), nodeName: 'n' }] })
  t.deepEqual(shown(schedule(pods(1, ported), { nodes: [taken] })), ['p: m.2 m.4 m.8 (p0)'])
})

test('a node that comes up counts as its claim says, after those that are ready', t => {
  const booting: Taint = { key: 'boot', effect: TaintEffect.NoSchedule }
  const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: TaintEffect.NoSchedule }
  const amounts = new Map([
    ['cpu', 8000],
    ['memory', 2 ** 35],
    ['pods', 20],
  ])
  const labels = { 'karpenter.sh/registered': 'true', 'kubernetes.io/hostname': 'new' }
  const fresh = new ClusterNode({
    node: {
      name: 'new',
      labels,
      taints: [booting, notReady],
      capacity: new Map(),
      allocatable: new Map([['cpu', 0]]),
    },
    claim: {
      name: 'claim',
      labels: {},
      taints: [],
      startupTaints: [booting],
      capacity: amounts,
      allocatable: amounts,
    },
  })
  const ready = node('zz')
  t.deepEqual(shown(schedule(pods(5), { nodes: [fresh, ready] })), ['zz (p0 p1 p2 p3)', 'new (p4)'])
  const planned = new ClusterNode({ claim: { ...fresh.claim!, labels: { [ZONE]: 'b' } } })
  t.deepEqual(shown(schedule(pods(1, { nodeSelector: { [ZONE]: 'b' } }), { nodes: [planned] })), [
    'claim (p0)',
  ])
})

test('nodes that go or are thought away take no pods, but the pods that stay on them count', t => {
  const spread = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule' as const,
        labelSelector: { matchLabels: { app: 'web' } },
      },
    ],
  }
  const own = { ...pod('own'), nodeName: 'n' }
  for (const nodes of [
    [node('n', { isMarkedForDeletion: true, pods: [own] })],
    [node('n', { pods: [own] })],
  ]) {
    const result = schedule(pods(1, spread), { nodes, without: new Set(nodes) })
    t.is(result.claims[0].requirements.get(ZONE).onlyValue, 'b', 'zone a has a pod already')
    t.is(
      schedule([{ ...own, spec: pod('own', spread).spec }], { nodes, without: new Set(nodes) }).errors.size,
      0,
    )
  }
})

test('consolidation moves no pods to nodes that changed lately; pending pods may go there', t => {
  const nodes = [node('n', { isUnderConsolidateAfter: true })]
  const moved = { ...pod('p'), isPending: false, nodeName: 'gone' }
  t.deepEqual(shown(schedule([moved], { nodes, sparesChangedNodes: true })), ['p: m.2 m.4 m.8 (p)'])
  t.deepEqual(shown(schedule([moved], { nodes })), ['n (p)'])
  t.deepEqual(shown(schedule([pod('p')], { nodes, sparesChangedNodes: true })), ['n (p)'])
  const going = node('gone', { isMarkedForDeletion: true })
  t.deepEqual(shown(schedule([moved], { nodes: [...nodes, going], sparesChangedNodes: true })), ['n (p)'])
})

test('a claim asks for what can be launched, and gives the node the labels that are settled', t => {
  const mixed = cloudType({
    name: 'm.4',
    capacity: { cpu: '4', memory: '16Gi', pods: '20' },
    offerings: [
      { capacityType: 'on-demand', zone: 'a', price: 0.04 },
      { capacityType: 'spot', zone: 'b', price: 0.01 },
      { capacityType: 'spot', zone: 'a', price: 0.02, isAvailable: false },
    ],
  })
  const spec = {
    template: {
      metadata: { labels: { tier: 'one' } },
      spec: { requirements: [{ key: 'team', operator: 'In', values: ['red', 'blue'] }] },
    },
  }
  const inZoneA = { nodeSelector: { [ZONE]: 'a' } }
  const [claim] = schedule(pods(1, inZoneA), { pools: [pool('p', spec, [mixed])] }).claims
  t.is(
    launchRequirements(claim, WELL_KNOWN_LABELS).get('karpenter.sh/capacity-type').text,
    'karpenter.sh/capacity-type In [on-demand]',
  )
  t.deepEqual(launchLabels(claim, WELL_KNOWN_LABELS), {
    'karpenter.sh/nodepool': 'p',
    tier: 'one',
    team: 'blue',
  })
  // Spot comes before on demand, and the dearest of its offerings counts: 0.01, or 0.04 where there is no spot.
  t.deepEqual(cheaperThan(claim, new Requirements(), 0.02, WELL_KNOWN_LABELS).instanceTypes, [mixed])
  t.deepEqual(cheaperThan(claim, claim.requirements, 0.04, WELL_KNOWN_LABELS).instanceTypes, [])
  t.deepEqual(cheaperThan(claim, claim.requirements, 0.05, WELL_KNOWN_LABELS).instanceTypes, [mixed])
})

test('a pod that rules out a value of an unknown label lets those in that ask for another value of it', t => {
  const about = (operator: string, value: string): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator, values: [value] }] }],
        },
      },
    },
  })
  // The largest come first, so the one that asks is refused once before the one that rules out has its place.
  const waiting = [
    pod('any', {}, '3'),
    pod('asks', about('In', 'x'), '2'),
    pod('rules out', about('NotIn', 'y')),
  ]
  t.deepEqual(shown(schedule(waiting)), ['p: m.8 (any rules out asks)'])
  const amounts = { nodes: [node('n', {}, {})] }
  t.deepEqual(shown(schedule(waiting.slice(1), amounts)), ['n (rules out asks)'])
})
