/**
 * Lets one group grow for the pods that fit nowhere: which groups may, what each would do for which pods, which one the
 * expanders choose, and by how much limits let it grow.
 *
 * Upstream: core/scaleup/orchestrator/orchestrator.go and executor.go of cluster-autoscaler 1.36.1.
 * Simplified: similar groups are not balanced (--balance-similar-node-groups is off by default), and no
 * groups are created.
 */
import type { SimTime } from '../../kernel/time.js'
import type { ClusterAutoscalerSettings } from '../../model/cluster-autoscaler-defaults.js'
import type { PodId } from '../../state/ids.js'
import type { SimulatedCluster } from '../simulated-cluster.js'
import type { AutoscalerEvents } from './autoscaler-events.js'
import type { CloudProvider, MachineGroup } from './cloud-provider.js'
import { type EquivalenceGroup, estimate, type NodeTemplate } from './estimator.js'
import { chooseOption, type Expander, type ExpansionContext, type ExpansionOption } from './expander.js'
import { PRIORITY_CONFIG_MAP } from './expanders/priority.js'
import type { GroupStates } from './group-states.js'
import type { NodeGroups } from './node-group.js'
import type { NodeTemplates } from './node-templates.js'
import type { PendingPods } from './pending-pods.js'
import { type ResourceLimits, ResourceTracker } from './resource-limits.js'

export interface ScaleUpSettings {
  readonly cluster: SimulatedCluster
  readonly provider: CloudProvider
  readonly groups: NodeGroups
  readonly states: GroupStates
  readonly templates: NodeTemplates
  readonly pending: PendingPods
  readonly events: AutoscalerEvents
  readonly expanders: readonly Expander[]
  readonly options: ClusterAutoscalerSettings
  readonly limits: ResourceLimits
  readonly draw: () => number
  /** The store's pod of a simulated one. */
  readonly originalPod: (pod: PodId) => PodId | undefined
}

/** A group of equal pods, and why it fits which group's nodes not. */
interface Candidate {
  readonly group: EquivalenceGroup
  readonly rejections: Map<MachineGroup, readonly string[]>
  isSchedulable: boolean
}

const Skipped = {
  Backoff: 'in backoff after failed scale-up',
  MaxSize: 'max node group size reached',
  NotReady: 'not ready for scale-up',
} as const
const MILLI = 1000

export class ScaleUp {
  readonly #settings: ScaleUpSettings

  constructor(settings: ScaleUpSettings) {
    this.#settings = settings
  }

  /** Answers whether a group grows. */
  run(pods: readonly PodId[], now: SimTime): boolean {
    const { cluster, provider, pending, groups, limits } = this.#settings
    const tracker = new ResourceTracker(cluster, groups, limits, 'max')
    const skipped = new Map<MachineGroup, string>()
    const valid: MachineGroup[] = []
    for (const group of provider.groups) {
      const reason = this.#reasonToSkip(group, tracker, now)
      if (reason === undefined) valid.push(group)
      else skipped.set(group, reason)
    }
    const candidates = pending
      .groups(pods)
      .map((group): Candidate => ({ group, rejections: new Map(), isSchedulable: false }))
    const fitting = new Map(valid.map(group => [group, this.#fitting(candidates, group)]))
    const options = valid.flatMap(group => this.#option(group, fitting.get(group) ?? []))
    const best = chooseOption(this.#settings.expanders, options, this.#expansionContext())
    const isScaled = best !== undefined && this.#grow(best, tracker, now)
    if (!isScaled) this.#explain(candidates, skipped)
    return isScaled
  }

  /** The cluster has as many nodes as it may have. */
  refuse(pods: readonly PodId[]): void {
    const { events, originalPod } = this.#settings
    for (const pod of pods) {
      const original = originalPod(pod)
      if (original !== undefined) events.notTriggered(original, 'max total nodes in cluster reached')
    }
  }

  #reasonToSkip(group: MachineGroup, tracker: ResourceTracker, now: SimTime): string | undefined {
    const { states, templates } = this.#settings
    if (!states.isHealthy(group)) return Skipped.NotReady
    if (states.isBackedOff(group, now)) return Skipped.Backoff
    if (group.targetSize >= group.maxSize) return Skipped.MaxSize
    const node = resourcesOf(templates.of(group))
    if (tracker.allowed(node, 1) < 1) {
      return `exceeded quota: "cluster-wide", resources: ${tracker.exhausted(node).join(', ')}`
    }
    return undefined
  }

  /** The candidates that one new node of the group could take. */
  #fitting(candidates: readonly Candidate[], group: MachineGroup): EquivalenceGroup[] {
    const { cluster, templates } = this.#settings
    const { node: draft, pods } = templates.of(group)
    const fitting: EquivalenceGroup[] = []
    cluster.fork()
    const node = cluster.addNode(draft)
    for (const pod of pods) cluster.addPod(pod, node)
    for (const candidate of candidates) {
      const [pod] = candidate.group.pods
      if (cluster.tryNode(pod, node)) {
        cluster.unplace(pod)
        candidate.isSchedulable = true
        fitting.push(candidate.group)
      } else candidate.rejections.set(group, cluster.rejection?.reasons ?? [])
    }
    cluster.revert()
    return fitting
  }

  #option(group: MachineGroup, fitting: readonly EquivalenceGroup[]): ExpansionOption[] {
    if (fitting.length === 0) return []
    const { cluster, templates, options } = this.#settings
    const template = templates.of(group)
    const { nodeCount, pods } = estimate(cluster, fitting, template, {
      group,
      similarGroups: [],
      maxNodesPerScaleUp: options.maxNodesPerScaleUp,
      maxNodesTotal: options.maxNodesTotal,
      currentNodeCount: cluster.nodes.length,
    })
    if (nodeCount === 0 || pods.length === 0) return []
    let requestedMilliCPU = 0
    let requestedMemoryBytes = 0
    for (const pod of pods) {
      const { milliCPU, memoryBytes } = cluster.snapshot.shapes.of(pod)
      requestedMilliCPU += milliCPU
      requestedMemoryBytes += memoryBytes
    }
    const { capacity, allocatable } = template.node
    return [
      {
        group: group.id,
        nodeCount,
        pods,
        requestedMilliCPU,
        requestedMemoryBytes,
        capacityMilliCPU: capacity['cpu'] ?? 0,
        capacityMemoryBytes: capacity['memory'] ?? 0,
        gpus: allocatable['nvidia.com/gpu'] ?? 0,
        price: group.pool.pricePerHour,
      },
    ]
  }

  #grow(option: ExpansionOption, tracker: ResourceTracker, now: SimTime): boolean {
    const { cluster, provider, templates, states, events, options, originalPod } = this.#settings
    const group = provider.groups.find(({ id }) => id === option.group) as MachineGroup
    let count = option.nodeCount
    const { maxNodesTotal } = options
    if (maxNodesTotal > 0 && count + cluster.nodes.length > maxNodesTotal) {
      events.maxNodesReached(maxNodesTotal)
      count = maxNodesTotal - cluster.nodes.length
    }
    count = Math.min(count, group.maxSize - group.targetSize)
    count = tracker.allowed(resourcesOf(templates.of(group)), count)
    if (count < 1) return false
    const before = group.targetSize
    const pods = option.pods.map(pod => originalPod(pod)).filter(pod => pod !== undefined)
    provider.increaseSize(group, count)
    states.registerScaleUp(group, count, now)
    events.scaledUp(group, before, before + count, option.pods.length)
    events.triggered(pods, `[{${group.id} ${before}->${before + count} (max: ${group.maxSize})}]`)
    return true
  }

  #explain(candidates: readonly Candidate[], skipped: ReadonlyMap<MachineGroup, string>): void {
    const { events, originalPod } = this.#settings
    for (const { group, rejections, isSchedulable } of candidates) {
      if (isSchedulable) continue
      const counts = new Map<string, number>()
      const reasons = [...[...rejections.values()].flat(), ...skipped.values()]
      for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
      const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort()
      for (const pod of group.pods) {
        const original = originalPod(pod)
        if (original !== undefined) events.notTriggered(original, texts.join(', '))
      }
    }
  }

  #expansionContext(): ExpansionContext {
    const { cluster, events, draw } = this.#settings
    const { objects } = cluster.state
    const id = objects.find('ConfigMap', 'kube-system', PRIORITY_CONFIG_MAP)
    const data = id === undefined ? undefined : objects.get<ConfigMap>(id).spec.data
    return {
      clusterNodes: cluster.nodes.length,
      priorities: data?.['priorities'],
      draw,
      warn: (reason, message) => events.priorityConfig(reason, message),
    }
  }
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>
}

function resourcesOf({ node: { capacity } }: NodeTemplate) {
  return { cores: Math.ceil((capacity['cpu'] ?? 0) / MILLI), memoryBytes: capacity['memory'] ?? 0, nodes: 1 }
}
