import { backOffAfter, crashLoopDelay } from '../../../engine/kubelet/crash-loop.js'
import { EvictionManager, type EvictionOutcome } from '../../../engine/kubelet/eviction-manager.js'
import type { Observations } from '../../../engine/kubelet/eviction-observations.js'
import { type EvictablePod, type PodUsage, rankPods, WHOLE_DISK } from '../../../engine/kubelet/eviction-rank.js'
import { type ContainerStatus, podPhase } from '../../../engine/kubelet/pod-phase.js'
import { type ProbeAnswer, type ProbeType, ProbeWorker } from '../../../engine/kubelet/probe-worker.js'
import { type ShutdownSettings, shutdownGroups } from '../../../engine/kubelet/shutdown-groups.js'
import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { parseThresholds, type ThresholdConfig, type ThresholdValue } from '../../../engine/model/eviction-thresholds.js'
import { type NodeReservations, nodeAllocatable, nodeReservation, type Quantities } from '../../../engine/model/node-allocatable.js'
import type { Amounts, Container, Labels, PodSpec, Probe } from '../../../engine/model/pod-spec.js'
import { isCriticalPod, oomScoreAdjustment, qosClass } from '../../../engine/model/qos.js'
import { formatQuantity, value } from '../../../engine/model/quantity.js'
import { PHASE_NAMES } from '../../../engine/state/ids.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenContainerStatus {
  readonly name: string
  readonly started?: boolean
  readonly state: {
    readonly running?: object
    readonly waiting?: object
    readonly terminated?: { readonly exitCode: number }
  }
  readonly lastState: { readonly terminated?: { readonly exitCode: number } }
}

interface GivenPhase {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly restartPolicy: NonNullable<PodSpec['restartPolicy']>
  readonly podHasInitialized: boolean
  readonly podIsTerminal: boolean
  readonly statuses?: readonly GivenContainerStatus[]
}

interface GivenProbe {
  readonly probe: Probe
  readonly probeType: ProbeType
  readonly steps: readonly {
    readonly t: number
    readonly answer: ProbeAnswer
    readonly containerRestarted?: boolean
  }[]
}

interface GivenShutdown extends ShutdownSettings {
  readonly pods?: readonly { readonly name: string; readonly priority?: number }[]
}

/** What a kubelet works out for its node and its pods. */
export const kubeletSuite: Suite = suiteOfKinds('kubelet', {
  qos({ memoryCapacity, pod: { metadata, spec } }: GivenQos) {
    const containers = [...spec.containers, ...(spec.initContainers ?? [])]
    return {
      qosClass: qosClass(spec),
      critical: isCriticalPod(spec.priority ?? 0, metadata.annotations ?? {}),
      oomScoreAdj: Object.fromEntries(
        containers.map(container => [container.name, oomScoreAdjustment(spec, container, memoryCapacity)]),
      ),
    }
  },

  phase({ statuses = [], podIsTerminal, podHasInitialized, ...spec }: GivenPhase) {
    return { phase: PHASE_NAMES[podPhase(spec, statuses.map(statusOf), podIsTerminal, podHasInitialized)] }
  },

  crashLoop({ runSeconds }: { runSeconds: readonly number[] }) {
    let backOff: SimTime = 0
    return {
      restarts: runSeconds.map(seconds => {
        const delay = crashLoopDelay(backOff, seconds * SECOND)
        backOff = backOffAfter(delay)
        const text = `back-off ${goDuration(delay / SECOND)} restarting failed container=c pod=p_default(u)`
        return { restartDelaySeconds: delay / SECOND, message: delay === 0 ? '' : text }
      }),
    }
  },

  probe({ probe, probeType, steps }: GivenProbe) {
    const worker = new ProbeWorker(probeType, probe)
    let startedAt = 0
    return {
      columns: ['probed', 'result', 'onHold', 'keepGoing'],
      steps: steps.map(({ t, answer, containerRestarted = false }) => {
        if (containerRestarted) {
          startedAt = t
          worker.containerStarted()
        }
        const isStarted = probeType !== 'startup' || worker.result === 'Success'
        const isDue = worker.isDue(t - startedAt, isStarted)
        if (isDue) worker.answered(answer)
        return [isDue, worker.result, worker.isOnHold, true]
      }),
    }
  },

  thresholds(given: ThresholdConfig) {
    const parsed = parseThresholds(given)
    if ('error' in parsed) return { error: parsed.error }
    const thresholds = parsed.map(({ signal, value, graceSeconds, minReclaim }) => ({
      signal,
      value: valueText(value),
      graceSeconds,
      minReclaim: minReclaim === undefined ? undefined : valueText(minReclaim),
    }))
    return thresholds.length === 0 ? {} : { thresholds }
  },

  allocatable({ capacity, evictionHard = {}, ...reservations }: GivenAllocatable) {
    const thresholds = parseThresholds({ evictionHard })
    if ('error' in thresholds) return thresholds
    return {
      reservation: texts(nodeReservation(capacity, reservations, thresholds)),
      allocatableAbsolute: texts(nodeAllocatable(capacity, reservations, [])),
    }
  },

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
        const outcome = manager.synchronize(i * given.stepSeconds * SECOND, observations(given, step), evictable)
        for (const { pod } of outcome.evictions) gone.add(pod.name)
        return outcomeOf(outcome)
      }),
    }
  },

  shutdown({ pods = [], ...settings }: GivenShutdown) {
    const groups = shutdownGroups(settings, pods, ({ priority = 0 }) => priority)
    return {
      groups: groups.length === 0 ? undefined : groups.map(group => ({ ...group, pods: group.pods.map(({ name }) => name) })),
      totalSeconds: groups.reduce((sum, { seconds }) => sum + seconds, 0),
    }
  },
})

interface GivenQos {
  readonly memoryCapacity: number
  readonly pod: { readonly metadata: { readonly annotations?: Labels }; readonly spec: PodSpec }
}

interface GivenAllocatable extends NodeReservations {
  readonly capacity: Amounts
  readonly evictionHard?: Labels
}

function texts(quantities: Quantities): Amounts {
  return Object.fromEntries([...quantities].map(([name, quantity]) => [name, formatQuantity(quantity)]))
}

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

/** A 32-bit fraction in the fewest digits that say which it is. */
function valueText(value: ThresholdValue): string {
  if ('quantity' in value) return formatQuantity(value.quantity)
  let digits = 1
  while (Math.fround(Number(value.fraction.toPrecision(digits))) !== value.fraction) digits++
  return String(Number(value.fraction.toPrecision(digits)))
}

function statusOf({ name, started = false, state, lastState }: GivenContainerStatus): ContainerStatus {
  const lastExitCode = lastState.terminated?.exitCode
  const last = lastExitCode === undefined ? {} : { lastExitCode }
  if (state.running !== undefined) return { name, state: 'running', isStarted: started, ...last }
  if (state.terminated !== undefined) {
    return { name, state: 'terminated', exitCode: state.terminated.exitCode, isStarted: started, ...last }
  }
  return { name, state: state.waiting === undefined ? 'unknown' : 'waiting', isStarted: started, ...last }
}

/** Go's text of a duration of whole seconds: 1m20s. */
function goDuration(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
