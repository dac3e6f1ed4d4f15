/**
 * A cluster at one moment, made ready for any number of scheduling simulations: what its nodes have left once their
 * DaemonSets are complete, and what the pools' limits still allow.
 * Upstream: calculateExistingNodeClaims and NewExistingNode of Karpenter core 1.15,
 * pkg/controllers/provisioning/scheduling (scheduler.go and existingnode.go).
 * Simplified: nothing known.
 */
import type { AmountMap } from '../../model/resources.js'
import type { ClusterNode } from './cluster-node.js'
import { DaemonPods } from './daemon-overhead.js'
import { hostPortsOf, type TakenPort } from './host-ports.js'
import type { ResourceAmounts } from './instance-type.js'
import {
  type AttachedVolume,
  NO_VOLUMES,
  type PodVolumes,
  podVolumes,
  type StorageLookup,
} from './pod-volumes.js'
import type { PoolCatalog } from './pool-catalog.js'
import { PoolPlan } from './pool-plan.js'
import { Requirement } from './requirement.js'
import { Requirements } from './requirements.js'
import { addAmounts, amountsLeft, type SchedulingPod } from './scheduling-pod.js'
import { TopologyCensus } from './topology-census.js'
import type { NamespaceLabels } from './topology-rules.js'
import { HOSTNAME, NODE_POOL } from './well-known-labels.js'

/** What is left out is not there. */
export interface ClusterFacts {
  /** In any order, those that are going included. */
  readonly nodes: readonly ClusterNode[]
  /** One pod of each DaemonSet: its newest one, or one made of its template. */
  readonly daemonPods?: readonly SchedulingPod[]
  readonly namespaces?: NamespaceLabels
  readonly storage?: StorageLookup
}

/** A node before anything has been placed on it. */
export class ReadyNode {
  readonly node: ClusterNode
  readonly requirements: Requirements
  /** What pods may still ask for. */
  readonly free: ResourceAmounts
  /** It has less than nothing of something, so no pod fits. */
  readonly isOverfull: boolean
  readonly #storage: StorageLookup | undefined
  #ports: readonly TakenPort[] | undefined
  #attached: readonly AttachedVolume[] | undefined

  constructor(node: ClusterNode, daemons: DaemonPods, storage: StorageLookup | undefined) {
    this.node = node
    this.requirements = Requirements.ofLabels(node.labels)
    this.free = amountsLeft(node.available, daemons.outstanding(node, this.requirements))
    this.isOverfull = [...this.free.values()].some(amount => amount < 0)
    this.requirements.add(Requirement.in(HOSTNAME, [node.hostName]))
    this.#storage = storage
  }

  get ports(): readonly TakenPort[] {
    this.#ports ??= this.node.pods.flatMap(({ spec, uid }) =>
      hostPortsOf(spec).map(port => ({ ...port, by: uid })),
    )
    return this.#ports
  }

  get attached(): readonly AttachedVolume[] {
    const storage = this.#storage
    if (storage === undefined) return []
    this.#attached ??= this.node.pods.flatMap(pod => podVolumes(pod, storage).attached)
    return this.#attached
  }
}

export class SchedulingCluster {
  readonly catalog: PoolCatalog
  readonly nodes: readonly ClusterNode[]
  readonly census: TopologyCensus
  readonly plans: readonly PoolPlan[]
  /** Nodes that stay, initialized ones first, then by name. */
  readonly ready: readonly ReadyNode[]
  /** Names of the nodes that go. */
  readonly goingNames: ReadonlySet<string>
  readonly namespaces: NamespaceLabels
  readonly #storage: StorageLookup | undefined
  readonly #limitsLeft: ReadonlyMap<string, ResourceAmounts>

  constructor(
    catalog: PoolCatalog,
    { nodes, daemonPods = [], namespaces = new Map(), storage }: ClusterFacts,
  ) {
    const daemons = new DaemonPods(daemonPods)
    this.catalog = catalog
    this.nodes = nodes
    this.census = new TopologyCensus(nodes)
    this.namespaces = namespaces
    this.#storage = storage
    // The pools come first: on their way DaemonSets lose terms that no type meets, on nodes too.
    this.plans = catalog.open.map(
      ({ pool, catalog: types, options }) => new PoolPlan(pool, types, options, daemons),
    )
    const going = nodes.filter(({ isMarkedForDeletion }) => isMarkedForDeletion)
    const staying = nodes.filter(({ isMarkedForDeletion }) => !isMarkedForDeletion)
    this.goingNames = new Set(going.map(({ name }) => name))
    this.ready = staying.toSorted(byReadiness).map(node => new ReadyNode(node, daemons, storage))
    this.#limitsLeft = limitsLeft(catalog, staying)
  }

  volumesOf(pod: SchedulingPod): PodVolumes {
    return this.#storage === undefined ? NO_VOLUMES : podVolumes(pod, this.#storage)
  }

  /** What the limits of the pools with limits allow besides the nodes that are there. */
  limitsWithout(removed: Iterable<ClusterNode>): Map<string, ResourceAmounts> {
    const left = new Map(this.#limitsLeft)
    for (const node of removed) {
      const pool = node.labels[NODE_POOL]
      const own = left.get(pool)
      if (own === undefined || node.isMarkedForDeletion) continue
      left.set(pool, change(own, node, 1))
    }
    return left
  }
}

function limitsLeft({ pools }: PoolCatalog, nodes: readonly ClusterNode[]): Map<string, ResourceAmounts> {
  const left = new Map<string, ResourceAmounts>()
  for (const { name, limits } of pools) if (limits !== undefined) left.set(name, limits)
  for (const node of nodes) {
    const pool = node.labels[NODE_POOL]
    const own = left.get(pool)
    if (own !== undefined) left.set(pool, change(own, node, -1))
  }
  return left
}

/** Limits before or after a node; of `nodes` it is one. */
function change(limits: ResourceAmounts, { capacity }: ClusterNode, sign: 1 | -1): ResourceAmounts {
  const changed: AmountMap = new Map(limits)
  const amounts: AmountMap = new Map()
  addAmounts(amounts, capacity)
  amounts.set('nodes', 1)
  for (const [name, amount] of limits) changed.set(name, amount + sign * (amounts.get(name) ?? 0))
  return changed
}

function byReadiness(a: ClusterNode, b: ClusterNode): number {
  if (a.isInitialized !== b.isInitialized) return a.isInitialized ? -1 : 1
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}
