/**
 * Empties the nodes of deleted claims: tainted first, pods evicted group by group; pods that forbid it are waited for.
 * A node is looked at once a second, but only when something about its pods is different.
 * Upstream: Karpenter core 1.15, pkg/controllers/node/termination/controller.go and terminator/terminator.go.
 * Simplified: volumes are not waited for to be detached.
 */
import type { ApiClient } from '../../../apiserver/api-client.js'
import type { ApiServer } from '../../../apiserver/api-server.js'
import type { EventHandle } from '../../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../../../kernel/time.js'
import { apiTime } from '../../../model/api-time.js'
import { withTaint } from '../../../model/taints.js'
import type { WallClock } from '../../../model/wall-clock.js'
import type { PodId, TaintSetId } from '../../../state/ids.js'
import { type DisruptedPod, isWaitedFor } from '../disrupted-pod.js'
import { DISRUPTED_TAINT } from '../karpenter-taints.js'
import type { ClusterTracker } from './cluster-tracker.js'
import { groupOf, mustBeDeleted, nextTurn } from './drain-rules.js'
import type { EvictionQueue } from './eviction-queue.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { NodeClaim } from './node-claim.js'

const LOOK_INTERVAL = SECOND
/** The scheduler may not have seen the taint yet, so a node is not given up before. */
const LEAST_DRAIN_TIME = 5 * SECOND

export interface DrainSettings {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly clock: WallClock
  readonly events: KarpenterEvents
  readonly tracker: ClusterTracker
  readonly evictions: EvictionQueue
  /** Nothing is waited for any more. */
  readonly drained: (claim: NodeClaim) => void
}

interface Drain {
  readonly claim: NodeClaim
  readonly startedAt: SimTime
  lookAt: SimTime
  handle: EventHandle | undefined
}

export class NodeDrains {
  readonly #settings: DrainSettings
  readonly #drains = new Map<number, Drain>()
  readonly #look: EventKind

  constructor(settings: DrainSettings) {
    this.#settings = settings
    this.#look = settings.kernel.on('karpenter/Drain', Rank.Autoscaler, id => {
      const drain = this.#drains.get(id)
      if (drain !== undefined) this.#lookAt(drain)
    })
  }

  begin(claim: NodeClaim): void {
    const { kernel, api, client, clock, events } = this.#settings
    const { node, terminationTime } = claim
    if (node === undefined) return
    const { nodes, taintSets } = api.state
    client.charge(kernel.now)
    api.nodes.patchTaints(node, withTaint(taintSets.get(nodes.taints[node] as TaintSetId), DISRUPTED_TAINT))
    if (terminationTime !== NEVER) events.deadline(claim, apiTime(clock.epochSecondsAt(terminationTime)))
    const drain: Drain = { claim, startedAt: kernel.now, lookAt: NEVER, handle: undefined }
    this.#drains.set(claim.id, drain)
    this.#lookAt(drain)
  }

  podsChanged(claim: NodeClaim): void {
    const drain = this.#drains.get(claim.id)
    if (drain !== undefined) this.#request(drain, this.#settings.kernel.now)
  }

  /** The node is gone without having been emptied. */
  end(claim: NodeClaim): void {
    const drain = this.#drains.get(claim.id)
    if (drain?.handle !== undefined) this.#settings.kernel.cancel(drain.handle)
    this.#drains.delete(claim.id)
  }

  #lookAt(drain: Drain): void {
    const { kernel, tracker, evictions, drained } = this.#settings
    const { claim, startedAt } = drain
    const { now } = kernel
    drain.handle = undefined
    drain.lookAt = NEVER
    const waiting = [...tracker.podRowsOn(claim)].filter(([, pod]) => isWaitedFor(pod, now))
    if (waiting.length === 0) {
      if (now - startedAt < LEAST_DRAIN_TIME) {
        this.#request(drain, startedAt + LEAST_DRAIN_TIME)
        return
      }
      this.#drains.delete(claim.id)
      drained(claim)
      return
    }
    for (const pod of leaving(waiting, claim.terminationTime, now)) evictions.add(pod, claim)
    for (const [, pod] of waiting) {
      const turn = nextTurn(pod, claim.terminationTime, now)
      if (turn !== undefined) this.#request(drain, turn)
    }
  }

  /** Looks on the grid of seconds from the beginning, not before `at`. */
  #request(drain: Drain, at: SimTime): void {
    const { kernel } = this.#settings
    const { startedAt, handle } = drain
    const looks = Math.max(
      Math.ceil((at - startedAt) / LOOK_INTERVAL),
      Math.floor((kernel.now - startedAt) / LOOK_INTERVAL) + 1,
    )
    const lookAt = startedAt + looks * LOOK_INTERVAL
    if (lookAt >= drain.lookAt) return
    if (handle !== undefined) kernel.cancel(handle)
    drain.lookAt = lookAt
    drain.handle = kernel.schedule(lookAt, this.#look, drain.claim.id)
  }
}

/** Those whose time is over, and the first group of the others. */
function leaving(
  waiting: readonly (readonly [PodId, DisruptedPod])[],
  deadline: SimTime,
  now: SimTime,
): PodId[] {
  const isOver = ([, pod]: readonly [PodId, DisruptedPod]): boolean => mustBeDeleted(pod, deadline, now)
  const others = waiting.filter(one => !isOver(one))
  const group = Math.min(...others.map(([, pod]) => groupOf(pod)))
  const next = [...waiting.filter(isOver), ...others.filter(([, pod]) => groupOf(pod) === group)]
  return next.map(([pod]) => pod)
}
