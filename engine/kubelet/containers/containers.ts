/**
 * Runs those pods container by container that need it; all others never come here. A container's next step and the
 * next change of its probes are its only events.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod, pkg/kubelet/prober (1.36).
 * Simplified: a kubelet acts on what its containers do at once, not at its next sync.
 */
import { NO_EVENT } from '../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import { DEFAULT_GRACE_PERIOD_SECONDS } from '../../model/defaults.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { MemoryUse } from '../memory/memory-use.js'
import type { PodBehaviours } from '../pod-behaviours.js'
import type { ContainerPorts } from './container-news.js'
import { type ContainerRun, State } from './container-run.js'
import { STEPS, Step } from './container-step.js'
import { type ImagePulls, PullResult } from './image-pulls.js'
import { needsPlan, podPlan } from './pod-plan.js'
import { isFinal, PodRun } from './pod-run.js'
import { PodRuns } from './pod-runs.js'

/** Exit code of a container that ends at SIGTERM, and of one that has to be killed. */
const TERMINATED = 143
const KILLED = 137

export class Containers {
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #behaviours: PodBehaviours
  readonly #pulls: ImagePulls
  readonly #memory: MemoryUse
  readonly #ports: ContainerPorts
  readonly #step: EventKind
  readonly runs = new PodRuns()
  /** By template: whether its pods come here. */
  readonly #needed: (boolean | undefined)[] = []

  constructor(
    kernel: Kernel,
    state: ClusterState,
    parts: {
      readonly behaviours: PodBehaviours
      readonly pulls: ImagePulls
      readonly memory: MemoryUse
      readonly ports: ContainerPorts
    },
  ) {
    this.#kernel = kernel
    this.#state = state
    this.#behaviours = parts.behaviours
    this.#pulls = parts.pulls
    parts.pulls.arrived.push(node => this.#imageArrived(node))
    this.#memory = parts.memory
    this.#ports = parts.ports
    this.#step = kernel.on('kubelet/ContainerStep', Rank.Kubelet, (pod, argument) => {
      this.#due(pod as PodId, Math.floor(argument / STEPS), (argument % STEPS) as Step)
    })
  }

  /** Takes over a pod that the kubelet begins with; false: it is one to be run as a whole. */
  begin(pod: PodId): boolean {
    const { pods, templates } = this.#state
    const id = pods.templateOf(pod)
    this.#needed[id] ??= needsPlan(templates.get(id))
    if (!this.#needed[id]) return false
    const plan = podPlan(templates.get(id), pods.ordinal[pod], this.#behaviours.of(pod))
    this.runs.set(pod, new PodRun(pods.uid[pod], plan, this.#kernel.now))
    this.#advance(pod)
    return true
  }

  /** Begins to stop the pod's containers; answers how long it takes. */
  stop(pod: PodId, grace: SimTime): SimTime {
    const run = this.runs.get(pod) as PodRun
    run.isStopping = true
    for (const container of run.containers) this.#cancel(container)
    return run.stopOf(grace).after
  }

  /** The containers of one pod are from now on those of the other. */
  handOver(from: PodId, to: PodId): void {
    const run = this.runs.get(from)
    if (run === undefined) return
    const { now } = this.#kernel
    this.runs.delete(from)
    run.uid = this.#state.pods.uid[to]
    this.runs.set(to, run)
    this.#pulls.forget(from)
    for (const [i, container] of run.containers.entries()) {
      const at = this.#kernel.timeOf(container.step)
      this.#cancel(container)
      if (at !== undefined) this.#schedule(to, container, i, container.stepKind as Step, at - now)
      else if (container.state === State.Pulling) container.state = State.New
      if (container.state === State.Running) this.#watchProbes(to, container, i)
    }
    run.reportedRestarts = 0
    this.#advance(to)
  }

  /** All containers are down, whatever they did. */
  forget(pod: PodId): void {
    const run = this.runs.get(pod)
    if (run === undefined) return
    for (const container of run.containers) this.#cancel(container)
    this.#memory.ended(pod)
    this.#pulls.forget(pod)
    this.runs.delete(pod)
  }

  /** One container exits, if it runs. */
  exit(pod: PodId, name: string, exitCode: number): void {
    const found = this.runs.find(pod, name)
    if (found === undefined || !found.container.isUp) return
    this.#exited(pod, found.run, found.index, exitCode, false)
    this.#advance(pod)
  }

  /** One container is stopped, if it runs, and started again. */
  restart(pod: PodId, name: string): void {
    const found = this.runs.find(pod, name)
    if (found?.container.state !== State.Running) return
    this.#kill(pod, found.run, found.index)
    this.#advance(pod)
  }

  /** The machine is down: nothing happens to the pod before it is up again and {@link crash} says what it found. */
  suspend(pod: PodId): void {
    for (const container of this.runs.get(pod)?.containers ?? []) this.#cancel(container)
  }

  /** Every container that runs exits, as when the machine goes down or the application crashes. */
  crash(pod: PodId, exitCode: number): void {
    const run = this.runs.get(pod)
    if (run === undefined) return
    for (const [i, container] of run.containers.entries()) {
      if (container.isUp) this.#exited(pod, run, i, exitCode, false)
      else if (container.state === State.Pulling || container.state === State.Starting) {
        this.#cancel(container)
        container.state = State.New
      } else if (container.step === NO_EVENT && container.state === State.BackOff)
        this.#schedule(pod, container, i, Step.Restarted, 0)
      else if (container.step === NO_EVENT && container.state === State.PullFailed)
        this.#schedule(pod, container, i, Step.PullAgain, 0)
    }
    this.#pulls.forget(pod)
    this.#advance(pod)
  }

  /** Starts what can be started, and reports. */
  #advance(pod: PodId): void {
    const run = this.runs.get(pod)
    if (run === undefined) return
    for (let index = run.toStart(); index !== undefined; index = run.toStart()) {
      this.#pull(pod, run, index)
      if (run.containers[index].state === State.New) break
    }
    this.#report(pod, run)
  }

  #pull(pod: PodId, run: PodRun, index: number): void {
    const container = run.containers[index]
    const node = this.#state.pods.nodeOf(pod)
    container.state = State.Pulling
    this.#pulls.pull(node, pod, container.plan, result => {
      if (this.runs.get(pod) !== run || container.state !== State.Pulling) return
      container.lacksImage = result === PullResult.Absent
      if (result === PullResult.Present) this.#start(pod, container, index)
      else this.#pullFailed(pod, container, index)
    })
  }

  /** What may not be pulled is looked for when the node gets an image, by whomever. */
  #pullFailed(pod: PodId, container: ContainerRun, index: number): void {
    container.state = State.PullFailed
    if (!container.lacksImage) {
      const delay = this.#pulls.backOff(pod, container.plan.container.image ?? '')
      this.#schedule(pod, container, index, Step.PullAgain, delay)
    }
    this.#advance(pod)
  }

  #imageArrived(node: NodeId): void {
    const { pods, nodes } = this.#state
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      const pod = row as PodId
      for (const [i, one] of (this.runs.get(pod)?.containers ?? []).entries())
        if (one.state === State.PullFailed && one.lacksImage) this.#schedule(pod, one, i, Step.PullAgain, 0)
    }
  }

  #start(pod: PodId, container: ContainerRun, index: number): void {
    container.state = State.Starting
    const delay = container.runs > 0 ? 0 : container.plan.behaviour.startDelay
    this.#schedule(pod, container, index, Step.Started, delay)
  }

  #due(pod: PodId, index: number, step: Step): void {
    const run = this.runs.get(pod)
    if (run === undefined || this.#state.pods.uid[pod] !== run.uid) return
    const container = run.containers[index]
    if (step === Step.Probed) container.probe = NO_EVENT
    else container.step = NO_EVENT
    if (this.#ports.isPutOff(pod, () => this.#due(pod, index, step))) return
    switch (step) {
      case Step.Started:
        this.#hook(pod, run, index)
        break
      case Step.Hooked:
        this.#hooked(pod, run, index)
        break
      case Step.Exited:
        this.#exited(pod, run, index, container.nextExitCode, false)
        break
      case Step.Killed:
        this.#exited(pod, run, index, run.killOf(container).isKilled ? KILLED : TERMINATED, true)
        break
      case Step.Restarted:
      case Step.PullAgain:
        if (step === Step.Restarted) container.restarts++
        this.#pull(pod, run, index)
        break
      case Step.Probed:
        this.#probed(pod, run, index)
        break
      case Step.Ended:
        this.#memory.ended(pod)
        run.end(this.#kernel.now)
        break
    }
    this.#advance(pod)
  }

  /** A container with a PostStart hook is not running before the hook has ended. */
  #hook(pod: PodId, run: PodRun, index: number): void {
    const container = run.containers[index]
    const { postStart } = container.plan.behaviour
    container.state = State.Hooking
    if (postStart === 0) this.#hooked(pod, run, index)
    else this.#schedule(pod, container, index, Step.Hooked, postStart)
  }

  /** A container whose hook has failed is killed, and has never been running for its status. */
  #hooked(pod: PodId, run: PodRun, index: number): void {
    const container = run.containers[index]
    if (!container.plan.behaviour.postStartFails) this.#runsNow(pod, container, index)
    else this.#schedule(pod, container, index, Step.Killed, run.killOf(container).after)
  }

  #runsNow(pod: PodId, container: ContainerRun, index: number): void {
    const { now } = this.#kernel
    container.ran(now)
    this.#memory.started(pod, now, container.plan.container.name)
    const { runFor } = container.plan.behaviour
    const own = this.#state.pods.runFor[pod]
    const duration = container.plan.role === 'main' && own !== NEVER ? own : runFor
    if (duration !== NEVER) this.#schedule(pod, container, index, Step.Exited, duration)
    this.#watchProbes(pod, container, index)
  }

  #probed(pod: PodId, run: PodRun, index: number): void {
    const container = run.containers[index]
    const { now } = this.#kernel
    const wasStarted = container.isStarted
    container.count(now)
    if (!wasStarted && container.isStarted) container.startupPassed(now)
    const isFailed = container.probes.some(({ type, isFailed: failed }) => type !== 'readiness' && failed)
    if (isFailed) this.#kill(pod, run, index)
    else this.#watchProbes(pod, container, index)
  }

  #kill(pod: PodId, run: PodRun, index: number): void {
    const container = run.containers[index]
    this.#cancel(container)
    container.state = State.Killing
    this.#schedule(pod, container, index, Step.Killed, run.killOf(container).after)
  }

  #exited(pod: PodId, run: PodRun, index: number, exitCode: number, isForced: boolean): void {
    const container = run.containers[index]
    const { now } = this.#kernel
    this.#cancel(container)
    container.ended(now, exitCode)
    this.#memory.ended(pod, container.plan.container.name)
    const next = run.afterExit(container, exitCode, isForced)
    if (next === 'restart') this.#restart(pod, container, index)
    else if (next === 'restart all') this.#restartAll(pod, run)
    else if (next === 'pod ended') this.#end(pod, run, index)
  }

  #restart(pod: PodId, container: ContainerRun, index: number): void {
    container.state = State.BackOff
    this.#schedule(pod, container, index, Step.Restarted, container.backOff(this.#kernel.now))
  }

  #restartAll(pod: PodId, run: PodRun): void {
    this.#memory.ended(pod)
    for (const container of run.containers) this.#cancel(container)
    run.startOver(this.#kernel.now, KILLED)
  }

  /** No container will be started again: what still runs, sidecars, is stopped. */
  #end(pod: PodId, run: PodRun, index: number): void {
    run.isStopping = true
    const grace = run.plan.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS
    const delay = run.stopOf(grace * SECOND).after
    for (const container of run.containers) this.#cancel(container)
    if (delay === 0) run.isTerminal = true
    else this.#schedule(pod, run.containers[index], index, Step.Ended, delay)
  }

  #watchProbes(pod: PodId, container: ContainerRun, index: number): void {
    const at = container.nextProbeChange()
    if (container.probe !== NO_EVENT) this.#kernel.cancel(container.probe)
    container.probe = NO_EVENT
    if (at === NEVER) return
    const argument = index * STEPS + Step.Probed
    container.probe = this.#kernel.schedule(Math.max(at, this.#kernel.now), this.#step, pod, argument)
  }

  #report(pod: PodId, run: PodRun): void {
    const { pods } = this.#state
    if (pods.node[pod] === NONE || run.isStopping !== run.isTerminal) return
    const phase = run.phase()
    if (isFinal(phase)) pods.exitCodes[pod] = run.exitCodes()
    const { restarts } = run
    const { waiting } = run
    const hasRestarted = run.reportedRestarts !== restarts || run.reportedWaiting !== waiting
    run.reportedRestarts = restarts
    run.reportedWaiting = waiting
    this.#ports.report(pod, { phase, isReady: run.isReady(), hasRestarted, restarts, waiting })
    if (isFinal(phase)) this.forget(pod)
  }

  #schedule(pod: PodId, container: ContainerRun, index: number, step: Step, delay: SimTime): void {
    container.stepKind = step
    container.step = this.#kernel.schedule(this.#kernel.now + delay, this.#step, pod, index * STEPS + step)
  }

  #cancel(container: ContainerRun): void {
    if (container.step !== NO_EVENT) this.#kernel.cancel(container.step)
    if (container.probe !== NO_EVENT) this.#kernel.cancel(container.probe)
    container.step = NO_EVENT
    container.probe = NO_EVENT
  }
}
