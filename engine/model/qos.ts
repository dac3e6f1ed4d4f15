/**
 * Quality of service of a pod, whether it is critical, and how willingly the kernel kills its containers when memory
 * runs out.
 *
 * Upstream: pkg/apis/core/v1/helper/qos/qos.go, pkg/kubelet/qos/policy.go, pkg/kubelet/types/pod_update.go (1.36).
 * Simplified: nothing known.
 */
import type { Amounts, Container, Labels, PodSpec } from './pod-spec.js'
import { parseQuantity, value } from './quantity.js'

export const QosClass = {
  Guaranteed: 'Guaranteed',
  Burstable: 'Burstable',
  BestEffort: 'BestEffort',
} as const
export type QosClass = (typeof QosClass)[keyof typeof QosClass]

/** Pods from here on up are critical: scheduling.SystemCriticalPriority. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000

const GUARANTEED_SCORE = -997
const BEST_EFFORT_SCORE = 1000
/** Annotations: where a kubelet has a pod from, and that a pod only shows such a one. */
export const CONFIG_SOURCE = 'kubernetes.io/config.source'
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror'

/** The resources that decide the class. */
const QOS_RESOURCES = ['cpu', 'memory'] as const

/** Pod-level resources decide alone where there are any; else all containers together, init containers too. */
export function qosClass(spec: PodSpec): QosClass {
  const lists =
    spec.resources === undefined
      ? [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources = {} }) => resources)
      : [spec.resources]
  let isGuaranteed = true
  let isAnyNamed = false
  for (const { requests = {}, limits = {} } of lists) {
    for (const name of QOS_RESOURCES) {
      const isRequested = isPositive(requests[name])
      const isLimited = isPositive(limits[name])
      if (isRequested || isLimited) isAnyNamed = true
      if (!isLimited) isGuaranteed = false
    }
  }
  if (!isAnyNamed) return QosClass.BestEffort
  return isGuaranteed && isRequestOfLimit(lists) ? QosClass.Guaranteed : QosClass.Burstable
}

/** Of static pods, their mirrors and pods of a system priority: never evicted by the kubelet. */
export function isCriticalPod(priority: number, annotations: Labels): boolean {
  return priority >= SYSTEM_CRITICAL_PRIORITY || isStaticPod(annotations) || CONFIG_MIRROR in annotations
}

/** Read by the kubelet itself and not from the API server. */
export function isStaticPod(annotations: Labels): boolean {
  const source = annotations[CONFIG_SOURCE]
  return source !== undefined && source !== 'api'
}

/** The container's oom_score_adj: from -997, never, to 1000, first of all. */
export function oomScoreAdjustment(spec: PodSpec, container: Container, memoryCapacityBytes: number): number {
  if (spec.priorityClassName === 'system-node-critical') return GUARANTEED_SCORE
  const qos = qosClass(spec)
  if (qos === QosClass.Guaranteed) return GUARANTEED_SCORE
  if (qos === QosClass.BestEffort) return BEST_EFFORT_SCORE
  const share = unclaimedShare(spec)
  let score = scoreOf(memoryRequest(container) + share, memoryCapacityBytes)
  const isSidecar = container.restartPolicy === 'Always' && (spec.initContainers ?? []).includes(container)
  if (isSidecar) {
    const smallest = Math.min(...spec.containers.map(memoryRequest))
    score = Math.min(score, scoreOf(smallest + share, memoryCapacityBytes))
  }
  if (score < BEST_EFFORT_SCORE + GUARANTEED_SCORE) return BEST_EFFORT_SCORE + GUARANTEED_SCORE
  return score === BEST_EFFORT_SCORE ? BEST_EFFORT_SCORE - 1 : score
}

/** What each container gets of the pod-level memory request that none of them asks for. */
function unclaimedShare(spec: PodSpec): number {
  const podLevel = spec.resources?.requests?.['memory']
  if (podLevel === undefined) return 0
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  let claimed = 0
  for (const container of containers) claimed += memoryRequest(container)
  return Math.trunc(((value(podLevel) ?? 0) - claimed) / containers.length)
}

function scoreOf(memoryBytes: number, capacityBytes: number): number {
  return 1000 - Math.trunc((1000 * memoryBytes) / capacityBytes)
}

function memoryRequest({ resources }: Container): number {
  return value(resources?.requests?.['memory'] ?? '0') ?? 0
}

function isPositive(quantity: string | undefined): boolean {
  const parsed = quantity === undefined ? undefined : parseQuantity(quantity)
  return parsed !== undefined && parsed.unscaled > 0n
}

/** Whether what is requested in all is what is allowed in all. */
function isRequestOfLimit(
  lists: readonly { readonly requests?: Amounts; readonly limits?: Amounts }[],
): boolean {
  return QOS_RESOURCES.every(name => {
    const requested = sum(lists.map(({ requests = {} }) => requests[name]))
    return requested > 0 && requested === sum(lists.map(({ limits = {} }) => limits[name]))
  })

  function sum(quantities: readonly (string | undefined)[]): number {
    let total = 0
    for (const quantity of quantities) {
      const parsed = parseQuantity(quantity ?? '0')
      if (parsed === undefined) continue
      total += Number(parsed.unscaled) * 10 ** parsed.scale
    }
    return total
  }
}
