/**
 * Looks at the nodes whose kubelets evict: every 10 s while there is something to see, else at the first such look at
 * which a threshold will be met, which is found by arithmetic as long as no pod comes or goes.
 *
 * Upstream: Start, Admit and waitForPodsCleanup of pkg/kubelet/eviction/eviction_manager.go (1.36).
 * Simplified: events are accepted at once. The kernel's notice of low memory is not used, as by default upstream.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventHandle, NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { KubeletConfig } from '../model/kubelet-config.js'
import { NodeTaint } from '../model/node-conditions.js'
import type { Growth } from '../model/pod-usage.js'
import { isCriticalPod, QosClass, qosClass } from '../model/qos.js'
import { TaintEffect, tolerates } from '../model/taints.js'
import { NONE, type NodeId, type PodId, Status } from '../state/ids.js'
import { EvictionManager, hasLimitBreach } from './eviction-manager.js'
import { type PressureCondition, thresholdsMet } from './eviction-observations.js'
import { type DiskUse, ImageCollection } from './image-collection.js'
import type { KubeletEvents } from './kubelet-events.js'
import type { MemoryUse } from './memory/memory-use.js'
import type { NodeStatusReports } from './node-status.js'
import { NodeUsage } from './node-usage.js'
import type { PodEnding } from './pod-endings.js'

/** evictionMonitoringPeriod, podCleanupPollFreq and podCleanupTimeout. */
const MONITORING_PERIOD: SimTime = 10 * SECOND
const CLEANUP_POLL: SimTime = SECOND
const CLEANUP_TIMEOUT: SimTime = 30 * SECOND
const CONDITIONS: readonly PressureCondition[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure']

interface Watched {
  readonly config: KubeletConfig
  readonly manager: EvictionManager
  lookedAt: SimTime
  look: EventHandle
  conditions: readonly PressureCondition[]
  /** The pod that is being evicted. */
  evicting: PodId | typeof NONE
}

/** Ends a pod for its node's sake. */
export type EvictPod = (pod: PodId, gracePeriodSeconds: number, ending: PodEnding) => void

export class NodePressure {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #status: NodeStatusReports
  readonly #evict: EvictPod
  readonly #events: KubeletEvents
  readonly #usage: NodeUsage
  readonly #images: ImageCollection
  readonly #look: EventKind
  readonly #watched = new Map<NodeId, Watched>()

  constructor(
    kernel: Kernel,
    api: ApiServer,
    parts: {
      readonly status: NodeStatusReports
      readonly memory: MemoryUse
      readonly evict: EvictPod
      readonly events: KubeletEvents
    },
  ) {
    this.#kernel = kernel
    this.#api = api
    this.#status = parts.status
    this.#evict = parts.evict
    this.#events = parts.events
    this.#usage = new NodeUsage(api.state, parts.memory)
    this.#images = new ImageCollection(kernel, api, {
      diskUse: (node, at) => this.#diskUse(node, at),
      fullAt: node => this.#usage.fullAt(node),
    })
    this.#look = kernel.on('kubelet/EvictionLook', Rank.Kubelet, node => this.#lookAt(node as NodeId))
  }

  register(node: NodeId): void {
    const config = this.#api.state.nodes.kubeletConfig[node]
    if (config === undefined || config.thresholds.length === 0) return
    const manager = new EvictionManager({
      thresholds: config.thresholds,
      hasImageFs: config.hasImageFs,
      transitionPeriod: config.pressureTransitionPeriod,
      maxPodGracePeriodSeconds: config.maxPodGracePeriodSeconds,
    })
    const lookedAt = this.#kernel.now
    this.#watched.set(node, { config, manager, lookedAt, look: NO_EVENT, conditions: [], evicting: NONE })
    this.#images.register(node, config)
  }

  forget(node: NodeId): void {
    const watched = this.#watched.get(node)
    if (watched !== undefined) this.#cancel(watched)
    this.#watched.delete(node)
    this.#usage.forget(node)
    this.#images.forget(node)
  }

  /** Why a node under pressure does not take the pod, if so. */
  refusal(node: NodeId, pod: PodId): PodEnding | undefined {
    const conditions = this.#watched.get(node)?.conditions ?? []
    if (conditions.length === 0 || this.#isTakenUnder(conditions, pod)) return undefined
    const message = `The node had condition: [${conditions.join(' ')}]. `
    return { reason: 'Evicted', message, isDisruption: false }
  }

  #isTakenUnder(conditions: readonly PressureCondition[], pod: PodId): boolean {
    const { pods, templates } = this.#api.state
    const { spec, annotations } = templates.get(pods.templateOf(pod))
    if (isCriticalPod(pods.priority[pod], annotations)) return true
    if (conditions.length > 1 || conditions[0] !== 'MemoryPressure') return false
    if (qosClass(spec) !== QosClass.BestEffort) return true
    const taint = { key: NodeTaint.MemoryPressure, effect: TaintEffect.NoSchedule }
    return (spec.tolerations ?? []).some(toleration => tolerates(toleration, taint))
  }

  /** A pod runs, or runs no more. */
  podChanged(node: NodeId, pod: PodId): void {
    const watched = this.#watched.get(node)
    if (watched === undefined) return
    const now = this.#kernel.now
    const { pods } = this.#api.state
    if (!pods.exists(pod) || pods.isFinished(pod)) this.#images.podEnded(node, pod)
    this.#images.changed(node)
    if (watched.evicting === pod) {
      watched.evicting = NONE
      const polls = Math.max(Math.ceil((now - watched.lookedAt) / CLEANUP_POLL), 1)
      this.#plan(node, watched, watched.lookedAt + polls * CLEANUP_POLL)
    } else {
      this.#usageChanged(node)
    }
  }

  /** Something beside the pods fills the node's disk, or no longer does. */
  fillDisk(node: NodeId, growth: Growth | undefined): void {
    this.#usage.fillDisk(node, growth, this.#kernel.now)
    this.#images.changed(node)
    this.#usageChanged(node)
  }

  /** As far as somebody has said how many the pod has. */
  processesOf(pod: PodId): number {
    return this.#usage.processesOf(pod, this.#kernel.now)
  }

  /** Memory of the node's pods takes another course. */
  memoryChanged(node: NodeId): void {
    const watched = this.#watched.get(node)
    if (watched === undefined) return
    const { look, manager, config } = watched
    const isCalm = look === NO_EVENT && manager.isAtRest && !manager.isPressed
    // What the pods will use at most is known without a look at each of them.
    if (!isCalm || !this.#usage.hasMemoryToSpare(node, config)) this.#usageChanged(node)
  }

  /** An image has been pulled. */
  imagePulled(node: NodeId, image: string): void {
    this.#images.pulled(node, image)
    this.#usageChanged(node)
  }

  #diskUse(node: NodeId, at: SimTime): DiskUse {
    const config = this.#watched.get(node)?.config
    const disk = config === undefined ? undefined : this.#usage.observe(node, config, at)['nodefs.available']
    if (disk === undefined) return { usedBytes: 0, capacityBytes: 0 }
    return { usedBytes: disk.capacity - disk.available, capacityBytes: disk.capacity }
  }

  #usageChanged(node: NodeId): void {
    const watched = this.#watched.get(node)
    if (watched === undefined || watched.evicting !== NONE) return
    if (watched.look === NO_EVENT) watched.manager.seenUntil(this.#gridBefore(watched, this.#kernel.now))
    this.#plan(node, watched, this.#nextLook(node, watched))
  }

  #lookAt(node: NodeId): void {
    const watched = this.#watched.get(node)
    if (watched === undefined) return
    const { state } = this.#api
    const { now } = this.#kernel
    watched.look = NO_EVENT
    watched.lookedAt = now
    watched.evicting = NONE
    if (state.leases.isStopped(node)) {
      this.#plan(node, watched, now + MONITORING_PERIOD)
      return
    }
    const pods = this.#usage.activePods(node, now)
    const observe = () => this.#usage.observe(node, watched.config, now)
    const outcome = watched.manager.synchronize(now, observe(), pods, () => {
      this.#images.removeUnused(node)
      return observe()
    })
    this.#report(node, watched, outcome.conditions)
    if (outcome.reclaiming !== undefined)
      this.#events.ofNode(
        node,
        'Warning',
        'EvictionThresholdMet',
        `Attempting to reclaim ${outcome.reclaiming}`,
      )
    for (const { pod, message, gracePeriodSeconds, isDisruption, offenders, starved } of outcome.evictions) {
      this.#events.ofPod(pod.id, 'Warning', 'Evicted', message)
      const [offender, ...others] = offenders
      // The event tells of them in lists, of which nobody can make anything when there are several.
      if (starved === 'memory' && offender !== undefined && others.length === 0)
        this.#api.pods.patchEvictedFor(pod.id, {
          container: offender.container,
          bytes: offender.bytes,
          at: now,
        })
      watched.evicting = pod.id
      this.#evict(pod.id, gracePeriodSeconds, { reason: 'Evicted', message, isDisruption })
    }
    const isEvicting = outcome.evictions.length > 0
    this.#plan(node, watched, isEvicting ? now + CLEANUP_TIMEOUT : this.#nextLook(node, watched))
  }

  /** The next look of the 10 s grid that could find something, NEVER when none could. */
  #nextLook(node: NodeId, watched: Watched): SimTime {
    const { manager, config, lookedAt } = watched
    const next = this.#gridBefore(watched, this.#kernel.now) + MONITORING_PERIOD
    const full = Math.max(this.#usage.fullAt(node), next)
    const isMet = (at: SimTime): boolean =>
      thresholdsMet(config.thresholds, this.#usage.observe(node, config, at), false).length > 0 ||
      this.#usage.activePods(node, at).some(pod => hasLimitBreach(pod, config.hasImageFs))
    if (manager.isPressed) {
      const isSettled = manager.isEveryGraceOver && this.#kernel.now >= full && lookedAt === this.#kernel.now
      return isSettled ? NEVER : next
    }
    const ending = manager.isAtRest ? NEVER : this.#gridFrom(lookedAt, manager.conditionsEndAt)
    let high = Math.ceil((full - lookedAt) / MONITORING_PERIOD)
    if (!isMet(lookedAt + high * MONITORING_PERIOD)) return ending
    let low = (next - lookedAt) / MONITORING_PERIOD
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (isMet(lookedAt + middle * MONITORING_PERIOD)) high = middle
      else low = middle + 1
    }
    return Math.min(ending, lookedAt + high * MONITORING_PERIOD)
  }

  #gridBefore({ lookedAt }: Watched, at: SimTime): SimTime {
    return lookedAt + Math.floor((at - lookedAt) / MONITORING_PERIOD) * MONITORING_PERIOD
  }

  #gridFrom(origin: SimTime, at: SimTime): SimTime {
    return origin + Math.max(Math.ceil((at - origin) / MONITORING_PERIOD), 1) * MONITORING_PERIOD
  }

  #plan(node: NodeId, watched: Watched, at: SimTime): void {
    this.#cancel(watched)
    if (at !== NEVER) watched.look = this.#kernel.schedule(at, this.#look, node)
  }

  #cancel(watched: Watched): void {
    if (watched.look !== NO_EVENT) this.#kernel.cancel(watched.look)
    watched.look = NO_EVENT
  }

  #report(node: NodeId, watched: Watched, conditions: readonly PressureCondition[]): void {
    for (const condition of CONDITIONS) {
      const isNow = conditions.includes(condition)
      if (isNow === watched.conditions.includes(condition)) continue
      this.#status.report(node, condition, isNow ? Status.True : Status.False, '', false)
    }
    watched.conditions = conditions
  }
}
