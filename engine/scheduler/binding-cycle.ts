import type { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import { Result } from '../apiserver/result.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import { NONE, type NodeId, type PodId } from '../state/ids.js'
import type { Snapshot } from './framework/snapshot.js'
import { isRejection, OK, type RejectionId } from './framework/status.js'
import type { Profile } from './profile.js'
import { unreserve } from './reserve-and-permit.js'

/** What the scheduler does with the end of a binding. */
export interface BindingOutcomes {
  bound(pod: PodId, node: NodeId): void
  /** A plugin refused, or the API server did (rejection 0); the pod has been taken off its node. */
  failed(pod: PodId, node: NodeId, rejection: RejectionId | 0): void
}

export interface BindingOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly snapshot: Snapshot
  readonly profileOf: (pod: PodId) => Profile
  /** Takes an assumed pod off its node again. */
  readonly forget: (pod: PodId, node: NodeId) => void
  /** Tells the world where a pod is going whose binding will take a while; answers when that is written. */
  readonly announce: (pod: PodId, node: NodeId, at: SimTime) => SimTime
  readonly outcomes: BindingOutcomes
}

/**
 * Brings an assumed pod to its node: waits for its permit, lets plugins prepare (volumes), and asks the API server for
 * the binding. A refusal takes the pod off the node again.
 *
 * Upstream: bindingCycle of pkg/scheduler/schedule_one.go (1.36).
 * Simplified: nothing known.
 */
export class BindingCycle {
  readonly #options: BindingOptions
  readonly #prepare: EventKind
  readonly #bind: EventKind
  readonly #expire: EventKind
  /** Pods that wait for a permit, by the names of the plugins they wait for. */
  readonly #waiting = new Map<PodId, Set<string>>()

  constructor(options: BindingOptions) {
    this.#options = options
    const { kernel } = options
    this.#prepare = kernel.on('scheduler/PreBind', Rank.Scheduler, (pod, step) =>
      this.#preBind(pod as PodId, step),
    )
    this.#bind = kernel.on('scheduler/Bind', Rank.Scheduler, (pod, uid) => this.#post(pod as PodId, uid))
    this.#expire = kernel.on('scheduler/PermitTimeout', Rank.Scheduler, (pod, uid) => {
      if (this.#isAssumed(pod as PodId, uid) && this.#waiting.delete(pod as PodId))
        this.#fail(pod as PodId, 0)
    })
  }

  /** Starts at a time not before now. `waits` holds what Permit asked for, by plugin. */
  start(pod: PodId, at: SimTime, waits: ReadonlyMap<string, SimTime>): void {
    const { kernel, snapshot, announce } = this.#options
    const node = snapshot.nodeOf.values[pod] as NodeId
    if (waits.size === 0) {
      if (this.#prepares(pod)) kernel.schedule(announce(pod, node, at), this.#prepare, pod, 0)
      else this.#proceed(pod, at)
      return
    }
    announce(pod, node, at)
    this.#waiting.set(pod, new Set(waits.keys()))
    const uid = snapshot.state.pods.uid[pod]
    for (const atMost of waits.values()) kernel.schedule(at + atMost, this.#expire, pod, uid)
  }

  /** One plugin lets a waiting pod go on. */
  allow(pod: PodId, plugin: string): void {
    const plugins = this.#waiting.get(pod)
    if (plugins === undefined) return
    plugins.delete(plugin)
    if (plugins.size > 0) return
    this.#waiting.delete(pod)
    this.#proceed(pod, this.#options.kernel.now)
  }

  /** Pods that have a node and wait for their permit. */
  waiting(): Iterable<PodId> {
    return this.#waiting.keys()
  }

  /** Sends a waiting pod back; false when it does not wait. `rejection` 0: because it is being deleted. */
  reject(pod: PodId, rejection: RejectionId | 0): boolean {
    if (!this.#waiting.delete(pod)) return false
    this.#fail(pod, rejection)
    return true
  }

  #proceed(pod: PodId, at: SimTime): void {
    const { kernel, client, snapshot } = this.#options
    if (this.#prepares(pod)) kernel.schedule(at, this.#prepare, pod, 0)
    else client.send(at, this.#bind, pod, snapshot.state.pods.uid[pod])
  }

  /** Whether a plugin has something to do before the pod can be bound. */
  #prepares(pod: PodId): boolean {
    const { profileOf, snapshot } = this.#options
    const node = snapshot.nodeOf.values[pod] as NodeId
    return profileOf(pod).at.preBind.some(({ plugin }) => plugin.preBindPreFlight?.(pod, node) === true)
  }

  /** Goes through the plugins from `step` on; one that is not ready yet is asked again at the time it names. */
  #preBind(pod: PodId, step: number): void {
    const { kernel, profileOf, client, snapshot } = this.#options
    const node = snapshot.nodeOf.values[pod] as NodeId
    if (node === NONE) return
    const { preBind } = profileOf(pod).at
    for (let i = step; i < preBind.length; i++) {
      const { plugin } = preBind[i]
      if (plugin.preBindPreFlight?.(pod, node) === false) continue
      const verdict = plugin.preBind?.(pod, node, kernel.now) ?? OK
      if (typeof verdict === 'object') {
        kernel.schedule(verdict.lookAgainAt, this.#prepare, pod, i)
        return
      }
      if (isRejection(verdict)) {
        this.#fail(pod, verdict)
        return
      }
    }
    client.send(kernel.now, this.#bind, pod, snapshot.state.pods.uid[pod])
  }

  #post(pod: PodId, uid: number): void {
    if (!this.#isAssumed(pod, uid)) return
    const { api, snapshot, profileOf, outcomes } = this.#options
    const node = snapshot.nodeOf.values[pod] as NodeId
    const { at } = profileOf(pod)
    const bindsItself = at.bind.some(({ plugin }) => plugin.bind?.(pod, node) === true)
    if (!bindsItself && api.pods.bind(pod, uid, node) !== Result.Ok) {
      this.#fail(pod, 0)
      return
    }
    for (const { plugin } of at.postBind) plugin.postBind?.(pod, node)
    outcomes.bound(pod, node)
  }

  #fail(pod: PodId, rejection: RejectionId | 0): void {
    const { snapshot, profileOf, forget, outcomes } = this.#options
    const node = snapshot.nodeOf.values[pod] as NodeId
    unreserve(profileOf(pod), pod, node)
    forget(pod, node)
    outcomes.failed(pod, node, rejection)
  }

  /** Still the same pod, still on the node it was assumed on. */
  #isAssumed(pod: PodId, uid: number): boolean {
    const { snapshot } = this.#options
    return snapshot.state.pods.uid[pod] === uid && snapshot.nodeOf.values[pod] !== NONE
  }
}
