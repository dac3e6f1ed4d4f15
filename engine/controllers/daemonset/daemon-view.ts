/**
 * A DaemonSet as one step of a sync sees it: the nodes, and its pods by the node they are on or pinned to.
 *
 * Upstream: getNodesToDaemonPods and podByCreationTimestampAndPhase of
 * pkg/controller/daemon/daemon_controller.go, findUpdatedPodsOnNode of update.go (1.36).
 * Simplified: nodes are looked at in the order of their creation, where upstream's order is that of a hash
 * map.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ObjectMeta } from '../../model/api-object.js'
import type { DaemonSetSpec } from '../../model/workloads.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../state/ids.js'
import { claimEveryPod } from '../claim-pods.js'
import type { ControllerContext } from '../controller.js'
import { CONTROLLER_REVISION_HASH } from '../controller-revisions.js'
import { isAvailable } from '../pod-availability.js'
import { pinnedNode } from './daemon-template.js'
import { type Eligibility, eligibility } from './node-eligibility.js'

/** At most one pod of each kind; undefined: more than that. */
export interface PodsOfNode {
  readonly updated: PodId | undefined
  readonly old: PodId | undefined
}

export class DaemonView {
  readonly id: ObjectId
  readonly meta: ObjectMeta
  readonly spec: DaemonSetSpec
  /** Hash of the revision the template asks for. */
  readonly hash: string
  readonly now: SimTime
  readonly nodes: readonly NodeId[]
  /** By node name; terminal pods that are being deleted are left out. */
  readonly podsOnNode: ReadonlyMap<string, readonly PodId[]>
  /** Every pod of the set. */
  readonly pods: readonly PodId[]
  readonly #context: ControllerContext

  constructor(context: ControllerContext, id: ObjectId, hash: string, now: SimTime) {
    const { meta, spec } = context.state.objects.get<DaemonSetSpec>(id)
    this.#context = context
    this.id = id
    this.meta = meta
    this.spec = spec
    this.hash = hash
    this.now = now
    this.nodes = listNodes(context)
    this.pods = claimEveryPod(context, id, context.labels.of(spec.selector))
    this.podsOnNode = this.#group()
  }

  eligibility(node: NodeId): Eligibility {
    return eligibility(this.#context.state, node, this.spec.template)
  }

  nameOf(node: NodeId): string {
    return this.#context.state.nodes.name[node] as string
  }

  isUpdated(pod: PodId): boolean {
    const { labelSets, pods } = this.#context.state
    return labelSets.get(pods.labelsOf(pod))[CONTROLLER_REVISION_HASH] === this.hash
  }

  isReady(pod: PodId): boolean {
    return this.#context.state.pods.ready[pod] === 1
  }

  isAvailable(pod: PodId): boolean {
    const { state, clock } = this.#context
    return isAvailable(state.pods, pod, this.spec.minReadySeconds, clock, this.now)
  }

  isTerminating(pod: PodId): boolean {
    return this.#context.state.pods.isTerminating(pod)
  }

  /** The pods, those that have a node first, then the oldest. */
  byAge(pods: readonly PodId[]): PodId[] {
    const { clock, state } = this.#context
    const { createdAt, node, name } = state.pods
    const isPlaced = (pod: PodId): number => (node[pod] === NONE ? 1 : 0)
    return pods.toSorted(
      (a, b) =>
        isPlaced(a) - isPlaced(b) ||
        clock.wholeSecond(createdAt[a]) - clock.wholeSecond(createdAt[b]) ||
        ((name[a] as string) < (name[b] as string) ? -1 : 1),
    )
  }

  /** The old and the updated pod of a node, but for deleted ones; undefined: there are more of one kind. */
  updateStateOf(pods: readonly PodId[]): PodsOfNode | undefined {
    let updated: PodId | undefined
    let old: PodId | undefined
    for (const pod of pods) {
      if (this.isTerminating(pod)) continue
      if (this.isUpdated(pod)) {
        if (updated !== undefined) return undefined
        updated = pod
      } else {
        if (old !== undefined) return undefined
        old = pod
      }
    }
    return { updated, old }
  }

  #group(): Map<string, PodId[]> {
    const { pods, nodes, templates } = this.#context.state
    const groups = new Map<string, PodId[]>()
    for (const pod of this.pods) {
      if (pods.isFinished(pod) && pods.isTerminating(pod)) continue
      const node = pods.nodeOf(pod)
      const name =
        node === NONE ? pinnedNode(templates.get(pods.templateOf(pod)).spec) : (nodes.name[node] as string)
      if (name === undefined) continue
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [pod])
      else group.push(pod)
    }
    return groups
  }
}

function listNodes({ state, informer }: ControllerContext): NodeId[] {
  const { nodes } = state
  const found: NodeId[] = []
  for (let row = 0; row < nodes.highWater; row++) {
    if (nodes.exists(row as NodeId) && informer.sees(nodes.createdSequence[row], 0)) found.push(row as NodeId)
  }
  return found
}
