/**
 * Karpenter's picture of the cluster: nodes with their claims and pods, pods that wait for a node, budgets. It follows
 * the watch; what has not changed is not made anew.
 * Upstream: Karpenter core 1.15, pkg/controllers/state/cluster.go and the informers of pkg/controllers/state/informer,
 * pkg/controllers/nodeclaim/podevents/controller.go.
 * Simplified: claims are Karpenter's own, so it knows of them without a watch.
 */
import type { ApiServer } from '../../../apiserver/api-server.js'
import { SECOND, type SimTime } from '../../../kernel/time.js'
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../model/pod-disruption-budget.js'
import { byCodeUnits } from '../../../model/resource-list.js'
import { Change, Source } from '../../../state/change-log.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../../state/ids.js'
import type { Informer } from '../../../state/informer.js'
import type { DisruptedPod } from '../disrupted-pod.js'
import type { StateNode } from '../disruption-candidate.js'
import { EvictionLimits } from '../eviction-limits.js'
import type { NodeClaim } from './node-claim.js'
import { NODE_POOL_KIND, type NodePools } from './node-pools.js'
import { TrackedNode } from './tracked-node.js'
import { isProvisionable, viewedPod } from './viewed-pod.js'
import {
  BUDGET,
  LOOKED_UP,
  NODE_CHANGES,
  OBJECT_CHANGES,
  POD_CHANGES,
  QUIET_CHANGES,
} from './watched-changes.js'

/** Pods come and go often; a node remembers it once in so long. */
const POD_EVENT_REST = 10 * SECOND

export interface TrackerListener {
  /** Something that a decision may hang on is different. */
  changed(): void
  /** The same, and it opens room for consolidation: a binding, a node that comes or goes. */
  unconsolidated(): void
  /** A pod waits for a node. */
  provisionable(uid: number): void
  nodeChanged(claim: NodeClaim): void
  nodeRemoved(claim: NodeClaim): void
  podsChanged(claim: NodeClaim): void
  poolsChanged(): void
}

export interface TrackerSettings {
  readonly api: ApiServer
  readonly informer: Informer
  readonly pools: NodePools
  readonly now: () => SimTime
  readonly listener: TrackerListener
}

export class ClusterTracker {
  readonly #settings: TrackerSettings
  readonly #byNode = new Map<NodeId, TrackedNode>()
  readonly #byClaim = new Map<NodeClaim, TrackedNode>()
  /** Claims whose nodes have not been seen yet, by the name both have. */
  readonly #expected = new Map<string, NodeClaim>()
  readonly #going = new Set<NodeClaim>()
  readonly #nodeOf = new Map<PodId, TrackedNode>()
  readonly #pending = new Map<PodId, DisruptedPod>()

  constructor(settings: TrackerSettings) {
    this.#settings = settings
    const { informer } = settings
    informer.subscribe(Source.Pods, POD_CHANGES, (row, fields) => this.#podChanged(row as PodId, fields))
    informer.subscribe(Source.Nodes, NODE_CHANGES, (row, fields) => this.#nodeChanged(row as NodeId, fields))
    informer.subscribe(Source.Objects, OBJECT_CHANGES, (row, fields) =>
      this.#objectChanged(row as ObjectId, fields),
    )
  }

  /** Claims that are not gone, in the order in which they were made. */
  get claims(): Iterable<NodeClaim> {
    return this.#byClaim.keys()
  }

  get hasPending(): boolean {
    return this.#pending.size > 0
  }

  claimNamed(name: string): NodeClaim | undefined {
    for (const claim of this.#byClaim.keys()) if (claim.name === name) return claim
    return undefined
  }

  /** Nodes are going whose pods will need a place. */
  get hasGoing(): boolean {
    return this.#going.size > 0
  }

  addClaim(claim: NodeClaim): void {
    const tracked = new TrackedNode()
    tracked.claim = claim
    this.#byClaim.set(claim, tracked)
    this.#expected.set(claim.name, claim)
  }

  /** Its machine is gone, or it never got one. */
  removeClaim(claim: NodeClaim): void {
    const tracked = this.#byClaim.get(claim)
    this.#byClaim.delete(claim)
    this.#going.delete(claim)
    this.#expected.delete(claim.name)
    if (tracked === undefined) return
    tracked.claim = undefined
    tracked.changed()
    this.#settings.listener.unconsolidated()
  }

  /** The claim says something else of its node. */
  claimChanged(claim: NodeClaim): void {
    if (claim.isGoing && !claim.isTerminating) this.#going.add(claim)
    else this.#going.delete(claim)
    this.#byClaim.get(claim)?.changed()
  }

  podsOn(claim: NodeClaim): readonly DisruptedPod[] {
    return this.#byClaim.get(claim)?.sortedPods ?? []
  }

  /** Rows of the pods bound to the claim's node. */
  podRowsOn(claim: NodeClaim): ReadonlyMap<PodId, DisruptedPod> {
    return this.#byClaim.get(claim)?.pods ?? new Map()
  }

  isPending(pod: PodId): boolean {
    return this.#pending.has(pod)
  }

  /** Nodes and launched claims by name. */
  view(now: SimTime): StateNode[] {
    const { api, pools } = this.#settings
    const tracked = [...this.#byNode.values()]
    for (const one of this.#byClaim.values()) {
      if (one.node === undefined && one.claim?.launch !== undefined) tracked.push(one)
    }
    const views = tracked.map(one => one.view(api.state, pools, this.isNominated(one.claim, now), now))
    return views.sort((a, b) => byCodeUnits(a.cluster.name, b.cluster.name))
  }

  claimOf(node: StateNode): NodeClaim | undefined {
    // A claim is its own facts.
    return node.cluster.claim as NodeClaim | undefined
  }

  /** In the order in which they were created. */
  pendingPods(): { readonly pod: PodId; readonly viewed: DisruptedPod }[] {
    const { uid } = this.#settings.api.state.pods
    return [...this.#pending].sort(([a], [b]) => uid[a] - uid[b]).map(([pod, viewed]) => ({ pod, viewed }))
  }

  limits(now: SimTime): EvictionLimits {
    const { objects } = this.#settings.api.state
    const budgets = [...objects.ofKind(BUDGET)].map(id => {
      const { meta, spec, status } = objects.get<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>(id)
      return { namespace: meta.namespace, name: meta.name, spec, status }
    })
    return new EvictionLimits(budgets, now)
  }

  /** Pods that were promised room there still wait, or have only just been promised it. */
  isNominated(claim: NodeClaim | undefined, now: SimTime): boolean {
    if (claim === undefined) return false
    return now < claim.nominatedUntil || claim.nominatedPods.some(pod => this.#pending.has(pod))
  }

  #podChanged(pod: PodId, fields: number): void {
    const { api, listener } = this.#settings
    const before = this.#nodeOf.get(pod)
    if ((fields & Change.Deleted) !== 0) {
      this.#pending.delete(pod)
      this.#unbind(pod, before)
      listener.unconsolidated()
      this.#tellOfPods(before)
      return
    }
    const { pods } = api.state
    const viewed = viewedPod(api, pod)
    const node = pods.node[pod] as NodeId
    if (node === NONE) {
      this.#waits(pod, viewed)
      return
    }
    this.#pending.delete(pod)
    const tracked = this.#byNode.get(node)
    if (tracked !== before) this.#unbind(pod, before)
    if (tracked === undefined) return
    this.#nodeOf.set(pod, tracked)
    tracked.putPod(pod, viewed)
    this.#noteEvent(tracked, viewed, fields)
    if (tracked !== before) listener.unconsolidated()
    else if ((fields & ~QUIET_CHANGES) === 0) return
    else listener.changed()
    this.#tellOfPods(tracked)
  }

  #waits(pod: PodId, viewed: DisruptedPod): void {
    const { api, listener } = this.#settings
    if (isProvisionable(api, pod, viewed)) {
      const isNews = !this.#pending.has(pod)
      this.#pending.set(pod, viewed)
      if (isNews) listener.provisionable(api.state.pods.uid[pod])
    } else if (!this.#pending.delete(pod)) return
    listener.changed()
  }

  #unbind(pod: PodId, from: TrackedNode | undefined): void {
    this.#nodeOf.delete(pod)
    from?.dropPod(pod)
  }

  /** Pods that are bound, end or are deleted keep their node from being consolidated for a while. */
  #noteEvent({ claim }: TrackedNode, { isOfDaemonSet, isTerminal }: DisruptedPod, fields: number): void {
    const isEvent =
      (fields & (Change.Bound | Change.Deleting)) !== 0 || ((fields & Change.Phase) !== 0 && isTerminal)
    if (claim === undefined || isOfDaemonSet || !isEvent) return
    const now = this.#settings.now()
    const last = claim.lastPodEvent
    if (last === undefined || now - last >= POD_EVENT_REST) claim.lastPodEvent = now
  }

  #tellOfPods(tracked: TrackedNode | undefined): void {
    if (tracked?.claim !== undefined) this.#settings.listener.podsChanged(tracked.claim)
  }

  #nodeChanged(node: NodeId, fields: number): void {
    const { listener } = this.#settings
    if ((fields & Change.Deleted) !== 0) {
      this.#nodeGone(node)
      return
    }
    let tracked = this.#byNode.get(node)
    if (tracked === undefined) {
      tracked = this.#adopt(node)
      // Of a node that was launched the claim has told before.
      if (tracked.claim === undefined) listener.unconsolidated()
      else listener.changed()
    } else {
      tracked.changed()
      listener.changed()
    }
    if (tracked.claim !== undefined) listener.nodeChanged(tracked.claim)
  }

  /** A node that is new: one that a claim has waited for, or none of Karpenter's. */
  #adopt(node: NodeId): TrackedNode {
    const { api } = this.#settings
    const { nodes, pods } = api.state
    const name = nodes.name[node] as string
    const claim = this.#expected.get(name)
    const tracked = (claim === undefined ? undefined : this.#byClaim.get(claim)) ?? new TrackedNode()
    this.#expected.delete(name)
    tracked.node = node
    tracked.changed()
    this.#byNode.set(node, tracked)
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) {
      this.#nodeOf.set(pod as PodId, tracked)
      tracked.putPod(pod as PodId, viewedPod(api, pod as PodId))
    }
    return tracked
  }

  #nodeGone(node: NodeId): void {
    const { listener } = this.#settings
    const tracked = this.#byNode.get(node)
    this.#byNode.delete(node)
    if (tracked === undefined) return
    tracked.node = undefined
    for (const pod of [...tracked.pods.keys()]) this.#unbind(pod, tracked)
    tracked.changed()
    listener.unconsolidated()
    if (tracked.claim !== undefined) {
      tracked.claim.node = undefined
      listener.nodeRemoved(tracked.claim)
    }
  }

  #objectChanged(id: ObjectId, fields: number): void {
    const { api, listener, pools } = this.#settings
    const kind = api.state.objects.object[id]?.kind
    if (kind === undefined || !LOOKED_UP.has(kind)) return
    // What others count of a DaemonSet or a claim is nothing to Karpenter.
    if ((fields & ~Change.Status) === 0 && kind !== BUDGET) return
    if (kind === NODE_POOL_KIND && pools.refresh()) listener.poolsChanged()
    listener.changed()
  }
}
