/**
 * Brings the status of one budget up to date; a sync that fails allows nothing until one succeeds. The same queue
 * carries pods whose DisruptionTarget condition has become stale, as keys below {@link NONE}.
 *
 * Upstream: trySync, failSafe, syncStalePodDisruption of pkg/controller/disruption/disruption.go (1.36).
 * Simplified: rechecks and stale conditions wait in the queue of budgets, where upstream has three queues; a status
 * never conflicts with an eviction's, because fields are always fresh here.
 */

import { subjectOf } from '../../apiserver/event-recorder.js'
import { Result } from '../../apiserver/result.js'
import { type Stream, Streams } from '../../kernel/rng.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import { sameConditions } from '../../model/conditions.js'
import { STALE_DISRUPTION_TIMEOUT } from '../../model/defaults.js'
import { type CompiledSelector, compileSelector, type LabelSelector } from '../../model/labels.js'
import {
  DISRUPTION_ALLOWED,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
  SYNC_FAILED,
  setBudgetCondition,
} from '../../model/pod-disruption-budget.js'
import { Change, Source } from '../../state/change-log.js'
import {
  type LabelSetId,
  type NamespaceId,
  NONE,
  type ObjectId,
  type PodId,
  type ReasonId,
} from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import {
  type ControllerContext,
  DONE,
  RETRY,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import type { PodTally } from '../pod-tallies.js'
import { SelectingObjects } from '../selecting-objects.js'
import { disruptedPods, healthyPods, nextStatus } from './budget-status.js'
import { expectedPods } from './expected-pods.js'
import { selectorText } from './selector-text.js'

type Budget = StoredObject<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>

const NO_PODS: PodTally = { pods: 0, healthy: 0, owners: new Map() }
const BUDGET = 'PodDisruptionBudget'
/** Set by a kubelet that ends the pod itself: never stale. */
const TERMINATION_BY_KUBELET = 'TerminationByKubelet'

/** What a status is made of; looking at a budget for anything else about a pod would do nothing. */
const COUNTED =
  Change.Added | Change.Deleted | Change.Deleting | Change.Labels | Change.Ownership | Change.Ready

export class DisruptionReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #budgets: SelectingObjects
  readonly #draws: Stream
  /** Statuses written by syncs that had nothing to report. */
  readonly #settled = new WeakSet<PodDisruptionBudgetStatus>()
  /** Specs are replaced, never changed, so a selector object always means the same. */
  readonly #selectors = new WeakMap<LabelSelector, CompiledSelector>()

  constructor(context: ControllerContext) {
    this.#context = context
    const { state, informer, labels, kernel } = context
    this.#draws = new Streams(kernel.seed).stream('controllers/disruption')
    this.#budgets = new SelectingObjects({
      state,
      informer,
      kind: BUDGET,
      matcherOf(id) {
        const { selector } = state.objects.get<PodDisruptionBudgetSpec>(id).spec
        return selector === undefined ? undefined : labels.of(selector)
      },
    })
  }

  changed(source: Source, row: number, fields: number, now: SimTime): void {
    const { queue } = this.#context
    if (source === Source.Objects) {
      if ((fields & (Change.Added | Change.Deleted | Change.Spec)) !== 0)
        this.#budgets.changed(row as ObjectId)
      else if (this.#isSettled(row as ObjectId)) return
      queue.add(row)
      return
    }
    if ((fields & COUNTED) !== 0) {
      const budget = this.#budgetOf(row as PodId)
      if (budget !== undefined) queue.add(budget)
    }
    if ((fields & Change.Deleted) !== 0) return
    const staleAt = this.#staleAt(row as PodId)
    if (staleAt !== NEVER) queue.addAfter(staleKey(row as PodId), Math.max(0, staleAt - now))
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    if (key < NONE) return this.#reconcileStale(podOfKey(key), now)
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id) || objects.get(id).kind !== BUDGET) return DONE
    return this.#sync(objects.get(id) as Budget, now)
  }

  #sync(budget: Budget, now: SimTime): ReconcileResult {
    const { state, events, labels, labelled, clock } = this.#context
    const { meta, spec, status } = budget
    const { selector } = spec
    const namespace = state.namespaceId(meta.namespace)
    const compiled = selector === undefined ? undefined : this.#compiled(selector)
    const tally = compiled === undefined ? NO_PODS : labelled.tally(namespace, compiled)
    const listed = (): PodId[] => (compiled === undefined ? [] : labelled.selected(namespace, compiled))
    if (tally.pods === 0) events.record(subjectOf(budget), 'Normal', 'NoPods', 'No matching pods found')
    const found = expectedPods(this.#context, spec, tally, listed)
    if ('error' in found) return this.#fail(budget, found.error, now)
    if (found.hasUnmanaged) {
      const message =
        `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found ` +
        'to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in ' +
        'undefined behavior. To account for these pods please set ".spec.minAvailable" ' +
        'field of the PDB to an integer value.'
      events.record(subjectOf(budget), 'Warning', 'UnmanagedPods', message)
    }
    const isSelected = (of: LabelSetId): boolean => selector !== undefined && labels.of(selector).matches(of)
    const disrupted = disruptedPods(state.pods, namespace, isSelected, status.disruptedPods, now)
    for (const pod of disrupted.notDeleted) this.#sayNotDeleted(pod, meta.namespace)
    const next = nextStatus(
      status,
      {
        generation: meta.generation,
        currentHealthy: healthyPods(state.pods, tally.healthy, namespace, disrupted.pods, now),
        desiredHealthy: found.desiredHealthy,
        expected: found.expected,
        disrupted: disrupted.pods,
      },
      clock.wholeSecond(now),
    )
    if (next !== undefined && !this.#write(budget, next)) return RETRY
    if (next !== undefined && tally.pods > 0 && !found.hasUnmanaged) this.#settled.add(next)
    return disrupted.recheckAt === NEVER ? DONE : this.#recheck(disrupted.recheckAt, now)
  }

  /** Whether the status is still the one written here: a sync for its own sake would say and do nothing. */
  #isSettled(id: ObjectId): boolean {
    const { objects } = this.#context.state
    return objects.exists(id) && this.#settled.has(objects.get(id).status as PodDisruptionBudgetStatus)
  }

  /** A selector that cannot be compiled selects nothing; validation refuses it before. */
  #compiled(selector: LabelSelector): CompiledSelector {
    let compiled = this.#selectors.get(selector)
    if (compiled === undefined) {
      compiled = compileSelector(selector) ?? (compileSelector(undefined) as CompiledSelector)
      this.#selectors.set(selector, compiled)
    }
    return compiled
  }

  /** A recheck that is due this very instant comes at once, but not within the same instant. */
  #recheck(at: SimTime, now: SimTime): ReconcileResult {
    return requeueAfter(Math.max(1, at - now))
  }

  /** Nothing may go until the size is known again; the counts stay as they were. */
  #fail(budget: Budget, error: string, now: SimTime): ReconcileResult {
    const { events, clock } = this.#context
    const { status } = budget
    const message = `Failed to calculate the number of expected pods: ${error}`
    events.record(subjectOf(budget), 'Warning', 'CalculateExpectedPodCountFailed', message)
    const conditions = setBudgetCondition(status.conditions, {
      type: DISRUPTION_ALLOWED,
      status: 'False',
      reason: SYNC_FAILED,
      message: error,
      lastTransitionTime: clock.wholeSecond(now),
      observedGeneration: status.observedGeneration,
    })
    if (status.disruptionsAllowed === 0 && sameConditions(status.conditions, conditions)) {
      this.#context.charge()
      return DONE
    }
    return this.#write(budget, { ...status, disruptionsAllowed: 0, conditions }) ? DONE : RETRY
  }

  #write(budget: Budget, status: PodDisruptionBudgetStatus): boolean {
    const { api } = this.#context
    this.#context.charge()
    return api.objects.updateStatus(budget.id, status) === Result.Ok
  }

  #sayNotDeleted(pod: PodId, namespace: string): void {
    const { events } = this.#context
    // Upstream names the budget's namespace twice, not its name.
    const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`
    events.record(this.#subjectOfPod(pod), 'Warning', 'NotDeleted', message)
  }

  #subjectOfPod(pod: PodId) {
    const { pods, namespaces } = this.#context.state
    return {
      kind: 'Pod',
      namespace: namespaces.get(pods.namespace[pod] as NamespaceId),
      name: pods.name[pod] as string,
      uid: pods.uid[pod],
    }
  }

  /** One of the budgets that select the pod: upstream takes the first of a list that has no order. */
  #budgetOf(pod: PodId): ObjectId | undefined {
    const { pods } = this.#context.state
    const budgets = this.#budgets.of(pods.namespace[pod] as NamespaceId, pods.labelsOf(pod))
    if (budgets.length < 2) return budgets[0]
    const chosen = this.#draws.pick(budgets)
    const { namespace, name } = this.#subjectOfPod(pod)
    const { meta } = this.#context.state.objects.get(chosen)
    const message =
      `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  ` +
      `Chose "${meta.name}" arbitrarily.`
    this.#context.events.record(this.#subjectOfPod(pod), 'Warning', 'MultiplePodDisruptionBudgets', message)
    return chosen
  }

  /** When DisruptionTarget becomes stale; NEVER when the pod has none, or is being deleted. */
  #staleAt(pod: PodId): SimTime {
    const { pods, reasons } = this.#context.state
    const reason = pods.disruption[pod]
    if (reason === NONE || pods.isTerminating(pod) || pods.isFinished(pod)) return NEVER
    if (reasons.get(reason as ReasonId) === TERMINATION_BY_KUBELET) return NEVER
    return this.#context.clock.wholeSecond(pods.disruptedAt[pod]) + STALE_DISRUPTION_TIMEOUT
  }

  #reconcileStale(pod: PodId, now: SimTime): ReconcileResult {
    const { state, api } = this.#context
    if (!state.pods.exists(pod)) return DONE
    const staleAt = this.#staleAt(pod)
    if (staleAt === NEVER) return DONE
    if (staleAt > now) return requeueAfter(staleAt - now)
    this.#context.charge()
    api.pods.patchDisruption(pod, NONE as ReasonId)
    return DONE
  }
}

function staleKey(pod: PodId): number {
  return NONE - 1 - pod
}

function podOfKey(key: number): PodId {
  return (NONE - 1 - key) as PodId
}
