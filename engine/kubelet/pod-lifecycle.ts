/**
 * What kubelets do with the pods of their nodes: bring bound pods to Running and Ready, let them exit or restart, stop
 * deleted ones within their grace period and remove their objects. A pod has at most one pending event beside its exit.
 *
 * Upstream: syncPod, syncTerminatingPod of pkg/kubelet/kubelet.go, status/status_manager.go (1.36).
 * Simplified: a kubelet's requests are not rate limited, which takes a pod a second and more to reach.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import type { Kernel } from '../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { KubeletSettings } from '../model/defaults.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, Phase, type PodId, type ReasonId } from '../state/ids.js'
import type { ContainerNews } from './containers/container-news.js'
import { Containers } from './containers/containers.js'
import type { ImagePulls } from './containers/image-pulls.js'
import { LEAST_GRACE } from './containers/stop-times.js'
import { CrashLoops } from './crash-loop.js'
import type { LifecyclePorts } from './lifecycle-ports.js'
import type { MemoryUse } from './memory/memory-use.js'
import { PodBehaviours } from './pod-behaviours.js'
import { type PodEnding, PodEndings } from './pod-endings.js'
import { phaseAfterExit } from './pod-phase.js'
import { PodReadiness } from './pod-readiness.js'
import { PodSteps, Step } from './pod-steps.js'

/** Exit code of containers that are killed, and of those whose machine went down under them. */
const KILLED = 137
const MACHINE_DIED = 255
const OOM_KILLED = 'OOMKilled'

export class PodLifecycle {
  readonly #api: ApiServer
  readonly #kernel: Kernel
  readonly #state: ClusterState
  readonly #ports: LifecyclePorts
  readonly #steps: PodSteps
  readonly #readiness: PodReadiness
  readonly #crashLoops: CrashLoops
  readonly #behaviours: PodBehaviours
  readonly #memory: MemoryUse
  /** The pods that are run container by container. */
  readonly #containers: Containers
  readonly #endings = new PodEndings()
  /** A request's answer, and the request made after it. */
  readonly #roundTrip: SimTime

  constructor(
    kernel: Kernel,
    api: ApiServer,
    parts: {
      readonly settings: KubeletSettings
      readonly requestLatency: SimTime
      readonly pulls: ImagePulls
      readonly memory: MemoryUse
      readonly ports: LifecyclePorts
    },
  ) {
    const { settings, pulls, ports, memory } = parts
    this.#memory = memory
    this.#roundTrip = 2 * parts.requestLatency
    this.#kernel = kernel
    this.#api = api
    this.#state = api.state
    this.#ports = ports
    this.#behaviours = new PodBehaviours(api.state, settings)
    this.#containers = new Containers(kernel, api.state, {
      behaviours: this.#behaviours,
      pulls,
      memory,
      ports: {
        isPutOff: (pod, act) => ports.isPutOff(pod, act),
        report: (pod, news) => this.#containersChanged(pod, news),
      },
    })
    this.#steps = new PodSteps(kernel, api.state.pods, (pod, step) => this.#run(pod, step))
    this.#readiness = new PodReadiness(api.state.pods)
    this.#crashLoops = new CrashLoops(api.state.pods)
  }

  /** The kubelet sees a pod of its node for the first time. */
  bound(pod: PodId): void {
    if (this.#ports.isPutOff(pod, later => this.bound(later))) return
    const { pods } = this.#state
    if (pods.deletionAt[pod] !== NEVER || pods.startedAt[pod] !== NEVER) return
    this.look(pod)
  }

  /** Lets a pod in that is new to the node, or that the node finds when it boots; or refuses it. */
  look(pod: PodId): void {
    const { pods } = this.#state
    const verdict = this.#ports.admit(pods.nodeOf(pod), pod)
    if (verdict === 'later') return
    if (verdict === 'admitted') return this.admitted(pod)
    if (pods.startedAt[pod] === NEVER) this.#api.pods.patchStarted(pod)
    this.#fail(pod, verdict)
  }

  /** The node takes the pod. */
  admitted(pod: PodId): void {
    const { pods } = this.#state
    const startDelay = (): SimTime => this.#behaviours.of(pod).startDelay
    if (pods.startedAt[pod] === NEVER) {
      this.#api.pods.patchStarted(pod)
      if (!this.#containers.begin(pod)) this.#steps.schedule(pod, Step.Start, startDelay())
    } else if (this.#containers.runs.has(pod)) this.#containers.crash(pod, MACHINE_DIED)
    else if (pods.phase[pod] === Phase.Running) this.#containersExited(pod, MACHINE_DIED)
    else this.#steps.schedule(pod, Step.Start, startDelay())
  }

  /** What one pod's containers do is from now on done under the name of the other, a new one of its template. */
  handOver(from: PodId, to: PodId): void {
    const { pods } = this.#state
    const { pods: registry } = this.#api
    registry.patchStarted(to)
    this.#readiness.handOver(from, to)
    this.#crashLoops.handOver(from, to)
    this.#steps.handOver(from, to)
    if (this.#containers.runs.has(from)) this.#containers.handOver(from, to)
    else {
      if (pods.restarts[from] > 0)
        registry.patchRestarts(to, pods.restarts[from], pods.waiting[from] as ReasonId)
      registry.patchPhase(to, pods.phaseOf(from), this.#readiness.of(to))
    }
    this.#memory.handOver(from, to)
    this.#ports.changed(pods.nodeOf(to), to)
  }

  /** The pod is being deleted. */
  deleting(pod: PodId): void {
    const { pods } = this.#state
    if (pods.node[pod] === NONE || this.#ports.isPutOff(pod, later => this.deleting(later))) return
    if (!this.isUp(pod)) {
      this.#steps.cancelAll(pod)
      this.#containers.forget(pod)
      this.#api.pods.delete(pod, pods.uid[pod], 0)
      return
    }
    this.#steps.stop(pod, Step.Stop, this.#stopTime(pod, pods.gracePeriodSeconds[pod] * SECOND))
  }

  /** Ends the containers for the node's sake: the pod fails and stays to be seen, unless it is being deleted. */
  end(pod: PodId, graceSeconds: number, ending: PodEnding): void {
    const { pods } = this.#state
    this.#steps.cancelExit(pod)
    this.#endings.set(pod, pods.uid[pod], ending)
    const delay = this.#stopTime(pod, graceSeconds * SECOND)
    this.#steps.stop(pod, pods.isTerminating(pod) ? Step.Stop : Step.Fail, delay)
  }

  /** The pod's containers end by themselves, as when they crash; nothing happens to one that is not running. */
  exitContainers(pod: PodId, exitCode: number): void {
    if (!this.#state.pods.exists(pod) || this.#steps.isStopping(pod) || !this.isUp(pod)) return
    if (this.#ports.isPutOff(pod, later => this.exitContainers(later, exitCode))) return
    if (this.#containers.runs.has(pod)) return this.#containers.crash(pod, exitCode)
    this.#steps.cancelExit(pod)
    this.#containersExited(pod, exitCode)
  }

  /** A container of a pod that is run container by container ends within its grace period, and starts again. */
  restartContainer(pod: PodId, container: string): void {
    if (!this.#steps.isStopping(pod)) this.#containers.restart(pod, container)
  }

  /** The kernel has killed a container for want of memory. */
  outOfMemory(pod: PodId, container: string, startedAt: SimTime, finishedAt = this.#kernel.now): void {
    const { pods } = this.#state
    this.#memory.ended(pod, container)
    if (!pods.exists(pod) || this.#steps.isStopping(pod) || !this.isUp(pod)) return
    if (this.#ports.isPutOff(pod, later => this.outOfMemory(later, container, startedAt, finishedAt))) return
    const runsAlone = this.#containers.runs.has(pod)
    const restarts = runsAlone ? this.#containers.runs.restartsOf(pod, container) : pods.restarts[pod]
    const termination = { container, reason: OOM_KILLED, exitCode: KILLED, restarts, startedAt, finishedAt }
    this.#api.pods.patchTermination(pod, termination)
    this.#ports.ranOutOfMemory(pod, container)
    if (runsAlone) return this.#containers.exit(pod, container, KILLED)
    this.#steps.cancelExit(pod)
    this.#containersExited(pod, KILLED)
  }

  /** The machine is down: nothing happens to the pod before {@link found}. */
  suspend(pod: PodId): void {
    this.#memory.ended(pod)
    this.#steps.abandon(pod)
    this.#endings.take(pod, this.#state.pods.uid[pod])
    this.#containers.suspend(pod)
  }

  /** The machine is up again and its kubelet finds the containers ended. */
  found(pod: PodId): void {
    const { pods } = this.#state
    if (pods.isTerminating(pod)) {
      this.#steps.cancel(pod)
      this.#api.pods.delete(pod, pods.uid[pod], 0)
    } else if (!this.#steps.isPending(pod)) this.look(pod)
  }

  /** The pod's object has gone. */
  forget(pod: PodId): void {
    this.#steps.cancelAll(pod)
    this.#containers.forget(pod)
    this.#endings.take(pod, this.#state.pods.uid[pod])
    this.#memory.forget(pod)
    this.#ports.changed(this.#state.pods.nodeOf(pod), pod)
  }

  /** Undefined gives it back to the containers: the last report stands until these change by themselves. */
  forceReady(pod: PodId, ready: boolean | undefined): void {
    this.#readiness.force(pod, ready)
    if (ready !== undefined) this.reportReadiness(pod)
  }

  /** The Ready condition as it is now, of a pod whose containers run. */
  reportReadiness(pod: PodId): void {
    const { pods } = this.#state
    if (!pods.exists(pod) || pods.phase[pod] !== Phase.Running) return
    if (this.#ports.isPutOff(pod, later => this.reportReadiness(later))) return
    this.#api.pods.patchPhase(pod, Phase.Running, this.#readiness.of(pod))
  }

  /** Whether a container of the pod runs. */
  isUp(pod: PodId): boolean {
    if (this.#containers.runs.has(pod)) return this.#containers.runs.isAnyUp(pod)
    const { phase, waiting } = this.#state.pods
    return phase[pod] === Phase.Running && waiting[pod] !== this.#state.reasonId('CrashLoopBackOff')
  }

  /** News of a pod that is run container by container. */
  #containersChanged(pod: PodId, news: ContainerNews): void {
    const { pods } = this.#state
    const { phase, restarts, waiting } = news
    this.#readiness.setOwn(pod, news.isReady)
    if (news.hasRestarted) this.#api.pods.patchRestarts(pod, restarts, this.#state.reasonId(waiting))
    const hasChanged = pods.phase[pod] !== phase
    if (pods.exitCodes[pod] !== undefined) pods.exitCode[pod] = Math.max(...pods.exitCodes[pod])
    this.#api.pods.patchPhase(pod, phase, phase === Phase.Running && this.#readiness.of(pod))
    if (hasChanged) this.#ports.changed(pods.nodeOf(pod), pod)
  }

  #run(pod: PodId, step: Step): void {
    if (this.#ports.isPutOff(pod, later => this.#run(later, step))) return
    switch (step) {
      case Step.Start:
      case Step.Restart:
        this.#containersRun(pod, step === Step.Restart)
        break
      case Step.Ready:
        this.#readiness.setOwn(pod, true)
        this.reportReadiness(pod)
        break
      case Step.Exit:
        this.#containersExited(pod, this.#behaviours.of(pod).exitCode)
        break
      case Step.Stop:
        this.#containersStopped(pod)
        break
      case Step.Fail:
        this.#ended(pod)
        break
      case Step.Remove:
        this.#api.pods.delete(pod, this.#state.pods.uid[pod], 0)
        break
    }
  }

  #containersRun(pod: PodId, again: boolean): void {
    const { readyDelay, runFor } = this.#behaviours.of(pod)
    const { pods } = this.#state
    if (again) this.#api.pods.patchRestarts(pod, pods.restarts[pod] + 1, this.#state.reasonId(''))
    this.#readiness.setOwn(pod, readyDelay === 0)
    this.#api.pods.patchPhase(pod, Phase.Running, this.#readiness.of(pod))
    this.#memory.started(pod, this.#kernel.now)
    this.#ports.changed(pods.nodeOf(pod), pod)
    if (readyDelay !== 0 && readyDelay !== NEVER) this.#steps.schedule(pod, Step.Ready, readyDelay)
    const own = pods.runFor[pod]
    const duration = own !== NEVER ? own : runFor
    if (duration !== NEVER) this.#steps.scheduleExit(pod, duration)
  }

  #containersExited(pod: PodId, exitCode: number): void {
    const state = this.#state
    const { keepsBackOff } = this.#behaviours.of(pod)
    state.pods.exitCode[pod] = exitCode
    this.#memory.ended(pod)
    this.#readiness.setOwn(pod, false)
    this.#steps.cancel(pod)
    const phase = phaseAfterExit(state.templates.get(state.pods.templateOf(pod)).spec, exitCode)
    if (phase !== Phase.Running) {
      this.#api.pods.patchPhase(pod, phase, false)
      this.#ports.changed(state.pods.nodeOf(pod), pod)
      return
    }
    const delay = this.#crashLoops.exited(pod, this.#kernel.now, keepsBackOff)
    if (delay > 0) {
      this.#api.pods.patchRestarts(pod, state.pods.restarts[pod], state.reasonId('CrashLoopBackOff'))
      this.#api.pods.patchPhase(pod, Phase.Running, false)
    }
    this.#steps.schedule(pod, Step.Restart, delay)
  }

  /** How long the containers, told to stop now, go on. */
  #stopTime(pod: PodId, grace: SimTime): SimTime {
    if (this.#containers.runs.has(pod)) return this.#containers.stop(pod, grace)
    return this.isUp(pod) ? Math.min(this.#behaviours.of(pod).stopDelay, this.#realGrace(pod, grace)) : 0
  }

  /** A container always has two seconds; those of recorded runs had none that were not given. */
  #realGrace(pod: PodId, grace: SimTime): SimTime {
    return this.#behaviours.of(pod).keepsBackOff ? grace : Math.max(grace, LEAST_GRACE)
  }

  /** The containers are down: one last status; when it is stored, the object goes. */
  #containersStopped(pod: PodId): void {
    const { pods } = this.#state
    this.#steps.cancelExit(pod)
    const grace = pods.gracePeriodSeconds[pod] * SECOND
    const killed = this.#containers.runs.has(pod)
      ? this.#containers.runs.isCut(pod, grace)
      : this.#behaviours.of(pod).stopDelay > this.#realGrace(pod, grace)
    const ending = this.#endings.take(pod, pods.uid[pod])
    this.#memory.ended(pod)
    if (ending === undefined) {
      this.#containers.forget(pod)
      pods.exitCode[pod] = killed ? KILLED : 0
      this.#api.pods.patchPhase(pod, killed ? Phase.Failed : Phase.Succeeded, false)
    } else this.#fail(pod, ending)
    this.#steps.schedule(pod, Step.Remove, this.#roundTrip)
  }

  /** The containers of a pod that the node got rid of are down. */
  #ended(pod: PodId): void {
    const ending = this.#endings.take(pod, this.#state.pods.uid[pod])
    if (ending !== undefined) this.#fail(pod, ending)
  }

  #fail(pod: PodId, { reason, message, isDisruption }: PodEnding): void {
    const { pods } = this.#state
    this.#containers.forget(pod)
    this.#memory.ended(pod)
    this.#steps.cancelAll(pod)
    pods.exitCode[pod] = KILLED
    this.#api.pods.patchReason(pod, this.#state.reasonId(reason), message)
    if (isDisruption) this.#api.pods.patchDisruption(pod, this.#state.reasonId('TerminationByKubelet'))
    this.#api.pods.patchPhase(pod, Phase.Failed, false)
    this.#ports.changed(pods.nodeOf(pod), pod)
  }
}
