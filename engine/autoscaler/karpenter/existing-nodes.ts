/**
 * The nodes that are there, in one scheduling simulation: which of them takes a pod, and what it has left then.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/scheduling/existingnode.go and addToExistingNode of
 * scheduler.go. Nodes that can never take pods of a template are not asked again for it.
 * Simplified: nothing known.
 */
import type { ClusterNode } from './cluster-node.js'
import { toleratesAll } from './daemon-overhead.js'
import { havePortConflict, type TakenPort } from './host-ports.js'
import type { ResourceAmounts } from './instance-type.js'
import type { PodShape } from './pod-shape.js'
import type { AttachedVolume, PodVolumes } from './pod-volumes.js'
import { NONE_UNDEFINED, type Requirements } from './requirements.js'
import type { ReadyNode } from './scheduling-cluster.js'
import { amountsLeft, type SchedulingPod } from './scheduling-pod.js'
import type { Placement } from './scheduling-result.js'
import type { Topology } from './topology.js'

/** What a node has become by the pods placed on it. */
interface UsedNode {
  requirements: Requirements
  free: ResourceAmounts
  ports: readonly TakenPort[]
  attached: readonly AttachedVolume[]
  readonly pods: SchedulingPod[]
}

/** A pod to be placed, as it stands after what it has given up so far. */
export interface Candidate {
  readonly pod: SchedulingPod
  readonly shape: PodShape
  readonly volumes: PodVolumes
  /** It may be moved to nodes that consolidation spares. */
  readonly isExempt: boolean
}

/** How far the search for pods of one template has come. */
interface Search {
  /** Nodes before `next` that may yet take one of its pods. */
  readonly possible: number[]
  next: number
}

export class ExistingNodes {
  readonly #nodes: readonly ReadyNode[]
  readonly #without: ReadonlySet<ClusterNode>
  readonly #sparesChanged: boolean
  readonly #topology: Topology
  readonly #used = new Map<number, UsedNode>()
  readonly #searches = new Map<PodShape, Search>()

  constructor(
    nodes: readonly ReadyNode[],
    without: ReadonlySet<ClusterNode>,
    sparesChanged: boolean,
    topology: Topology,
  ) {
    this.#nodes = nodes
    this.#without = without
    this.#sparesChanged = sparesChanged
    this.#topology = topology
    if (topology.mindsHosts) {
      for (const { node } of nodes) if (!without.has(node)) topology.registerHost(node.hostName)
    }
  }

  /** Places the pod on the first node that takes it, if there is one. */
  place(candidate: Candidate): boolean {
    const { shape } = candidate
    let search = this.#searches.get(shape)
    if (search === undefined) this.#searches.set(shape, (search = { possible: [], next: 0 }))
    return this.#placeAgain(candidate, search.possible) || this.#placeFurther(candidate, search)
  }

  /** Looks at the nodes that were possible the last time, and forgets those that are not any more. */
  #placeAgain(candidate: Candidate, possible: number[]): boolean {
    let kept = 0
    for (let i = 0; i < possible.length; i++) {
      const index = possible[i]
      if (!this.#canEverTake(index, candidate.shape)) continue
      possible[kept++] = index
      if (!this.#tryPut(index, candidate)) continue
      if (kept <= i) possible.splice(kept, i + 1 - kept)
      return true
    }
    possible.length = kept
    return false
  }

  /** Looks at nodes where no pod of the template has been tried. */
  #placeFurther(candidate: Candidate, search: Search): boolean {
    const { spec } = candidate.shape
    while (search.next < this.#nodes.length) {
      const index = search.next++
      const { node, isOverfull } = this.#nodes[index]
      if (isOverfull || this.#without.has(node) || !this.#canEverTake(index, candidate.shape)) continue
      if (!toleratesAll(spec, node.taints)) continue
      search.possible.push(index)
      if (this.#tryPut(index, candidate)) return true
    }
    return false
  }

  /** Nodes that were given pods. */
  placements(): Placement[] {
    const indexes = [...this.#used.keys()].sort((a, b) => a - b)
    return indexes.map(index => ({
      node: this.#nodes[index].node,
      pods: this.#used.get(index)?.pods ?? [],
    }))
  }

  #tryPut(index: number, candidate: Candidate): boolean {
    const requirements = this.#requirementsWith(index, candidate)
    if (requirements === undefined) return false
    this.#put(index, candidate, requirements)
    return true
  }

  /** Room and labels only go away, but for labels that a pod placed there has brought up. */
  #canEverTake(index: number, shape: PodShape): boolean {
    const { free, requirements } = this.#used.get(index) ?? this.#nodes[index]
    for (const [name, amount] of shape.requests) if (amount > (free.get(name) ?? 0)) return false
    return requirements.isCompatible(shape.requirements, NONE_UNDEFINED)
  }

  /** The requirements of the node with the pod; undefined if it does not take the pod now. */
  #requirementsWith(index: number, { pod, shape, volumes, isExempt }: Candidate): Requirements | undefined {
    const { node } = this.#nodes[index]
    if (this.#sparesChanged && node.isUnderConsolidateAfter && !isExempt) return undefined
    const { ports, attached, requirements } = this.#used.get(index) ?? this.#nodes[index]
    if (exceedsLimits(node.volumeLimits, attached, volumes.attached)) return undefined
    if (havePortConflict(ports, shape.hostPorts, pod.uid)) return undefined
    const both = requirements.copy()
    both.addAll(shape.requirements)
    if (volumes.alternatives.length === 0) return this.#topology.narrow(shape, both, NONE_UNDEFINED)
    for (const place of volumes.alternatives) {
      if (!both.isCompatible(place, NONE_UNDEFINED)) continue
      const reached = both.copy()
      reached.addAll(place)
      const narrowed = this.#topology.narrow(shape, reached, NONE_UNDEFINED)
      if (narrowed !== undefined) return narrowed
    }
    return undefined
  }

  #put(index: number, { pod, shape, volumes }: Candidate, requirements: Requirements): void {
    const ready = this.#nodes[index]
    const before = this.#used.get(index)
    const { free, ports, attached } = before ?? ready
    const pods = before?.pods ?? []
    const taken = shape.hostPorts.map(port => ({ ...port, by: pod.uid }))
    pods.push(pod)
    this.#used.set(index, {
      requirements,
      free: amountsLeft(free, shape.requests),
      ports: taken.length === 0 ? ports : [...ports, ...taken],
      attached: volumes.attached.length === 0 ? attached : [...attached, ...volumes.attached],
      pods,
    })
    this.#topology.record(shape, ready.node.taints, requirements)
    // A label that the node did not define is defined now, and who was refused for it may come.
    if (requirements.size > ready.requirements.size) this.#searches.clear()
  }
}

/** Whether the volumes of all pods, each counted once, are more than a driver can attach. */
function exceedsLimits(
  limits: ReadonlyMap<string, number>,
  attached: readonly AttachedVolume[],
  wanted: readonly AttachedVolume[],
): boolean {
  if (limits.size === 0 || (wanted.length === 0 && attached.length === 0)) return false
  const claims = new Map<string, Set<string>>()
  for (const { driver, claim } of [...attached, ...wanted]) {
    const known = claims.get(driver)
    if (known === undefined) claims.set(driver, new Set([claim]))
    else known.add(claim)
  }
  for (const [driver, { size }] of claims)
    if (size > (limits.get(driver) ?? Number.POSITIVE_INFINITY)) return true
  return false
}
