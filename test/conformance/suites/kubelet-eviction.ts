import { SECOND } from '../../../engine/kernel/time.js'
import { EvictionManager, type EvictionOutcome } from '../../../engine/kubelet/eviction-manager.js'
import type { Observations } from '../../../engine/kubelet/eviction-observations.js'
import {
  type EvictablePod,
  type PodUsage,
  rankPods,
  WHOLE_DISK,
} from '../../../engine/kubelet/eviction-rank.js'
import { parseThresholds, type ThresholdConfig } from '../../../engine/model/eviction-thresholds.js'
import type { Amounts } from '../../../engine/model/pod-spec.js'
import { isCriticalPod } from '../../../engine/model/qos.js'
import { value } from '../../../engine/model/quantity.js'
import type { KindRunner } from '../suite.js'

interface GivenPod {
  readonly name: string
  readonly priority?: number
  readonly requests?: Amounts
  readonly limits?: Amounts
  readonly static?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly usage?: GivenUsage | undefined
}

interface GivenUsage {
  readonly logsUsedBytes: number
  readonly memoryWorkingSetBytes: number
  readonly processes: number
  readonly rootfsInodesUsed: number
  readonly rootfsUsedBytes: number
}

interface GivenRank {
  readonly pods: readonly GivenPod[]
  readonly pressure: keyof typeof RESOURCE_OF
}

interface GivenEvictionStep {
  readonly fsAvailable: number
  readonly inodesFree: number
  readonly memoryAvailable: number
  readonly runningProcesses: number
  readonly usage?: Readonly<Record<string, GivenUsage>>
}

interface GivenEviction extends ThresholdConfig {
  readonly dedicatedImageFs: boolean
  readonly evictionMaxPodGracePeriod: number
  readonly evictionPressureTransitionPeriodSeconds: number
  readonly fsCapacity: number
  readonly inodes: number
  readonly maxPID: number
  readonly memoryCapacity: number
  readonly stepSeconds: number
  readonly pods: readonly GivenPod[]
  readonly steps: readonly GivenEvictionStep[]
}

const RESOURCE_OF = {
  memory: 'memory',
  disk: 'ephemeral-storage',
  inodes: 'inodes',
  pid: 'pids',
} as const

function evictablePod(pod: GivenPod): EvictablePod {
  const { name, priority = 0, requests = {}, limits = {}, usage } = pod
  return {
    name,
    priority,
    isCritical: isCriticalPod(priority, pod.static === true ? { 'kubernetes.io/config.source': 'file' } : {}),
    gracePeriodSeconds: pod.terminationGracePeriodSeconds,
    memoryRequest: amount(requests['memory']),
    storageRequest: amount(requests['ephemeral-storage']),
    containers: [{ name: 'c', requests, limits }],
    usage: usage === undefined ? undefined : usageOf(usage),
  }
}

function usageOf(usage: GivenUsage): PodUsage {
  return {
    memoryBytes: usage.memoryWorkingSetBytes,
    processes: usage.processes,
    containers: [
      {
        name: 'c',
        rootfsBytes: usage.rootfsUsedBytes,
        logsBytes: usage.logsUsedBytes,
        inodes: usage.rootfsInodesUsed,
      },
    ],
  }
}

function amount(text: string | undefined): number {
  return text === undefined ? 0 : (value(text) ?? 0)
}

function observations(given: GivenEviction, step: GivenEvictionStep): Observations {
  const fs = { available: step.fsAvailable, capacity: given.fsCapacity }
  const inodes = { available: step.inodesFree, capacity: given.inodes }
  return {
    'memory.available': { available: step.memoryAvailable, capacity: given.memoryCapacity },
    'nodefs.available': fs,
    'nodefs.inodesFree': inodes,
    'imagefs.available': fs,
    'imagefs.inodesFree': inodes,
    'pid.available': { available: given.maxPID - step.runningProcesses, capacity: given.maxPID },
  }
}

function outcomeOf({ conditions, reclaiming, evictions }: EvictionOutcome<EvictablePod>) {
  const attempt = `Attempting to reclaim ${reclaiming}`
  const events = [
    ...(reclaiming === undefined ? [] : [['Warning', 'EvictionThresholdMet', attempt]]),
    ...evictions.map(({ message }) => ['Warning', 'Evicted', message]),
  ]
  const killed = evictions.map(({ pod, message, gracePeriodSeconds, isDisruption }) => ({
    pod: pod.name,
    phase: 'Failed',
    reason: 'Evicted',
    message,
    gracePeriodSeconds,
    condition: isDisruption ? ['DisruptionTarget', 'True', 'TerminationByKubelet'] : undefined,
  }))
  return {
    conditions: conditions.length === 0 ? undefined : conditions,
    events: events.length === 0 ? undefined : events,
    evicted: killed.length === 0 ? undefined : evictions.map(({ pod }) => pod.name),
    killed: killed.length === 0 ? undefined : killed,
  }
}

/** Ranking and eviction under pressure, what is measured given by the case. */
export const evictionKinds = {
  rank({ pods, pressure }: GivenRank) {
    const ranked = rankPods(pods.map(evictablePod), RESOURCE_OF[pressure], WHOLE_DISK)
    return { order: ranked.map(({ name }) => name) }
  },

  eviction(given: GivenEviction) {
    const thresholds = parseThresholds(given)
    if ('error' in thresholds) return thresholds
    const manager = new EvictionManager({
      thresholds,
      hasImageFs: given.dedicatedImageFs,
      transitionPeriod: given.evictionPressureTransitionPeriodSeconds * SECOND,
      maxPodGracePeriodSeconds: given.evictionMaxPodGracePeriod,
    })
    const gone = new Set<string>()
    return {
      steps: given.steps.map((step, i) => {
        const pods = given.pods.filter(({ name }) => !gone.has(name))
        const evictable = pods.map(pod => evictablePod({ ...pod, usage: step.usage?.[pod.name] }))
        const outcome = manager.synchronize(
          i * given.stepSeconds * SECOND,
          observations(given, step),
          evictable,
        )
        for (const { pod } of outcome.evictions) gone.add(pod.name)
        return outcomeOf(outcome)
      }),
    }
  },
} satisfies Record<string, KindRunner>
