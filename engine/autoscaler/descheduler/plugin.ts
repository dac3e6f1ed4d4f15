/**
 * What a plugin of the descheduler is given, and the choices of pods that most of them share.
 * Upstream: pkg/framework/types/types.go and pkg/descheduler/pod/pods.go of the descheduler 0.36.0.
 * Simplified: nothing known.
 */
import type { Included, PodSelectionArgs } from '../../model/descheduler.js'
import { sortLikeGo } from '../../model/go-sort.js'
import { compileSelector } from '../../model/labels.js'
import { QosClass, qosClass } from '../../model/qos.js'
import type { ClusterView, ViewedContainer, ViewedNode, ViewedPod } from './cluster-view.js'
import { prefersNoEviction } from './default-evictor.js'
import type { Eviction } from './eviction-limits.js'

export type PodFilter = (pod: ViewedPod) => boolean

export interface PluginHandle {
  readonly cluster: ClusterView
  /** Of the profile's evictor. */
  readonly filter: PodFilter
  readonly preEvictionFilter: PodFilter
  evict(pod: ViewedPod): Eviction
}

/** One pass of a plugin over the nodes that are ready. */
export type RunPlugin<Args> = (args: Args, handle: PluginHandle, nodes: readonly ViewedNode[]) => void

/** Pods of the namespaces and labels meant. */
export function isSelected({ namespaces, labelSelector }: PodSelectionArgs): PodFilter {
  const selector = labelSelector === undefined ? undefined : compileSelector(labelSelector)
  return pod => isIncluded(pod.namespace, namespaces) && (selector?.matches(pod.labels) ?? true)
}

/** The same, of those that may be evicted and fit elsewhere as far as that is asked for. */
export function isEvictable(args: PodSelectionArgs, handle: PluginHandle): PodFilter {
  const selected = isSelected(args)
  return pod => selected(pod) && handle.filter(pod) && handle.preEvictionFilter(pod)
}

export function isIncluded(name: string, { include = [], exclude = [] }: Included = {}): boolean {
  return (include.length === 0 || include.includes(name)) && !exclude.includes(name)
}

/** Whether a container waits for, or ended for, one of these reasons. */
export function isInState(
  containers: readonly ViewedContainer[],
  reasons: ReadonlySet<string>,
  alsoTerminated: boolean,
): boolean {
  return containers.some(({ waitingReason, terminated }) => {
    if (waitingReason !== undefined && reasons.has(waitingReason)) return true
    return alsoTerminated && terminated !== undefined && reasons.has(terminated.reason)
  })
}

export function hasExitCode(containers: readonly ViewedContainer[], codes: ReadonlySet<number>): boolean {
  return containers.some(({ terminated }) => terminated !== undefined && codes.has(terminated.exitCode))
}

const QOS_RANK: Readonly<Record<QosClass, number>> = {
  [QosClass.BestEffort]: 0,
  [QosClass.Burstable]: 1,
  [QosClass.Guaranteed]: 2,
}

/**
 * The least important first: no priority, low priority, then by quality of service. Of equals without the
 * annotation each counts as less than the other, which turns their order around.
 */
export function sortByPriority(pods: ViewedPod[]): void {
  const rank = new Map(pods.map(pod => [pod, QOS_RANK[qosClass(pod.spec)]]))
  sortLikeGo(pods, (a, b) => {
    const [first, second] = [a.spec.priority ?? -Infinity, b.spec.priority ?? -Infinity]
    if (first !== second) return first < second
    const difference = (rank.get(a) ?? 0) - (rank.get(b) ?? 0)
    if (difference !== 0) return difference < 0
    return !prefersNoEviction(a) || prefersNoEviction(b)
  })
}
