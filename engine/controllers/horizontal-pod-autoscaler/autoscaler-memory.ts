/**
 * What is remembered of an autoscaler between its looks.
 * Upstream: HorizontalController's recommendations, scaleUpEvents and scaleDownEvents in
 * pkg/controller/podautoscaler/horizontal.go (1.36); the rest is kept so as not to be worked out again.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { CompiledSelector } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'
import type { AutoscalingAccount } from '../controller.js'
import type { AutoscalerPlan } from './autoscaler-plan.js'
import { KnownConditions } from './condition-drafts.js'
import { ScaleEvents } from './scale-events.js'
import type { KnownTarget } from './scale-subresource.js'
import { longestPeriod } from './scaling-limits.js'
import { Recommendations } from './stabilization.js'
import type { SteadyPods } from './steady-pods.js'

export class AutoscalerMemory {
  readonly recommendations = new Recommendations()
  readonly ups = new ScaleEvents()
  readonly downs = new ScaleEvents()
  readonly conditions = new KnownConditions()
  /** What was read of the latest spec. */
  plan: AutoscalerPlan | undefined
  /** The target at the latest look. */
  target: KnownTarget | undefined
  /** The latest selector that was read, by its text. */
  selector: { readonly text: string; readonly read: CompiledSelector } | undefined
  /** The selector that other autoscalers know this one by. */
  controlled: CompiledSelector | undefined
  /** Sets of labels that no other autoscaler selected, at which version of all selectors. */
  #aloneWith: readonly Labels[] | undefined
  #aloneAt = 0
  /** What is known of the pods while none of them changes. */
  steadyPods: SteadyPods | undefined
  /** What the metrics asked for at the latest look; undefined when they could not be told or did not matter. */
  wanted: number | undefined
  /** Where its looks are told. */
  account: AutoscalingAccount | undefined

  /** Whether it was found alone with these labels, and no selector has changed since. */
  isAloneWith(labels: readonly Labels[], version: number): boolean {
    const known = this.#aloneWith
    if (known === undefined || this.#aloneAt !== version) return false
    if (known === labels) return true
    if (known.length !== labels.length) return false
    // Equal labels are one object.
    for (let i = 0; i < labels.length; i++) if (known[i] !== labels[i]) return false
    this.#aloneWith = labels
    return true
  }

  foundAlone(labels: readonly Labels[], version: number): void {
    this.#aloneWith = labels
    this.#aloneAt = version
  }

  /** The size was changed: later policies count it. */
  resized(before: number, after: number, now: SimTime): void {
    const behavior = this.plan?.behavior
    if (behavior === undefined) return
    if (after > before) this.ups.store(after - before, longestPeriod(behavior.scaleUp), now)
    else this.downs.store(before - after, longestPeriod(behavior.scaleDown), now)
  }
}
