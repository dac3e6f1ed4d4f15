/**
 * Which autoscaler a pod obeys: of those that name its topmost controller and select it, the oldest.
 * Upstream: vertical-pod-autoscaler/pkg/utils/vpa/api.go (Stronger, GetControllingVPAForPod, VPA 1.8.1).
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type {
  VerticalPodAutoscalerSpec,
  VerticalPodAutoscalerStatus,
} from '../../model/vertical-pod-autoscaler.js'
import type { ManagedPod } from './managed-pod.js'

export interface Autoscaler {
  readonly namespace: string
  readonly name: string
  readonly created: SimTime
  readonly spec: VerticalPodAutoscalerSpec
  readonly status?: VerticalPodAutoscalerStatus
  /** Of the pods of its target. */
  readonly selector: CompiledSelector
}

/** The topmost controller above an owner: the Deployment of a ReplicaSet, for instance. */
export type TopmostController = (
  namespace: string,
  owner: { readonly kind: string; readonly name: string },
) => { readonly kind: string; readonly name: string } | undefined

/** Of autoscalers that may act; the caller leaves out those whose mode keeps them out. */
export function controllingAutoscaler<A extends Autoscaler>(
  pod: Pick<ManagedPod, 'namespace' | 'labels' | 'controller'>,
  autoscalers: readonly A[],
  topmost: TopmostController,
): A | undefined {
  if (pod.controller === undefined) return undefined
  const target = topmost(pod.namespace, pod.controller)
  if (target === undefined) return undefined
  let controlling: A | undefined
  for (const candidate of autoscalers) {
    const { targetRef } = candidate.spec
    if (candidate.namespace !== pod.namespace || targetRef?.kind !== target.kind) continue
    if (targetRef.name !== target.name || !candidate.selector.matches(pod.labels)) continue
    if (controlling === undefined || isStronger(candidate, controlling)) controlling = candidate
  }
  return controlling
}

function isStronger(a: Autoscaler, b: Autoscaler): boolean {
  return a.created === b.created ? a.name < b.name : a.created < b.created
}
