/**
 * How many nodes of one group the pending pods need: first fit, the largest groups of equal pods first, on copies of
 * the group's template that are added as long as the last one does not do.
 *
 * Upstream: estimator/binpacking_estimator.go and decreasing_pod_orderer.go and createSanitizedNodeInfo of
 * simulator/node_info_utils.go of cluster-autoscaler 1.36.1.
 * Simplified: without the fast path, which is off by default.
 */
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { HypotheticalNode, HypotheticalPod, SimulatedCluster } from '../simulated-cluster.js'
import { type EstimationContext, EstimationLimit } from './estimation-limit.js'

/** What the next node of a group would be, with the pods that would be on it from the start. */
export interface NodeTemplate {
  readonly node: HypotheticalNode
  readonly pods: readonly HypotheticalPod[]
}

/** Pending pods that differ in nothing but their names. */
export interface EquivalenceGroup {
  readonly pods: readonly PodId[]
}

export interface Estimate {
  readonly nodeCount: number
  /** In the order in which they were placed. */
  readonly pods: readonly PodId[]
}

const HOSTNAME = 'kubernetes.io/hostname'
/** Upstream: ErrReasonConstraintsNotMatch of pkg/scheduler/framework/plugins/podtopologyspread. */
const SPREAD_REASON = "node(s) didn't match pod topology spread constraints"

/** Leaves the cluster as it was. */
export function estimate(
  cluster: SimulatedCluster,
  groups: readonly EquivalenceGroup[],
  template: NodeTemplate,
  context: EstimationContext,
): Estimate {
  return new Estimation(cluster, template, new EstimationLimit(context)).run(
    byDecreasingSize(cluster, groups, template.node),
  )
}

class Estimation {
  readonly #cluster: SimulatedCluster
  readonly #template: NodeTemplate
  readonly #limit: EstimationLimit
  readonly #newNodes = new Set<NodeId>()
  /** Nodes that got a pod; pods may also find a place on a node that was there before. */
  readonly #used = new Set<NodeId>()
  readonly #placed: PodId[] = []
  #last: NodeId | typeof NONE = NONE

  constructor(cluster: SimulatedCluster, template: NodeTemplate, limit: EstimationLimit) {
    this.#cluster = cluster
    this.#template = template
    this.#limit = limit
  }

  run(groups: readonly EquivalenceGroup[]): Estimate {
    this.#cluster.fork()
    let isMoreAllowed = true
    for (const { pods } of groups) {
      const rest = this.#placeOnNodesThereAre(pods)
      if (isMoreAllowed) isMoreAllowed = this.#placeOnNewNodes(rest)
    }
    this.#cluster.revert()
    return { nodeCount: this.#used.size, pods: this.#placed }
  }

  #placeOnNodesThereAre(pods: readonly PodId[]): readonly PodId[] {
    for (let i = 0; i < pods.length; i++) {
      const node = this.#cluster.tryNodes(pods[i], candidate => this.#newNodes.has(candidate))
      if (node === undefined) return pods.slice(i)
      this.#track(pods[i], node)
    }
    return []
  }

  /** False when no more nodes may be added. */
  #placeOnNewNodes(pods: readonly PodId[]): boolean {
    for (const pod of pods) {
      if (this.#last !== NONE && this.#placeOnLast(pod)) continue
      // Where the pod has a node to itself and does not fit, it will not fit on another one.
      if (this.#last !== NONE && !this.#used.has(this.#last)) return true
      if (!this.#limit.takeOne()) return false
      const node = this.#addNode()
      if (!this.#cluster.tryNode(pod, node)) return true
      this.#track(pod, node)
    }
    return true
  }

  #placeOnLast(pod: PodId): boolean {
    const cluster = this.#cluster
    const last = this.#last as NodeId
    if (cluster.tryNode(pod, last)) {
      this.#track(pod, last)
      return true
    }
    if (!this.#isSpreadOverHosts(pod) || cluster.rejection?.reasons.includes(SPREAD_REASON) !== true)
      return false
    const node = cluster.tryNodes(pod, candidate => candidate !== last)
    if (node === undefined) return false
    this.#track(pod, node)
    return true
  }

  #isSpreadOverHosts(pod: PodId): boolean {
    const { spec } = this.#cluster.snapshot.shapes.of(pod).template
    return (spec.topologySpreadConstraints ?? []).some(({ topologyKey }) => topologyKey === HOSTNAME)
  }

  #track(pod: PodId, node: NodeId): void {
    this.#used.add(node)
    this.#placed.push(pod)
  }

  #addNode(): NodeId {
    const suffix = `e-${this.#newNodes.size}`
    const { node: template, pods } = this.#template
    const name = `${template.name}-${suffix}`
    const node = this.#cluster.addNode({
      ...template,
      name,
      labels: { ...template.labels, [HOSTNAME]: name },
    })
    for (const pod of pods) this.#cluster.addPod({ ...pod, name: `${pod.name}-${suffix}` }, node)
    this.#newNodes.add(node)
    this.#last = node
    return node
  }
}

/** By the shares of the template's cpu and memory that a pod of the group requests, together. */
function byDecreasingSize(
  cluster: SimulatedCluster,
  groups: readonly EquivalenceGroup[],
  { allocatable }: HypotheticalNode,
): readonly EquivalenceGroup[] {
  const { cpu = 0, memory = 0 } = allocatable
  const scored = groups.map(group => {
    if (group.pods.length === 0) return { group, score: 0 }
    const { milliCPU, memoryBytes } = cluster.snapshot.shapes.of(group.pods[0])
    const score = (cpu > 0 ? milliCPU / cpu : 0) + (memory > 0 ? memoryBytes / memory : 0)
    return { group, score }
  })
  return scored.sort((a, b) => b.score - a.score).map(({ group }) => group)
}
