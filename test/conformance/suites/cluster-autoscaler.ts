import { cropToBudgets } from '../../../engine/autoscaler/cluster-autoscaler/deletion-budgets.js'
import { type DrainOptions, DrainRules } from '../../../engine/autoscaler/cluster-autoscaler/drain-rules.js'
import { SCALE_DOWN_DISABLED } from '../../../engine/autoscaler/cluster-autoscaler/eligibility.js'
import { estimate } from '../../../engine/autoscaler/cluster-autoscaler/estimator.js'
import type { ExpansionOption } from '../../../engine/autoscaler/cluster-autoscaler/expander.js'
import { expanders } from '../../../engine/autoscaler/cluster-autoscaler/expanders/index.js'
import type { NodeGroup } from '../../../engine/autoscaler/cluster-autoscaler/node-group.js'
import {
  RemovalSimulator,
  type UnremovableNode,
} from '../../../engine/autoscaler/cluster-autoscaler/removal-simulator.js'
import {
  NO_DELETIONS,
  ScaleDownPlanner,
} from '../../../engine/autoscaler/cluster-autoscaler/scale-down-planner.js'
import { nodeUtilization } from '../../../engine/autoscaler/cluster-autoscaler/utilization.js'
import { RemainingBudgets } from '../../../engine/autoscaler/remaining-budgets.js'
import { SECOND } from '../../../engine/kernel/time.js'
import { defaultPod } from '../../../engine/model/pod-defaults.js'
import type { Amounts, PodSpec } from '../../../engine/model/pod-spec.js'
import { amountOf } from '../../../engine/model/resources.js'
import type { Manifest } from '../../../engine/model/simulation-model.js'
import type { Taint } from '../../../engine/model/taints.js'
import type { NodeId, PodId } from '../../../engine/state/ids.js'
import { AutoscalerRig, microsecondsOf } from '../../support/autoscaler-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

interface GivenGroup {
  readonly name: string
  readonly minSize: number
  readonly maxSize: number
  readonly targetSize: number
}

interface GivenEstimate {
  readonly groups: readonly { readonly count: number; readonly pod: Manifest }[]
  readonly template: Manifest
  readonly daemonPods?: readonly Manifest[]
  readonly existingNodes?: readonly Manifest[]
  readonly existingPods?: readonly Manifest[]
  readonly maxNodesPerScaleUp: number
  readonly maxNodesTotal: number
  readonly nodeGroup: GivenGroup
  readonly similarNodeGroup?: GivenGroup
}

interface GivenOption {
  readonly group: string
  readonly nodeCapacity: Amounts
  readonly nodeCount: number
  readonly nodePrice: number
  readonly pods: { readonly count: number; readonly requests: Amounts }
}

interface GivenCluster {
  readonly now: string
  readonly nodes: readonly Manifest[]
  readonly pods?: readonly Manifest[]
  readonly podDisruptionBudgets?: readonly Manifest[]
  readonly replicaSets?: readonly {
    readonly name: string
    readonly namespace: string
    readonly replicas: number
  }[]
}

interface GivenRemoval extends GivenCluster {
  readonly options: Omit<DrainOptions, 'systemPodTimeout'> & {
    readonly blockingSystemPodDisruptionTimeoutSeconds: number
  }
}

interface GivenPlan extends GivenCluster {
  readonly groupLabel: string
  readonly nodeGroups: readonly GivenGroup[]
  readonly loops: readonly {
    readonly t: number
    readonly podsGone?: readonly string[]
    readonly podsNew?: readonly Manifest[]
  }[]
  readonly options: {
    readonly ignoreDaemonSetsUtilization: boolean
    readonly ignoreMirrorPodsUtilization: boolean
    readonly maxDrainParallelism: number
    readonly maxScaleDownParallelism: number
    readonly minCores: number
    readonly scaleDownUnneededSeconds: number
    readonly scaleDownUnreadyEnabled: boolean
    readonly scaleDownUnreadySeconds: number
    readonly unremovableNodeRecheckSeconds: number
    readonly utilizationThreshold: number
  }
}

const DEFAULT_DRAIN: DrainOptions = {
  skipNodesWithSystemPods: true,
  skipNodesWithLocalStorage: true,
  skipNodesWithCustomControllerPods: true,
  minReplicaCount: 0,
  systemPodTimeout: 3600 * SECOND,
}

const kinds = suiteOfKinds('cluster-autoscaler', {
  estimate: (given: GivenEstimate) => withoutEmpty(runEstimate(given)),
  expander: (given: GivenExpansion) => withoutEmpty(runExpanders(given)),
  utilization: (given: GivenCluster) => withoutEmpty(runUtilization(given)),
  removal: (given: GivenRemoval) => withoutEmpty(runRemoval(given)),
  planner: (given: GivenPlan) => withoutEmpty(runPlanner(given)),
})

/** The parts of the cluster autoscaler over a simulated cluster of the store's own. */
export const clusterAutoscalerSuite: Suite = {
  name: kinds.name,
  run: (record, context) => kinds.run({ ...record, want: withoutEmpty(record['want']) }, context),
}

/** In these recordings a missing list or map means an empty one. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => withoutEmpty(item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, withoutEmpty(inner)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function runEstimate(given: GivenEstimate): unknown {
  const rig = new AutoscalerRig()
  const { state } = rig
  const { existingNodes = [], existingPods = [], daemonPods = [], template } = given
  for (const node of existingNodes) rig.node(node)
  for (const pod of existingPods) rig.pod(pod)
  const groupOf = new Map<PodId, string>()
  const groups = given.groups.map(({ count, pod }) => ({
    pods: Array.from({ length: count }, (_, i) => {
      const { name } = pod.metadata
      const row = rig.pod({ ...pod, metadata: { ...pod.metadata, name: `${name}-${i}` } })
      groupOf.set(row, name)
      return row
    }),
  }))
  const { taints = [] } = (template['spec'] ?? {}) as { taints?: readonly Taint[] }
  const { allocatable = {} } = template['status'] as { allocatable?: Amounts }
  const result = estimate(
    rig.cluster,
    groups,
    {
      node: {
        name: template.metadata.name,
        labels: template.metadata.labels ?? {},
        taints: state.taintsId(taints),
        unschedulable: false,
        capacity: amountsOf(allocatable),
        allocatable: amountsOf(allocatable),
      },
      pods: daemonPods.map(({ metadata, ...pod }) => ({
        namespace: state.namespaceId(metadata.namespace ?? 'default'),
        name: metadata.name,
        template: state.templateId({
          spec: defaultPod(pod['spec'] as PodSpec, metadata.labels ?? {}),
          annotations: metadata.annotations ?? {},
        }),
        labels: state.labelsId(metadata.labels ?? {}),
        priority: 0,
      })),
    },
    {
      group: nodeGroup(given.nodeGroup),
      similarGroups: given.similarNodeGroup === undefined ? [] : [nodeGroup(given.similarNodeGroup)],
      maxNodesPerScaleUp: given.maxNodesPerScaleUp,
      maxNodesTotal: given.maxNodesTotal,
      currentNodeCount: existingNodes.length,
    },
  )
  const scheduledPerGroup: Record<string, number> = {}
  const groupOrder: string[] = []
  for (const pod of result.pods) {
    const group = groupOf.get(pod) as string
    scheduledPerGroup[group] = (scheduledPerGroup[group] ?? 0) + 1
    if (groupOrder.at(-1) !== group) groupOrder.push(group)
  }
  return { nodes: result.nodeCount, scheduled: result.pods.length, scheduledPerGroup, groupOrder }
}

interface GivenExpansion {
  readonly clusterNodes: number
  readonly options: readonly GivenOption[]
  readonly priorityConfig?: string
}

function runExpanders({ clusterNodes, options, priorityConfig }: GivenExpansion): unknown {
  const context = { clusterNodes, priorities: priorityConfig, draw: () => 0, warn: () => undefined }
  const given = options.map(expansionOption)
  const judging = expanders.filter(({ name }) => name !== 'random')
  return Object.fromEntries(
    judging.map(expander => [
      expander.name,
      expander
        .best(given, context)
        .map(({ group }) => group)
        .toSorted(),
    ]),
  )
}

function expansionOption({ group, nodeCapacity, nodeCount, nodePrice, pods }: GivenOption): ExpansionOption {
  const { cpu, memory } = amountsOf(nodeCapacity)
  const requests = amountsOf(pods.requests)
  return {
    group,
    nodeCount,
    pods: Array.from({ length: pods.count }, (_, i) => i as PodId),
    requestedMilliCPU: pods.count * (requests['cpu'] ?? 0),
    requestedMemoryBytes: pods.count * (requests['memory'] ?? 0),
    capacityMilliCPU: cpu,
    capacityMemoryBytes: memory,
    gpus: 0,
    price: nodePrice,
  }
}

function runUtilization(given: GivenCluster): unknown {
  const { rig, nodes } = clusterOf(given)
  const now = microsecondsOf(given.now)
  const count = (node: NodeId, ignoreDaemonSets: boolean, ignoreMirrorPods: boolean) =>
    nodeUtilization(rig.cluster, node, rig.controllerOf, { ignoreDaemonSets, ignoreMirrorPods }, now)
  return {
    nodes: nodes.map(node => ({
      node: rig.nodeName(node),
      all: count(node, false, false),
      withoutDaemonSets: count(node, true, false),
      withoutMirror: count(node, false, true),
      withoutBoth: count(node, true, true),
    })),
  }
}

function runRemoval(given: GivenRemoval): unknown {
  const { rig, nodes } = clusterOf(given)
  const { blockingSystemPodDisruptionTimeoutSeconds, ...options } = given.options
  const systemPodTimeout = blockingSystemPodDisruptionTimeoutSeconds * SECOND
  const budgets = new RemainingBudgets(rig.cluster.state)
  budgets.reset()
  const rules = new DrainRules(rig.cluster, rig.controllerOf, budgets, { ...options, systemPodTimeout })
  const simulator = new RemovalSimulator(rig.cluster, rules)
  const destinations = new Set(nodes)
  const names = (pods: readonly PodId[]) => pods.map(pod => rig.podName(pod)).toSorted()
  return {
    inOrder: nodes.map(node => {
      const { removable, unremovable } = simulator.simulate(node, destinations, microsecondsOf(given.now))
      if (removable === undefined) {
        const { reason, blocking } = unremovable
        return {
          node: rig.nodeName(node),
          removable: false,
          reason,
          ...(blocking === undefined
            ? {}
            : { blockingPod: rig.podName(blocking.pod), blockingReason: blocking.reason }),
        }
      }
      const { podsToReschedule, daemonSetPods, onCompletionPods } = removable
      const evictableInParallel = budgets.allowsInParallel(podsToReschedule)
      destinations.delete(node)
      budgets.consume(podsToReschedule)
      return {
        node: rig.nodeName(node),
        removable: true,
        evictableInParallel,
        podsToReschedule: names(podsToReschedule),
        daemonSetPods: names(daemonSetPods),
        ...(onCompletionPods.length === 0 ? {} : { onCompletionPods: names(onCompletionPods) }),
      }
    }),
  }
}

function runPlanner(given: GivenPlan): unknown {
  const { rig, nodes } = clusterOf(given)
  const { cluster } = rig
  const { options } = given
  const all = given.nodeGroups.map(group => nodeGroup(group))
  const groupOf = new Map(
    given.nodes.map(({ metadata }, i) => {
      const id = metadata.labels?.[given.groupLabel]
      return [nodes[i], all.find(group => group.id === id)]
    }),
  )
  const disabled = new Set(
    nodes.filter((_, i) => given.nodes[i].metadata.annotations?.[SCALE_DOWN_DISABLED] === 'true'),
  )
  const groups = { all, of: (node: NodeId) => groupOf.get(node) }
  const budgets = new RemainingBudgets(cluster.state)
  const planner = new ScaleDownPlanner({
    cluster,
    budgets,
    rules: new DrainRules(cluster, rig.controllerOf, budgets, DEFAULT_DRAIN),
    facts: {
      controllerOf: rig.controllerOf,
      groups,
      isScaleDownDisabled: node => disabled.has(node),
      epochMicros: 0,
    },
    options: {
      ...options,
      scaleDownUnneededTime: options.scaleDownUnneededSeconds * SECOND,
      scaleDownUnreadyTime: options.scaleDownUnreadySeconds * SECOND,
      unremovableNodeRecheck: options.unremovableNodeRecheckSeconds * SECOND,
      limits: {
        min: { cores: options.minCores, memoryBytes: 0, nodes: 0 },
        max: { cores: Infinity, memoryBytes: Infinity, nodes: Infinity },
      },
    },
  })
  const names = (list: Iterable<NodeId>) => [...list].map(node => rig.nodeName(node)).toSorted()
  const reasons = () =>
    Object.fromEntries(
      [...planner.unremovable.reasons.values()].map(node => [rig.nodeName(node.node), textOf(rig, node)]),
    )
  const loops = given.loops.map(({ t, podsGone = [], podsNew = [] }) => {
    for (const name of podsGone) rig.removePod(namespaceOf(given, name), name)
    for (const pod of podsNew) rig.pod(pod)
    budgets.reset()
    planner.update(nodes, nodes, NO_DELETIONS, microsecondsOf(given.now) + t * SECOND)
    const unneeded = names(planner.unneeded.nodes)
    const unremovable = reasons()
    const { empty, drain } = planner.nodesToDelete(NO_DELETIONS)
    const now = cropToBudgets({ empty, drain }, groups, options, { empty: 0, drain: 0 })
    return {
      unneeded,
      unremovable,
      unremovableAfter: reasons(),
      empty: names(empty),
      drain: names(drain),
      emptyNow: names(now.empty),
      drainNow: names(now.drain),
    }
  })
  return { loops }
}

function textOf(rig: AutoscalerRig, { reason, blocking }: UnremovableNode): string {
  return blocking === undefined ? reason : `${reason} ${blocking.reason} ${rig.podName(blocking.pod)}`
}

function namespaceOf({ pods = [] }: GivenCluster, name: string): string {
  return pods.find(({ metadata }) => metadata.name === name)?.metadata.namespace ?? 'default'
}

function clusterOf(given: GivenCluster): { readonly rig: AutoscalerRig; readonly nodes: NodeId[] } {
  const rig = new AutoscalerRig()
  // These exist in every case.
  rig.object('StatefulSet', 'default', 'db', {})
  rig.object('Job', 'default', 'job', {})
  rig.object('DaemonSet', 'default', 'agent', {})
  for (const { name, namespace, replicas } of given.replicaSets ?? []) {
    rig.object('ReplicaSet', namespace, name, { replicas })
  }
  for (const { metadata, ...budget } of given.podDisruptionBudgets ?? []) {
    const { spec, status } = budget as unknown as { spec: object; status: object }
    rig.object('PodDisruptionBudget', metadata.namespace ?? 'default', metadata.name, spec, status)
  }
  const nodes = given.nodes.map(node => rig.node(node))
  for (const pod of given.pods ?? []) rig.pod(pod)
  return { rig, nodes }
}

function nodeGroup({
  name = '',
  minSize = 0,
  maxSize = 0,
  targetSize,
}: Partial<GivenGroup> & { targetSize: number }): NodeGroup {
  return { id: name, minSize, maxSize, targetSize }
}

function amountsOf(amounts: Amounts): Record<string, number> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, quantity]) => [name, amountOf(name, quantity) ?? 0]),
  )
}
