/**
 * Whether a pod can run on the node it is bound to, as its kubelet sees it: pod slots and resources beside the pods
 * that run there, node affinity, the node's name, host ports and taints that drive pods out.
 *
 * Upstream: generalFilter of pkg/kubelet/lifecycle/predicate.go, AdmissionCheck of pkg/scheduler (1.36).
 * Simplified: operating system, supplemental groups and declared features are not looked at.
 */
import { NEVER } from '../kernel/time.js'
import { areConflicting, type HostPort, hostPortsOf } from '../model/host-ports.js'
import { type Labels, selectorOfLabels } from '../model/labels.js'
import { cachedNodeSelector } from '../model/node-selector-cache.js'
import type { PodSpec } from '../model/pod-spec.js'
import { isStaticPod } from '../model/qos.js'
import { isExtendedResource } from '../model/resource-kinds.js'
import { findUntoleratedTaint, type Taint, TaintEffect } from '../model/taints.js'
import type { ClusterState } from '../state/cluster-state.js'
import {
  type LabelSetId,
  NONE,
  type NodeId,
  type PodId,
  type TaintSetId,
  type TemplateId,
} from '../state/ids.js'

/** Why the pod cannot run; an amount is in milliCPU, bytes or pieces. */
export type PredicateFailure =
  | {
      readonly resource: string
      readonly requested: number
      readonly used: number
      readonly capacity: number
    }
  | { readonly predicate: string; readonly description: string }

/** What a pod's template asks of its node. */
interface Demands {
  readonly nodeName: string | undefined
  /** Undefined when any node will do. */
  readonly matches: ((labels: Labels, name: string) => boolean) | undefined
  readonly ports: readonly HostPort[]
}

const NO_FAILURES: readonly PredicateFailure[] = []
const AFFINITY: PredicateFailure = {
  predicate: 'NodeAffinity',
  description: "node(s) didn't match Pod's node affinity/selector",
}
const NAME: PredicateFailure = {
  predicate: 'NodeName',
  description: "node(s) didn't match the requested node name",
}
const PORTS: PredicateFailure = {
  predicate: 'NodePorts',
  description: "node(s) didn't have free ports for the requested pod ports",
}
const TAINTS: PredicateFailure = {
  predicate: 'TaintToleration',
  description: "node(s) had taints that the pod didn't tolerate",
}

export class NodePredicates {
  readonly #state: ClusterState
  readonly #demands: Demands[] = []

  constructor(state: ClusterState) {
    this.#state = state
  }

  /** All reasons in upstream's order, of which the first is the one that is reported. */
  failures(node: NodeId, pod: PodId): readonly PredicateFailure[] {
    const { nodes, pods, labelSets, taintSets, templates } = this.#state
    const demands = this.#demandsOf(pods.templateOf(pod))
    const taints = taintSets.get(nodes.taints[node] as TaintSetId)
    const fits = this.#surelyFits(node, pod)
    if (fits && taints.length === 0 && isUndemanding(demands)) return NO_FAILURES
    const failures = fits ? [] : this.#shortages(node, pod)
    const name = nodes.name[node] as string
    const { matches, nodeName, ports } = demands
    if (matches?.(labelSets.get(nodes.labels[node] as LabelSetId), name) === false) failures.push(AFFINITY)
    if (nodeName !== undefined && nodeName !== name) failures.push(NAME)
    if (ports.length > 0 && this.#isPortTaken(node, pod, ports)) failures.push(PORTS)
    const { spec, annotations } = templates.get(pods.templateOf(pod))
    if (taints.length > 0 && !isStaticPod(annotations) && isDrivenOut(spec, taints)) failures.push(TAINTS)
    return failures
  }

  /** The pods that the kubelet runs on the node. */
  active(node: NodeId): PodId[] {
    const { pods, nodes } = this.#state
    const active: PodId[] = []
    for (let row = nodes.firstPod[node]; row !== NONE; row = pods.nextOnNode[row]) {
      const pod = row as PodId
      if (this.#isActive(pod)) active.push(pod)
    }
    return active.sort((a, b) => pods.uid[a] - pods.uid[b])
  }

  #isActive(pod: PodId): boolean {
    const { pods } = this.#state
    return pods.startedAt[pod] !== NEVER && !pods.isFinished(pod)
  }

  /** Whether all pods bound to the node fit together: then so do those of them that run, with this one. */
  #surelyFits(node: NodeId, pod: PodId): boolean {
    const { nodes, pods, requests, resources } = this.#state
    const { allocatable, requested, resourceWidth } = nodes
    const row = node * resourceWidth
    if (nodes.podCount[node] > allocatable[row + resources.index('pods')]) return false
    const { resources: asked } = requests.of(pods.templateOf(pod))
    for (let i = 0; i < asked.length; i++) {
      if (requested[row + asked[i]] > allocatable[row + asked[i]]) return false
    }
    return true
  }

  #shortages(node: NodeId, pod: PodId): PredicateFailure[] {
    const { nodes, pods, resources } = this.#state
    const { resourceWidth } = nodes
    const others = this.active(node).filter(other => other !== pod)
    const used = this.#usedBy(others)
    const failures: PredicateFailure[] = []
    const check = (resource: string, column: number, requested: number, taken: number): void => {
      const capacity = nodes.allocatable[node * resourceWidth + column]
      // An extended resource that the node does not know is the cluster's, or a device class's.
      if (capacity === 0 && isExtendedResource(resource)) return
      if (requested > capacity - taken) failures.push({ resource, requested, used: taken, capacity })
    }
    check('pods', resources.index('pods'), 1, others.length)
    for (const { column, amount, name } of this.#requestsOf(pods.templateOf(pod)))
      check(name, column, amount, used[column])
    return failures
  }

  /** Of what a template asks the node could never have enough. */
  beyondCapacity(node: NodeId, desired: TemplateId): string[] {
    const { nodes } = this.#state
    return this.#requestsOf(desired).flatMap(({ column, amount, name }) => {
      const capacity = nodes.allocatable[node * nodes.resourceWidth + column]
      if (amount <= capacity) return []
      return [`Node didn't have enough capacity: ${name}, requested: ${amount}, capacity: ${capacity}`]
    })
  }

  /** What is missing beside the other pods, as their kubelet has granted it, for the pod to become so large. */
  resizeShortages(node: NodeId, pod: PodId, desired: TemplateId, allocated: TemplateId): string[] {
    const { nodes } = this.#state
    const used = this.#usedBy(this.active(node).filter(other => other !== pod))
    const present = this.#requestsOf(allocated)
    return this.#requestsOf(desired).flatMap(({ column, amount, name }) => {
      const capacity = nodes.allocatable[node * nodes.resourceWidth + column]
      const had = present.find(one => one.column === column)?.amount ?? 0
      if (amount <= had || amount <= capacity - used[column]) return []
      const amounts = `requested: ${amount}, used: ${used[column]}, capacity: ${capacity}`
      return [`Node didn't have enough resource: ${name}, ${amounts}`]
    })
  }

  /** In upstream's order. */
  #requestsOf(template: TemplateId): { column: number; amount: number; name: string }[] {
    const { requests, resources } = this.#state
    const { resources: columns, amounts } = requests.of(template)
    return columns
      .map((column, i) => ({ column, amount: amounts[i], name: resources.names[column] }))
      .sort((a, b) => rankOf(a.name) - rankOf(b.name))
  }

  #usedBy(others: readonly PodId[]): Float64Array {
    const { nodes, pods, requests } = this.#state
    const used = new Float64Array(nodes.resourceWidth)
    for (const other of others) {
      const granted = pods.resizes[other]?.allocated ?? pods.templateOf(other)
      const { resources: columns, amounts } = requests.of(granted)
      for (let i = 0; i < columns.length; i++) used[columns[i]] += amounts[i]
    }
    return used
  }

  #isPortTaken(node: NodeId, pod: PodId, ports: readonly HostPort[]): boolean {
    const { pods } = this.#state
    return this.active(node).some(other => {
      if (other === pod) return false
      const taken = this.#demandsOf(pods.templateOf(other)).ports
      return taken.some(one => ports.some(port => areConflicting(port, one)))
    })
  }

  #demandsOf(template: TemplateId): Demands {
    return (this.#demands[template] ??= demandsOf(this.#state.templates.get(template).spec))
  }
}

function isUndemanding({ matches, nodeName, ports }: Demands): boolean {
  return matches === undefined && nodeName === undefined && ports.length === 0
}

function demandsOf(spec: PodSpec): Demands {
  const { nodeSelector = {}, nodeName, affinity } = spec
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const selector = Object.keys(nodeSelector).length === 0 ? undefined : selectorOfLabels(nodeSelector)
  const terms = required === undefined ? undefined : cachedNodeSelector(required)
  const matches = (labels: Labels, name: string): boolean =>
    selector?.matches(labels) !== false && terms?.matches(labels, name) !== false
  const isSelecting = selector !== undefined || terms !== undefined
  return { nodeName, matches: isSelecting ? matches : undefined, ports: hostPortsOf(spec) }
}

function isDrivenOut({ tolerations = [] }: PodSpec, taints: readonly Taint[]): boolean {
  const inQuestion = ({ effect }: Taint): boolean => effect === TaintEffect.NoExecute
  return findUntoleratedTaint(taints, tolerations, inQuestion) !== undefined
}

/** Upstream looks at cpu, memory and storage in this order, and at all others after them. */
function rankOf(resource: string): number {
  const rank = ['cpu', 'memory', 'ephemeral-storage'].indexOf(resource)
  return rank < 0 ? 3 : rank
}
