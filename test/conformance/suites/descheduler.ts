import {
  type ClusterView,
  type ViewedContainer,
  type ViewedNode,
  type ViewedPod,
  viewedAmounts,
  viewedRequests,
} from '../../../engine/autoscaler/descheduler/cluster-view.js'
import { DefaultEvictor } from '../../../engine/autoscaler/descheduler/default-evictor.js'
import { EvictionLimits, type Limits } from '../../../engine/autoscaler/descheduler/eviction-limits.js'
import { DESCHEDULER_PLUGINS } from '../../../engine/autoscaler/descheduler/plugins/index.js'
import { SECOND, type SimTime } from '../../../engine/kernel/time.js'
import type { DefaultEvictorArgs } from '../../../engine/model/descheduler.js'
import { compileSelector, type LabelSelector, type Labels } from '../../../engine/model/labels.js'
import type { Amounts, PodSpec } from '../../../engine/model/pod-spec.js'
import { resourceListOf } from '../../../engine/model/resource-list.js'
import type { Taint } from '../../../engine/model/taints.js'
import { type KindRunner, type Suite, suiteOfKinds } from '../suite.js'

interface GivenNode {
  readonly metadata: { readonly name: string; readonly labels?: Labels }
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
  readonly status?: { readonly allocatable?: Amounts }
}

interface GivenContainerStatus {
  readonly restartCount?: number
  readonly state?: {
    readonly waiting?: { readonly reason: string }
    readonly terminated?: { readonly reason?: string; readonly exitCode: number }
  }
}

interface GivenPod {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Labels
    readonly annotations?: Labels
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
  readonly spec: PodSpec
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly startTime?: string
    readonly containerStatuses?: readonly GivenContainerStatus[]
    readonly initContainerStatuses?: readonly GivenContainerStatus[]
  }
}

interface GivenCluster {
  readonly now: string
  readonly nodes: readonly GivenNode[]
  readonly pods?: readonly GivenPod[]
  readonly defaultEvictor?: DefaultEvictorArgs
  readonly evictionLimits?: Limits
  readonly podDisruptionBudgets?: readonly {
    readonly metadata: { readonly namespace?: string }
    readonly spec: { readonly selector?: LabelSelector }
  }[]
}

const plugins = [...DESCHEDULER_PLUGINS].map(([name, plugin]): [string, KindRunner] => [
  name,
  (given: GivenCluster & { args: object }, _, want) => {
    const cluster = clusterOf(given)
    const evictor = new DefaultEvictor(cluster, given.defaultEvictor ?? {})
    const limits = new EvictionLimits(given.evictionLimits ?? {})
    const order: string[] = []
    const handle = {
      cluster,
      filter: (pod: ViewedPod) => evictor.filter(pod),
      preEvictionFilter: (pod: ViewedPod) => evictor.preEvictionFilter(pod),
      evict: (pod: ViewedPod) => limits.evict(pod, ({ name: evicted }) => order.push(evicted) > 0),
    }
    plugin.run(given.args, handle, cluster.nodes)
    const evicted = order.toSorted()
    // Only orders that never varied are recorded.
    return isOrdered(want) ? { evicted, order } : { evicted }
  },
])

/** Each plugin called on its own, on a cluster that a case describes. */
export const deschedulerSuite: Suite = suiteOfKinds('descheduler', {
  ...Object.fromEntries(plugins),

  evictable(given: GivenCluster) {
    const cluster = clusterOf(given)
    const evictor = new DefaultEvictor(cluster, given.defaultEvictor ?? {})
    const pods = (given.pods ?? []).map(viewedPod)
    const namesOf = (passing: readonly ViewedPod[]) => passing.map(({ name }) => name).toSorted()
    return {
      filter: namesOf(pods.filter(pod => evictor.filter(pod))),
      preEvictionFilter: namesOf(pods.filter(pod => evictor.preEvictionFilter(pod))),
    }
  },
})

function isOrdered(want: unknown): boolean {
  return typeof want === 'object' && want !== null && 'order' in want
}

function clusterOf({ now, nodes, pods = [], podDisruptionBudgets = [] }: GivenCluster): ClusterView {
  const viewed = pods.map(viewedPod).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const budgets = podDisruptionBudgets.map(({ metadata, spec }) => {
    return { namespace: metadata.namespace ?? 'default', selector: compileSelector(spec.selector) }
  })
  return {
    now: timeOf(now),
    nodes: nodes.map(viewedNode),
    podsOn: node => viewed.filter(({ nodeName }) => nodeName === node),
    podsOwnedBy: uid => viewed.filter(({ owners }) => owners.some(owner => owner.uid === uid)).length,
    namespaceLabels: () => ({}),
    isCovered: ({ namespace, labels }) =>
      budgets.some(budget => budget.namespace === namespace && budget.selector?.matches(labels) === true),
    storageClass: () => undefined,
    priorityClassValue: () => undefined,
  }
}

function viewedNode({ metadata, spec = {}, status = {} }: GivenNode): ViewedNode {
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec.taints ?? [],
    isUnschedulable: spec.unschedulable ?? false,
    isReady: true,
    allocatable: viewedAmounts(resourceListOf(status.allocatable)),
  }
}

function viewedPod({ metadata, spec, status }: GivenPod): ViewedPod {
  const { nodeName = '' } = spec
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    // The recordings leave the uids of owners out; an owner is in the namespace of its pods.
    owners: (metadata.ownerReferences ?? []).map(({ kind, name }) => {
      return { kind, name, uid: `${metadata.namespace ?? 'default'}/${kind}/${name}` }
    }),
    spec,
    nodeName,
    requests: viewedRequests(spec),
    phase: status?.phase ?? (nodeName === '' ? 'Pending' : 'Running'),
    reason: status?.reason ?? '',
    isTerminating: metadata.deletionTimestamp !== undefined,
    created: timeOf(metadata.creationTimestamp),
    // The recordings leave out what is as usual: each pod was started when it was made.
    startTime: timeOf(status?.startTime ?? metadata.creationTimestamp),
    containers: (status?.containerStatuses ?? []).map(viewedContainer),
    initContainers: (status?.initContainerStatuses ?? []).map(viewedContainer),
    conditions: [],
  }
}

function viewedContainer({ restartCount = 0, state = {} }: GivenContainerStatus): ViewedContainer {
  const { waiting, terminated } = state
  return {
    restartCount,
    ...(waiting === undefined ? {} : { waitingReason: waiting.reason }),
    ...(terminated === undefined
      ? {}
      : { terminated: { reason: terminated.reason ?? '', exitCode: terminated.exitCode } }),
  }
}

function timeOf(text: string): SimTime {
  return Math.round(Date.parse(text) / 1000) * SECOND
}
