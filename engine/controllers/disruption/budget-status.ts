/**
 * The parts of a budget's status: healthy pods, evictions granted and not seen yet, how many more are allowed.
 *
 * Upstream: countHealthyPods, buildDisruptedPodMap, updatePdbStatus of pkg/controller/disruption/disruption.go (1.36).
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'
import { DISRUPTION_TIMEOUT } from '../../model/defaults.js'
import {
  type DisruptedPods,
  type PodDisruptionBudgetStatus,
  saysDisruptionAllowed,
  withDisruptionAllowed,
} from '../../model/pod-disruption-budget.js'
import type { LabelSetId, NamespaceId, PodId } from '../../state/ids.js'
import type { PodTable } from '../../state/pods.js'

export interface Disrupted {
  readonly pods: DisruptedPods
  /** When the first of them is due to be given up; NEVER when there is none. */
  readonly recheckAt: SimTime
  /** Pods whose eviction was granted but that nobody deleted in time. */
  readonly notDeleted: readonly PodId[]
}

const NOBODY: Disrupted = { pods: {}, recheckAt: NEVER, notDeleted: [] }

/**
 * Keeps those of the granted evictions whose pods are there and not being deleted yet. They are few, and looked up by
 * name, so that the many others cost nothing.
 */
export function disruptedPods(
  pods: PodTable,
  namespace: NamespaceId,
  isSelected: (labels: LabelSetId) => boolean,
  before: DisruptedPods | undefined,
  now: SimTime,
): Disrupted {
  if (before === undefined) return NOBODY
  const names = Object.keys(before)
  if (names.length === 0) return NOBODY
  const kept: Record<string, SimTime> = {}
  const notDeleted: PodId[] = []
  let recheckAt = NEVER
  for (const name of names) {
    const pod = pods.find(namespace, name)
    if (pod === undefined || pods.isTerminating(pod) || !isSelected(pods.labelsOf(pod))) continue
    const grantedAt = before[name]
    const dueAt = grantedAt + DISRUPTION_TIMEOUT
    if (dueAt < now) {
      notDeleted.push(pod)
      continue
    }
    kept[name] = grantedAt
    recheckAt = Math.min(recheckAt, dueAt)
  }
  notDeleted.sort((a, b) => ((pods.name[a] as string) < (pods.name[b] as string) ? -1 : 1))
  return { pods: kept, recheckAt, notDeleted }
}

/**
 * Ready pods that stay: neither being deleted nor about to be.
 * @param undeleted those that are ready and not being deleted
 */
export function healthyPods(
  pods: PodTable,
  undeleted: number,
  namespace: NamespaceId,
  disrupted: DisruptedPods,
  now: SimTime,
): number {
  const { ready } = pods
  let healthy = undeleted
  for (const name of Object.keys(disrupted)) {
    const pod = pods.find(namespace, name)
    if (pod !== undefined && ready[pod] === 1 && disrupted[name] + DISRUPTION_TIMEOUT > now) healthy--
  }
  return healthy
}

export interface Counted {
  readonly generation: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly expected: number
  readonly disrupted: DisruptedPods
}

/** The new status; undefined when the old one says all that already. */
export function nextStatus(
  before: PodDisruptionBudgetStatus,
  counted: Counted,
  now: SimTime,
): PodDisruptionBudgetStatus | undefined {
  const { generation, currentHealthy, desiredHealthy, expected, disrupted } = counted
  // A budget without pods allows nothing, so that its first ones are safe before it has been looked at again.
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  const isSame =
    before.currentHealthy === currentHealthy &&
    before.desiredHealthy === desiredHealthy &&
    before.expectedPods === expected &&
    before.disruptionsAllowed === disruptionsAllowed &&
    before.observedGeneration === generation &&
    sameDisrupted(before.disruptedPods ?? {}, disrupted)
  if (isSame && saysDisruptionAllowed(before)) return undefined
  const status = {
    observedGeneration: generation,
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
    disruptionsAllowed,
    disruptedPods: disrupted,
    conditions: before.conditions,
  }
  return withDisruptionAllowed(status, now)
}

function sameDisrupted(a: DisruptedPods, b: DisruptedPods): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name])
}
