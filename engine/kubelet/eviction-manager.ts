/**
 * Node-pressure eviction of one kubelet: keeps the conditions of its node, and evicts at most one pod at a time for
 * pressure, besides all pods that write more than their limits.
 *
 * Upstream: synchronize of pkg/kubelet/eviction/eviction_manager.go (1.36).
 * Simplified: containers that have ended hold no space, so nothing is won by removing them.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import type { EvictionThreshold } from '../model/eviction-thresholds.js'
import { formatQuantity, parseQuantity, quantityOf } from '../model/quantity.js'
import { compareQuantities } from '../model/quantity-arithmetic.js'
import {
  conditionOf,
  diskParts,
  isMemorySignal,
  isReclaimable,
  limitOf,
  type Observations,
  type PressureCondition,
  starvedResource,
  thresholdsMet,
} from './eviction-observations.js'
import { type EvictablePod, rankPods, type StarvedResource } from './eviction-rank.js'

export interface EvictionSettings {
  readonly thresholds: readonly EvictionThreshold[]
  /** Containers write to a filesystem of their own, not to the node's. */
  readonly hasImageFs: boolean
  /** A condition stays for so long after it was last seen. */
  readonly transitionPeriod: SimTime
  readonly maxPodGracePeriodSeconds: number
}

export interface Eviction<P> {
  readonly pod: P
  readonly message: string
  readonly gracePeriodSeconds: number
  /** Evicted for the node's sake: the pod gets the DisruptionTarget condition. */
  readonly isDisruption: boolean
  /** Containers above their requests of what the node is short of. */
  readonly offenders: readonly Offender[]
  readonly starved: StarvedResource
}

interface Offender {
  readonly container: string
  readonly bytes: number
}

export interface EvictionOutcome<P> {
  /** The pressure conditions of the node, by name. */
  readonly conditions: readonly PressureCondition[]
  /** What the kubelet attempts to reclaim. */
  readonly reclaiming?: StarvedResource
  readonly evictions: readonly Eviction<P>[]
}

/** Grace of a pod that goes at once: immediateEvictionGracePeriodSeconds. */
const IMMEDIATE_GRACE_SECONDS = 1
const CONDITION_NAMES: readonly PressureCondition[] = ['DiskPressure', 'MemoryPressure', 'PIDPressure']

export class EvictionManager {
  readonly settings: EvictionSettings
  readonly #firstObservedAt = new Map<EvictionThreshold, SimTime>()
  readonly #conditionSeenAt = new Map<PressureCondition, SimTime>()
  #met: readonly EvictionThreshold[] = []

  constructor(settings: EvictionSettings) {
    this.settings = settings
  }

  /** Whether some threshold was met at the last look. */
  get isPressed(): boolean {
    return this.#firstObservedAt.size > 0
  }

  /** Whether every threshold met has been so for its grace period. */
  get isEveryGraceOver(): boolean {
    return this.#met.length === this.#firstObservedAt.size
  }

  /** Whether the node has no condition, so that a look without pressure changes nothing. */
  get isAtRest(): boolean {
    return this.#conditionSeenAt.size === 0
  }

  /** When the first of the conditions ends if nothing is met any more. */
  get conditionsEndAt(): SimTime {
    return Math.min(...this.#conditionSeenAt.values()) + this.settings.transitionPeriod
  }

  /** Looks that were left out would have seen the same until then. */
  seenUntil(at: SimTime): void {
    for (const { signal } of this.#firstObservedAt.keys()) this.#conditionSeenAt.set(conditionOf(signal), at)
  }

  /** One look at the node and its active pods. @param reclaim frees disk that is not the pods', and measures again */
  synchronize<P extends EvictablePod>(
    now: SimTime,
    observations: Observations,
    pods: readonly P[],
    reclaim: () => Observations = () => observations,
  ): EvictionOutcome<P> {
    const met = this.#observe(now, observations)
    const conditions = CONDITION_NAMES.filter(name => this.#conditionSeenAt.has(name))
    const beyondLimits = this.#overLimits(pods)
    if (beyondLimits.length > 0) return { conditions, evictions: beyondLimits }
    const threshold = met.find(({ signal }) => isMemorySignal(signal)) ?? met[0]
    if (threshold === undefined) return { conditions, evictions: [] }
    const reclaiming = starvedResource(threshold.signal)
    const { thresholds, hasImageFs } = this.settings
    if (
      isReclaimable(threshold.signal, hasImageFs) &&
      thresholdsMet(thresholds, reclaim(), true).length === 0
    )
      return { conditions, reclaiming, evictions: [] }
    const ranked = rankPods(pods, reclaiming, diskParts(threshold.signal, hasImageFs))
    const pod = ranked.find(({ isCritical }) => !isCritical)
    if (pod === undefined) return { conditions, reclaiming, evictions: [] }
    const offenders = offendersOf(reclaiming, pod)
    const message = evictionMessage(reclaiming, pod, met, observations)
    const gracePeriodSeconds = this.#gracePeriod(threshold, pod)
    const eviction = { pod, message, gracePeriodSeconds, isDisruption: true, offenders, starved: reclaiming }
    return { conditions, reclaiming, evictions: [eviction] }
  }

  /** Brings the memory up to date; answers the thresholds whose grace periods are over. */
  #observe(now: SimTime, observations: Observations): readonly EvictionThreshold[] {
    const seen = new Set(thresholdsMet(this.settings.thresholds, observations, false))
    for (const threshold of thresholdsMet(this.#met, observations, true)) seen.add(threshold)
    for (const threshold of this.#firstObservedAt.keys())
      if (!seen.has(threshold)) this.#firstObservedAt.delete(threshold)
    for (const threshold of seen) {
      if (!this.#firstObservedAt.has(threshold)) this.#firstObservedAt.set(threshold, now)
      this.#conditionSeenAt.set(conditionOf(threshold.signal), now)
    }
    for (const [condition, at] of this.#conditionSeenAt)
      if (now - at >= this.settings.transitionPeriod) this.#conditionSeenAt.delete(condition)
    this.#met = this.settings.thresholds.filter(threshold => {
      const at = this.#firstObservedAt.get(threshold)
      return at !== undefined && now - at >= threshold.graceSeconds * SECOND
    })
    return this.#met
  }

  #gracePeriod({ graceSeconds }: EvictionThreshold, { gracePeriodSeconds }: EvictablePod): number {
    if (graceSeconds === 0) return IMMEDIATE_GRACE_SECONDS
    const longest = this.settings.maxPodGracePeriodSeconds
    return gracePeriodSeconds === undefined ? longest : Math.min(longest, gracePeriodSeconds)
  }

  /** Pods one of whose containers writes more than its own limit, whatever the node has left. */
  #overLimits<P extends EvictablePod>(pods: readonly P[]): Eviction<P>[] {
    const evictions: Eviction<P>[] = []
    for (const pod of pods) {
      const message = pod.isCritical ? undefined : limitMessage(pod, this.settings.hasImageFs)
      if (message === undefined) continue
      const starved = 'ephemeral-storage'
      const gracePeriodSeconds = IMMEDIATE_GRACE_SECONDS
      evictions.push({ pod, message, gracePeriodSeconds, isDisruption: false, offenders: [], starved })
    }
    return evictions
  }
}

/** Whether one of the pod's containers writes more than its own limit. */
export function hasLimitBreach(pod: EvictablePod, hasImageFs: boolean): boolean {
  return !pod.isCritical && limitMessage(pod, hasImageFs) !== undefined
}

function limitMessage({ containers, usage }: EvictablePod, hasImageFs: boolean): string | undefined {
  for (const { name, rootfsBytes, logsBytes } of usage?.containers ?? []) {
    const text = containers.find(container => container.name === name)?.limits['ephemeral-storage']
    const limit = text === undefined ? undefined : parseQuantity(text)
    if (limit === undefined || limit.unscaled === 0n) continue
    const used = quantityOf(logsBytes + (hasImageFs ? 0 : rootfsBytes))
    if (compareQuantities(used, limit) > 0)
      return `Container ${name} exceeded its local ephemeral storage limit "${formatQuantity(limit)}". `
  }
  return undefined
}

function evictionMessage(
  resource: StarvedResource,
  pod: EvictablePod,
  met: readonly EvictionThreshold[],
  observations: Observations,
): string {
  let message = `The node was low on resource: ${resource}. `
  const isCounted = resource === 'inodes' || resource === 'pids'
  const threshold = met.find(({ signal }) => starvedResource(signal) === resource)
  const observed = threshold === undefined ? undefined : observations[threshold.signal]
  if (threshold !== undefined && observed !== undefined) {
    const available = quantityOf(observed.available, isCounted ? 'DecimalSI' : 'BinarySI')
    const limit = formatQuantity(limitOf(threshold, observed))
    message += `Threshold quantity: ${limit}, available: ${formatQuantity(available)}. `
  }
  for (const { container, bytes } of offendersOf(resource, pod)) {
    const used = formatQuantity(quantityOf(bytes, 'BinarySI'))
    const request = requestText(pod, container, resource)
    message += `Container ${container} was using ${used}, request is ${request}, `
    message += `has larger consumption of ${resource}. `
  }
  return message
}

function requestText({ containers }: EvictablePod, name: string, resource: string): string {
  const text = containers.find(container => container.name === name)?.requests[resource] ?? '0'
  return formatQuantity(parseQuantity(text) ?? quantityOf(0))
}

function offendersOf(resource: StarvedResource, { containers, usage }: EvictablePod): Offender[] {
  if (resource !== 'ephemeral-storage' && resource !== 'memory') return []
  const offenders: Offender[] = []
  for (const { name, rootfsBytes, logsBytes, memoryBytes } of usage?.containers ?? []) {
    const text = containers.find(container => container.name === name)?.requests[resource] ?? '0'
    const bytes = resource === 'memory' ? (memoryBytes ?? 0) : rootfsBytes + logsBytes
    const request = parseQuantity(text) ?? quantityOf(0)
    if (compareQuantities(quantityOf(bytes, 'BinarySI'), request) > 0)
      offenders.push({ container: name, bytes })
  }
  return offenders
}
