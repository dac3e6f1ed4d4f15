/**
 * Evicts pods of nodes that are being emptied, refused ones again and again, ever more slowly; deletes those whose
 * node's grace period leaves them no choice.
 * Upstream: Karpenter core 1.15, pkg/controllers/node/termination/terminator/eviction.go.
 * Simplified: there are always workers enough; a protected pod is not asked about again before something about it is
 * different.
 */
import type { ApiClient } from '../../../apiserver/api-client.js'
import type { ApiServer } from '../../../apiserver/api-server.js'
import type { EvictionApi } from '../../../apiserver/eviction.js'
import { ACCEPTED, SEVERAL_BUDGETS } from '../../../apiserver/eviction-answer.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { MILLISECOND, SECOND } from '../../../kernel/time.js'
import { apiTime } from '../../../model/api-time.js'
import type { WallClock } from '../../../model/wall-clock.js'
import type { PodId } from '../../../state/ids.js'
import { isEvictable } from '../disrupted-pod.js'
import { graceSecondsOf, mustBeDeleted } from './drain-rules.js'
import type { KarpenterEvents } from './karpenter-events.js'
import type { NodeClaim } from './node-claim.js'
import { viewedPod } from './viewed-pod.js'

const FIRST_DELAY = 100 * MILLISECOND
const LONGEST_DELAY = 10 * SECOND
/** It is gone, or another pod has its name. */
const OVER: ReadonlySet<number> = new Set([404, 409])

export interface EvictionSettings {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly clock: WallClock
  readonly events: KarpenterEvents
  readonly evictions: EvictionApi
}

interface Leaving {
  readonly pod: PodId
  readonly uid: number
  readonly claim: NodeClaim
  refusals: number
}

export class EvictionQueue {
  readonly #settings: EvictionSettings
  readonly #queued = new Map<number, Leaving>()
  readonly #arrive: EventKind
  readonly #retry: EventKind

  constructor(settings: EvictionSettings) {
    const { kernel, client } = settings
    this.#settings = settings
    this.#arrive = kernel.on('karpenter/Evict', Rank.Autoscaler, uid => this.#arrived(uid))
    this.#retry = kernel.on('karpenter/EvictAgain', Rank.Autoscaler, uid =>
      client.send(kernel.now, this.#arrive, uid),
    )
  }

  /** A pod that is waiting already is not added twice. */
  add(pod: PodId, claim: NodeClaim): void {
    const { api, client, kernel } = this.#settings
    const uid = api.state.pods.uid[pod]
    if (this.#queued.has(uid)) return
    this.#queued.set(uid, { pod, uid, claim, refusals: 0 })
    client.send(kernel.now, this.#arrive, uid)
  }

  #arrived(uid: number): void {
    const leaving = this.#queued.get(uid)
    if (leaving === undefined) return
    const { api, kernel, evictions } = this.#settings
    const { pod, claim } = leaving
    if (api.state.pods.uid[pod] !== uid || !api.state.pods.exists(pod)) {
      this.#queued.delete(uid)
      return
    }
    const viewed = viewedPod(api, pod)
    if (mustBeDeleted(viewed, claim.terminationTime, kernel.now)) this.#force(leaving, graceSecondsOf(viewed))
    else if (!isEvictable(viewed, kernel.now)) this.#queued.delete(uid)
    else
      evictions.request(viewed.namespace, viewed.name, ({ code }) => this.#answered(leaving, code), { uid })
  }

  #answered(leaving: Leaving, code: number): void {
    const { kernel, events, api } = this.#settings
    const { pod, uid, claim } = leaving
    if (code === ACCEPTED.code || OVER.has(code)) {
      this.#queued.delete(uid)
      if (code !== ACCEPTED.code) return
      claim.movedPods++
      events.evicted(pod, claim.isDisrupted ? claim.deletionReason : 'Forceful Termination')
      return
    }
    const why =
      code === SEVERAL_BUDGETS.code
        ? 'eviction does not support multiple PDBs'
        : 'evicting pod violates a PDB'
    events.failedDraining(claim, `${why} (Pod=${api.state.podKey(pod)})`)
    const delay = Math.min(FIRST_DELAY * 2 ** leaving.refusals++, LONGEST_DELAY)
    kernel.schedule(kernel.now + delay, this.#retry, uid)
  }

  #force({ pod, uid, claim }: Leaving, grace: number): void {
    const { api, kernel, clock, events } = this.#settings
    const granted = Math.max(Math.floor((claim.terminationTime - kernel.now) / SECOND), 1)
    this.#queued.delete(uid)
    claim.movedPods++
    events.deletedForDeadline(pod, apiTime(clock.epochSecondsAt(claim.terminationTime)), granted, grace)
    api.pods.delete(pod, uid, granted)
  }
}
