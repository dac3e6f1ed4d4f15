import test from 'ava'
import { ClusterNode } from '../../../engine/autoscaler/karpenter/cluster-node.js'
import { whyIgnored } from '../../../engine/autoscaler/karpenter/ignored-pod.js'
import type { InstanceType } from '../../../engine/autoscaler/karpenter/instance-type.js'
import type { StorageLookup } from '../../../engine/autoscaler/karpenter/pod-volumes.js'
import { PoolCatalog } from '../../../engine/autoscaler/karpenter/pool-catalog.js'
import { PoolTemplate } from '../../../engine/autoscaler/karpenter/pool-template.js'
import { SchedulingCluster } from '../../../engine/autoscaler/karpenter/scheduling-cluster.js'
import { requestsOf, type SchedulingPod } from '../../../engine/autoscaler/karpenter/scheduling-pod.js'
import type { NewClaim, SchedulingResult } from '../../../engine/autoscaler/karpenter/scheduling-result.js'
import { simulateScheduling } from '../../../engine/autoscaler/karpenter/scheduling-round.js'
import { WELL_KNOWN_LABELS, ZONE } from '../../../engine/autoscaler/karpenter/well-known-labels.js'
import { Stream } from '../../../engine/kernel/rng.js'
import { NEVER } from '../../../engine/kernel/time.js'
import type { ObjectMeta } from '../../../engine/model/api-object.js'
import type { NodePoolRequirement } from '../../../engine/model/karpenter.js'
import type { PodSpec, TopologySpreadConstraint } from '../../../engine/model/pod-spec.js'
import { BIND_COMPLETED } from '../../../engine/model/storage.js'
import { cloudType, schedulingPod } from '../../support/karpenter-case.js'
import { RandomCluster } from '../../support/random-cluster.js'

const ZONES = ['a', 'b', 'c']
const CAPACITY_TYPES = ['spot', 'on-demand']
const APPS = ['red', 'green', 'blue']

interface Drawn {
  readonly types: readonly InstanceType[]
  readonly pools: readonly PoolTemplate[]
  readonly nodes: readonly ClusterNode[]
  readonly pods: readonly SchedulingPod[]
}

function draw(random: RandomCluster): Drawn {
  const types = Array.from({ length: 2 + random.below(8) }, (_, i) => drawType(random, i))
  const pools = ['p', 'q', 'r'].slice(random.below(3)).map(name => drawPool(random, name, types))
  const templates = Array.from({ length: 1 + random.below(5) }, () => ({
    spec: drawSpec(random),
    labels: { app: random.pick(APPS) },
  }))
  const podOf = (name: string, status: string): SchedulingPod => {
    const { spec, labels } = random.pick(templates)
    return schedulingPod({ metadata: { name, labels }, spec, status: { phase: status } })
  }
  const nodes = Array.from({ length: random.below(6) }, (_, i) => {
    const name = `n${i}`
    const running = Array.from({ length: random.below(3) }, (__, k) => podOf(`${name}-${k}`, 'Running'))
    return drawNode(
      random,
      name,
      running.map(one => ({ ...one, nodeName: name })),
    )
  })
  const pods = Array.from({ length: 5 + random.below(40) }, (_, i) => podOf(`p${i}`, 'Pending'))
  return { types, pools, nodes, pods }
}

function drawType(random: RandomCluster, i: number): InstanceType {
  const cores = random.pick([1, 2, 4, 8, 16])
  return cloudType({
    name: `t${i}.${cores}`,
    labels: { 'kubernetes.io/arch': random.pick(['amd64', 'arm64']) },
    capacity: { cpu: `${cores}`, memory: `${cores * random.pick([2, 4, 8])}Gi`, pods: '12' },
    overhead: { cpu: '100m' },
    offerings: CAPACITY_TYPES.flatMap(capacityType =>
      ZONES.map(zone => ({ capacityType, zone, price: random.below(1e6), isAvailable: random.chance(0.7) })),
    ),
  })
}

function drawPool(random: RandomCluster, name: string, types: readonly InstanceType[]): PoolTemplate {
  const requirements: NodePoolRequirement[] = []
  if (random.chance(0.4)) {
    requirements.push({ key: ZONE, operator: random.pick(['In', 'NotIn']), values: [random.pick(ZONES)] })
  }
  if (random.chance(0.3)) requirements.push({ key: 'team', operator: 'In', values: ['one', 'two'] })
  const taints = random.chance(0.3) ? [{ key: 'dedicated', effect: 'NoSchedule' as const }] : []
  const limits = random.chance(0.5) ? { cpu: `${random.below(60)}` } : {}
  return new PoolTemplate(
    {
      metadata: { name },
      spec: { weight: random.below(3), limits, template: { spec: { requirements, taints } } },
    },
    types,
  )
}

function drawNode(random: RandomCluster, name: string, pods: readonly SchedulingPod[]): ClusterNode {
  const amounts = new Map([
    ['cpu', 1000 * random.pick([2, 4, 8])],
    ['memory', 2 ** 34],
    ['pods', 10],
  ])
  const labels = { 'kubernetes.io/hostname': name, [ZONE]: random.pick(ZONES), 'karpenter.sh/nodepool': 'p' }
  return new ClusterNode({
    node: { name, labels, taints: [], capacity: amounts, allocatable: amounts },
    pods,
    isMarkedForDeletion: random.chance(0.1),
  })
}

function drawSpec(random: RandomCluster): PodSpec {
  const requests = {
    cpu: `${random.pick([100, 500, 900, 2000, 7000])}m`,
    memory: `${random.pick([100, 900, 5000])}Mi`,
  }
  const ports = random.chance(0.1) ? { ports: [{ containerPort: 80, hostPort: 80 }] } : {}
  const term = (): { topologyKey: string; labelSelector: { matchLabels: { app: string } } } => ({
    topologyKey: random.pick([ZONE, 'kubernetes.io/hostname']),
    labelSelector: { matchLabels: { app: random.pick(APPS) } },
  })
  const one = {
    key: random.pick([ZONE, 'team', 'rack']),
    operator: random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  }
  const nodeAffinity = {
    [random.chance(0.5) ? 'requiredDuringSchedulingIgnoredDuringExecution' : 'other']: {
      nodeSelectorTerms: [
        { matchExpressions: [{ ...one, values: one.operator.endsWith('In') ? ['a', 'one'] : [] }] },
      ],
    },
  }
  const spread = (): TopologySpreadConstraint => ({
    ...term(),
    maxSkew: 1 + random.below(2),
    whenUnsatisfiable: random.pick(['DoNotSchedule', 'ScheduleAnyway']),
  })
  return {
    containers: [{ name: 'c', resources: { requests }, ...ports }],
    ...(random.chance(0.2) ? { tolerations: [{ operator: 'Exists' }] } : {}),
    ...(random.chance(0.3) ? { topologySpreadConstraints: [spread()] } : {}),
    affinity: {
      ...(random.chance(0.3) ? { nodeAffinity } : {}),
      ...(random.chance(0.2)
        ? { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term()] } }
        : {}),
      ...(random.chance(0.2)
        ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term()] } }
        : {}),
    },
  }
}

function solve({ pools, nodes }: Drawn, pods: readonly SchedulingPod[]): SchedulingResult {
  return simulateScheduling(new SchedulingCluster(new PoolCatalog(pools), { nodes }), { pods })
}

function text({ claims, placements, errors }: SchedulingResult): string {
  return JSON.stringify({
    claims: claims.map(({ pool, pods, instanceTypes, requirements }) => [
      pool.name,
      pods.map(({ name }) => name),
      instanceTypes.map(({ name }) => name),
      requirements.text,
    ]),
    placements: placements.map(({ node, pods }) => [node.name, pods.map(({ name }) => name)]),
    errors: [...errors].map(([{ name }, { message }]) => [name, message]),
  })
}

test('what is remembered of pods of one template changes nothing', t => {
  const random = new RandomCluster(new Stream('karpenter templates'))
  for (let round = 0; round < 120; round++) {
    const drawn = draw(random)
    const alone = drawn.pods.map(pod => ({ ...pod, spec: structuredClone(pod.spec) }))
    t.is(text(solve(drawn, alone)), text(solve(drawn, drawn.pods)), `round ${round}`)
  }
})

test('a cluster can be asked again, and what a question thinks away is back at the next', t => {
  const random = new RandomCluster(new Stream('karpenter questions'))
  for (let round = 0; round < 100; round++) {
    const drawn = draw(random)
    const cluster = new SchedulingCluster(new PoolCatalog(drawn.pools), { nodes: drawn.nodes })
    const first = text(simulateScheduling(cluster, { pods: drawn.pods }))
    const gone = drawn.nodes.filter(() => random.chance(0.5))
    const question = { pods: [...drawn.pods, ...gone.flatMap(({ pods }) => pods)], without: new Set(gone) }
    simulateScheduling(cluster, question)
    t.is(text(simulateScheduling(cluster, { pods: drawn.pods })), first, `round ${round}`)
  }
})

/** Whether a machine of the type, bought by one of its offerings, meets the claim and holds its pods. */
function canBe({ requirements, requests }: NewClaim, type: InstanceType): boolean {
  if (!type.requirements.intersects(requirements)) return false
  for (const [name, amount] of requests) {
    if (amount > (type.capacity.get(name) ?? 0) - (type.overhead.get(name) ?? 0)) return false
  }
  return type.offerings.some(
    offering => offering.isAvailable && requirements.isCompatible(offering.requirements, WELL_KNOWN_LABELS),
  )
}

test('a claim has exactly the types that can hold its pods, and every pod is somewhere once', t => {
  const random = new RandomCluster(new Stream('karpenter claims'))
  for (let round = 0; round < 200; round++) {
    const drawn = draw(random)
    const { claims, placements, errors } = solve(drawn, drawn.pods)
    for (const claim of claims) {
      const expected = drawn.types.filter(type => canBe(claim, type)).map(({ name }) => name)
      const has = claim.instanceTypes.map(({ name }) => name)
      // Limits take types away as well.
      if (claim.pool.limits?.size === 0) t.deepEqual(has.toSorted(), expected.toSorted(), `round ${round}`)
      else
        t.true(
          has.every(name => expected.includes(name)),
          `round ${round}`,
        )
    }
    const placed = [...claims, ...placements].flatMap(({ pods }) => pods)
    t.deepEqual(
      [...placed, ...errors.keys()].map(({ name }) => name).toSorted(),
      drawn.pods.map(({ name }) => name).toSorted(),
    )
    for (const { node, pods } of placements) {
      const cpu = pods.reduce((sum, { spec }) => sum + (requestsOf(spec).get('cpu') ?? 0), 0)
      t.true(cpu <= (node.available.get('cpu') ?? 0), `round ${round}: ${node.name} is full`)
    }
  }
})

function meta(name: string, annotations: Record<string, string> = {}, deletionAt = NEVER): ObjectMeta {
  return {
    namespace: 'default',
    name,
    uid: 0,
    labels: {},
    annotations,
    owners: [],
    finalizers: [],
    createdAt: 0,
    deletionAt,
    generation: 1,
    resourceVersion: 1,
  }
}

const inZones = (
  ...values: string[]
): { matchExpressions: { key: string; operator: string; values: string[] }[] } => ({
  matchExpressions: [{ key: ZONE, operator: 'In', values }],
})

/** Claims `bound` (a volume in zone b or c), `later` (any in zone a or b), `lost`, `now` and `going`. */
const STORAGE: StorageLookup = {
  claim: (_namespace, name) => {
    const spec =
      name === 'bound' ? { volumeName: 'v' } : { storageClassName: name === 'now' ? 'now' : 'later' }
    const deletionAt = name === 'going' ? 1 : NEVER
    if (name === 'none') return undefined
    const status = { phase: name === 'lost' ? 'Lost' : 'Pending' }
    return { meta: meta(name, { [BIND_COMPLETED]: 'yes' }, deletionAt), spec, status }
  },
  volume: name => ({
    meta: meta(name),
    spec: {
      csi: { driver: 'disk.csi', volumeHandle: 'v' },
      nodeAffinity: { required: { nodeSelectorTerms: [inZones('b'), inZones('c')] } },
    },
    status: {},
  }),
  storageClass: name => ({
    meta: meta(name),
    spec: {
      provisioner: 'disk.csi',
      volumeBindingMode: name === 'now' ? 'Immediate' : 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ['a', 'b'] }] }],
    },
    status: {},
  }),
}

function withClaims(name: string, ...claims: string[]): SchedulingPod {
  const volumes = claims.map(claimName => ({ name: claimName, persistentVolumeClaim: { claimName } }))
  return schedulingPod({ metadata: { name }, spec: { containers: [], volumes } })
}

test('a new node is where all volumes of the pod can be reached', t => {
  const random = new RandomCluster(new Stream('volumes'))
  const type = cloudType({
    name: 't',
    capacity: { cpu: '4', pods: '10' },
    offerings: ZONES.map(zone => ({ capacityType: 'spot', zone, price: random.below(100) })),
  })
  const pools = [new PoolTemplate({ metadata: { name: 'p' }, spec: { template: { spec: {} } } }, [type])]
  const cluster = new SchedulingCluster(new PoolCatalog(pools), { nodes: [], storage: STORAGE })
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['bound', ['b']],
    ['later', ['a', 'b']],
    ['bound later', ['b']],
    ['later bound', ['b']],
  ]
  for (const [claims, zones] of cases) {
    const result = simulateScheduling(cluster, { pods: [withClaims('p', ...claims.split(' '))] })
    t.deepEqual(result.claims[0].requirements.get(ZONE).sortedValues(), zones, claims)
  }
})

test('a node takes as many volumes as its driver can attach, each counted once', t => {
  const amounts = new Map([['pods', 10]])
  const facts = { name: 'n', labels: { [ZONE]: 'b' }, taints: [], capacity: amounts, allocatable: amounts }
  const there = { ...withClaims('there', 'bound'), nodeName: 'n' }
  const node = new ClusterNode({ node: facts, pods: [there], volumeLimits: new Map([['disk.csi', 2]]) })
  const pools = [new PoolTemplate({ metadata: { name: 'p' }, spec: { template: { spec: {} } } }, [])]
  const cluster = new SchedulingCluster(new PoolCatalog(pools), { nodes: [node], storage: STORAGE })
  const pods = [
    withClaims('0', 'bound'),
    withClaims('1', 'later'),
    withClaims('2', 'more'),
    withClaims('3', 'later'),
  ]
  const { placements, errors } = simulateScheduling(cluster, { pods })
  t.deepEqual(
    placements[0].pods.map(({ name }) => name),
    ['0', '1', '3'],
  )
  t.deepEqual(
    [...errors.keys()].map(({ name }) => name),
    ['2'],
  )
})

test('pods that no node of Karpenter can serve, or whose volumes are not ready, are left alone', t => {
  const selecting = (key: string, operator: string, ...values: string[]): SchedulingPod =>
    schedulingPod({
      metadata: { name: 'p' },
      spec: {
        containers: [],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
            },
          },
        },
      },
    })
  const cases: readonly (readonly [SchedulingPod, RegExp | undefined])[] = [
    [selecting(ZONE, 'In', 'a'), undefined],
    [selecting('karpenter.sh/nodepool', 'In', 'p'), undefined],
    [selecting('karpenter.sh/nodepool', 'DoesNotExist'), /configured to not run/],
    [selecting('karpenter.sh/registered', 'Exists'), /restricted/],
    [selecting('kubernetes.io/hostname', 'In', 'n'), /restricted/],
    [selecting('karpenter.sh/capacity-type', 'In', 'cheap'), /no known value/],
    [selecting('karpenter.sh/capacity-type', 'In', 'cheap', 'spot'), undefined],
    [selecting('cpu', 'Gt', '-1'), /integer/],
    [withClaims('p', 'bound', 'later'), undefined],
    [withClaims('p', 'none'), /not found/],
    [withClaims('p', 'lost'), /does not exist/],
    [withClaims('p', 'now'), /binds at once/],
    [withClaims('p', 'going'), /being deleted/],
  ]
  for (const [pod, reason] of cases) {
    const why = whyIgnored(pod, WELL_KNOWN_LABELS, STORAGE)
    if (reason === undefined) t.is(why, undefined)
    else t.regex(why ?? '', reason)
  }
})
