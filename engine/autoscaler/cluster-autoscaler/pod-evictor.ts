/**
 * Empties a node: all its pods are evicted at the same time, refused ones again and again for a while; then it waits
 * until they are gone. Pods of DaemonSets are evicted as well, but nothing hangs on them.
 *
 * Upstream: core/scaledown/actuation/drain.go of cluster-autoscaler 1.36.1.
 * Simplified: pods are not drained in groups by priority (--drain-priority-config is empty by default).
 */
import type { ApiClient } from '../../apiserver/api-client.js'
import type { ApiServer } from '../../apiserver/api-server.js'
import { EvictionApi } from '../../apiserver/eviction.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../kernel/time.js'
import type { ClusterAutoscalerSettings } from '../../model/cluster-autoscaler-defaults.js'
import type { WallClock } from '../../model/wall-clock.js'
import { type NamespaceId, NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { AutoscalerEvents } from './autoscaler-events.js'

const RETRY = 10 * SECOND
/** Beyond the longest grace period, for pods that do not listen. */
const HEADROOM = 30 * SECOND
const POLL = 5 * SECOND
const DEFAULT_GRACE_SECONDS = 30
const CREATED = 201
const NOT_FOUND = 404

/** Undefined: the node is empty. */
export type Drained = (error: string | undefined) => void

interface Drain {
  readonly node: NodeId
  readonly drained: Drained
  readonly retryUntil: SimTime
  readonly pods: readonly Leaving[]
  /** Evictions that have no final answer. */
  unanswered: number
  failures: number
  waitUntil: SimTime
}

interface Leaving {
  readonly drain: Drain
  readonly pod: PodId
  readonly uid: number
  /** A pod of a DaemonSet: it is tried, and forgotten when it fails. */
  readonly isBestEffort: boolean
}

export interface EvictorSettings {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly clock: WallClock
  readonly events: AutoscalerEvents
  readonly options: ClusterAutoscalerSettings
}

export class PodEvictor {
  readonly #settings: EvictorSettings
  readonly #evictions: EvictionApi
  readonly #arrive: EventKind
  readonly #retry: EventKind
  readonly #poll: EventKind
  readonly #leaving: Leaving[] = []
  readonly #drains: Drain[] = []

  constructor(settings: EvictorSettings) {
    const { kernel, api, clock } = settings
    this.#settings = settings
    this.#evictions = new EvictionApi(kernel, api, clock, 'cluster-autoscaler')
    this.#arrive = this.#on('evict', index => this.#evict(this.#leaving[index], index))
    this.#retry = this.#on('evict-again', index => this.#send(index))
    this.#poll = this.#on('drain-poll', index => this.#look(this.#drains[index], index))
  }

  /** Pods of the store, those of DaemonSets apart. */
  drain(node: NodeId, pods: readonly PodId[], daemonSetPods: readonly PodId[], drained: Drained): void {
    const { kernel, options, events, api } = this.#settings
    const leaving: Leaving[] = []
    const drain: Drain = {
      node,
      drained,
      retryUntil: kernel.now + options.maxPodEvictionTime,
      pods: leaving,
      unanswered: pods.length + daemonSetPods.length,
      failures: 0,
      waitUntil: 0,
    }
    this.#drains.push(drain)
    const { uid } = api.state.pods
    for (const pod of pods) leaving.push({ drain, pod, uid: uid[pod], isBestEffort: false })
    for (const pod of daemonSetPods) leaving.push({ drain, pod, uid: uid[pod], isBestEffort: true })
    if (leaving.length === 0) {
      drained(undefined)
      return
    }
    for (const one of leaving) {
      events.evicting(one.pod)
      this.#send(this.#leaving.push(one) - 1)
    }
  }

  #on(name: string, handler: (index: number) => void): EventKind {
    return this.#settings.kernel.on(`cluster-autoscaler/${name}`, Rank.Autoscaler, handler)
  }

  #send(index: number): void {
    const { client, kernel } = this.#settings
    client.send(kernel.now, this.#arrive, index)
  }

  #isThere({ pod, uid }: Leaving): boolean {
    const { pods } = this.#settings.api.state
    return pods.uid[pod] === uid && pods.exists(pod)
  }

  #evict(leaving: Leaving, index: number): void {
    if (!this.#isThere(leaving)) {
      this.#answered(leaving, index, NOT_FOUND)
      return
    }
    const { api, options } = this.#settings
    const { pods, namespaces, templates } = api.state
    const { pod, uid } = leaving
    const { spec } = templates.get(pods.templateOf(pod))
    const grace = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
    const most = options.maxGracefulTerminationSeconds
    this.#evictions.request(
      namespaces.get(pods.namespace[pod] as NamespaceId),
      pods.name[pod] as string,
      ({ code }) => this.#answered(leaving, index, code),
      { uid, gracePeriodSeconds: most > 0 ? Math.min(grace, most) : grace },
    )
  }

  #answered(leaving: Leaving, index: number, code: number): void {
    const { kernel, events } = this.#settings
    const { drain, pod, isBestEffort } = leaving
    if (code !== CREATED && code !== NOT_FOUND) {
      if (kernel.now + RETRY < drain.retryUntil) {
        kernel.schedule(kernel.now + RETRY, this.#retry, index)
        return
      }
      if (!isBestEffort) {
        events.evictionFailed(pod)
        drain.failures++
      }
    }
    if (--drain.unanswered > 0) return
    if (drain.failures > 0) drain.drained(`${drain.failures} pods could not be evicted in time`)
    else this.#waitForPods(drain)
  }

  #waitForPods(drain: Drain): void {
    const { kernel, options } = this.#settings
    drain.waitUntil = kernel.now + options.maxGracefulTerminationSeconds * SECOND + HEADROOM
    this.#look(drain, this.#drains.indexOf(drain))
  }

  #look(drain: Drain, index: number): void {
    const { kernel, api } = this.#settings
    const isEmpty = drain.pods.every(
      leaving => leaving.isBestEffort || !this.#isThere(leaving) || api.state.pods.node[leaving.pod] === NONE,
    )
    if (isEmpty) drain.drained(undefined)
    else if (kernel.now >= drain.waitUntil) drain.drained('pods remaining after timeout')
    else kernel.schedule(kernel.now + POLL, this.#poll, index)
  }
}
