/**
 * The life of a NodeClaim: launched, registered with its labels and taints once its node is there, initialized once the
 * node is ready and nothing keeps pods away, deleted when it never registers or has grown too old, finalized.
 * Upstream: Karpenter core 1.15, pkg/controllers/nodeclaim/lifecycle (controller, launch, registration,
 * initialization and liveness), pkg/controllers/nodeclaim/expiration/controller.go.
 * Simplified: a launch is answered before its time is out; extended resources are on a node from the start; a node that
 * somebody deletes is gone at once, where a finalizer would have it emptied first.
 */
import type { ApiClient } from '../../../apiserver/api-client.js'
import type { ApiServer } from '../../../apiserver/api-server.js'
import type { EventHandle } from '../../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { MINUTE, SECOND } from '../../../kernel/time.js'
import { hasTaint, type Taint, withoutTaint, withTaint } from '../../../model/taints.js'
import { type LabelSetId, Status, type TaintSetId } from '../../../state/ids.js'
import { isEphemeral } from '../cluster-node.js'
import { UNREGISTERED_TAINT } from '../karpenter-taints.js'
import type { NewClaim } from '../scheduling-result.js'
import { INITIALIZED, REGISTERED } from '../well-known-labels.js'
import type { ClusterTracker } from './cluster-tracker.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { Machines } from './machines.js'
import { NodeClaim } from './node-claim.js'
import type { NodePools } from './node-pools.js'

const REGISTRATION_TIMEOUT = 15 * MINUTE
/** How often a machine that is told to go is asked about. */
const TERMINATION_POLL = 5 * SECOND

/** Why a claim is deleted whose machine the cloud has taken back. */
const LOST = 'MachineLost'

export interface LifecycleSettings {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly events: KarpenterEvents
  readonly pools: NodePools
  readonly tracker: ClusterTracker
  readonly machines: Machines
  /** Empties the node of a claim that has been deleted, and then calls {@link ClaimLifecycle.drained}. */
  readonly drain: (claim: NodeClaim) => void
  /** A claim is launched, initialized, deleted or gone: pods and other nodes may find another place. */
  readonly claimChanged: (claim: NodeClaim) => void
  /** Something less about it is different. */
  readonly changed: () => void
}

export class ClaimLifecycle {
  readonly #settings: LifecycleSettings
  readonly #claims: NodeClaim[] = []
  /** Writes that are on their way. */
  readonly #asked = new Set<NodeClaim>()
  readonly #toldReady = new Set<NodeClaim>()
  readonly #timeouts = new Map<NodeClaim, EventHandle>()
  readonly #expiries = new Map<NodeClaim, EventHandle>()
  readonly #register: EventKind
  readonly #initialize: EventKind
  readonly #giveUp: EventKind
  readonly #expire: EventKind
  readonly #finalize: EventKind
  #unanswered = 0

  constructor(settings: LifecycleSettings) {
    const { kernel } = settings
    this.#settings = settings
    const on = (name: string, handler: (claim: NodeClaim) => void): EventKind =>
      kernel.on(`karpenter/${name}`, Rank.Autoscaler, id => handler(this.#claims[id]))
    this.#register = on('Register', claim => this.#registered(claim))
    this.#initialize = on('Initialize', claim => this.#initialized(claim))
    this.#giveUp = on('RegistrationTimeout', claim => this.#gaveUp(claim))
    this.#expire = on('Expire', claim => {
      this.#expiries.delete(claim)
      this.delete(claim, 'Expired')
    })
    this.#finalize = on('Finalize', claim => this.#finalized(claim))
  }

  /** Whether every claim has its machine, or was refused one: decisions wait for that. */
  get isSettled(): boolean {
    return this.#unanswered === 0
  }

  /** @returns undefined when the pool has gone meanwhile */
  create(wanted: NewClaim): NodeClaim | undefined {
    const { kernel, api, client, pools, tracker, machines, events } = this.#settings
    const { now } = kernel
    const pool = pools.find(wanted.pool.name)
    if (pool === undefined) return undefined
    const claim = new NodeClaim(
      this.#claims.length,
      api.state.nextUid(),
      pool,
      wanted,
      machines.offers.wellKnown,
      now,
    )
    this.#claims.push(claim)
    client.charge(now)
    tracker.addClaim(claim)
    this.#unanswered++
    machines.request(claim)
    this.#timeouts.set(claim, kernel.schedule(now + REGISTRATION_TIMEOUT, this.#giveUp, claim.id))
    if (claim.expireAfter !== undefined) {
      this.#expiries.set(claim, kernel.schedule(now + claim.expireAfter, this.#expire, claim.id))
    }
    events.launched(claim, wanted.pods.length)
    return claim
  }

  launched(claim: NodeClaim): void {
    const { tracker, claimChanged } = this.#settings
    this.#unanswered--
    tracker.claimChanged(claim)
    claimChanged(claim)
  }

  refused(claim: NodeClaim, message: string): void {
    const { events, kernel } = this.#settings
    this.#unanswered--
    events.outOfCapacity(claim, message)
    claim.deletedAt = kernel.now
    this.#leave(claim)
  }

  /** The claim's node has come or is different. */
  nodeChanged(claim: NodeClaim): void {
    const { api, kernel, client, machines } = this.#settings
    const { node } = claim
    if (node === undefined) return
    const isReady = api.state.nodes.ready[node] === Status.True
    if (isReady && !this.#toldReady.has(claim)) {
      this.#toldReady.add(claim)
      machines.nodeReady(claim)
    }
    if (claim.isInitialized || claim.isDeleted || this.#asked.has(claim)) return
    if (!claim.isRegistered) {
      this.#asked.add(claim)
      client.send(kernel.now, this.#register, claim.id)
    } else if (isReady && this.#areTaintsGone(claim)) {
      this.#asked.add(claim)
      client.send(kernel.now, this.#initialize, claim.id)
    }
  }

  /** Its machine is lost. The claim goes with it once the node is seen to be gone. */
  lost(claim: NodeClaim): void {
    const { kernel, tracker, machines, claimChanged } = this.#settings
    if (claim.isTerminating) return
    machines.lose(claim)
    claim.deletedAt = Math.min(claim.deletedAt, kernel.now)
    claim.deletionReason = LOST
    tracker.claimChanged(claim)
    claimChanged(claim)
    if (claim.node === undefined) this.#finalized(claim)
  }

  /** Somebody has taken the node away: its machine is of no use any more. */
  nodeRemoved(claim: NodeClaim): void {
    if (claim.isTerminating) {
      if (claim.deletionReason === LOST) this.#finalized(claim)
      return
    }
    if (!claim.isDeleted) this.delete(claim, 'NodeRemoved')
    else this.drained(claim)
  }

  /** Asks for the end of the claim: its node is emptied first. */
  delete(claim: NodeClaim, reason: string): void {
    const { kernel, client, tracker, drain, claimChanged } = this.#settings
    if (claim.isDeleted) return
    claim.deletedAt = kernel.now
    claim.deletionReason = reason
    this.#cancel(this.#expiries, claim)
    client.charge(kernel.now)
    tracker.claimChanged(claim)
    claimChanged(claim)
    if (claim.launch === undefined) return
    if (claim.isRegistered && claim.node !== undefined) drain(claim)
    else this.drained(claim)
  }

  /** Nothing on the node is waited for any more. */
  drained(claim: NodeClaim): void {
    const { machines, tracker, changed } = this.#settings
    machines.terminate(claim)
    tracker.claimChanged(claim)
    // It does not count against budgets any more.
    changed()
  }

  /** The machine is gone, or was never launched; that is found out at the next time Karpenter asks. */
  gone(claim: NodeClaim): void {
    const { kernel } = this.#settings
    if (claim.launch === undefined) {
      this.#unanswered--
      this.#leave(claim)
      return
    }
    const since = claim.terminatingSince
    const polls = Math.ceil((kernel.now - since) / TERMINATION_POLL)
    kernel.schedule(since + polls * TERMINATION_POLL, this.#finalize, claim.id)
  }

  #areTaintsGone({ node, startupTaints }: NodeClaim): boolean {
    if (node === undefined) return false
    const { nodes, taintSets } = this.#settings.api.state
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    return taints.every(taint => !isEphemeral(taint) && !hasTaint(startupTaints, taint))
  }

  #registered(claim: NodeClaim): void {
    const { api, kernel, tracker, changed } = this.#settings
    const { node } = claim
    this.#asked.delete(claim)
    if (node === undefined || claim.isDeleted) return
    const { nodes, labelSets, taintSets } = api.state
    const labels = labelSets.get(nodes.labels[node] as LabelSetId)
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    claim.registeredAt = kernel.now
    this.#cancel(this.#timeouts, claim)
    const added = [...claim.taints, ...claim.startupTaints].reduce<readonly Taint[]>(withTaint, taints)
    api.nodes.patchTaints(node, withoutTaint(added, UNREGISTERED_TAINT))
    api.nodes.patchLabels(node, { ...labels, ...claim.labels, [REGISTERED]: 'true' })
    tracker.claimChanged(claim)
    changed()
  }

  #initialized(claim: NodeClaim): void {
    const { api, kernel, tracker, claimChanged } = this.#settings
    const { node } = claim
    this.#asked.delete(claim)
    if (node === undefined || claim.isDeleted) return
    const { nodes, labelSets } = api.state
    const labels = labelSets.get(nodes.labels[node] as LabelSetId)
    claim.initializedAt = kernel.now
    api.nodes.patchLabels(node, { ...labels, [INITIALIZED]: 'true' })
    tracker.claimChanged(claim)
    claimChanged(claim)
  }

  #gaveUp(claim: NodeClaim): void {
    this.#timeouts.delete(claim)
    if (claim.isDeleted) return
    this.#settings.events.neverRegistered(claim)
    this.delete(claim, 'RegistrationTimeout')
  }

  #finalized(claim: NodeClaim): void {
    const { api, client, kernel, events, machines } = this.#settings
    const { node } = claim
    client.charge(kernel.now)
    if (node !== undefined) api.nodes.delete(node)
    machines.settle(claim)
    this.#leave(claim)
    if (claim.isRegistered && claim.deletionReason !== LOST) events.removed(claim)
  }

  #leave(claim: NodeClaim): void {
    const { tracker, claimChanged } = this.#settings
    claim.isGone = true
    claim.node = undefined
    this.#cancel(this.#timeouts, claim)
    this.#cancel(this.#expiries, claim)
    this.#asked.delete(claim)
    this.#toldReady.delete(claim)
    tracker.removeClaim(claim)
    claimChanged(claim)
  }

  #cancel(events: Map<NodeClaim, EventHandle>, claim: NodeClaim): void {
    const handle = events.get(claim)
    if (handle !== undefined) this.#settings.kernel.cancel(handle)
    events.delete(claim)
  }
}
