import { ApiServer } from '../../engine/apiserver/api-server.js'
import { applyManifest } from '../../engine/apiserver/apply-manifest.js'
import type { EventSink, RecordedEvent } from '../../engine/apiserver/event-recorder.js'
import type { PodDraft } from '../../engine/apiserver/pod-draft.js'
import { PodRegistry } from '../../engine/apiserver/pod-registry.js'
import { type Created, isRefused, Result } from '../../engine/apiserver/result.js'
import type { ControllerDefinition } from '../../engine/controllers/controller.js'
import { ControllerManager } from '../../engine/controllers/controller-manager.js'
import { pinnedNode } from '../../engine/controllers/daemonset/daemon-template.js'
import { controllers as allControllers } from '../../engine/controllers/index.js'
import { Kernel, Rank } from '../../engine/kernel/kernel.js'
import { MILLISECOND, type SimTime } from '../../engine/kernel/time.js'
import { Kubelet } from '../../engine/kubelet/kubelet.js'
import { MetricsServer } from '../../engine/load/metrics-server.js'
import {
  type ControlPlaneSettings,
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_METRICS_SERVER,
} from '../../engine/model/defaults.js'
import type { Labels } from '../../engine/model/pod-spec.js'
import type { Taint } from '../../engine/model/taints.js'
import { WallClock } from '../../engine/model/wall-clock.js'
import type {
  DeploymentSpec,
  DeploymentStatus,
  PodTemplateSpec,
  ReplicaSetSpec,
  ReplicaSetStatus,
} from '../../engine/model/workloads.js'
import type { ZoneTable } from '../../engine/model/zone-table.js'
import { Change, Source } from '../../engine/state/change-log.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../engine/state/ids.js'
import { Informer } from '../../engine/state/informer.js'
import { verify } from '../../engine/state/verify.js'

export interface WorkloadClusterOptions {
  readonly controllers?: readonly ControllerDefinition[]
  readonly settings?: Partial<ControlPlaneSettings>
  readonly nodes?: number
  readonly epochSeconds?: number
  readonly timeZones?: Readonly<Record<string, ZoneTable>>
  readonly seed?: string
}

/** Refuses pods beyond a limit, as a quota does. */
class LimitedPods extends PodRegistry {
  limit = Infinity
  readonly #state: ClusterState

  constructor(kernel: Kernel, state: ClusterState) {
    super(kernel, state)
    this.#state = state
  }

  override create(draft: PodDraft, priority: number): Created<PodId> {
    if (this.#state.pods.size < this.limit) return super.create(draft, priority)
    this.refusal = `pods "${draft.name}" is forbidden: exceeded quota`
    return Result.Forbidden
  }
}

const BIND_DELAY = 20 * MILLISECOND

/** Controllers, kubelets and a scheduler that gives pods to nodes in turn, pinned ones to theirs, in virtual time. */
export class WorkloadCluster {
  readonly kernel: Kernel
  readonly state = new ClusterState()
  readonly api: ApiServer
  readonly pods: LimitedPods
  readonly manager: ControllerManager
  readonly kubelet: Kubelet
  readonly events: (RecordedEvent & { readonly at: SimTime })[] = []

  constructor(options: WorkloadClusterOptions = {}) {
    const { controllers = allControllers, nodes = 4, epochSeconds = 0, seed = 'workloads' } = options
    const kernel = new Kernel({ seed })
    this.kernel = kernel
    this.pods = new LimitedPods(kernel, this.state)
    const { state, objects, nodes: nodeRegistry, names } = new ApiServer(kernel, this.state)
    this.api = { state, objects, names, nodes: nodeRegistry, pods: this.pods }
    for (let i = 0; i < nodes; i++) this.addNode(`node-${i}`)
    const settings = { ...DEFAULT_CONTROL_PLANE, ...options.settings }
    const events: EventSink = { recorded: (event, at) => this.events.push({ ...event, at }) }
    const clock = new WallClock(epochSeconds)
    this.manager = new ControllerManager({
      kernel,
      api: this.api,
      settings,
      clock,
      metrics: new MetricsServer(this.state, clock, DEFAULT_METRICS_SERVER),
      timeZones: options.timeZones ?? {},
      controllers,
      events,
    })
    const kubeletWatch = new Informer(kernel, this.state.log, 'kubelet', settings.watchLatency)
    this.kubelet = new Kubelet(kernel, this.api, kubeletWatch, DEFAULT_KUBELET, DEFAULT_CONTROL_PLANE, events)
    this.#bindInTurn(nodes)
  }

  addNode(name: string, taints: readonly Taint[] = [], labels: Labels = {}): NodeId {
    const capacity = { cpu: 64_000, pods: 1000 }
    const draft = {
      name,
      labels,
      taints,
      unschedulable: false,
      images: new Map<string, number>(),
      pool: NONE,
    }
    return this.api.nodes.create({ ...draft, capacity, allocatable: capacity }) as NodeId
  }

  createDeployment(name: string, spec: object, template: PodTemplateSpec = podTemplate(name)): ObjectId {
    const written = { selector: { matchLabels: { app: name } }, template, ...spec }
    return this.create('Deployment', name, written)
  }

  createReplicaSet(name: string, spec: object, template: PodTemplateSpec = podTemplate(name)): ObjectId {
    const written = { selector: { matchLabels: { app: name } }, template, ...spec }
    return this.create('ReplicaSet', name, written)
  }

  /** Applies a manifest of any kind. */
  create(kind: string, name: string, spec: object): ObjectId {
    const manifest = { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'default' }, spec }
    const created = applyManifest(this.api, manifest)
    if (isRefused(created)) throw new Error(`${name} is there twice`)
    return created as ObjectId
  }

  /** Patches the spec of a Deployment. */
  patch(id: ObjectId, change: Partial<DeploymentSpec>): void {
    const { spec } = this.state.objects.get<DeploymentSpec>(id)
    this.api.objects.updateSpec(id, { ...spec, ...change })
  }

  scale(id: ObjectId, replicas: number): void {
    const { spec } = this.state.objects.get<ReplicaSetSpec>(id)
    this.api.objects.updateSpec(id, { ...spec, replicas })
  }

  runUntil(time: SimTime): void {
    this.kernel.run({ until: time })
    verify(this.state)
  }

  deployment(id: ObjectId) {
    return this.state.objects.get<DeploymentSpec, DeploymentStatus>(id)
  }

  replicaSet(id: ObjectId) {
    return this.state.objects.get<ReplicaSetSpec, ReplicaSetStatus>(id)
  }

  /** Wanted sizes of all ReplicaSets, oldest first. */
  sizes(): number[] {
    return [...this.state.objects.ofKind('ReplicaSet')].map(id => this.replicaSet(id).spec.replicas)
  }

  podIds(): PodId[] {
    const { pods } = this.state
    return Array.from({ length: pods.highWater }, (_, row) => row as PodId).filter(pod => pods.exists(pod))
  }

  #bindInTurn(nodes: number): void {
    const { kernel, state } = this
    let turn = 0
    const bind = kernel.on('test/bind', Rank.Scheduler, pod => {
      if (!state.pods.exists(pod as PodId) || state.pods.node[pod] !== NONE) return
      const { spec } = state.templates.get(state.pods.templateOf(pod as PodId))
      const name = pinnedNode(spec)
      const node = name === undefined ? ((turn++ % nodes) as NodeId) : state.nodes.find(name)
      if (node !== undefined) this.pods.bind(pod as PodId, state.pods.uid[pod], node)
    })
    const watch = new Informer(kernel, state.log, 'scheduler', 0)
    watch.subscribe(Source.Pods, Change.Added, pod => {
      if (state.pods.node[pod] === NONE) kernel.schedule(kernel.now + BIND_DELAY, bind, pod)
    })
  }
}

export function podTemplate(app: string, annotations: Labels = {}, image = 'v1'): PodTemplateSpec {
  return {
    metadata: { labels: { app }, annotations },
    spec: {
      containers: [{ name: 'main', image }],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
    },
  }
}
