import { ClusterNode } from '../../../../engine/autoscaler/karpenter/cluster-node.js'
import type { DisruptedPod } from '../../../../engine/autoscaler/karpenter/disrupted-pod.js'
import type { StateClaim, StateNode } from '../../../../engine/autoscaler/karpenter/disruption-candidate.js'
import { EvictionLimits } from '../../../../engine/autoscaler/karpenter/eviction-limits.js'
import type { InstanceType } from '../../../../engine/autoscaler/karpenter/instance-type.js'
import {
  type PoolDisruption,
  microsecondsOf as spanOf,
} from '../../../../engine/autoscaler/karpenter/pool-disruption.js'
import { Requirement } from '../../../../engine/autoscaler/karpenter/requirement.js'
import { Requirements } from '../../../../engine/autoscaler/karpenter/requirements.js'
import {
  ARCHITECTURE,
  CAPACITY_TYPE,
  INSTANCE_TYPE,
  NODE_POOL,
  OPERATING_SYSTEM,
  ZONE,
} from '../../../../engine/autoscaler/karpenter/well-known-labels.js'
import type { SimTime } from '../../../../engine/kernel/time.js'
import type { NodePool } from '../../../../engine/model/karpenter.js'
import type { Labels } from '../../../../engine/model/labels.js'
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../../engine/model/pod-disruption-budget.js'
import type { Amounts, PodSpec } from '../../../../engine/model/pod-spec.js'
import { byCodeUnits } from '../../../../engine/model/resource-list.js'
import { parseAmounts } from '../../../../engine/model/resources.js'
import type { Taint } from '../../../../engine/model/taints.js'
import { microsecondsOf } from '../../../support/autoscaler-rig.js'

interface GivenMeta {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly creationTimestamp?: string
  readonly ownerReferences?: readonly { readonly kind: string }[]
}

interface GivenInstanceType {
  readonly name: string
  readonly arch: string
  readonly family: string
  readonly generation: string
  readonly capacity: Amounts
  readonly overhead: Amounts
  readonly price: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly unavailable?: readonly string[]
}

interface GivenNode {
  readonly metadata: GivenMeta
  readonly spec: { readonly providerID: string; readonly taints?: readonly Taint[] }
  readonly status: {
    readonly capacity: Amounts
    readonly allocatable: Amounts
    readonly conditions: readonly { readonly type: string; readonly status: string }[]
  }
}

interface GivenClaim {
  readonly metadata: GivenMeta
  readonly spec?: { readonly expireAfter?: string; readonly terminationGracePeriod?: string }
  readonly status: {
    readonly conditions: readonly (readonly [type: string, status: string, since: string])[]
    readonly lastPodEventTime?: string
    readonly providerID: string
  }
}

interface GivenPod {
  readonly metadata: GivenMeta
  readonly spec: PodSpec
  readonly status?: { readonly phase?: string }
}

export interface GivenDisruption {
  readonly now: string
  readonly instanceTypes: readonly GivenInstanceType[]
  readonly nodePools: readonly NodePool[]
  readonly nodes: readonly GivenNode[]
  readonly nodeClaims: readonly GivenClaim[]
  readonly pods?: readonly GivenPod[]
  readonly podDisruptionBudgets?: readonly {
    readonly metadata: GivenMeta
    readonly spec: PodDisruptionBudgetSpec
    readonly status: PodDisruptionBudgetStatus
  }[]
  readonly markedForDeletion?: readonly string[]
  readonly spotToSpotConsolidation?: boolean
}

const FAMILY = 'example.com/family'
const GENERATION = 'example.com/generation'

export function instanceTypesOf({ instanceTypes }: GivenDisruption): InstanceType[] {
  return instanceTypes.map(
    ({ name, arch, family, generation, capacity, overhead, price, unavailable = [] }) => {
      const offered = Object.entries(price).flatMap(([capacityType, zones]) =>
        Object.entries(zones).map(([zone, cost]) => ({ capacityType, zone, cost })),
      )
      return {
        name,
        requirements: new Requirements([
          Requirement.in(INSTANCE_TYPE, [name]),
          Requirement.in(ARCHITECTURE, [arch]),
          Requirement.in(OPERATING_SYSTEM, ['linux']),
          Requirement.in(FAMILY, [family]),
          Requirement.in(GENERATION, [generation]),
          Requirement.in(
            ZONE,
            offered.map(({ zone }) => zone),
          ),
          Requirement.in(
            CAPACITY_TYPE,
            offered.map(({ capacityType }) => capacityType),
          ),
        ]),
        offerings: offered.map(({ capacityType, zone, cost }) => ({
          requirements: new Requirements([
            Requirement.in(CAPACITY_TYPE, [capacityType]),
            Requirement.in(ZONE, [zone]),
          ]),
          price: cost,
          isAvailable: !unavailable.includes(`${capacityType}/${zone}`),
        })),
        capacity: parseAmounts(capacity),
        overhead: parseAmounts(overhead),
      }
    },
  )
}

export function poolsOf({ nodePools }: GivenDisruption): NodePool[] {
  const nodeClassRef = { group: 'karpenter.test.sh', kind: 'TestNodeClass', name: 'default' }
  return nodePools.map(({ metadata, spec }) => {
    const { template } = spec
    return {
      metadata,
      spec: { ...spec, template: { ...template, spec: { nodeClassRef, ...template.spec } } },
    }
  })
}

export function limitsOf({ podDisruptionBudgets = [] }: GivenDisruption, now: SimTime): EvictionLimits {
  const budgets = podDisruptionBudgets.map(({ metadata, spec, status }) => {
    return { namespace: metadata.namespace ?? 'default', name: metadata.name, spec, status }
  })
  return new EvictionLimits(budgets, now)
}

export function podsOf({ pods = [] }: GivenDisruption): DisruptedPod[] {
  return pods.map(viewedPod).sort((a, b) => byCodeUnits(a.name, b.name))
}

export function stateNodes(
  given: GivenDisruption,
  now: SimTime,
  pools: ReadonlyMap<string, PoolDisruption>,
): StateNode[] {
  const pods = podsOf(given)
  return given.nodes.map(node => {
    const { metadata, spec, status } = node
    const { name, labels = {}, annotations = {} } = metadata
    const claim = given.nodeClaims.find(one => one.status.providerID === spec.providerID)
    const own = pods.filter(({ nodeName }) => nodeName === name)
    const facts = {
      name,
      labels,
      taints: spec.taints ?? [],
      capacity: parseAmounts(status.capacity),
      allocatable: parseAmounts(status.allocatable),
    }
    const pool = pools.get(labels[NODE_POOL])
    const settledAt = claim === undefined || pool === undefined ? undefined : settledTime(claim, pool)
    const cluster = new ClusterNode({
      node: facts,
      ...(claim === undefined ? {} : { claim: { ...facts, startupTaints: [] } }),
      pods: own.filter(({ isTerminal }) => !isTerminal),
      isMarkedForDeletion: given.markedForDeletion?.includes(name) ?? false,
      isUnderConsolidateAfter: settledAt !== undefined && now < settledAt,
    })
    return {
      cluster,
      annotations,
      pods: own,
      claim: claim === undefined ? undefined : viewedClaim(claim),
      isReady: conditionOf(status.conditions, 'Ready') === 'True',
      isNominated: false,
    }
  })
}

function settledTime({ status }: GivenClaim, pool: PoolDisruption): SimTime | undefined {
  const initialized = status.conditions.find(([type]) => type === 'Initialized')
  if (initialized === undefined) return undefined
  const lastPodEvent = status.lastPodEventTime
  return pool.settledAt(
    microsecondsOf(initialized[2]),
    lastPodEvent === undefined ? undefined : microsecondsOf(lastPodEvent),
  )
}

function viewedClaim({ metadata, spec = {}, status }: GivenClaim): StateClaim {
  return {
    createdAt: microsecondsOf(metadata.creationTimestamp ?? ''),
    expireAfter: spanOf(spec.expireAfter),
    terminationGracePeriod: spanOf(spec.terminationGracePeriod),
    isConsolidatable: status.conditions.some(
      ([type, value]) => type === 'Consolidatable' && value === 'True',
    ),
    isTerminating: false,
    driftedAt: undefined,
  }
}

function viewedPod({ metadata, spec, status = {} }: GivenPod): DisruptedPod {
  const { name, namespace = 'default', labels = {}, annotations = {}, ownerReferences = [] } = metadata
  const { nodeName } = spec
  const { phase = nodeName === undefined ? 'Pending' : 'Running' } = status
  const kinds = ownerReferences.map(({ kind }) => kind)
  return {
    namespace,
    name,
    uid: name,
    labels,
    annotations,
    spec,
    createdAtSeconds: 0,
    nodeName,
    isPending: phase === 'Pending',
    isTerminal: phase === 'Succeeded' || phase === 'Failed',
    isTerminating: false,
    isOfDaemonSet: kinds.includes('DaemonSet'),
    isOfStatefulSet: kinds.includes('StatefulSet'),
    isStatic: kinds.includes('Node'),
    isUnready: false,
  }
}

function conditionOf(
  conditions: readonly { readonly type: string; readonly status: string }[],
  wanted: string,
): string | undefined {
  return conditions.find(({ type }) => type === wanted)?.status
}
