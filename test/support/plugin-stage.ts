import { resolveArgs } from '../../engine/kernel/definition.js'
import type { Manifest } from '../../engine/model/simulation-model.js'
import type { PluginDefinition } from '../../engine/scheduler/framework/define-plugin.js'
import type { Cycle, SchedulerPlugin } from '../../engine/scheduler/framework/interface.js'
import { NodeList } from '../../engine/scheduler/framework/node-list.js'
import { type Rejection, type RejectionId, SKIP } from '../../engine/scheduler/framework/status.js'
import { NONE, type NodeId, type PodId } from '../../engine/state/ids.js'
import { SchedulerRig } from './scheduler-rig.js'

/** A cluster, the scheduler's view of it, and single plugins called by hand, without a cycle around them. */
export class PluginStage extends SchedulerRig {
  constructor() {
    super({ capacities: { pods: 1, nodes: 1, objects: 1 } })
  }

  /** Makes a plugin; arguments that do not fit are thrown. */
  plugin<Args extends object>(definition: PluginDefinition<Args>, given: object = {}): SchedulerPlugin {
    const { args, issues } = resolveArgs(definition, given)
    if (issues.length > 0) throw new Error(issues.map(({ message }) => message).join('; '))
    return definition.create(this.handle(definition.name), args)
  }

  /** A pod, counted on its node if it names one; it may be one that is being deleted. */
  override pod(manifest: Manifest): PodId {
    const pod = this.createPod(manifest)
    const { pods } = this.state
    if (manifest.metadata['deletionTimestamp'] !== undefined) pods.deletionAt[pod] = 1
    if (pods.node[pod] !== NONE) this.snapshot.addPod(pod, pods.nodeOf(pod))
    return pod
  }

  cycleOf(pod: PodId): Cycle {
    const { snapshot } = this
    const shape = snapshot.shapes.of(pod)
    return { pod, shape, snapshot, restrictTo: () => undefined, countsAllNodes: false }
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
    const cycle = this.cycleOf(pod)
    if (plugin.preFilter?.(cycle) === SKIP) return nodes.map(() => undefined)
    const list = this.list(nodes)
    plugin.filter?.(cycle, list)
    const kept = new Set(list.ids.subarray(0, list.length))
    return nodes.map(node => (kept.has(node) ? undefined : this.rejection(list.reason[node])))
  }

  /** The normalised scores of the nodes, undefined when the plugin has nothing to say. */
  score(plugin: SchedulerPlugin, pod: PodId, nodes: readonly NodeId[]): number[] | undefined {
    const cycle = this.cycleOf(pod)
    const list = this.list(nodes)
    if (plugin.preScore?.(cycle, list) === SKIP) return undefined
    const scores = new Float64Array(nodes.length)
    plugin.score?.(cycle, list, scores)
    plugin.normalize?.(cycle, list, scores)
    return [...scores]
  }
}
