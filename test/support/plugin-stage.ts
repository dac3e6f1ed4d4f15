import { ApiServer } from '../../engine/apiserver/api-server.js'
import { applyManifest } from '../../engine/apiserver/apply-manifest.js'
import { resolveArgs } from '../../engine/kernel/definition.js'
import { Kernel } from '../../engine/kernel/kernel.js'
import type { Manifest } from '../../engine/model/simulation-model.js'
import type { PluginDefinition } from '../../engine/scheduler/framework/define-plugin.js'
import type { Cycle, FrameworkHandle, SchedulerPlugin } from '../../engine/scheduler/framework/interface.js'
import { NodeList } from '../../engine/scheduler/framework/node-list.js'
import { Snapshot } from '../../engine/scheduler/framework/snapshot.js'
import {
  Code,
  type Rejection,
  type RejectionId,
  Rejections,
  SKIP,
} from '../../engine/scheduler/framework/status.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import type { NodeId, PodId } from '../../engine/state/ids.js'

/** A cluster, the scheduler's view of it, and one plugin called by hand: no queue, no cycle, no time. */
export class PluginStage {
  readonly kernel = new Kernel()
  readonly state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  readonly api = new ApiServer(this.kernel, this.state)
  readonly snapshot = new Snapshot(this.state)
  readonly rejections = new Rejections()

  /** Makes a plugin; arguments that do not fit are thrown. */
  plugin<Args extends object>(definition: PluginDefinition<Args>, given: object = {}): SchedulerPlugin {
    const { args, issues } = resolveArgs(definition, given)
    if (issues.length > 0) throw new Error(issues.map(({ message }) => message).join('; '))
    const { state, snapshot, rejections } = this
    const handle: FrameworkHandle = {
      state,
      snapshot,
      reason: (text, code = Code.Unschedulable) =>
        rejections.id(definition.name, code, ...(typeof text === 'string' ? [text] : text)),
      shapeOf: pod => snapshot.shapes.of(pod),
      templateOf: shape => shape.template,
      now: () => this.kernel.now,
    }
    return definition.create(handle, args)
  }

  apply(manifest: Manifest): number {
    return applyManifest(this.api, manifest)
  }

  /** A node that the scheduler knows. */
  node(manifest: Manifest): NodeId {
    const node = this.apply(manifest) as NodeId
    this.snapshot.putNode(node)
    return node
  }

  /** A pod, counted on its node if it names one. */
  pod(manifest: Manifest): PodId {
    const pod = this.apply(manifest) as PodId
    const { pods } = this.state
    if (manifest.metadata['deletionTimestamp'] !== undefined) pods.deletionAt[pod] = 1
    if (pods.node[pod] >= 0) this.snapshot.addPod(pod, pods.nodeOf(pod))
    return pod
  }

  cycle(pod: PodId): Cycle {
    const { snapshot } = this
    return { pod, shape: snapshot.shapes.of(pod), snapshot, restrictTo: () => undefined }
  }

  list(nodes: readonly number[]): NodeList {
    const list = new NodeList(this.snapshot.rows)
    list.ids.set(nodes)
    list.length = nodes.length
    return list
  }

  rejection(id: number): Rejection {
    return this.rejections.get(id as RejectionId)
  }

  /** By node, in the order given: why the plugin rejects it, undefined where it does not. */
  filter(plugin: SchedulerPlugin, pod: PodId, nodes: readonly NodeId[]): (Rejection | undefined)[] {
    const cycle = this.cycle(pod)
    if (plugin.preFilter?.(cycle) === SKIP) return nodes.map(() => undefined)
    const list = this.list(nodes)
    plugin.filter?.(cycle, list)
    const kept = new Set(list.ids.subarray(0, list.length))
    return nodes.map(node => (kept.has(node) ? undefined : this.rejection(list.reason[node])))
  }

  /** The normalised scores of the nodes, undefined when the plugin has nothing to say. */
  score(plugin: SchedulerPlugin, pod: PodId, nodes: readonly NodeId[]): number[] | undefined {
    const cycle = this.cycle(pod)
    const list = this.list(nodes)
    if (plugin.preScore?.(cycle, list) === SKIP) return undefined
    const scores = new Float64Array(nodes.length)
    plugin.score?.(cycle, list, scores)
    plugin.normalize?.(cycle, list, scores)
    return [...scores]
  }
}
