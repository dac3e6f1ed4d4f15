import { ApiServer } from '../../engine/apiserver/api-server.js'
import { applyManifest } from '../../engine/apiserver/apply-manifest.js'
import { ClusterCopy } from '../../engine/autoscaler/cluster-copy.js'
import type { Controller, ControllerOf } from '../../engine/autoscaler/controlled-pods.js'
import { SimulatedCluster } from '../../engine/autoscaler/simulated-cluster.js'
import { Kernel } from '../../engine/kernel/kernel.js'
import { defaultPod } from '../../engine/model/pod-defaults.js'
import type { PodSpec } from '../../engine/model/pod-spec.js'
import type { Manifest } from '../../engine/model/simulation-model.js'
import { filterPlugins } from '../../engine/scheduler/filter-plugins.js'
import { PLUGINS } from '../../engine/scheduler/plugins/index.js'
import { ClusterState } from '../../engine/state/cluster-state.js'
import { type NodeId, PHASE_NAMES, type PodId, Status } from '../../engine/state/ids.js'

const DEFAULT_PROFILE = {
  schedulerName: 'default-scheduler',
  base: 'default',
  enabled: [],
  disabled: [],
  pluginConfig: {},
}

const CONDITION_STATUS: Readonly<Record<string, Status>> = { True: Status.True, False: Status.False }

interface Condition {
  readonly type: string
  readonly status: string
}

/** A store that nothing runs in, and the simulated cluster an autoscaler makes of it. */
export class AutoscalerRig {
  readonly kernel = new Kernel()
  readonly state = new ClusterState()
  readonly api = new ApiServer(this.kernel, this.state)
  readonly cluster = new SimulatedCluster(this.state, snapshot =>
    filterPlugins(snapshot, {
      profile: DEFAULT_PROFILE,
      plugins: PLUGINS,
      objects: this.api.objects,
      now: () => 0,
    }),
  )

  readonly copy = new ClusterCopy(this.state, this.cluster)

  readonly controllerOf: ControllerOf = pod => this.#controllerOf(pod)

  /** Creates a node, ready if nothing else is said, and answers its row in the simulated cluster. */
  node(manifest: Manifest): NodeId {
    const node = applyManifest(this.api, { ...manifest, kind: 'Node' }) as NodeId
    const { conditions = [] } = (manifest['status'] ?? {}) as { conditions?: readonly Condition[] }
    const { nodes } = this.state
    for (const { type, status } of conditions) {
      const value = CONDITION_STATUS[status] ?? Status.Unknown
      if (type === 'Ready') nodes.ready[node] = value
      else if (type === 'DiskPressure') nodes.diskPressure[node] = value
      else if (type === 'NetworkUnavailable') nodes.networkUnavailable[node] = value
    }
    return this.copy.putNode(node)
  }

  /** Creates a pod and answers its row in the simulated cluster. */
  pod(manifest: Manifest): PodId {
    const { metadata } = manifest
    const spec = defaultPod(manifest['spec'] as PodSpec, metadata.labels ?? {})
    const pod = applyManifest(this.api, { ...manifest, kind: 'Pod', spec }) as PodId
    if (pod < 0) throw new Error(`pod ${metadata.name} was refused: ${pod}`)
    const { pods } = this.state
    const { phase = 'Running' } = (manifest['status'] ?? {}) as { phase?: (typeof PHASE_NAMES)[number] }
    pods.phase[pod] = PHASE_NAMES.indexOf(phase)
    const { creationTimestamp, deletionTimestamp } = metadata as Record<string, unknown>
    if (typeof creationTimestamp === 'string') pods.createdAt[pod] = microsecondsOf(creationTimestamp)
    if (typeof deletionTimestamp === 'string') pods.deletionAt[pod] = microsecondsOf(deletionTimestamp)
    return this.copy.putPod(pod)
  }

  removePod(namespace: string, name: string): void {
    const pod = this.state.pods.find(this.state.namespaceId(namespace), name) as PodId
    this.copy.dropPod(pod)
    this.api.pods.delete(pod, this.state.pods.uid[pod], 0)
  }

  object(kind: string, namespace: string, name: string, spec: object, status: object = {}): void {
    this.api.objects.create({ kind, namespace, name, spec, status })
  }

  podName(pod: PodId): string {
    return this.cluster.state.pods.name[pod] as string
  }

  nodeName(node: NodeId): string {
    return this.cluster.nameOf(node)
  }

  #controllerOf(pod: PodId): Controller | undefined {
    const original = this.copy.originalPod(pod)
    if (original === undefined) return undefined
    return this.api.pods.references.of(original).find(({ controller }) => controller)
  }
}

export function microsecondsOf(time: string): number {
  return Date.parse(time) * 1000
}
