import type { PodSpec } from '../../engine/model/pod-spec.js'
import type { Manifest } from '../../engine/model/simulation-model.js'
import type { PluginDefinition } from '../../engine/scheduler/framework/define-plugin.js'
import type { SchedulerPlugin } from '../../engine/scheduler/framework/interface.js'
import type { NodeId } from '../../engine/state/ids.js'
import { PluginStage } from './plugin-stage.js'

type Amounts = Readonly<Record<string, string>>

/** A node with ten pod slots. */
export function nodeManifest(
  name: string,
  allocatable: Amounts,
  fields: { labels?: Amounts; spec?: object; images?: object[] } = {},
): Manifest {
  const { labels = {}, spec = {}, images = [] } = fields
  const status = { allocatable: { pods: '10', ...allocatable }, images }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec, status }
}

/** A pod of one container. */
export function podManifest(name: string, requests: Amounts, spec: Partial<PodSpec> = {}): Manifest {
  const containers = [{ name: 'c', image: 'app:1', resources: { requests } }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers, ...spec },
  }
}

/** A plugin, and the nodes it may choose from with the pods that run there. */
export function stageOf<Args extends object>(
  definition: PluginDefinition<Args>,
  nodes: readonly Manifest[],
  running: readonly Manifest[] = [],
  args: object = {},
): { stage: PluginStage; plugin: SchedulerPlugin; ids: NodeId[] } {
  const stage = new PluginStage()
  const plugin = stage.plugin(definition, args)
  const ids = nodes.map(manifest => stage.node(manifest))
  for (const manifest of running) stage.pod(manifest)
  return { stage, plugin, ids }
}
