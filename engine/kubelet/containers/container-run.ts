/**
 * One container of a pod that is run container by container: its state, its restarts and its probes.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/prober/prober_manager.go (1.36).
 * Simplified: nothing known.
 */
import { type EventHandle, NO_EVENT } from '../../kernel/event-queue.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { backOffAfter, crashLoopDelay } from '../crash-loop.js'
import type { ContainerStatus } from '../pod-phase.js'
import { type ContainerProbe, probesOf } from './container-probes.js'
import type { PlannedContainer } from './pod-plan.js'

/** Pulling, Starting and Hooking come before Running; BackOff is the wait before another start. */
export const State = {
  New: 0,
  Pulling: 1,
  Starting: 2,
  Hooking: 3,
  Running: 4,
  Killing: 5,
  BackOff: 6,
  Ended: 7,
  PullFailed: 8,
} as const
export type State = (typeof State)[keyof typeof State]

export class ContainerRun {
  readonly plan: PlannedContainer
  readonly probes: readonly ContainerProbe[]
  state: State = State.New
  startedAt: SimTime = NEVER
  /** Of the run before, once there was one. */
  exitCode: number | undefined
  restarts = 0
  /** Its image may not be pulled and is not there. */
  lacksImage = false
  /** Runs that have ended. */
  runs = 0
  /** The next step of the container, and the next change of a probe's result. */
  step: EventHandle = NO_EVENT
  /** Which step that is. */
  stepKind = 0
  probe: EventHandle = NO_EVENT
  /** Without probes that would say so, it is ready some time after its start. */
  #readyAt: SimTime = 0
  #backOff: SimTime = 0
  #restartedAt: SimTime = 0

  constructor(plan: PlannedContainer, origin: SimTime) {
    this.plan = plan
    this.probes = probesOf(plan.container, plan.behaviour, origin)
  }

  get isUp(): boolean {
    return this.state === State.Hooking || this.state === State.Running || this.state === State.Killing
  }

  /** On its way to running, or there. */
  get isActive(): boolean {
    return this.state !== State.New && this.state !== State.Ended && this.state !== State.PullFailed
  }

  /** Runs, and its startup probe, if any, has passed. */
  get isStarted(): boolean {
    if (this.state !== State.Running) return false
    return this.probes.every(({ type, isPassed }) => type !== 'startup' || isPassed)
  }

  get isReady(): boolean {
    if (this.#readyAt !== 0) return false
    return this.isStarted && this.probes.every(({ type, isPassed }) => type !== 'readiness' || isPassed)
  }

  /** An init container that has done its work. */
  get isComplete(): boolean {
    return this.state === State.Ended && this.exitCode === 0
  }

  get nextExitCode(): number {
    const { exitCodes } = this.plan.behaviour
    return exitCodes[Math.min(this.runs, exitCodes.length - 1)]
  }

  /** It runs from now on: those probes begin that may. */
  ran(now: SimTime): void {
    this.state = State.Running
    this.startedAt = now
    const hasStartup = this.probes.some(({ type }) => type === 'startup')
    const { readyAfter } = this.plan.behaviour
    const isProbed = this.probes.some(({ type }) => type !== 'liveness')
    this.#readyAt = isProbed || readyAfter === 0 ? 0 : readyAfter === NEVER ? NEVER : now + readyAfter
    for (const probe of this.probes) {
      if (probe.type === 'startup' || !hasStartup) probe.begin(now, now)
    }
  }

  /** The startup probe has passed: the others begin. */
  startupPassed(now: SimTime): void {
    for (const probe of this.probes) if (probe.type !== 'startup') probe.begin(this.startedAt, now)
  }

  ended(now: SimTime, exitCode: number): void {
    for (const probe of this.probes) probe.end(now)
    this.state = State.Ended
    this.exitCode = exitCode
    this.runs++
  }

  /** The wait before it is started again. */
  backOff(now: SimTime): SimTime {
    const delay = crashLoopDelay(this.#backOff, now - this.#restartedAt)
    this.#backOff = backOffAfter(delay)
    this.#restartedAt = now + delay
    return delay
  }

  /** Counts the answers of its probes. */
  count(now: SimTime): void {
    for (const probe of this.probes) probe.count(now)
    if (this.#readyAt <= now) this.#readyAt = 0
  }

  /** When a probe's result will change, or the container be ready by itself. */
  nextProbeChange(): SimTime {
    let next = this.#readyAt === 0 ? NEVER : this.#readyAt
    for (const probe of this.probes) next = Math.min(next, probe.nextChange())
    return next
  }

  status(): ContainerStatus {
    const { container } = this.plan
    const { exitCode, isStarted } = this
    const past = exitCode === undefined ? {} : { lastExitCode: exitCode }
    if (this.isUp && this.state !== State.Hooking)
      return { name: container.name, state: 'running', isStarted, ...past }
    if (this.state === State.Ended && exitCode !== undefined)
      return { name: container.name, state: 'terminated', exitCode, isStarted }
    return { name: container.name, state: 'waiting', isStarted, ...past }
  }
}
