/**
 * One machine as Karpenter keeps it between two looks: its node, its claim, its pods. What is made of it is kept until
 * something about it changes.
 * Upstream: Karpenter core 1.15, pkg/controllers/state/statenode.go.
 * Simplified: no limits on volumes.
 */
import type { SimTime } from '../../../kernel/time.js'
import type { Labels } from '../../../model/pod-spec.js'
import { byCodeUnits } from '../../../model/resource-list.js'
import type { ClusterState } from '../../../state/cluster-state.js'
import { type LabelSetId, type NodeId, type PodId, Status, type TaintSetId } from '../../../state/ids.js'
import { ClusterNode, type NodeFacts } from '../cluster-node.js'
import type { DisruptedPod } from '../disrupted-pod.js'
import type { StateClaim, StateNode } from '../disruption-candidate.js'
import type { NodeClaim } from './node-claim.js'
import type { NodePools } from './node-pools.js'

const NO_LABELS: Labels = {}

export class TrackedNode {
  /** The node object, once it has been seen. */
  node: NodeId | undefined
  claim: NodeClaim | undefined
  readonly pods = new Map<PodId, DisruptedPod>()
  #sorted: readonly DisruptedPod[] | undefined
  #cluster: ClusterNode | undefined

  /** Its node or its claim is different. */
  changed(): void {
    this.#cluster = undefined
  }

  putPod(pod: PodId, viewed: DisruptedPod): void {
    this.pods.set(pod, viewed)
    this.#podsChanged()
  }

  dropPod(pod: PodId): void {
    if (this.pods.delete(pod)) this.#podsChanged()
  }

  #podsChanged(): void {
    this.#sorted = undefined
    this.#cluster = undefined
  }

  get sortedPods(): readonly DisruptedPod[] {
    this.#sorted ??= [...this.pods.values()].sort(
      (a, b) => byCodeUnits(a.name, b.name) || byCodeUnits(a.namespace, b.namespace),
    )
    return this.#sorted
  }

  /** As scheduling and disruption look at it now. */
  view(state: ClusterState, pools: NodePools, isNominated: boolean, now: SimTime): StateNode {
    const { claim, node } = this
    const settledAt = claim === undefined ? undefined : settledTime(claim, pools)
    const isUnderConsolidateAfter = settledAt !== undefined && now < settledAt
    return {
      cluster: this.#clusterNode(state, isUnderConsolidateAfter),
      annotations: node === undefined ? NO_LABELS : (state.nodes.annotations[node] ?? NO_LABELS),
      pods: this.sortedPods,
      claim:
        claim === undefined ? undefined : viewedClaim(claim, settledAt !== undefined && now >= settledAt),
      isReady: node !== undefined && state.nodes.ready[node] === Status.True,
      isNominated,
    }
  }

  #clusterNode(state: ClusterState, isUnderConsolidateAfter: boolean): ClusterNode {
    const isMarkedForDeletion = this.claim?.isGoing ?? false
    const known = this.#cluster
    if (
      known !== undefined &&
      known.isMarkedForDeletion === isMarkedForDeletion &&
      known.isUnderConsolidateAfter === isUnderConsolidateAfter
    ) {
      return known
    }
    const { node, claim } = this
    this.#cluster = new ClusterNode({
      node: node === undefined ? undefined : nodeFacts(state, node),
      claim,
      pods: this.sortedPods.filter(({ isTerminal }) => !isTerminal),
      isMarkedForDeletion,
      isUnderConsolidateAfter,
    })
    return this.#cluster
  }
}

/** From when on its pool lets the node be consolidated; undefined: not yet, or never. */
export function settledTime(claim: NodeClaim, pools: NodePools): SimTime | undefined {
  const disruption = pools.find(claim.pool.name)?.disruption
  if (!claim.isInitialized || disruption?.consolidateAfter === undefined) return undefined
  return disruption.settledAt(claim.initializedAt, claim.lastPodEvent)
}

function viewedClaim(claim: NodeClaim, isConsolidatable: boolean): StateClaim {
  const { createdAt, expireAfter, terminationGracePeriod, driftedAt, isTerminating } = claim
  return { createdAt, expireAfter, terminationGracePeriod, driftedAt, isTerminating, isConsolidatable }
}

function nodeFacts({ nodes, labelSets, taintSets, resources }: ClusterState, node: NodeId): NodeFacts {
  const capacity = new Map<string, number>()
  const allocatable = new Map<string, number>()
  const { width } = resources
  for (let resource = 0; resource < width; resource++) {
    const whole = nodes.capacityAmounts[node * width + resource]
    const left = nodes.allocatable[node * width + resource]
    if (whole > 0) capacity.set(resources.names[resource], whole)
    if (left > 0) allocatable.set(resources.names[resource], left)
  }
  return {
    name: nodes.name[node] as string,
    labels: labelSets.get(nodes.labels[node] as LabelSetId),
    taints: taintSets.get(nodes.taints[node] as TaintSetId),
    capacity,
    allocatable,
  }
}
