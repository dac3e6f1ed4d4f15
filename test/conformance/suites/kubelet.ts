import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { backOffAfter, crashLoopDelay } from '../../../engine/kubelet/crash-loop.js'
import { type ContainerStatus, podPhase } from '../../../engine/kubelet/pod-phase.js'
import { type ProbeAnswer, type ProbeType, ProbeWorker } from '../../../engine/kubelet/probe-worker.js'
import { shutdownGroups } from '../../../engine/kubelet/shutdown-groups.js'
import {
  parseThresholds,
  type ThresholdConfig,
  type ThresholdValue,
} from '../../../engine/model/eviction-thresholds.js'
import type { NodeReservations, ShutdownSettings } from '../../../engine/model/kubelet-config.js'
import { nodeAllocatable, nodeReservation, type Quantities } from '../../../engine/model/node-allocatable.js'
import type { Amounts, Container, Labels, PodSpec, Probe } from '../../../engine/model/pod-spec.js'
import { isCriticalPod, oomScoreAdjustment, qosClass } from '../../../engine/model/qos.js'
import { formatQuantity } from '../../../engine/model/quantity.js'
import { PHASE_NAMES } from '../../../engine/state/ids.js'
import { type Suite, suiteOfKinds } from '../suite.js'
import { evictionKinds } from './kubelet-eviction.js'

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

  ...evictionKinds,

  shutdown({ pods = [], ...settings }: GivenShutdown) {
    const groups = shutdownGroups(settings, pods, ({ priority = 0 }) => priority)
    return {
      groups:
        groups.length === 0
          ? undefined
          : groups.map(group => ({ ...group, pods: group.pods.map(({ name }) => name) })),
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
