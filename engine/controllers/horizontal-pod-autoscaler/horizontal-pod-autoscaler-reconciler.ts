/**
 * Gives an autoscaler what it needs of the cluster, and writes what it decides. Keys wait a whole period
 * before each look; one that waits already is not queued again, so changes of an autoscaler never hurry
 * it. One that would find what it has just found rests until something changes, and then looks at its next turn.
 *
 * Upstream: enqueueHPA, deleteHPA, processNextWorkItem, updateStatusIfNeeded in
 * pkg/controller/podautoscaler/ horizontal.go (1.36).
 * Simplified: reads of metrics are answered at once; an autoscaler deleted and created anew under its
 * name starts without memory, even within one period; looks left out cost its client nothing.
 */
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type {
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from '../../model/autoscaling.js'
import { findCondition } from '../../model/conditions.js'
import { Change, Source } from '../../state/change-log.js'
import type { LabelSetId, NamespaceId, ObjectId, PodId } from '../../state/ids.js'
import {
  type ControllerContext,
  DONE,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { Autoscaler } from './autoscaler.js'
import { AutoscalerMemory } from './autoscaler-memory.js'
import type { AutoscalerSettings, Look, Reconciliation } from './autoscaler-world.js'
import { ClusterWorld } from './cluster-world.js'
import { ControllingAutoscalers } from './controlling-autoscalers.js'
import { restsUntil } from './rest-period.js'
import { RestingAutoscalers } from './resting-autoscalers.js'
import { sameStatus, valueOf } from './same-status.js'
import { WatchedPods } from './watched-pods.js'

export interface HorizontalPodAutoscalerArgs extends AutoscalerSettings {
  readonly syncPeriod: SimTime
}

const KIND = 'HorizontalPodAutoscaler'
/** The longest window that an autoscaler may have: validation of autoscaling/v2 allows an hour. */
const LONGEST_WINDOW: SimTime = 3600 * SECOND

export class HorizontalPodAutoscalerReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #args: HorizontalPodAutoscalerArgs
  /** By row of the autoscaler. */
  readonly #memories: (AutoscalerMemory | undefined)[] = []
  readonly #controlling = new ControllingAutoscalers()
  readonly #resting: RestingAutoscalers
  /** The pods of the look under way. */
  readonly #pods: WatchedPods
  readonly #world: ClusterWorld
  readonly #autoscaler: Autoscaler
  readonly #again: ReconcileResult

  constructor(context: ControllerContext, args: HorizontalPodAutoscalerArgs) {
    this.#context = context
    this.#args = args
    this.#resting = new RestingAutoscalers(context.state)
    this.#pods = new WatchedPods(context, args)
    this.#world = new ClusterWorld(context, this.#pods)
    this.#autoscaler = new Autoscaler(this.#world, args, this.#controlling)
    this.#again = requeueAfter(args.syncPeriod)
    context.metrics.onChange?.((namespace, labels, from) =>
      this.#podsChange(namespace as NamespaceId, labels as LabelSetId, from),
    )
  }

  changed(source: Source, row: number, fields: number, now: SimTime): void {
    const { state, queue } = this.#context
    if (source === Source.Pods) {
      const pod = row as PodId
      this.#pods.heard(pod, fields)
      if (this.#resting.isEmpty) return
      this.#podsChange(state.pods.namespaceOf(pod), state.pods.labelsOf(pod), now)
      return
    }
    const id = row as ObjectId
    const { kind, meta } = state.objects.get(id)
    if (kind !== KIND) {
      for (const scaling of this.#resting.scaling(id)) this.#wake(scaling, now)
      return
    }
    // Another autoscaler may select the same pods from now on, or no longer.
    if ((fields & ~Change.Status) !== 0)
      for (const other of this.#resting.in(meta.namespace)) this.#wake(other, now)
    if ((fields & Change.Deleted) === 0) {
      if (this.#resting.since(id) === undefined) queue.addAfter(row, this.#args.syncPeriod)
      return
    }
    this.#controlling.delete(meta.namespace, meta.name)
    this.#memories[id] = undefined
    this.#resting.forget(id)
  }

  /** Answers about these pods are others from that time on. */
  #podsChange(namespace: NamespaceId, labels: LabelSetId, from: SimTime): void {
    for (const id of this.#resting.selecting(namespace, labels)) this.#wake(id, from)
  }

  /** It looks at its first turn that is not before `from`; only one that rests has none under way. */
  #wake(id: ObjectId, from: SimTime): void {
    const since = this.#resting.since(id)
    if (since === undefined) return
    const { queue, kernel } = this.#context
    const { syncPeriod } = this.#args
    const turns = Math.max(1, Math.ceil((Math.max(from, kernel.now) - since) / syncPeriod))
    queue.addAfter(id, since + turns * syncPeriod - kernel.now)
  }

  /** Looks left out would have recommended what the last one did. */
  #resume(id: ObjectId, { recommendations, wanted }: AutoscalerMemory, now: SimTime): void {
    const since = this.#resting.since(id)
    if (since === undefined) return
    this.#resting.wake(id)
    const { syncPeriod } = this.#args
    const skipped = Math.ceil((now - since) / syncPeriod) - 1
    if (skipped > 0 && wanted !== undefined)
      recommendations.repeat(wanted, since + skipped * syncPeriod, now - LONGEST_WINDOW)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id)) return DONE
    const stored = objects.get<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>(id)
    if (stored.kind !== KIND) return DONE
    const { spec, status: before, meta } = stored
    const { namespace, name } = meta
    const memory = this.#memory(id)
    this.#world.begin(stored, memory, now)
    this.#resume(id, memory, now)
    const subject = { namespace, name, spec, status: before }
    const stamp = this.#context.clock.wholeSecond(now)
    const result = this.#autoscaler.reconcile(subject, memory, now, stamp)
    const { status, error } = result
    memory.account ??= this.#context.autoscalings.accountOf(namespace, name)
    memory.account.looked(observed(result), now)
    if (!sameStatus(before, status)) {
      this.#context.charge()
      this.#context.api.objects.updateStatus(id, status)
    }
    const look = error === undefined ? result.look : undefined
    memory.wanted = look?.wanted
    return look === undefined ? this.#again : this.#rest(id, namespace, look, memory, now)
  }

  /** Again in a period, or in several when nothing can be different before. */
  #rest(
    id: ObjectId,
    namespace: string,
    look: Look,
    memory: AutoscalerMemory,
    now: SimTime,
  ): ReconcileResult {
    const { syncPeriod } = this.#args
    const { plan, target } = memory
    const { selector } = this.#pods
    if (selector === undefined || plan === undefined || target === undefined) return this.#again
    const until = restsUntil(plan, look, this.#pods, memory, now)
    if (until <= now + syncPeriod) return this.#again
    this.#resting.rest(id, now, namespace, selector, target.id)
    return until === NEVER ? DONE : requeueAfter(Math.ceil((until - now) / syncPeriod) * syncPeriod)
  }

  #memory(id: ObjectId): AutoscalerMemory {
    let memory = this.#memories[id]
    if (memory === undefined) {
      memory = new AutoscalerMemory()
      while (this.#memories.length <= id) this.#memories.push(undefined)
      this.#memories[id] = memory
    }
    return memory
  }
}

function observed({ look, status }: Reconciliation) {
  const { currentMetrics, currentReplicas, desiredReplicas, conditions } = status
  const value =
    currentMetrics.length === 1 ? shownValue(currentMetrics[0]) : currentMetrics.map(shownValue).join(' ')
  if (look !== undefined) {
    const { metric, current, wanted, desired, limited } = look
    return { metric, value, actual: current, wanted, desired, limited }
  }
  const metric = findCondition(conditions, 'ScalingActive')?.reason ?? ''
  const wanted = Number.NaN
  return { metric, value, actual: currentReplicas, wanted, desired: desiredReplicas, limited: '' }
}

/** The first figure that the status shows of a metric. */
function shownValue(status: MetricStatus): string {
  const value = valueOf(status)
  if (value?.averageUtilization !== undefined) return `${value.averageUtilization}%`
  return value?.averageValue ?? value?.value ?? ''
}
