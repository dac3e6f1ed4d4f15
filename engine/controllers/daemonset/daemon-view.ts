/**
 * A DaemonSet as one step of a sync sees it: the nodes, and its pods by the node they are on or pinned to.
 *
 * Upstream: podByCreationTimestampAndPhase of pkg/controller/daemon/daemon_controller.go, findUpdatedPodsOnNode of
 * update.go (1.36).
 * Simplified: nodes are looked at in the order of their creation, where upstream's order is that of a hash
 * map.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ObjectMeta } from '../../model/api-object.js'
import type { DaemonSetSpec } from '../../model/workloads.js'
import { type LabelSetId, NONE, type NodeId, type ObjectId, type PodId } from '../../state/ids.js'
import { claimEveryPod } from '../claim-pods.js'
import type { ControllerContext } from '../controller.js'
import { CONTROLLER_REVISION_HASH } from '../controller-revisions.js'
import { isAvailable } from '../pod-availability.js'
import type { PinnedNodes } from './daemon-template.js'
import type { Eligibility } from './node-eligibility.js'
import { NodeGroups } from './node-groups.js'
import type { NodeVerdicts } from './node-verdicts.js'

/** At most one pod of each kind; undefined: more than that. */
export interface PodsOfNode {
  readonly updated: PodId | undefined
  readonly old: PodId | undefined
}

/** What outlives a view. */
export interface DaemonMemory {
  /** Those of the set. */
  readonly verdicts: NodeVerdicts
  readonly pinned: PinnedNodes
}

export class DaemonView {
  readonly id: ObjectId
  readonly meta: ObjectMeta
  readonly spec: DaemonSetSpec
  /** Hash of the revision the template asks for. */
  readonly hash: string
  readonly now: SimTime
  readonly nodes: readonly NodeId[]
  readonly groups: NodeGroups
  /** Every pod of the set. */
  readonly pods: readonly PodId[]
  readonly #context: ControllerContext
  readonly #verdicts: NodeVerdicts
  /** The end of the change log and what is seen of it: a view holds until something is written or told. */
  readonly #logEnd: number
  readonly #cursor: number
  #lastLabels: LabelSetId | undefined
  #lastIsUpdated = false

  constructor(
    context: ControllerContext,
    { verdicts, pinned }: DaemonMemory,
    id: ObjectId,
    hash: string,
    now: SimTime,
  ) {
    const { meta, spec } = context.state.objects.get<DaemonSetSpec>(id)
    this.#context = context
    this.#verdicts = verdicts
    this.id = id
    this.meta = meta
    this.spec = spec
    this.hash = hash
    this.now = now
    this.nodes = listNodes(context)
    this.pods = claimEveryPod(context, id, context.labels.of(spec.selector))
    this.groups = new NodeGroups(context.state, this.pods, pinned)
    this.#logEnd = context.state.log.end
    this.#cursor = context.informer.cursor
  }

  /** Whether a view made now would be the same. */
  isStill(id: ObjectId, hash: string, now: SimTime): boolean {
    const { state, informer } = this.#context
    const isSame = id === this.id && hash === this.hash && now === this.now
    return isSame && this.#logEnd === state.log.end && this.#cursor === informer.cursor
  }

  /** Whether the node is one of `nodes`. */
  isListed(node: NodeId): boolean {
    return node !== NONE && isListed(this.#context, node)
  }

  eligibility(node: NodeId): Eligibility {
    return this.#verdicts.of(node)
  }

  nameOf(node: NodeId): string {
    return this.#context.state.nodes.name[node] as string
  }

  isUpdated(pod: PodId): boolean {
    const { labelSets, pods } = this.#context.state
    const labels = pods.labelsOf(pod)
    if (labels !== this.#lastLabels) {
      this.#lastLabels = labels
      this.#lastIsUpdated = labelSets.get(labels)[CONTROLLER_REVISION_HASH] === this.hash
    }
    return this.#lastIsUpdated
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
}

function listNodes(context: ControllerContext): NodeId[] {
  const { highWater } = context.state.nodes
  const found: NodeId[] = []
  for (let row = 0; row < highWater; row++) if (isListed(context, row as NodeId)) found.push(row as NodeId)
  return found
}

function isListed({ state: { nodes }, informer }: ControllerContext, node: NodeId): boolean {
  return nodes.exists(node) && informer.sees(nodes.createdSequence[node], 0)
}
