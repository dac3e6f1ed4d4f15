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
import { subjectOf } from '../../apiserver/event-recorder.js'
import { NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type {
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from '../../model/autoscaling.js'
import { sameConditions } from '../../model/conditions.js'
import { Change, Source } from '../../state/change-log.js'
import type { LabelSetId, NamespaceId, ObjectId, PodId } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import {
  type ControllerContext,
  DONE,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { Autoscaler } from './autoscaler.js'
import {
  AutoscalerMemory,
  type AutoscalerSettings,
  type AutoscalerSubject,
  type AutoscalerWorld,
  type Reconciliation,
} from './autoscaler-world.js'
import { ControllingAutoscalers } from './controlling-autoscalers.js'
import { restsUntil } from './rest-period.js'
import { RestingAutoscalers } from './resting-autoscalers.js'
import { readScale, writeScale } from './scale-subresource.js'
import { WatchedPods } from './watched-pods.js'

export interface HorizontalPodAutoscalerArgs extends AutoscalerSettings {
  readonly syncPeriod: SimTime
}

type StoredAutoscaler = StoredObject<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>

const KIND = 'HorizontalPodAutoscaler'
/** The longest window that an autoscaler may have: validation of autoscaling/v2 allows an hour. */
const LONGEST_WINDOW: SimTime = 3600 * SECOND

export class HorizontalPodAutoscalerReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #args: HorizontalPodAutoscalerArgs
  readonly #memories = new Map<number, AutoscalerMemory>()
  readonly #controlling = new ControllingAutoscalers()
  readonly #resting: RestingAutoscalers
  /** The pods of the look under way. */
  readonly #pods: WatchedPods

  constructor(context: ControllerContext, args: HorizontalPodAutoscalerArgs) {
    this.#context = context
    this.#args = args
    this.#resting = new RestingAutoscalers(context.state)
    this.#pods = new WatchedPods(context, args)
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
      this.#resting.eachScaling(kind, meta.namespace, meta.name, scaling => this.#wake(scaling, now))
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
    this.#memories.delete(row)
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
  #resume(id: ObjectId, memory: AutoscalerMemory, now: SimTime): void {
    const since = this.#resting.since(id)
    if (since === undefined) return
    this.#resting.wake(id)
    const { syncPeriod } = this.#args
    const skipped = Math.ceil((now - since) / syncPeriod) - 1
    if (skipped > 0 && memory.look !== undefined)
      memory.recommendations.repeat(memory.look.wanted, since + skipped * syncPeriod, now - LONGEST_WINDOW)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id) || objects.get(id).kind !== KIND) return DONE
    const stored = objects.get<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>(id)
    const { namespace, name } = stored.meta
    const subject = { namespace, name, spec: stored.spec, status: stored.status }
    const time = { now, stamp: this.#context.clock.wholeSecond(now) }
    const memory = this.#memory(key)
    const world = this.#world(stored, memory, now)
    this.#resume(id, memory, now)
    const autoscaler = new Autoscaler(subject, world, memory, this.#args, this.#controlling, time)
    const result = autoscaler.reconcile()
    const { status } = result
    this.#report(subject, result, now)
    if (!isSame(stored.status, status)) {
      this.#context.charge()
      this.#context.api.objects.updateStatus(id, status)
    }
    memory.look = result.error === undefined ? result.look : undefined
    return this.#rest(id, stored, memory, now)
  }

  #report({ namespace, name }: AutoscalerSubject, { look, status }: Reconciliation, now: SimTime): void {
    const active = status.conditions.find(({ type }) => type === 'ScalingActive')
    this.#context.autoscalings.autoscaled(
      {
        namespace,
        name,
        metric: look?.metric ?? active?.reason ?? '',
        value: status.currentMetrics.map(shownValue).join(' '),
        actual: look?.current ?? status.currentReplicas,
        wanted: look?.wanted ?? Number.NaN,
        desired: look?.desired ?? status.desiredReplicas,
        limited: look?.limited ?? '',
      },
      now,
    )
  }

  /** Again in a period, or in several when nothing can be different before. */
  #rest(
    id: ObjectId,
    { spec, meta }: StoredAutoscaler,
    memory: AutoscalerMemory,
    now: SimTime,
  ): ReconcileResult {
    const { syncPeriod } = this.#args
    const { look } = memory
    const pods = this.#pods
    const { selector } = pods
    const again = requeueAfter(syncPeriod)
    if (look === undefined || selector === undefined) return again
    const findings = { spec, look, pods, memory, settings: this.#args }
    const until = restsUntil(findings, now)
    if (until <= now + syncPeriod) return again
    const { kind, name } = spec.scaleTargetRef
    this.#resting.rest(id, now, selector, { kind, name, namespace: meta.namespace })
    return until === NEVER ? DONE : requeueAfter(Math.ceil((until - now) / syncPeriod) * syncPeriod)
  }

  #memory(key: number): AutoscalerMemory {
    let memory = this.#memories.get(key)
    if (memory === undefined) {
      memory = new AutoscalerMemory()
      this.#memories.set(key, memory)
    }
    return memory
  }

  #world(stored: StoredAutoscaler, memory: AutoscalerMemory, now: SimTime): AutoscalerWorld {
    const { api, events, metrics } = this.#context
    const { namespace } = stored.meta
    let target: ObjectId | undefined
    this.#pods.forget()
    return {
      metrics,
      scale: () => {
        this.#context.charge()
        const scale = readScale(api, namespace, stored.spec.scaleTargetRef, memory.target)
        if (!('error' in scale)) target = scale.id
        memory.target = target
        return scale
      },
      rescale: replicas => {
        this.#context.charge()
        return target === undefined ? 'not found' : writeScale(api, target, replicas)
      },
      pods: selector => this.#pods.look(namespace, selector, now, memory),
      event: (type, reason, message) => events.record(subjectOf(stored), type, reason, message),
    }
  }
}

/** The first figure that the status shows of a metric. */
function shownValue({ resource, containerResource, pods, object, external }: MetricStatus): string {
  const current = (resource ?? containerResource ?? pods ?? object ?? external)?.current
  if (current?.averageUtilization !== undefined) return `${current.averageUtilization}%`
  return current?.averageValue ?? current?.value ?? ''
}

function isSame(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
  return (
    a.currentReplicas === b.currentReplicas &&
    a.desiredReplicas === b.desiredReplicas &&
    a.lastScaleTime === b.lastScaleTime &&
    sameConditions(a.conditions, b.conditions) &&
    sameData(a.currentMetrics, b.currentMetrics)
  )
}

/** Compares what JSON can say; a field that is undefined is none. */
function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) if (!sameData(a[key as never], b[key as never])) return false
  return true
}
