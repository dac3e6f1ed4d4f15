import { ApiServer } from '../../engine/apiserver/api-server.js'
import { applyManifest } from '../../engine/apiserver/apply-manifest.js'
import { Kernel } from '../../engine/kernel/kernel.js'
import { SECOND } from '../../engine/kernel/time.js'
import { DEFAULT_SCHEDULER_COSTS } from '../../engine/model/defaults.js'
import { defaultPod } from '../../engine/model/pod-defaults.js'
import type { PodSpec } from '../../engine/model/pod-spec.js'
import { admitPriority, type PriorityClass } from '../../engine/model/priority.js'
import type { Manifest, SchedulerSettings } from '../../engine/model/simulation-model.js'
import { WallClock } from '../../engine/model/wall-clock.js'
import { readSchedulerConfiguration } from '../../engine/scheduler/configuration.js'
import { DEFAULT_PLUGINS } from '../../engine/scheduler/default-plugins.js'
import type { AnyPlugin } from '../../engine/scheduler/framework/define-plugin.js'
import type { FrameworkHandle } from '../../engine/scheduler/framework/interface.js'
import { Nominator } from '../../engine/scheduler/framework/nominator.js'
import { Snapshot } from '../../engine/scheduler/framework/snapshot.js'
import { Code, Rejections } from '../../engine/scheduler/framework/status.js'
import { NodeOrder } from '../../engine/scheduler/node-order.js'
import { PLUGINS } from '../../engine/scheduler/plugins/index.js'
import { buildProfile, type PluginSet, type Profile } from '../../engine/scheduler/profile.js'
import { SchedulingCycle } from '../../engine/scheduler/scheduling-cycle.js'
import { type Capacities, ClusterState, DEFAULT_CAPACITIES } from '../../engine/state/cluster-state.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../../engine/state/ids.js'

export interface SchedulerRigOptions {
  /** A KubeSchedulerConfiguration; absent: the default one. */
  readonly config?: unknown
  readonly set?: PluginSet
  readonly plugins?: readonly AnyPlugin[]
  /** 0: adaptive; by default all nodes are examined. */
  readonly percentageOfNodesToScore?: number
  readonly capacities?: Capacities
}

const BASE: SchedulerSettings = {
  profiles: [],
  percentageOfNodesToScore: 0,
  tieBreak: 'first',
  podInitialBackoff: SECOND,
  podMaxBackoff: 10 * SECOND,
  costs: DEFAULT_SCHEDULER_COSTS,
}
const NO_CONFIG = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' }

/**
 * The scheduler's cycle over a real store, called by hand: objects go through defaulting and admission as the API
 * server applies them, then into the scheduler's own view of the cluster.
 */
export class SchedulerRig {
  readonly state: ClusterState
  readonly api: ApiServer
  readonly snapshot: Snapshot
  readonly order: NodeOrder
  readonly nominator = new Nominator()
  readonly rejections = new Rejections()
  readonly profile: Profile
  readonly cycle: SchedulingCycle

  constructor(options: SchedulerRigOptions = {}) {
    const { config = NO_CONFIG, set = DEFAULT_PLUGINS, plugins = PLUGINS } = options
    const kernel = new Kernel()
    this.state = new ClusterState(options.capacities ?? DEFAULT_CAPACITIES)
    this.api = new ApiServer(kernel, this.state)
    this.snapshot = new Snapshot(this.state)
    this.order = new NodeOrder(this.state)
    const { configuration, issues } = readSchedulerConfiguration(config, BASE, plugins)
    if (issues.length > 0) throw new Error(JSON.stringify(issues))
    const [settings] = configuration.settings.profiles
    const built = buildProfile(settings, set, plugins, name => this.handle(name))
    if (built.issues.length > 0) throw new Error(JSON.stringify(built.issues))
    this.profile = built.profile
    this.cycle = new SchedulingCycle({
      profile: this.profile,
      snapshot: this.snapshot,
      order: this.order,
      nominator: this.nominator,
      rejections: this.rejections,
      percentageOfNodesToScore: options.percentageOfNodesToScore ?? 100,
      tieBreak: () => 0,
    })
  }

  /** What a plugin of that name is made with. */
  handle(plugin: string): FrameworkHandle {
    const { state, snapshot, rejections } = this
    return {
      state,
      objects: this.api.objects,
      snapshot,
      reason: (text, code = Code.Unschedulable) =>
        rejections.id(plugin, code, ...(typeof text === 'string' ? [text] : text)),
      rejection: id => rejections.get(id),
      shapeOf: pod => snapshot.shapes.of(pod),
      templateOf: shape => shape.template,
      now: () => 0,
      workload: () => [],
      clock: new WallClock(0),
      draw: () => 0,
    }
  }

  /** Creates an object that is neither node nor pod, with the status it was recorded with. */
  object(manifest: Manifest): void {
    const id = applyManifest(this.api, manifest) as ObjectId
    if (manifest['status'] !== undefined) this.api.objects.updateStatus(id, manifest['status'])
  }

  node(manifest: Manifest): NodeId {
    const node = applyManifest(this.api, manifest) as NodeId
    this.snapshot.putNode(node)
    this.order.add(node, this.state.nodes.labels[node] as Parameters<NodeOrder['add']>[1])
    return node
  }

  removeNode(node: NodeId): void {
    this.snapshot.removeNode(node)
    this.order.remove(node)
    this.api.nodes.delete(node)
  }

  /** Creates a pod, not yet known to the scheduler. */
  createPod(manifest: Manifest): PodId {
    const labels = manifest.metadata.labels ?? {}
    const spec = this.#admit(defaultPod(manifest['spec'] as PodSpec, labels))
    const pod = applyManifest(this.api, { ...manifest, spec }) as PodId
    if (pod < 0) throw new Error(`pod ${manifest.metadata.name} was refused: ${pod}`)
    return pod
  }

  /** Creates a pod and counts it on its node, if it has one. */
  pod(manifest: Manifest): PodId {
    const pod = this.createPod(manifest)
    const node = this.state.pods.node[pod] as NodeId
    if (node !== NONE) this.snapshot.addPod(pod, node)
    return pod
  }

  #admit(spec: PodSpec): PodSpec {
    // Recorded pods may have a priority of their own, as if admitted already.
    if (spec.priorityClassName === undefined) return spec
    const admitted = admitPriority(spec, this.#priorityClasses())
    if ('error' in admitted) throw new Error(admitted.error)
    return { ...spec, ...admitted }
  }

  #priorityClasses(): PriorityClass[] {
    const { objects } = this.state
    return [...objects.ofKind('PriorityClass')].map(id => {
      const { meta, spec } = objects.get<Omit<PriorityClass, 'name'>>(id)
      return { ...spec, name: meta.name }
    })
  }
}
