/**
 * The eviction API: deletes a pod if the disruption budget over it has room, and takes the room from the
 * budget. Pods that do not count (pending, finished, terminating, or not ready where the budget lets those
 * go) are deleted without asking.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go (1.36).
 * Simplified: no dry run, no preconditions; a conflict over the budget is answered with 409, and whoever sent
 * the request sends it again as the API server would by itself.
 */

import type { SimTime } from '../kernel/time.js'
import type { Condition } from '../model/conditions.js'
import { withCondition } from '../model/conditions.js'
import { notFoundMessage } from '../model/kinds.js'
import { compileSelector, type LabelSelector } from '../model/labels.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type NamespaceId, type ObjectId, Phase, type PodId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import { Result } from './result.js'

/** How an eviction was answered, in HTTP's codes. */
export interface Eviction {
  /**
   * 201 the pod is being deleted; 404 it is gone; 409 the budget changed meanwhile; 429 refused; 500 two
   * budgets.
   */
  readonly code: 201 | 404 | 409 | 429 | 500
  readonly message: string
  /** The budget that refused. */
  readonly budget?: string
}

interface BudgetSpec {
  readonly selector?: LabelSelector
  readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow'
}

interface BudgetStatus {
  readonly observedGeneration?: number
  readonly disruptionsAllowed?: number
  readonly currentHealthy?: number
  readonly desiredHealthy?: number
  /** Pods about to be deleted, and when their eviction was accepted. */
  readonly disruptedPods?: Readonly<Record<string, SimTime>>
  readonly conditions?: readonly Condition[]
}

const BY_EVICTION = 'EvictionByEvictionAPI'
const ACCEPTED: Eviction = { code: 201, message: '' }
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
const TWO_BUDGETS =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'

/**
 * Resource version of the budget over the pod, 0 when there is none: what a request reads before it writes.
 */
export function budgetVersion(state: ClusterState, pod: PodId): number {
  const [budget] = budgetsOver(state, pod)
  return budget === undefined ? 0 : state.objects.get(budget).meta.resourceVersion
}

/**
 * Evicts the pod of this UID. A budget that is no longer of the version read before makes it a conflict.
 * @param now stands in the budget's list of disrupted pods
 */
export function evict(
  api: ApiServer,
  pod: PodId,
  now: SimTime,
  readVersion?: number,
  uid: number = api.state.pods.uid[pod],
): Eviction {
  const { state } = api
  const { pods, objects } = state
  if (pods.uid[pod] !== uid || !pods.exists(pod)) {
    return { code: 404, message: notFoundMessage('Pod', pods.name[pod] ?? '') }
  }
  if (ignoresBudgets(state, pod)) return deletePod(api, pod)
  const [budget, second] = budgetsOver(state, pod)
  if (second !== undefined) return { code: 500, message: TWO_BUDGETS }
  if (budget === undefined || letsUnhealthyGo(state, budget, pod)) return deletePod(api, pod)
  const { meta } = objects.get(budget)
  if (readVersion !== undefined && meta.resourceVersion !== readVersion) {
    return { code: 409, message: 'the object has been modified', budget: meta.name }
  }
  return takeRoom(api, budget, pod, now) ?? deletePod(api, pod)
}

function ignoresBudgets({ pods }: ClusterState, pod: PodId): boolean {
  return pods.isFinished(pod) || pods.phase[pod] === Phase.Pending || pods.isTerminating(pod)
}

/** A pod that is not ready was not counted as healthy, so it may go while enough others are. */
function letsUnhealthyGo({ pods, objects }: ClusterState, budget: ObjectId, pod: PodId): boolean {
  if (pods.ready[pod] === 1) return false
  const { spec, status } = objects.get<BudgetSpec, BudgetStatus>(budget)
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

/** Takes one disruption from the budget, or answers why not. */
function takeRoom(api: ApiServer, budget: ObjectId, pod: PodId, now: SimTime): Eviction | undefined {
  const { objects, pods } = api.state
  const { meta, status } = objects.get<BudgetSpec, BudgetStatus>(budget)
  const { observedGeneration = 0, disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = status
  const refuse = (cause: string): Eviction => ({
    code: 429,
    message: `${REFUSED}; ${cause}`,
    budget: meta.name,
  })
  if (observedGeneration < meta.generation) {
    return refuse(`The disruption budget ${meta.name} is still being processed by the server.`)
  }
  if (disruptionsAllowed <= 0) {
    return refuse(
      `The disruption budget ${meta.name} needs ${desiredHealthy} healthy pods ` +
        `and has ${currentHealthy} currently`,
    )
  }
  const left = disruptionsAllowed - 1
  const conditions = left > 0 ? status.conditions : withInsufficientPods(status.conditions ?? [], now)
  const result = api.objects.updateStatus(budget, {
    ...status,
    ...(conditions === undefined ? {} : { conditions }),
    disruptionsAllowed: left,
    disruptedPods: { ...status.disruptedPods, [pods.name[pod] as string]: now },
  } satisfies BudgetStatus)
  return result === Result.Ok ? undefined : { code: 409, message: 'the object has been modified' }
}

function withInsufficientPods(conditions: readonly Condition[], now: SimTime): readonly Condition[] {
  return withCondition(conditions, {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: now,
  })
}

function deletePod(api: ApiServer, pod: PodId): Eviction {
  const { state, pods } = api
  const uid = state.pods.uid[pod]
  if (!state.pods.isFinished(pod)) pods.patchDisruption(pod, state.reasonId(BY_EVICTION))
  pods.delete(pod, uid)
  return ACCEPTED
}

function budgetsOver({ pods, objects, namespaces, labelSets }: ClusterState, pod: PodId): ObjectId[] {
  const namespace = namespaces.get(pods.namespace[pod] as NamespaceId)
  const labels = labelSets.get(pods.labelsOf(pod))
  const found: ObjectId[] = []
  for (const id of objects.ofKind('PodDisruptionBudget')) {
    const { meta, spec } = objects.get<BudgetSpec>(id)
    if (meta.namespace !== namespace) continue
    const selector = compileSelector(spec.selector)
    if (selector !== undefined && selector.requirements.length > 0 && selector.matches(labels)) found.push(id)
  }
  return found
}
