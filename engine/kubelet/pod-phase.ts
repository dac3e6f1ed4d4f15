/**
 * The phase of a pod from the states of its containers.
 *
 * Upstream: getPhase of pkg/kubelet/kubelet_pods.go, restart rules of pkg/kubelet/container/helpers.go (1.36).
 * Simplified: nothing known.
 */
import type { Container, PodSpec } from '../model/pod-spec.js'
import { Phase } from '../state/ids.js'

/** What one container does now; `lastExitCode` of its run before. */
export interface ContainerStatus {
  readonly name: string
  readonly state: 'waiting' | 'running' | 'terminated' | 'unknown'
  readonly exitCode?: number
  readonly lastExitCode?: number
  /** A running container whose startup probe has passed. */
  readonly isStarted: boolean
}

type PhaseSpec = Pick<PodSpec, 'containers' | 'initContainers' | 'restartPolicy'>

/** How many containers are in which state. */
interface Counts {
  unknown: number
  running: number
  waiting: number
  stopped: number
  succeeded: number
}

/**
 * @param isTerminal none of the containers will ever be started again
 * @param isInitialized the containers have been allowed to start once
 */
export function podPhase(
  spec: PhaseSpec,
  statuses: readonly ContainerStatus[],
  isTerminal: boolean,
  isInitialized: boolean,
): Phase {
  const init = initialization(spec, statuses)
  if (init.isFailed) return Phase.Failed
  const counts: Counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 }
  const isSidecarPending = countSidecars(spec, statuses, counts)
  countContainers(spec, statuses, counts)
  if (init.isPending || (isSidecarPending && !isInitialized) || counts.waiting > 0) return Phase.Pending
  if (counts.unknown > 0) return Phase.Pending
  if (counts.running > 0) return Phase.Running
  if (counts.stopped === 0) return Phase.Pending
  const hasSucceeded = counts.stopped === counts.succeeded
  if (isTerminal) return hasSucceeded ? Phase.Succeeded : Phase.Failed
  if (isAnyRestarted(spec, statuses)) return Phase.Running
  return hasSucceeded ? Phase.Succeeded : Phase.Failed
}

/** The phase when all containers have exited with this code after a good start: Running when some start again. */
export function phaseAfterExit(spec: PhaseSpec, exitCode: number): Phase {
  const ended =
    (code: number) =>
    ({ name }: Container) =>
      ({ name, state: 'terminated', exitCode: code, isStarted: true }) satisfies ContainerStatus
  const statuses = [...spec.containers.map(ended(exitCode)), ...(spec.initContainers ?? []).map(ended(0))]
  return podPhase(spec, statuses, false, true)
}

/** Whether the container is started again after an exit with this code. */
export function isRestarted(
  container: Container,
  podPolicy: PodSpec['restartPolicy'],
  exitCode: number,
): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (exitCodes === undefined) continue
    const isListed = exitCodes.values.includes(exitCode)
    if (isListed === (exitCodes.operator === 'In'))
      return action === 'Restart' || action === 'RestartAllContainers'
  }
  const policy = container.restartPolicy ?? podPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function initialization(spec: PhaseSpec, statuses: readonly ContainerStatus[]) {
  let isPending = false
  let isFailed = false
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') continue
    const status = statusOf(statuses, container)
    const exitCode = status?.state === 'terminated' ? status.exitCode : status?.lastExitCode
    if (status === undefined || status.state === 'running' || status.state === 'unknown') isPending = true
    else if (exitCode === undefined) isPending = true
    else if (exitCode !== 0 && !isRestarted(container, spec.restartPolicy, exitCode)) isFailed = true
  }
  return { isPending, isFailed }
}

/** Stopped sidecars count nowhere: they do not keep a pod from ending. */
function countSidecars(spec: PhaseSpec, statuses: readonly ContainerStatus[], counts: Counts): boolean {
  let isPending = false
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy !== 'Always') continue
    const status = statusOf(statuses, container)
    if (status === undefined) counts.unknown++
    else if (status.state === 'running') {
      if (!status.isStarted) isPending = true
      counts.running++
    } else if (status.state === 'waiting' && status.lastExitCode === undefined) {
      isPending = true
      counts.waiting++
    } else if (status.state === 'unknown') {
      isPending = true
      counts.unknown++
    }
  }
  return isPending
}

function countContainers(spec: PhaseSpec, statuses: readonly ContainerStatus[], counts: Counts): void {
  for (const container of spec.containers) {
    const status = statusOf(statuses, container)
    if (status === undefined || status.state === 'unknown') counts.unknown++
    else if (status.state === 'running') counts.running++
    else if (status.state === 'terminated') {
      counts.stopped++
      if (status.exitCode === 0) counts.succeeded++
    } else if (status.lastExitCode !== undefined) counts.stopped++
    else counts.waiting++
  }
}

function isAnyRestarted(spec: PhaseSpec, statuses: readonly ContainerStatus[]): boolean {
  return spec.containers.some(container => {
    const status = statusOf(statuses, container)
    const exitCode = status?.state === 'terminated' ? status.exitCode : status?.lastExitCode
    return exitCode !== undefined && isRestarted(container, spec.restartPolicy, exitCode)
  })
}

function statusOf(statuses: readonly ContainerStatus[], { name }: Container): ContainerStatus | undefined {
  return statuses.find(status => status.name === name)
}
