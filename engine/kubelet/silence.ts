/**
 * Kubelets that are silent: their leases stop, and what they would do with a pod is kept until they come back.
 *
 * Upstream: lease renewal of staging/src/k8s.io/component-helpers/apimachinery/lease/controller.go (1.36).
 * Simplified: renewals of one node are equally far apart, the jitter being drawn once for a node.
 */

import type { ApiServer } from '../apiserver/api-server.js'
import { type KeyedDraws, Streams } from '../kernel/rng.js'
import type { SimTime } from '../kernel/time.js'
import { LEASE_RENEW_INTERVAL, LEASE_RENEW_JITTER } from '../model/defaults.js'
import type { NodeId, PodId } from '../state/ids.js'

/** Does later what was due meanwhile. */
export type Deferred = (pod: PodId) => void

export class SilentKubelets {
  readonly #api: ApiServer
  readonly #draws: KeyedDraws
  /** By silent node: what its pods wait for, the pod's UID beside it. */
  readonly #waiting = new Map<
    NodeId,
    { readonly pod: PodId; readonly uid: number; readonly act: Deferred }[]
  >()

  constructor(seed: string, api: ApiServer) {
    this.#api = api
    this.#draws = new Streams(seed).keyed('kubelet/leases')
  }

  /** A node has registered: its renewals begin at a phase of its own. */
  register(node: NodeId, now: SimTime): void {
    if (this.#waiting.has(node)) return
    const phase = this.#draws.atName(this.#api.state.nodes.name[node] as string)
    const next = now + Math.round(phase * LEASE_RENEW_INTERVAL)
    this.#api.nodes.startLease(node, next, this.#period(node))
  }

  isSilent(node: NodeId): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(node)
  }

  silence(node: NodeId): void {
    if (this.#waiting.has(node)) return
    this.#waiting.set(node, [])
    this.#api.nodes.stopLease(node)
  }

  /** Keeps an act for the day its node's kubelet comes back. */
  defer(node: NodeId, pod: PodId, act: Deferred): void {
    this.#waiting.get(node)?.push({ pod, uid: this.#api.state.pods.uid[pod], act })
  }

  /** The lease is renewed at once, and everything that was due is done in its order. */
  revive(node: NodeId, now: SimTime): void {
    const waiting = this.#waiting.get(node)
    if (waiting === undefined) return
    this.#waiting.delete(node)
    const period = this.#period(node)
    this.#api.nodes.startLease(node, now + period, period)
    const { pods } = this.#api.state
    for (const { pod, uid, act } of waiting) if (pods.uid[pod] === uid && pods.exists(pod)) act(pod)
  }

  /** The Node object is gone: its kubelet stops for good, and nothing waits any more. */
  forget(node: NodeId): void {
    this.#waiting.delete(node)
  }

  #period(node: NodeId): SimTime {
    const jitter = LEASE_RENEW_JITTER * this.#draws.atName(this.#api.state.nodes.name[node] as string, 1)
    return Math.round(LEASE_RENEW_INTERVAL * (1 + jitter))
  }
}
