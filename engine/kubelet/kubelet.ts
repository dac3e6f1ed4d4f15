import type { ApiServer } from '../apiserver/api-server.js'
import type { EventSink } from '../apiserver/event-recorder.js'
import type { Kernel } from '../kernel/kernel.js'
import { NEVER, SECOND, type SimTime } from '../kernel/time.js'
import type { ControlPlaneSettings, KubeletSettings } from '../model/defaults.js'
import type { NodeConditionType } from '../model/node-conditions.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, Phase, type PodId, type Status } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import { type ContainerNews, Containers } from './containers/containers.js'
import { ImagePulls } from './containers/image-pulls.js'
import { CrashLoops } from './crash-loop.js'
import { MachineCrashes } from './machine-crashes.js'
import { NodePressure } from './node-pressure.js'
import { NodeStatusReports } from './node-status.js'
import { PodBehaviours } from './pod-behaviours.js'
import { phaseAfterExit } from './pod-phase.js'
import { PodReadiness } from './pod-readiness.js'
import { PodSteps, Step } from './pod-steps.js'
import { SilentKubelets } from './silence.js'

/** Exit code of containers whose machine went down under them. */
const MACHINE_DIED = 255

/**
 * One kubelet for all nodes: brings bound pods to Running and Ready, lets them exit or restart, stops deleted ones
 * within their grace period and removes their objects. A pod has at most one pending event beside its exit.
 *
 * Upstream: pkg/kubelet/kubelet.go (syncPod, HandlePodCleanups), status/status_manager.go (1.36).
 * Simplified: what a silent kubelet's containers did is known when it comes back, with the times of that moment; a
 * kubelet's requests are not rate limited, which takes a pod a second and more to reach; no static pods.
 */
export class Kubelet {
  #kernel: Kernel
  #api: ApiServer
  #state: ClusterState
  readonly #steps: PodSteps
  readonly #readiness: PodReadiness
  readonly #crashLoops: CrashLoops
  readonly #crashes: MachineCrashes
  #silent: SilentKubelets
  readonly #nodeStatus: NodeStatusReports
  readonly pressure: NodePressure
  readonly #behaviours: PodBehaviours
  /** What nodes download; failures take the registry down. */
  readonly images: ImagePulls
  /** The pods that are run container by container. */
  readonly #containers: Containers

  /** A request's answer, and the request made after it. */
  readonly #roundTrip: SimTime

  /** @param events is told of evictions. */
  constructor(
    kernel: Kernel,
    api: ApiServer,
    informer: Informer,
    settings: KubeletSettings,
    controlPlane: ControlPlaneSettings,
    events?: EventSink,
  ) {
    this.#roundTrip = 2 * controlPlane.requestLatency
    this.#kernel = kernel
    this.#api = api
    this.#state = api.state
    this.#behaviours = new PodBehaviours(api.state, settings)
    this.images = new ImagePulls(kernel, api, settings)
    this.#containers = new Containers(kernel, api.state, {
      behaviours: this.#behaviours,
      pulls: this.images,
      ports: {
        isPutOff: (pod, act) => this.#isPutOff(pod, act),
        report: (pod, news) => this.#containersChanged(pod, news),
      },
    })
    this.#steps = new PodSteps(kernel, api.state.pods, (pod, step) => this.#run(pod, step))
    this.#readiness = new PodReadiness(api.state.pods)
    this.#crashLoops = new CrashLoops(api.state.pods)
    this.#crashes = new MachineCrashes(api.state)
    this.#silent = new SilentKubelets(kernel.seed, api)
    this.#nodeStatus = new NodeStatusReports(kernel, api)
    const evict = (pod: PodId, graceSeconds: number): void => this.#evict(pod, graceSeconds)
    this.pressure = new NodePressure(kernel, api, { status: this.#nodeStatus, evict, events })
    informer.subscribe(Source.Pods, Change.Bound | Change.Deleting | Change.Deleted, (row, fields) => {
      const pod = row as PodId
      if ((fields & Change.Deleted) !== 0) this.#forget(pod)
      else if (!this.#state.pods.exists(pod)) return
      else if ((fields & Change.Deleting) !== 0) this.#handleDeletion(pod)
      else this.#handleBound(pod)
    })
    const { nodes } = api.state
    for (let row = 0; row < nodes.highWater; row++)
      if (nodes.exists(row as NodeId)) this.#nodeAdded(row as NodeId)
    informer.subscribe(Source.Nodes, Change.Added | Change.Deleted, (row, fields) => {
      const node = row as NodeId
      if ((fields & Change.Added) !== 0 && this.#state.nodes.exists(node)) this.#nodeAdded(node)
      if ((fields & Change.Deleted) !== 0) this.#nodeRemoved(node)
    })
  }

  /** The node's kubelet neither speaks nor hears from now on. */
  silence(node: NodeId): void {
    this.#silent.silence(node)
  }

  /** The node's kubelet is back: lease and status at once, then everything that was due meanwhile. */
  revive(node: NodeId): void {
    if (!this.#silent.isSilent(node)) return
    const state = this.#state
    this.#nodeStatus.post(node)
    this.#silent.revive(node, this.#kernel.now)
    for (let pod = state.nodes.firstPod[node]; pod !== NONE; pod = state.pods.nextOnNode[pod]) {
      this.#reportReadiness(pod as PodId)
    }
  }

  /** The machine goes down with everything that runs on it. */
  crash(node: NodeId): void {
    this.#silent.silence(node)
    this.#crashes.crash(node, pod => {
      this.#steps.cancelAll(pod)
      this.#containers.suspend(pod)
    })
  }

  /** The machine is up again: its kubelet finds every container ended. */
  boot(node: NodeId): void {
    const { pods } = this.#state
    this.revive(node)
    for (const pod of this.#crashes.booted(node)) {
      if (pods.isTerminating(pod)) {
        this.#steps.cancel(pod)
        this.#api.pods.delete(pod, pods.uid[pod], 0)
      } else if (!this.#steps.isPending(pod)) {
        if (this.#containers.has(pod)) this.#containers.crash(pod, MACHINE_DIED)
        else if (pods.phase[pod] === Phase.Running) this.#containersExited(pod, MACHINE_DIED)
        else this.#steps.schedule(pod, Step.Start, this.#behaviours.of(pod).startDelay)
      }
    }
  }

  /** The pod's containers end by themselves, as when they crash; nothing happens to one that is not running. */
  exitContainers(pod: PodId, exitCode: number): void {
    const { pods } = this.#state
    if (!pods.exists(pod) || this.#steps.isStopping(pod) || !this.#isUp(pod)) return
    if (this.#isPutOff(pod, later => this.exitContainers(later, exitCode))) return
    if (this.#containers.has(pod)) return this.#containers.crash(pod, exitCode)
    this.#steps.cancelExit(pod)
    this.#containersExited(pod, exitCode)
  }

  reportCondition(node: NodeId, type: NodeConditionType, status: Status, reason: string): void {
    this.#nodeStatus.report(node, type, status, reason, this.#silent.isSilent(node))
  }

  /**
   * Forces the pods' readiness. Undefined gives it back to their containers: the last report stands until these change
   * by themselves.
   */
  forceReady(pods: readonly PodId[], ready: boolean | undefined): void {
    for (const pod of pods) {
      this.#readiness.force(pod, ready)
      if (ready !== undefined) this.#reportReadiness(pod)
    }
  }

  #nodeAdded(node: NodeId): void {
    this.#silent.register(node, this.#kernel.now)
    this.#nodeStatus.register(node)
    this.pressure.register(node)
  }

  /** Nobody runs the pods of a node that is no more: they stay as they are until somebody removes them. */
  #nodeRemoved(node: NodeId): void {
    const { pods, nodes } = this.#state
    this.#silent.forget(node)
    this.#nodeStatus.forget(node)
    this.pressure.forget(node)
    this.#crashes.forget(node)
    this.images.forgetNode(node)
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) this.#forget(pod as PodId)
  }

  /** Whether the pod's kubelet does nothing now; `act` is done when it comes back, if it ever does. */
  #isPutOff(pod: PodId, act: (pod: PodId) => void): boolean {
    const { pods, nodes } = this.#state
    const node = pods.nodeOf(pod)
    if (!nodes.exists(node)) return true
    if (!this.#silent.isSilent(node)) return false
    this.#silent.defer(node, pod, act)
    return true
  }

  /** The Ready condition as it is now, of a pod whose containers run. */
  #reportReadiness(pod: PodId): void {
    const { pods } = this.#state
    if (!pods.exists(pod) || pods.phase[pod] !== Phase.Running) return
    if (this.#isPutOff(pod, later => this.#reportReadiness(later))) return
    this.#api.pods.patchPhase(pod, Phase.Running, this.#readiness.of(pod))
  }

  #handleBound(pod: PodId): void {
    if (this.#isPutOff(pod, later => this.#handleBound(later))) return
    if (this.#state.pods.deletionAt[pod] !== NEVER) return
    this.#api.pods.patchStarted(pod)
    if (!this.pressure.admits(this.#state.pods.nodeOf(pod), pod)) {
      this.#evicted(pod)
      return
    }
    if (!this.#containers.begin(pod))
      this.#steps.schedule(pod, Step.Start, this.#behaviours.of(pod).startDelay)
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
    if (hasChanged) this.pressure.podChanged(pods.nodeOf(pod), pod)
  }

  #run(pod: PodId, step: Step): void {
    if (this.#isPutOff(pod, later => this.#run(later, step))) return
    switch (step) {
      case Step.Start:
      case Step.Restart:
        this.#containersRun(pod, step === Step.Restart)
        break
      case Step.Ready:
        this.#readiness.setOwn(pod, true)
        this.#reportReadiness(pod)
        break
      case Step.Exit:
        this.#containersExited(pod, this.#behaviours.of(pod).exitCode)
        break
      case Step.Stop:
        this.#containersStopped(pod)
        break
      case Step.Fail:
        this.#evicted(pod)
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
    this.pressure.podChanged(pods.nodeOf(pod), pod)
    if (readyDelay !== 0 && readyDelay !== NEVER) this.#steps.schedule(pod, Step.Ready, readyDelay)
    const own = pods.runFor[pod]
    const duration = own !== NEVER ? own : runFor
    if (duration !== NEVER) this.#steps.scheduleExit(pod, duration)
  }

  #containersExited(pod: PodId, exitCode: number): void {
    const state = this.#state
    const { keepsBackOff } = this.#behaviours.of(pod)
    state.pods.exitCode[pod] = exitCode
    this.#readiness.setOwn(pod, false)
    this.#steps.cancel(pod)
    const phase = phaseAfterExit(state.templates.get(state.pods.templateOf(pod)).spec, exitCode)
    if (phase !== Phase.Running) {
      this.#api.pods.patchPhase(pod, phase, false)
      this.pressure.podChanged(state.pods.nodeOf(pod), pod)
      return
    }
    const delay = this.#crashLoops.exited(pod, this.#kernel.now, keepsBackOff)
    if (delay > 0) {
      this.#api.pods.patchRestarts(pod, state.pods.restarts[pod], state.reasonId('CrashLoopBackOff'))
      this.#api.pods.patchPhase(pod, Phase.Running, false)
    }
    this.#steps.schedule(pod, Step.Restart, delay)
  }

  #handleDeletion(pod: PodId): void {
    const { pods } = this.#state
    if (pods.node[pod] === NONE || this.#isPutOff(pod, later => this.#handleDeletion(later))) return
    const running = this.#isUp(pod)
    if (!running) {
      this.#steps.cancelAll(pod)
      this.#containers.forget(pod)
      this.#api.pods.delete(pod, pods.uid[pod], 0)
      return
    }
    this.#steps.stop(pod, Step.Stop, this.#stopTime(pod, pods.gracePeriodSeconds[pod] * SECOND))
  }

  /** Whether a container of the pod runs. */
  #isUp(pod: PodId): boolean {
    if (this.#containers.has(pod)) return this.#containers.isAnyUp(pod)
    const { phase, waiting } = this.#state.pods
    return phase[pod] === Phase.Running && waiting[pod] !== this.#state.reasonId('CrashLoopBackOff')
  }

  /** How long the containers, told to stop now, go on. */
  #stopTime(pod: PodId, grace: SimTime): SimTime {
    if (this.#containers.has(pod)) return this.#containers.stop(pod, grace)
    return Math.min(this.#behaviours.of(pod).stopDelay, grace)
  }

  /** The containers are down: one last status; when it is stored, the object goes. */
  #containersStopped(pod: PodId): void {
    const { pods } = this.#state
    this.#steps.cancelExit(pod)
    const grace = pods.gracePeriodSeconds[pod] * SECOND
    const killed = this.#containers.has(pod)
      ? this.#containers.isCut(pod, grace)
      : this.#behaviours.of(pod).stopDelay > grace
    this.#containers.forget(pod)
    pods.exitCode[pod] = killed ? 137 : 0
    this.#api.pods.patchPhase(pod, killed ? Phase.Failed : Phase.Succeeded, false)
    this.#steps.schedule(pod, Step.Remove, this.#roundTrip)
  }

  /** Ends the containers for the node's sake: the pod fails and stays to be seen, unless it is being deleted. */
  #evict(pod: PodId, graceSeconds: number): void {
    const { pods } = this.#state
    this.#steps.cancelExit(pod)
    const delay = this.#stopTime(pod, graceSeconds * SECOND)
    this.#steps.stop(pod, pods.isTerminating(pod) ? Step.Stop : Step.Fail, delay)
  }

  #evicted(pod: PodId): void {
    this.#containers.forget(pod)
    this.#state.pods.exitCode[pod] = 137
    this.#api.pods.patchReason(pod, this.#state.reasonId('Evicted'))
    this.#api.pods.patchPhase(pod, Phase.Failed, false)
    this.pressure.podChanged(this.#state.pods.nodeOf(pod), pod)
  }

  #forget(pod: PodId): void {
    this.#steps.cancelAll(pod)
    this.#containers.forget(pod)
    this.pressure.podChanged(this.#state.pods.nodeOf(pod), pod)
  }
}
