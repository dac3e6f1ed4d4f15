/**
 * What an autoscaler needs of the cluster, as the controller has it: the scale of its target, the pods its informer
 * lists, the metrics APIs, and events. Requests are paid for here.
 *
 * Upstream: the scale client, pod lister and event recorder of NewHorizontalController in
 * pkg/controller/podautoscaler/horizontal.go (1.36).
 * Simplified: see horizontal-pod-autoscaler-reconciler.ts.
 */
import { subjectOf } from '../../apiserver/event-recorder.js'
import type { SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { MetricsApi } from '../../model/metrics-api.js'
import type { StoredObject } from '../../state/objects.js'
import type { ControllerContext } from '../controller.js'
import type { AutoscalerMemory } from './autoscaler-memory.js'
import type { AutoscalerWorld, TargetPods } from './autoscaler-world.js'
import type { Scale, ScaleRefusal, TargetReference } from './scale-subresource.js'
import { findTarget, readScale, refusalOf, writeScale } from './scale-subresource.js'
import type { WatchedPods } from './watched-pods.js'

export class ClusterWorld implements AutoscalerWorld {
  readonly metrics: MetricsApi
  readonly #context: ControllerContext
  readonly #pods: WatchedPods
  // Of the look under way:
  #stored!: StoredObject
  #memory!: AutoscalerMemory
  #now: SimTime = 0

  constructor(context: ControllerContext, pods: WatchedPods) {
    this.metrics = context.metrics
    this.#context = context
    this.#pods = pods
  }

  /** Begins a look of an autoscaler. */
  begin(stored: StoredObject, memory: AutoscalerMemory, now: SimTime): void {
    this.#stored = stored
    this.#memory = memory
    this.#now = now
    this.#pods.forget()
  }

  scale(reference: TargetReference): Scale | ScaleRefusal {
    const { state } = this.#context
    const { namespace } = this.#stored.meta
    this.#context.charge()
    const target = findTarget(state, namespace, reference, this.#memory.target)
    this.#memory.target = target
    return target === undefined ? refusalOf(namespace, reference) : readScale(state, target)
  }

  rescale(replicas: number): string | undefined {
    const { target } = this.#memory
    this.#context.charge()
    return target === undefined ? 'not found' : writeScale(this.#context.api, target.id, replicas)
  }

  pods(selector: CompiledSelector): TargetPods {
    return this.#pods.look(this.#stored.meta.namespace, selector, this.#now, this.#memory)
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.events.record(subjectOf(this.#stored), type, reason, message)
  }
}
