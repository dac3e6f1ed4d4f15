/**
 * Which pods a kubelet ends so that a critical one fits: guaranteed ones only as far as all others together would not
 * do, and of each class those that come nearest to what is still missing.
 *
 * Upstream: getPodsToPreempt of pkg/kubelet/preemption/preemption.go, Preemptable of
 * pkg/kubelet/types/pod_update.go (1.36).
 * Simplified: nothing known.
 */
import { QosClass } from '../model/qos.js'

/** A pod that may be ended. */
export interface PreemptablePod {
  readonly priority: number
  readonly isCritical: boolean
  readonly qos: QosClass
  /** By resource name; `pods` is 1. */
  readonly requests: ReadonlyMap<string, number>
}

/** So much of a resource has to become free. */
export interface Requirement {
  readonly resource: string
  readonly amount: number
}

/** The pods to end, or undefined when even all of them would not do. */
export function podsToPreempt<P extends PreemptablePod>(
  preemptor: Pick<PreemptablePod, 'priority' | 'isCritical'>,
  pods: readonly P[],
  requirements: readonly Requirement[],
): P[] | undefined {
  const isPreemptable = (pod: P): boolean =>
    (preemptor.isCritical && !pod.isCritical) || preemptor.priority > pod.priority
  const preemptable = pods.filter(isPreemptable)
  const of = (qos: QosClass): P[] => preemptable.filter(pod => pod.qos === qos)
  const bestEffort = of(QosClass.BestEffort)
  const burstable = of(QosClass.Burstable)
  if (missing(requirements, preemptable).length > 0) return undefined
  const guaranteed = nearest(of(QosClass.Guaranteed), missing(requirements, [...bestEffort, ...burstable]))
  if (guaranteed === undefined) return undefined
  const fromBurstable = nearest(burstable, missing(requirements, [...bestEffort, ...guaranteed]))
  if (fromBurstable === undefined) return undefined
  const rest = nearest(bestEffort, missing(requirements, [...fromBurstable, ...guaranteed]))
  return rest === undefined ? undefined : [...rest, ...fromBurstable, ...guaranteed]
}

/** What stays missing when these pods have gone. */
function missing(requirements: readonly Requirement[], pods: readonly PreemptablePod[]): Requirement[] {
  const left: Requirement[] = []
  for (const { resource, amount } of requirements) {
    let rest = amount
    for (const { requests } of pods) rest -= requests.get(resource) ?? 0
    if (rest > 0) left.push({ resource, amount: rest })
  }
  return left
}

/** One pod after another, each the one that leaves least missing; of equals the one that requests less. */
function nearest<P extends PreemptablePod>(pods: readonly P[], requirements: Requirement[]): P[] | undefined {
  const left = [...pods]
  const chosen: P[] = []
  let open = requirements
  while (open.length > 0) {
    if (left.length === 0) return undefined
    let best = 0
    let bestDistance = open.length + 1
    for (const [i, pod] of left.entries()) {
      const distance = distanceOf(pod, open)
      if (distance > bestDistance) continue
      if (distance === bestDistance && !isSmaller(pod, left[best])) continue
      best = i
      bestDistance = distance
    }
    open = missing(open, [left[best]])
    chosen.push(left[best])
    left[best] = left[left.length - 1]
    left.pop()
  }
  return chosen
}

/** Squares of the shares that would stay missing. */
function distanceOf({ requests }: PreemptablePod, requirements: readonly Requirement[]): number {
  let distance = 0
  for (const { resource, amount } of requirements) {
    const rest = amount - (requests.get(resource) ?? 0)
    if (rest > 0) distance += (rest / amount) ** 2
  }
  return distance
}

function isSmaller({ requests: a }: PreemptablePod, { requests: b }: PreemptablePod): boolean {
  for (const resource of ['memory', 'cpu']) {
    const difference = (a.get(resource) ?? 0) - (b.get(resource) ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}
