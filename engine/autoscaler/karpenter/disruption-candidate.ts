/**
 * A node that Karpenter may disrupt, with what that would cost and save; or why it may not, in upstream's words.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/types.go (NewCandidate) and pkg/controllers/state/
 * statenode.go (ValidateNodeDisruptable, ValidatePodsDisruptable).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Labels } from '../../model/labels.js'
import type { ClusterNode } from './cluster-node.js'
import { type DisruptedPod, DO_NOT_DISRUPT, isDisruptable, isReschedulable } from './disrupted-pod.js'
import { disruptionCostOf, lifetimeRemaining, NODE_COST, reschedulingCost } from './eviction-cost.js'
import type { EvictionLimits } from './eviction-limits.js'
import { type InstanceType, offeringPrice } from './instance-type.js'
import type { PoolDisruption } from './pool-disruption.js'
import { CAPACITY_TYPE, INSTANCE_TYPE, NODE_POOL, ZONE } from './well-known-labels.js'

/** How far a disruption goes: graceful ones spare protected pods, eventual ones wait for them only so long. */
export type DisruptionClass = 'graceful' | 'eventual'

/** A node of the cluster and the claim that Karpenter launched it by. */
export interface StateNode {
  /** As scheduling looks at it; marked for deletion if it is going. */
  readonly cluster: ClusterNode
  readonly annotations: Labels
  /** Pods bound to it, in the order of their names; finished ones too. */
  readonly pods: readonly DisruptedPod[]
  /** Undefined: the node is none of Karpenter's. */
  readonly claim: StateClaim | undefined
  readonly isReady: boolean
  /** Pending pods are expected on it for a while yet. */
  readonly isNominated: boolean
}

export interface StateClaim {
  readonly createdAt: SimTime
  /** Microseconds; undefined: never. */
  readonly expireAfter: number | undefined
  /** Microseconds after which a drain respects nothing any more; undefined: it waits for ever. */
  readonly terminationGracePeriod: number | undefined
  readonly isConsolidatable: boolean
  /** Since when it is not what its pool would launch; undefined: it is. */
  readonly driftedAt: SimTime | undefined
  /** The machine is being terminated already. */
  readonly isTerminating: boolean
}

export interface Candidate {
  readonly node: StateNode
  readonly claim: StateClaim
  readonly pool: PoolDisruption
  /** Undefined: the catalogue has no type of this name. */
  readonly instanceType: InstanceType | undefined
  readonly capacityType: string | undefined
  readonly zone: string | undefined
  readonly reschedulablePods: readonly DisruptedPod[]
  /** All its pods, weighted with the share of its life that it has left. */
  readonly disruptionCost: number
  /** What it costs an hour where it runs; zero when nobody knows. */
  readonly price: number
  /** One for the node and what its pods would cost to move. */
  readonly rescheduleCost: number
}

export interface CandidateFacts {
  readonly now: SimTime
  readonly limits: EvictionLimits
  /** By name. */
  readonly pools: ReadonlyMap<string, PoolDisruption>
  readonly instanceTypes: ReadonlyMap<string, InstanceType>
}

/** Moves as much money as possible a disrupted pod. */
export function savingsRatio({ price, rescheduleCost }: Candidate): number {
  return price / rescheduleCost
}

/** No pod on it would be missed. */
export function isEmpty({ rescheduleCost }: Candidate): boolean {
  return rescheduleCost <= NODE_COST
}

/** The highest savings first, as every consolidation looks at them. */
export function bySavings(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((a, b) => savingsRatio(b) - savingsRatio(a))
}

/** The candidate, or the sentence that says what blocks the node. */
export function candidateOf(
  node: StateNode,
  { now, limits, pools, instanceTypes }: CandidateFacts,
  reach: DisruptionClass,
): Candidate | string {
  const { claim, pods } = node
  const { labels } = node.cluster
  const block = nodeBlock(node)
  if (claim === undefined || block !== undefined) return block ?? ''
  const poolName = labels[NODE_POOL]
  const pool = pools.get(poolName)
  if (pool === undefined || instanceTypes.size === 0) return `NodePool not found (NodePool=${poolName})`
  const isPatient = reach === 'graceful' || claim.terminationGracePeriod === undefined
  const podBlock = isPatient ? podsBlock(pods, limits, now) : undefined
  if (podBlock !== undefined) return podBlock
  const instanceType = instanceTypes.get(labels[INSTANCE_TYPE])
  const capacityType = labels[CAPACITY_TYPE]
  const zone = labels[ZONE]
  const reschedulablePods = pods.filter(isReschedulable)
  const remaining = lifetimeRemaining(claim.createdAt, claim.expireAfter, now)
  return {
    node,
    claim,
    pool,
    instanceType,
    capacityType,
    zone,
    reschedulablePods,
    disruptionCost: reschedulingCost(pods) * remaining,
    price: priceOf(instanceType, zone, capacityType),
    rescheduleCost: disruptionCostOf(reschedulablePods),
  }
}

function priceOf(
  type: InstanceType | undefined,
  zone: string | undefined,
  capacityType: string | undefined,
): number {
  if (type === undefined || zone === undefined || capacityType === undefined) return 0
  return offeringPrice(type, zone, capacityType) ?? 0
}

function nodeBlock(node: StateNode): string | undefined {
  if (node.claim === undefined) return "Node isn't managed by karpenter"
  if (node.cluster.node === undefined) return 'Nodeclaim does not have an associated node'
  if (!node.cluster.isInitialized) return "Node isn't initialized"
  if (node.cluster.isMarkedForDeletion) return 'Node is deleting or marked for deletion'
  if (node.isNominated) return 'Node is nominated for a pending pod'
  if (node.annotations[DO_NOT_DISRUPT] === 'true') {
    return `Disruption is blocked through the "${DO_NOT_DISRUPT}" annotation`
  }
  if (node.cluster.labels[NODE_POOL] === undefined)
    return `Node doesn't have required label (label=${NODE_POOL})`
  return undefined
}

function podsBlock(pods: readonly DisruptedPod[], limits: EvictionLimits, now: SimTime): string | undefined {
  const protecting = pods.find(pod => !isDisruptable(pod, now))
  if (protecting !== undefined) {
    const { namespace, name } = protecting
    return `Pod has "${DO_NOT_DISRUPT}" annotation (Pod=${namespace}/${name})`
  }
  const budgets = limits.blocking(pods)
  if (budgets.length === 0) return undefined
  return budgets.length > 1
    ? `Eviction does not support multiple PDBs (PodDisruptionBudget(s)=[${budgets.join(' ')}])`
    : `Pdb prevents pod evictions (PodDisruptionBudget=[${budgets[0]}])`
}
