/**
 * Whether a pod is worth an update, and which comes first: those that grow, then those that change most.
 * Upstream: vertical-pod-autoscaler/pkg/updater/priority (priority_processor.go, update_priority_calculator.go,
 * VPA 1.8.1), gate PerVPAConfig off.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import { dns1123LabelErrors } from '../../model/names.js'
import { compareQuantities, scaledInt64 } from '../../model/quantity-arithmetic.js'
import { containerPolicyOf, type PodResourcePolicy } from '../../model/vertical-pod-autoscaler.js'
import type { UpdaterSettings } from '../../model/vertical-pod-autoscaler-defaults.js'
import { OBSERVED_CONTAINERS } from './admission.js'
import { currentResources, type ManagedPod } from './managed-pod.js'
import type { ContainerRecommendation } from './recommendation.js'

/** Earlier than every time of a run. */
const YEAR_ONE = -Number.MAX_SAFE_INTEGER

export interface UpdatePriority {
  readonly isOutsideRange: boolean
  readonly isGrowing: boolean
  /** Sum over resources of the pod's change relative to what it requests. */
  readonly change: number
}

/** Higher priority first; 0 keeps the order. */
export function comparePriorities(a: UpdatePriority, b: UpdatePriority): number {
  if (a.isGrowing !== b.isGrowing) return a.isGrowing ? -1 : 1
  return b.change - a.change
}

/** The priority of a pod that should be updated; undefined for one that is well as it is. */
export function updatePriority(
  pod: ManagedPod,
  recommended: readonly ContainerRecommendation[],
  policy: PodResourcePolicy | null | undefined,
  now: SimTime,
  settings: UpdaterSettings,
): UpdatePriority | undefined {
  const observed = observedContainers(pod)
  const priority = priorityOf(pod, recommended, observed)
  const isQuickOOM = hasQuickOOM(pod, policy, observed, settings.quickOomThreshold)
  if (!priority.isOutsideRange && !isQuickOOM) {
    if (pod.startTime === undefined || now < pod.startTime + settings.lifetimeThreshold) return undefined
    if (priority.change < settings.updateThreshold) return undefined
  }
  return isQuickOOM && priority.change === 0 ? undefined : priority
}

function priorityOf(
  pod: ManagedPod,
  recommended: readonly ContainerRecommendation[],
  observed: ReadonlySet<string> | undefined,
): UpdatePriority {
  let isOutsideRange = false
  let isGrowing = false
  const totals = new Map<string, { requested: number; recommended: number }>()
  for (const { name } of pod.containers) {
    if (observed !== undefined && !observed.has(name)) continue
    const recommendation = recommended.find(({ containerName }) => containerName === name)
    if (recommendation === undefined) continue
    const { requests } = currentResources(pod, name)
    for (const [resource, target] of recommendation.target) {
      const total = totals.get(resource) ?? { requested: 0, recommended: 0 }
      totals.set(resource, total)
      const targetMilli = scaledInt64(target, -3)
      total.recommended += Number(targetMilli)
      const request = requests.get(resource)
      // Without a request it is outside of any range.
      if (request === undefined) {
        isGrowing = true
        isOutsideRange = true
        continue
      }
      const requestMilli = scaledInt64(request, -3)
      total.requested += Number(requestMilli)
      if (targetMilli > requestMilli) isGrowing = true
      const lower = recommendation.lowerBound?.get(resource)
      const upper = recommendation.upperBound?.get(resource)
      if (lower !== undefined && compareQuantities(request, lower) < 0) isOutsideRange = true
      if (upper !== undefined && compareQuantities(request, upper) > 0) isOutsideRange = true
    }
  }
  let change = 0
  for (const { requested, recommended: wanted } of totals.values()) {
    const base = Math.max(requested, 1)
    change += Math.abs(base - wanted) / base
  }
  return { isOutsideRange, isGrowing, change }
}

function hasQuickOOM(
  pod: ManagedPod,
  policy: PodResourcePolicy | null | undefined,
  observed: ReadonlySet<string> | undefined,
  threshold: SimTime,
): boolean {
  return pod.containerStatuses.some(({ name, lastTerminated }) => {
    if (observed !== undefined && !observed.has(name)) return false
    if (containerPolicyOf(name, policy)?.mode === 'Off' || lastTerminated?.reason !== 'OOMKilled')
      return false
    // A time that is missing is the year 1.
    const { startedAt = YEAR_ONE, finishedAt = YEAR_ONE } = lastTerminated
    return finishedAt - startedAt < threshold
  })
}

/** The containers that admission saw; undefined when the pod does not say, or not in a readable way. */
function observedContainers({ annotations }: ManagedPod): ReadonlySet<string> | undefined {
  const written: string | undefined = annotations[OBSERVED_CONTAINERS]
  if (written === undefined) return undefined
  const names = written === '' ? [] : written.split(', ')
  return names.every(name => dns1123LabelErrors(name).length === 0) ? new Set(names) : undefined
}
