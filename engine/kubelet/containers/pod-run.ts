/**
 * One pod run container by container: init containers one after another, sidecars before those that come after them,
 * then the others; what becomes of the pod when one of them exits, and how long stopping all of them takes.
 *
 * Upstream: SyncPod, computePodActions, killContainersWithSyncResult and termination_order.go of
 * pkg/kubelet/kuberuntime (1.36).
 * Simplified: a pod whose containers are all restarted starts over with its init containers at once.
 */
import { SECOND, type SimTime } from '../../kernel/time.js'
import { DEFAULT_GRACE_PERIOD_SECONDS } from '../../model/defaults.js'
import { Phase } from '../../state/ids.js'
import { isRestarted, podPhase } from '../pod-phase.js'
import { ContainerRun, State } from './container-run.js'
import type { PodPlan } from './pod-plan.js'
import { type Stop, stopOf } from './stop-times.js'

/** What a container that has exited leads to. */
export type AfterExit = 'restart' | 'restart all' | 'pod ended' | 'nothing'

export class PodRun {
  uid: number
  readonly plan: PodPlan
  readonly containers: readonly ContainerRun[]
  isInitialized = false
  /** All containers are down for good. */
  isTerminal = false
  /** Its last containers are going: nothing is started any more. */
  isStopping = false
  /** What was said last. */
  reportedRestarts = 0
  reportedWaiting = ''

  constructor(uid: number, plan: PodPlan, origin: SimTime) {
    this.uid = uid
    this.plan = plan
    this.containers = plan.containers.map(planned => new ContainerRun(planned, origin))
  }

  /** The container to start now: they start one after another, each when the one before has got far enough. */
  toStart(): number | undefined {
    if (this.isStopping || this.isTerminal) return undefined
    for (let i = 0; i < this.containers.length; i++) {
      const run = this.containers[i]
      const { role } = run.plan
      if (role === 'main') this.isInitialized = true
      else if (this.isInitialized) continue
      if (run.state === State.New) return i
      const isBehind =
        role === 'init'
          ? !run.isComplete
          : role === 'sidecar'
            ? !run.isStarted
            : run.state === State.Pulling || run.state === State.Starting || run.state === State.Hooking
      if (isBehind) return undefined
    }
    return undefined
  }

  /** @param isForced the kubelet itself killed it, whatever its code says. */
  afterExit(run: ContainerRun, exitCode: number, isForced: boolean): AfterExit {
    if (this.isStopping) return 'nothing'
    const { container, role } = run.plan
    const { restartPolicy } = this.plan.spec
    if (role === 'sidecar') return 'restart'
    const rule = (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
      return exitCodes?.values.includes(exitCode) === (exitCodes?.operator === 'In')
    })
    if (rule?.action === 'RestartAllContainers') return 'restart all'
    const isAgain = isForced
      ? (container.restartPolicy ?? restartPolicy) !== 'Never'
      : isRestarted(container, restartPolicy, exitCode)
    if (role === 'init') {
      if (exitCode === 0) return 'nothing'
      return isAgain ? 'restart' : 'pod ended'
    }
    if (isAgain) return 'restart'
    return this.#mains().every(({ state }) => state === State.Ended) ? 'pod ended' : 'nothing'
  }

  /** All containers are down for good. */
  end(now: SimTime): void {
    for (const one of this.containers) if (one.isUp) one.ended(now, 0)
    this.isTerminal = true
  }

  /** All containers are started again, init containers first; those that run are killed for it. */
  startOver(now: SimTime, exitCode: number): void {
    for (const one of this.containers) {
      if (one.isUp) one.ended(now, exitCode)
      if (one.runs > 0) one.restarts++
      one.state = State.New
      one.exitCode = undefined
    }
    this.isInitialized = false
  }

  phase(): Phase {
    const statuses = this.containers.map(run => run.status())
    return podPhase(this.plan.spec, statuses, this.isTerminal, this.isInitialized)
  }

  /** Every container that goes on running is ready. */
  isReady(): boolean {
    if (!this.isInitialized || this.isTerminal) return false
    return this.containers.every(run => run.plan.role === 'init' || run.isReady)
  }

  get isAnyUp(): boolean {
    return this.containers.some(({ isUp }) => isUp)
  }

  get restarts(): number {
    return this.containers.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** What the status says of the first container that waits. */
  get waiting(): string {
    for (const { state, lacksImage } of this.containers) {
      if (state === State.PullFailed) return lacksImage ? 'ErrImageNeverPull' : 'ImagePullBackOff'
      if (state === State.BackOff) return 'CrashLoopBackOff'
    }
    return ''
  }

  /** How a container stops that a probe has killed. */
  killOf(run: ContainerRun): Stop {
    const { preStop, stopDelay } = run.plan.behaviour
    return stopOf(preStop, stopDelay, this.#killGrace(run), 0)
  }

  #killGrace({ plan: { container } }: ContainerRun): SimTime {
    const { livenessProbe, startupProbe } = container
    const own = (livenessProbe ?? startupProbe)?.terminationGracePeriodSeconds
    const ofPod = this.plan.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS
    return (own ?? ofPod) * SECOND
  }

  /** Exit codes of the containers that are no init containers, as the status has them. */
  exitCodes(): number[] {
    return this.#mains().map(({ exitCode }) => exitCode ?? 0)
  }

  /** How all containers stop, sidecars after the others and the last of them first. */
  stopOf(grace: SimTime): Stop {
    let after = 0
    let isKilled = false
    const add = (run: ContainerRun, turn: SimTime): void => {
      if (!run.isUp) return
      const { preStop, stopDelay } = run.plan.behaviour
      const stop = stopOf(preStop, stopDelay, grace, turn)
      after = Math.max(after, stop.after)
      if (stop.isKilled) isKilled = true
    }
    for (const run of this.containers) if (run.plan.role !== 'sidecar') add(run, 0)
    for (const run of this.containers.toReversed()) if (run.plan.role === 'sidecar') add(run, after)
    return { after, isKilled }
  }

  #mains(): ContainerRun[] {
    return this.containers.filter(({ plan }) => plan.role === 'main')
  }
}

/** Whether nothing of the pod goes on. */
export function isFinal(phase: Phase): boolean {
  return phase === Phase.Succeeded || phase === Phase.Failed
}
