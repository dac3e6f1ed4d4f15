/**
 * Gives an autoscaler what it needs of the cluster, and writes what it decides. Keys wait a whole period
 * before each look; one that waits already is not queued again, so changes of an autoscaler never hurry
 * it.
 *
 * Upstream: enqueueHPA, deleteHPA, processNextWorkItem, updateStatusIfNeeded in
 * pkg/controller/podautoscaler/ horizontal.go (1.36).
 * Simplified: reads of metrics are answered at once; an autoscaler deleted and created anew under its
 * name starts without memory, even within one period.
 */
import { subjectOf } from '../../apiserver/event-recorder.js'
import { NEVER, type SimTime } from '../../kernel/time.js'
import type { HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus } from '../../model/autoscaling.js'
import { sameConditions } from '../../model/conditions.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'
import { Change, type Source } from '../../state/change-log.js'
import { type LabelSetId, type NamespaceId, type ObjectId, PHASE_NAMES } from '../../state/ids.js'
import type { StoredObject } from '../../state/objects.js'
import {
  type ControllerContext,
  DONE,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '../controller.js'
import { Autoscaler } from './autoscaler.js'
import { AutoscalerMemory, type AutoscalerSettings, type AutoscalerWorld } from './autoscaler-world.js'
import { ControllingAutoscalers } from './controlling-autoscalers.js'
import { readScale, writeScale } from './scale-subresource.js'
import type { ScaledPod } from './scaled-pod.js'

export interface HorizontalPodAutoscalerArgs extends AutoscalerSettings {
  readonly syncPeriod: SimTime
}

type StoredAutoscaler = StoredObject<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>

const KIND = 'HorizontalPodAutoscaler'

export class HorizontalPodAutoscalerReconciler implements Reconciler {
  readonly #context: ControllerContext
  readonly #args: HorizontalPodAutoscalerArgs
  readonly #memories = new Map<number, AutoscalerMemory>()
  readonly #controlling = new ControllingAutoscalers()

  constructor(context: ControllerContext, args: HorizontalPodAutoscalerArgs) {
    this.#context = context
    this.#args = args
  }

  changed(_: Source, row: number, fields: number): void {
    if ((fields & Change.Deleted) === 0) {
      this.#context.queue.addAfter(row, this.#args.syncPeriod)
      return
    }
    const { meta } = this.#context.state.objects.get(row as ObjectId)
    this.#controlling.delete(meta.namespace, meta.name)
    this.#memories.delete(row)
  }

  reconcile(key: number, now: SimTime): ReconcileResult {
    const { objects } = this.#context.state
    const id = key as ObjectId
    if (!objects.exists(id) || objects.get(id).kind !== KIND) return DONE
    const stored = objects.get<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>(id)
    const { namespace, name } = stored.meta
    const subject = { namespace, name, spec: stored.spec, status: stored.status }
    const time = { now, stamp: this.#context.clock.wholeSecond(now) }
    const world = this.#world(stored)
    const memory = this.#memory(key)
    const autoscaler = new Autoscaler(subject, world, memory, this.#args, this.#controlling, time)
    const { status } = autoscaler.reconcile()
    if (!isSame(stored.status, status)) {
      this.#context.charge()
      this.#context.api.objects.updateStatus(id, status)
    }
    return requeueAfter(this.#args.syncPeriod)
  }

  #memory(key: number): AutoscalerMemory {
    let memory = this.#memories.get(key)
    if (memory === undefined) {
      memory = new AutoscalerMemory()
      this.#memories.set(key, memory)
    }
    return memory
  }

  #world(stored: StoredAutoscaler): AutoscalerWorld {
    const { api, state, events, metrics } = this.#context
    const { namespace } = stored.meta
    let target: ObjectId | undefined
    return {
      metrics,
      scale: () => {
        this.#context.charge()
        const scale = readScale(api, namespace, stored.spec.scaleTargetRef)
        if (!('error' in scale)) target = scale.id
        return scale
      },
      rescale: replicas => {
        this.#context.charge()
        return target === undefined ? 'not found' : writeScale(api, target, replicas)
      },
      pods: selector => this.#scaledPods(state.namespaceId(namespace), selector),
      event: (type, reason, message) => events.record(subjectOf(stored), type, reason, message),
    }
  }

  #scaledPods(namespace: NamespaceId, selector: CompiledSelector): ScaledPod[] {
    const { state, clock, labelled } = this.#context
    const { pods, labelSets, templates } = state
    const matcher = {
      isEverything: false,
      matches: (labels: LabelSetId) => selector.matches(labelSets.get(labels)),
      matchesLabels: (labels: Labels) => selector.matches(labels),
    }
    return labelled.matching(namespace, matcher).map(pod => {
      const startedAt = pods.startedAt[pod]
      const readyAt = pods.readyAt[pod]
      // The kubelet writes the Ready condition with the start time and changes it when it turns.
      const since = readyAt === NEVER ? startedAt : readyAt
      return {
        name: pods.name[pod] as string,
        labels: labelSets.get(pods.labelsOf(pod)),
        phase: PHASE_NAMES[pods.phase[pod]],
        isDeleted: pods.isTerminating(pod),
        ...(startedAt === NEVER
          ? {}
          : {
              startTime: clock.wholeSecond(startedAt),
              ready: {
                status: pods.ready[pod] === 1 ? ('True' as const) : ('False' as const),
                since: clock.wholeSecond(since),
              },
            }),
        spec: templates.get(pods.templateOf(pod)).spec,
      }
    })
  }
}

function isSame(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
  return (
    a.currentReplicas === b.currentReplicas &&
    a.desiredReplicas === b.desiredReplicas &&
    a.lastScaleTime === b.lastScaleTime &&
    sameConditions(a.conditions, b.conditions) &&
    JSON.stringify(a.currentMetrics) === JSON.stringify(b.currentMetrics)
  )
}
