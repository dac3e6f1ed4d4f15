/**
 * Carries commands out: the nodes are tainted, their replacements launched and waited for, then their claims deleted.
 * A command whose replacement is lost, or that takes too long, is given up, and its nodes are as they were.
 * Upstream: Karpenter core 1.15, pkg/controllers/disruption/queue.go.
 * Simplified: marking a node never fails.
 */
import type { ApiClient } from '../../../apiserver/api-client.js'
import type { ApiServer } from '../../../apiserver/api-server.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { MILLISECOND, MINUTE, SECOND, type SimTime } from '../../../kernel/time.js'
import { type Taint, withoutTaint, withTaint } from '../../../model/taints.js'
import type { TaintSetId } from '../../../state/ids.js'
import type { Consolidation } from '../consolidation.js'
import type { DisruptionReason } from '../disruption-budget.js'
import { DISRUPTED_TAINT } from '../karpenter-taints.js'
import type { ClaimLifecycle } from './claim-lifecycle.js'
import type { ClusterTracker } from './cluster-tracker.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { NodeClaim } from './node-claim.js'
import { nominate } from './nominations.js'

const POLL = SECOND
const LEAST_TIMEOUT = 10 * MINUTE
const MOST_TIMEOUT = 60 * MINUTE
/** Of timeout for every node that is under way. */
const TIMEOUT_PER_NODE = 80 * MILLISECOND

export interface QueueSettings {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly tracker: ClusterTracker
  readonly lifecycle: ClaimLifecycle
  readonly events: KarpenterEvents
  readonly nominationWindow: SimTime
  /** Something has become possible, or is not any more. */
  readonly changed: () => void
}

interface Command {
  readonly id: number
  readonly reason: DisruptionReason
  readonly claims: readonly NodeClaim[]
  readonly replacements: readonly NodeClaim[]
  readonly startedAt: SimTime
  /** A look at it is on its way. */
  isDue: boolean
}

export class DisruptionQueue {
  readonly #settings: QueueSettings
  readonly #commands = new Map<number, Command>()
  readonly #commandOf = new Map<NodeClaim, Command>()
  readonly #look: EventKind
  readonly #timeout: EventKind
  #lastId = 0

  constructor(settings: QueueSettings) {
    const { kernel } = settings
    this.#settings = settings
    this.#look = kernel.on('karpenter/CommandPoll', Rank.Autoscaler, id =>
      this.#lookAt(this.#commands.get(id)),
    )
    this.#timeout = kernel.on('karpenter/CommandTimeout', Rank.Autoscaler, id =>
      this.#giveUp(this.#commands.get(id)),
    )
  }

  /** Whether the claim goes, or is launched, by a command that is under way. */
  has(claim: NodeClaim): boolean {
    return this.#commandOf.has(claim)
  }

  /** @returns whether it could be begun */
  start({ candidates, replacements, placements }: Consolidation, reason: DisruptionReason): boolean {
    const { kernel, lifecycle, tracker, events, nominationWindow } = this.#settings
    const claims = candidates.map(({ node }) => node.cluster.claim as NodeClaim)
    for (const claim of claims) this.#patchTaints(claim, withTaint)
    const launched = replacements.flatMap(wanted => lifecycle.create(wanted) ?? [])
    if (launched.length < replacements.length) {
      for (const claim of claims) this.#patchTaints(claim, withoutTaint)
      for (const claim of launched) lifecycle.delete(claim, 'CommandFailed')
      return false
    }
    const command: Command = {
      id: ++this.#lastId,
      reason,
      claims,
      replacements: launched,
      startedAt: kernel.now,
      isDue: false,
    }
    this.#commands.set(command.id, command)
    // Marked after the launch, so that nobody launches for their pods a second time.
    for (const claim of claims) {
      claim.isMarked = true
      tracker.claimChanged(claim)
      this.#commandOf.set(claim, command)
    }
    for (const claim of launched) {
      this.#commandOf.set(claim, command)
      events.launching(claim, reason)
      events.waitingForReadiness(claim)
    }
    nominate(placements, new Map(), kernel.now + nominationWindow, events)
    if (launched.length > 0) kernel.schedule(kernel.now + this.#timeoutNow(), this.#timeout, command.id)
    this.#lookAt(command)
    return true
  }

  /** A claim is initialized, deleted or gone: perhaps a command has waited for that. */
  claimChanged(claim: NodeClaim): void {
    const { kernel } = this.#settings
    const command = this.#commandOf.get(claim)
    if (command === undefined || command.isDue || !command.replacements.includes(claim)) return
    command.isDue = true
    const polls = Math.floor((kernel.now - command.startedAt) / POLL) + 1
    kernel.schedule(command.startedAt + polls * POLL, this.#look, command.id)
  }

  #timeoutNow(): SimTime {
    return Math.min(Math.max(TIMEOUT_PER_NODE * this.#commandOf.size, LEAST_TIMEOUT), MOST_TIMEOUT)
  }

  #lookAt(command: Command | undefined): void {
    if (command === undefined) return
    command.isDue = false
    const { replacements, claims, reason } = command
    if (replacements.some(({ isDeleted, isInitialized }) => isDeleted && !isInitialized)) {
      this.#giveUp(command)
      return
    }
    if (!replacements.every(({ isInitialized }) => isInitialized)) return
    const { lifecycle, events } = this.#settings
    this.#forget(command)
    for (const claim of claims) {
      if (claim.isDeleted) continue
      claim.isDisrupted = true
      events.terminating(claim, reason)
      lifecycle.delete(claim, reason)
    }
  }

  #giveUp(command: Command | undefined): void {
    if (command === undefined) return
    const { tracker, changed } = this.#settings
    this.#forget(command)
    for (const claim of command.claims) {
      if (claim.isDeleted) continue
      claim.isMarked = false
      tracker.claimChanged(claim)
      this.#patchTaints(claim, withoutTaint)
    }
    changed()
  }

  #forget({ id, claims, replacements }: Command): void {
    this.#commands.delete(id)
    for (const claim of [...claims, ...replacements]) this.#commandOf.delete(claim)
  }

  #patchTaints(
    { node }: NodeClaim,
    change: (taints: readonly Taint[], taint: Taint) => readonly Taint[],
  ): void {
    const { api, client, kernel } = this.#settings
    if (node === undefined || !api.state.nodes.exists(node)) return
    const { nodes, taintSets } = api.state
    client.charge(kernel.now)
    api.nodes.patchTaints(node, change(taintSets.get(nodes.taints[node] as TaintSetId), DISRUPTED_TAINT))
  }
}
