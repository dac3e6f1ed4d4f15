import type { ApiServer } from '../apiserver/api-server.js'
import type { EventType } from '../apiserver/event-recorder.js'
import type { Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import {
  type ControlPlaneSettings,
  DEFAULT_GRACE_PERIOD_SECONDS,
  type KubeletSettings,
} from '../model/defaults.js'
import type { NodeConditionType } from '../model/node-conditions.js'
import type { Growth } from '../model/pod-usage.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type NodeId, type PodId, Status } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import { ActiveDeadlines } from './active-deadlines.js'
import { ImagePulls } from './containers/image-pulls.js'
import { KubeletEvents, type KubeletSink } from './kubelet-events.js'
import { MachineCrashes } from './machine-crashes.js'
import { MemoryUse } from './memory/memory-use.js'
import { OutOfMemory } from './memory/out-of-memory.js'
import { NodePredicates } from './node-predicates.js'
import { NodePressure } from './node-pressure.js'
import { NodeShutdowns } from './node-shutdowns.js'
import { NodeStatusReports } from './node-status.js'
import { PodAdmission, type Verdict } from './pod-admission.js'
import type { PodEnding } from './pod-endings.js'
import { PodLifecycle } from './pod-lifecycle.js'
import { PodResizes } from './pod-resizes.js'
import { SilentKubelets } from './silence.js'
import { StaticPods } from './static-pods.js'

/**
 * One kubelet for all nodes: registers them and speaks for them, sees to their pods, and goes down and comes up with
 * their machines.
 *
 * Upstream: pkg/kubelet/kubelet.go (HandlePodAdditions, canAdmitPod, HandlePodCleanups) (1.36).
 * Simplified: what a silent kubelet's containers did is known when it comes back, with the times of that moment.
 */
export class Kubelet {
  #kernel: Kernel
  #state: ClusterState
  readonly #crashes: MachineCrashes
  #silent: SilentKubelets
  readonly #nodeStatus: NodeStatusReports
  readonly #events: KubeletEvents
  readonly #shutdowns: NodeShutdowns
  readonly #admission: PodAdmission
  readonly #memory: MemoryUse
  readonly #outOfMemory: OutOfMemory
  readonly #staticPods: StaticPods
  readonly #resizes: PodResizes
  readonly #deadlines: ActiveDeadlines
  readonly #pods: PodLifecycle
  readonly pressure: NodePressure
  /** What nodes download; failures take the registry down. */
  readonly images: ImagePulls

  /** @param events is told of evictions. */
  constructor(
    kernel: Kernel,
    api: ApiServer,
    informer: Informer,
    settings: KubeletSettings,
    { requestLatency }: ControlPlaneSettings,
    sink?: KubeletSink,
  ) {
    this.#kernel = kernel
    this.#state = api.state
    this.images = new ImagePulls(kernel, api, settings)
    this.#events = new KubeletEvents(kernel, api.state, sink)
    this.#crashes = new MachineCrashes(api.state)
    this.#silent = new SilentKubelets(kernel.seed, api)
    this.#nodeStatus = new NodeStatusReports(kernel, api)
    const end = (pod: PodId, graceSeconds: number, ending: PodEnding): void =>
      this.#pods.end(pod, graceSeconds, ending)
    const parts = { status: this.#nodeStatus, events: this.#events }
    const memory = new MemoryUse(
      api.state,
      () => kernel.now,
      followed => {
        outOfMemory.changed(followed)
        this.pressure.memoryChanged(followed.node)
      },
    )
    const outOfMemory = new OutOfMemory(kernel, api.state, memory, {
      kill: (pod, container, startedAt) => this.#killForMemory(pod, container, startedAt),
      systemRanOut: (node, container) =>
        this.#events.ofNode(
          node,
          'Warning',
          'SystemOOM',
          `System OOM encountered, victim process: ${container}`,
        ),
    })
    this.#memory = memory
    this.#outOfMemory = outOfMemory
    this.#shutdowns = new NodeShutdowns(kernel, api, { ...parts, end })
    this.pressure = new NodePressure(kernel, api, { ...parts, memory, evict: end })
    const predicates = new NodePredicates(api.state)
    this.#resizes = new PodResizes(kernel, api, {
      predicates,
      memory,
      events: this.#events,
      isPutOff: (pod, act) => this.#isPutOff(pod, act),
      restart: (pod, container) => this.#pods.restartContainer(pod, container),
    })
    this.#admission = new PodAdmission(api.state, predicates, {
      refusals: [(node, pod) => this.pressure.refusal(node, pod)],
      lastRefusal: node => this.#shutdowns.refusal(node),
      end: (pod, ending) => this.#endInGrace(pod, ending, 'Warning'),
      admitted: pod => this.#pods.admitted(pod),
      look: pod => this.#pods.look(pod),
    })
    this.#deadlines = new ActiveDeadlines(kernel, api.state, {
      isPutOff: (pod, act) => this.#isPutOff(pod, act),
      end: (pod, ending) => this.#endInGrace(pod, ending, 'Normal'),
    })
    const ports = {
      isPutOff: (pod: PodId, act: (pod: PodId) => void) => this.#isPutOff(pod, act),
      admit: (node: NodeId, pod: PodId) => this.#admit(node, pod),
      ranOutOfMemory: (pod: PodId, container: string) => sink?.killedForMemory?.(pod, container),
      changed: (node: NodeId, pod: PodId) => this.#podChanged(node, pod),
    }
    const { images: pulls } = this
    pulls.arrived.push((node, image) => this.pressure.imagePulled(node, image))
    this.#pods = new PodLifecycle(kernel, api, { settings, requestLatency, pulls, memory, ports })
    this.#staticPods = new StaticPods(api, (old, mirror) => this.#pods.handOver(old, mirror))
    this.#watch(informer)
  }

  #watch(informer: Informer): void {
    const { pods, nodes } = this.#state
    const fieldsOfPods = Change.Bound | Change.Spec | Change.Deleting | Change.Deleted
    informer.subscribe(Source.Pods, fieldsOfPods, (row, fields) => {
      const pod = row as PodId
      if ((fields & Change.Deleted) !== 0) this.#podGone(pod)
      else if (!pods.exists(pod)) return
      else if ((fields & Change.Deleting) !== 0) this.#podDeleting(pod)
      else {
        if ((fields & Change.Bound) !== 0) this.#pods.bound(pod)
        this.#resizes.changed(pod)
        this.#deadlines.watch(pod)
      }
    })
    for (let row = 0; row < nodes.highWater; row++)
      if (nodes.exists(row as NodeId)) this.#nodeAdded(row as NodeId)
    informer.subscribe(Source.Nodes, Change.Added | Change.Deleted, (row, fields) => {
      const node = row as NodeId
      if ((fields & Change.Added) !== 0 && nodes.exists(node)) this.#nodeAdded(node)
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
    const { nodes, pods } = this.#state
    this.#nodeStatus.post(node)
    this.#silent.revive(node, this.#kernel.now)
    this.#staticPods.revived(node)
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod])
      this.#pods.reportReadiness(pod as PodId)
  }

  /** The machine goes down with everything that runs on it. */
  crash(node: NodeId): void {
    if (this.#state.nodes.isDown[node] === 1) return
    this.#shutdowns.forget(node)
    this.#admission.forget(node)
    this.#silent.silence(node)
    this.#crashes.crash(node, pod => this.#pods.suspend(pod))
  }

  /** The machine is up again: its kubelet finds every container ended. */
  boot(node: NodeId): void {
    this.revive(node)
    for (const pod of this.#crashes.booted(node)) this.#pods.found(pod)
    this.#staticPods.started(node)
  }

  /**
   * Shuts the node down as its kubelet is configured to (shutdownGracePeriod and the like; at once without): it turns
   * NotReady, takes no more pods and ends those it has by priority, then its machine goes down as in {@link crash}.
   * @param isOff is called when the machine is off.
   */
  shutDown(node: NodeId, isOff: () => void = () => {}): void {
    if (this.#state.nodes.isDown[node] === 1) return isOff()
    const powerOff = (): void => {
      this.crash(node)
      isOff()
    }
    if (this.#silent.isSilent(node)) powerOff()
    else this.#shutdowns.begin(node, powerOff)
  }

  /**
   * A machine that was shut down starts: its kubelet reports Ready and starts the pods that are still the node's. A
   * shutdown under way is called off, but pods that it has ended stay so.
   */
  start(node: NodeId): void {
    const { nodes } = this.#state
    const wasDown = nodes.isDown[node] === 1
    this.#shutdowns.forget(node)
    this.#nodeStatus.report(node, 'Ready', Status.True, 'KubeletReady', this.#silent.isSilent(node))
    if (!wasDown) return
    this.boot(node)
    this.#events.ofNode(node, 'Warning', 'Rebooted', `Node ${nodes.name[node]} has been rebooted`)
  }

  /** The pod's containers end by themselves, as when they crash; nothing happens to one that is not running. */
  exitContainers(pod: PodId, exitCode: number): void {
    this.#pods.exitContainers(pod, exitCode)
  }

  /** The pod leaks memory from now on, or no longer does. */
  leakMemory(pod: PodId, growth: Growth | undefined): void {
    this.#memory.leak(pod, growth, this.#kernel.now)
  }

  reportCondition(node: NodeId, type: NodeConditionType, status: Status, reason: string): void {
    this.#nodeStatus.report(node, type, status, reason, this.#silent.isSilent(node))
  }

  /**
   * Forces the pods' readiness. Undefined gives it back to their containers: the last report stands until these change
   * by themselves.
   */
  forceReady(pods: readonly PodId[], ready: boolean | undefined): void {
    for (const pod of pods) this.#pods.forceReady(pod, ready)
  }

  #podGone(pod: PodId): void {
    this.#staticPods.mirrorDeleted(pod, this.#silent.isSilent(this.#state.pods.nodeOf(pod)))
    this.#pods.forget(pod)
  }

  #podDeleting(pod: PodId): void {
    if (!this.#staticPods.isMirror(pod)) this.#pods.deleting(pod)
    else if (!this.#isPutOff(pod, later => this.#podDeleting(later)))
      this.#staticPods.mirrorDeleted(pod, false)
  }

  #nodeAdded(node: NodeId): void {
    this.#silent.register(node, this.#kernel.now)
    this.#nodeStatus.register(node)
    this.pressure.register(node)
    this.#staticPods.register(node)
  }

  /** Nobody runs the pods of a node that is no more: they stay as they are until somebody removes them. */
  #nodeRemoved(node: NodeId): void {
    const { pods, nodes } = this.#state
    this.#silent.forget(node)
    this.#nodeStatus.forget(node)
    this.#shutdowns.forget(node)
    this.#admission.forget(node)
    this.pressure.forget(node)
    this.#outOfMemory.forgetNode(node)
    this.#resizes.forgetNode(node)
    this.#crashes.forget(node)
    this.images.forgetNode(node)
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) {
      this.#pods.forget(pod as PodId)
    }
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

  #admit(node: NodeId, pod: PodId): Verdict {
    const verdict = this.#admission.admit(node, pod)
    if (typeof verdict === 'string') return verdict
    this.#events.ofPod(pod, 'Warning', verdict.reason, verdict.message)
    return { ...verdict, message: `Pod was rejected: ${verdict.message}` }
  }

  /** All processes of the container die, or one of several, in whose place others start anew. */
  #killForMemory(pod: PodId, container: string, startedAt: SimTime): void {
    const { pods, nodes } = this.#state
    const isSingle = nodes.kubeletConfig[pods.node[pod]]?.killsSingleProcesses === true
    if (isSingle && this.pressure.processesOf(pod) > 1) this.#memory.started(pod, this.#kernel.now, container)
    else this.#pods.outOfMemory(pod, container, startedAt)
  }

  #endInGrace(pod: PodId, ending: PodEnding, type: EventType): void {
    const { pods, templates } = this.#state
    const { spec } = templates.get(pods.templateOf(pod))
    this.#events.ofPod(pod, type, ending.reason, ending.message)
    this.#pods.end(pod, spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS, ending)
  }

  #podChanged(node: NodeId, pod: PodId): void {
    this.pressure.podChanged(node, pod)
    this.#shutdowns.podChanged(node, pod)
    this.#admission.podChanged(node, pod)
    this.#resizes.podChanged(node, pod)
  }
}
