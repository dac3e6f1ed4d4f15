/**
 * The store as the descheduler sees it in one pass: nodes and pods as they were when the pass began, but for deletions.
 * Upstream: the informers of pkg/descheduler/descheduler.go of the descheduler 0.36.0.
 * Simplified: restarts are those of the first container; a pod that has failed ended with one exit code unless its
 * containers differ.
 */
import type { ApiServer } from '../../apiserver/api-server.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { compileSelector, type LabelSelector, type Labels } from '../../model/labels.js'
import type { PersistentVolumeClaimSpec } from '../../model/pod-spec.js'
import type { PriorityClass } from '../../model/priority.js'
import type { ClusterState } from '../../state/cluster-state.js'
import {
  NONE,
  type NodeId,
  PHASE_NAMES,
  Phase,
  type PodId,
  type ReasonId,
  STATUS_NAMES,
  Status,
  type TaintSetId,
  type TemplateId,
} from '../../state/ids.js'
import {
  type Amounts,
  type ClusterView,
  type ViewedContainer,
  type ViewedNode,
  type ViewedPod,
  viewedRequests,
} from './cluster-view.js'

const NO_PODS: readonly ViewedPod[] = []

/** What pods of one template request; kept from pass to pass, since templates are never forgotten. */
export type RequestsOfTemplates = Map<TemplateId, Amounts>

export class StoredCluster implements ClusterView {
  readonly now: SimTime
  readonly nodes: readonly ViewedNode[]
  readonly #api: ApiServer
  readonly #requests: RequestsOfTemplates
  readonly #pods = new Map<string, ViewedPod[]>()
  readonly #owned = new Map<string, number>()

  constructor(api: ApiServer, now: SimTime, requests: RequestsOfTemplates) {
    this.now = now
    this.#api = api
    this.#requests = requests
    const { pods } = api.state
    this.nodes = this.#viewedNodes()
    for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#add(row as PodId)
    for (const list of this.#pods.values()) list.sort(byName)
  }

  get hasPods(): boolean {
    return this.#pods.size > 0
  }

  podsOn(node: string): readonly ViewedPod[] {
    return this.#pods.get(node) ?? NO_PODS
  }

  podsOwnedBy(uid: string): number {
    return this.#owned.get(uid) ?? 0
  }

  namespaceLabels(namespace: string): Labels | undefined {
    const { objects } = this.#api.state
    const id = objects.find('Namespace', '', namespace)
    return id === undefined ? undefined : objects.get(id).meta.labels
  }

  isCovered({ namespace, labels }: ViewedPod): boolean {
    const { objects } = this.#api.state
    for (const id of objects.ofKind('PodDisruptionBudget')) {
      const { meta, spec } = objects.get<{ readonly selector?: LabelSelector }>(id)
      if (meta.namespace === namespace && compileSelector(spec.selector)?.matches(labels) === true)
        return true
    }
    return false
  }

  storageClass(namespace: string, claim: string): string | undefined {
    const { objects } = this.#api.state
    const id = objects.find('PersistentVolumeClaim', namespace, claim)
    const name =
      id === undefined ? undefined : objects.get<PersistentVolumeClaimSpec>(id).spec.storageClassName
    return name === '' ? undefined : name
  }

  priorityClassValue(name: string): number | undefined {
    const { objects } = this.#api.state
    const id = objects.find('PriorityClass', '', name)
    return id === undefined ? undefined : objects.get<PriorityClass>(id).spec.value
  }

  #viewedNodes(): ViewedNode[] {
    const { nodes } = this.#api.state
    const viewed: ViewedNode[] = []
    for (let row = 0; row < nodes.highWater; row++) {
      if (nodes.exists(row as NodeId)) viewed.push(viewedNode(this.#api.state, row as NodeId))
    }
    return viewed
  }

  #add(pod: PodId): void {
    const viewed = this.#viewedPod(pod)
    for (const { uid } of viewed.owners) this.#owned.set(uid, (this.#owned.get(uid) ?? 0) + 1)
    if (viewed.nodeName === '') return
    const list = this.#pods.get(viewed.nodeName)
    if (list === undefined) this.#pods.set(viewed.nodeName, [viewed])
    else list.push(viewed)
  }

  #viewedPod(id: PodId): ViewedPod {
    const { state, pods: registry } = this.#api
    const { pods, nodes, namespaces, labelSets, templates, reasons } = state
    const template = pods.templateOf(id)
    const { spec, annotations } = templates.get(template)
    const startTime = pods.startedAt[id]
    return {
      namespace: namespaces.get(pods.namespaceOf(id)),
      name: pods.name[id] as string,
      labels: labelSets.get(pods.labelsOf(id)),
      annotations,
      owners: registry.references.of(id).map(({ kind, name, uid }) => ({ kind, name, uid: String(uid) })),
      spec,
      nodeName: pods.node[id] === NONE ? '' : (nodes.name[pods.node[id]] as string),
      requests: this.#requestsOf(template),
      phase: PHASE_NAMES[pods.phase[id]],
      reason: pods.reason[id] === NONE ? '' : reasons.get(pods.reason[id] as ReasonId),
      get isTerminating() {
        return pods.isTerminating(id)
      },
      created: pods.createdAt[id],
      ...(startTime === NEVER ? {} : { startTime }),
      containers: containersOf(state, id),
      initContainers: [],
      conditions: conditionsOf(state, id),
    }
  }

  #requestsOf(template: TemplateId): Amounts {
    let requests = this.#requests.get(template)
    if (requests === undefined) {
      requests = viewedRequests(this.#api.state.templates.get(template).spec)
      this.#requests.set(template, requests)
    }
    return requests
  }
}

function byName(a: ViewedPod, b: ViewedPod): number {
  if (a.name === b.name) return a.namespace < b.namespace ? -1 : 1
  return a.name < b.name ? -1 : 1
}

function viewedNode({ nodes, labelSets, taintSets, resources }: ClusterState, node: NodeId): ViewedNode {
  const allocatable = new Map<string, number>()
  const width = resources.width
  for (let resource = 0; resource < width; resource++) {
    const amount = nodes.allocatable[node * width + resource]
    if (amount > 0) allocatable.set(resources.names[resource], amount)
  }
  return {
    name: nodes.name[node] as string,
    labels: labelSets.get(nodes.labels[node] as Parameters<typeof labelSets.get>[0]),
    taints: taintSets.get(nodes.taints[node] as TaintSetId),
    isUnschedulable: nodes.unschedulable[node] === 1,
    isReady: nodes.hasConditions[node] === 0 || nodes.ready[node] === Status.True,
    allocatable,
  }
}

function containersOf({ pods, templates, reasons }: ClusterState, pod: PodId): ViewedContainer[] {
  const { containers } = templates.get(pods.templateOf(pod)).spec
  const waiting = pods.waiting[pod] as ReasonId
  const isFinished = pods.isFinished(pod)
  return containers.map((_, i) => {
    const exitCode = pods.exitCodes[pod]?.[i] ?? pods.exitCode[pod]
    return {
      restartCount: i === 0 ? pods.restarts[pod] : 0,
      ...(waiting === NONE || isFinished ? {} : { waitingReason: reasons.get(waiting) }),
      ...(isFinished ? { terminated: { reason: exitCode === 0 ? 'Completed' : 'Error', exitCode } } : {}),
    }
  })
}

/** Those that tell of more than the phase: Ready and PodScheduled. */
function conditionsOf({ pods }: ClusterState, pod: PodId): ViewedPod['conditions'] {
  const created = pods.createdAt[pod]
  const scheduledAt = pods.scheduledAt[pod]
  const isScheduled = scheduledAt !== NEVER
  const why = pods.unschedulableReason[pod]
  const readyAt = pods.readyAt[pod]
  const startedAt = pods.startedAt[pod]
  const ready = STATUS_NAMES[pods.ready[pod] === 1 ? Status.True : Status.False]
  return [
    {
      type: 'PodScheduled',
      status: STATUS_NAMES[isScheduled ? Status.True : Status.False],
      reason: isScheduled || why === NONE ? '' : 'Unschedulable',
      lastTransitionTime: isScheduled ? scheduledAt : created,
    },
    ...(startedAt === NEVER
      ? []
      : [
          {
            type: 'Ready',
            status: ready,
            reason: pods.phase[pod] === Phase.Succeeded ? 'PodCompleted' : '',
            lastTransitionTime: readyAt === NEVER ? startedAt : readyAt,
          },
        ]),
  ]
}
