/**
 * The cluster as the descheduler sees it at the start of a run. What it evicts stays in the picture until the next.
 * Upstream: the informers and pkg/descheduler/pod/pods.go of the descheduler 0.36.0.
 * Simplified: amounts finer than a milli-cpu or a unit are rounded up pod by pod, not in the sum.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Labels } from '../../model/labels.js'
import type { PodSpec } from '../../model/pod-spec.js'
import { scaledInt64 } from '../../model/quantity-arithmetic.js'
import { podResourceList, type ResourceList } from '../../model/resource-list.js'
import type { Taint } from '../../model/taints.js'

/** Amounts by resource name: cpu in milli, all else in whole units. */
export type Amounts = ReadonlyMap<string, number>

export interface ViewedNode {
  readonly name: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly isUnschedulable: boolean
  readonly isReady: boolean
  readonly allocatable: Amounts
}

export interface ViewedContainer {
  readonly restartCount: number
  readonly waitingReason?: string
  readonly terminated?: { readonly reason: string; readonly exitCode: number }
}

export interface ViewedPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly owners: readonly { readonly kind: string; readonly name: string; readonly uid: string }[]
  readonly spec: PodSpec
  readonly nodeName: string
  readonly requests: Amounts
  readonly phase: string
  readonly reason: string
  readonly isTerminating: boolean
  readonly created: SimTime
  readonly startTime?: SimTime
  readonly containers: readonly ViewedContainer[]
  readonly initContainers: readonly ViewedContainer[]
  readonly conditions: readonly {
    readonly type: string
    readonly status: string
    readonly reason: string
    readonly lastTransitionTime: SimTime
  }[]
}

export interface ClusterView {
  readonly now: SimTime
  readonly nodes: readonly ViewedNode[]
  /** Pods of a node in the order of their names, finished ones too. */
  podsOn(node: string): readonly ViewedPod[]
  /** How many pods an owner has. */
  podsOwnedBy(uid: string): number
  namespaceLabels(namespace: string): Labels | undefined
  /** Whether a disruption budget covers the pod. */
  isCovered(pod: ViewedPod): boolean
  /** The class of a claim's volume; undefined when the claim or its class is not known. */
  storageClass(namespace: string, claim: string): string | undefined
  priorityClassValue(name: string): number | undefined
}

/** Those that have not finished. */
export function activePodsOn(cluster: ClusterView, node: string): ViewedPod[] {
  return cluster.podsOn(node).filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
}

export function viewedAmounts(list: ResourceList): Amounts {
  const amounts = new Map<string, number>()
  for (const [name, quantity] of list) {
    amounts.set(name, Number(scaledInt64(quantity, name === 'cpu' ? -3 : 0)))
  }
  return amounts
}

export function viewedRequests(spec: PodSpec): Amounts {
  return viewedAmounts(podResourceList(spec, 'requests'))
}
