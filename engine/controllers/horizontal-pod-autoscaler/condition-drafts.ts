/**
 * The conditions of an autoscaler as one look sets them, some of them twice: only what has become of them in the end is
 * written, and what stays as it was stays the same object.
 *
 * Upstream: setCondition in pkg/controller/podautoscaler/horizontal.go (1.36): conditions stay in the order of their
 * first appearance, and a transition on the way counts, even one that is taken back.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { Condition, ConditionStatus } from '../../model/conditions.js'

export const AutoscalerCondition = { AbleToScale: 0, ScalingActive: 1, ScalingLimited: 2 } as const
export type AutoscalerCondition = (typeof AutoscalerCondition)[keyof typeof AutoscalerCondition]

interface Draft {
  readonly type: string
  isSet: boolean
  /** Where it stands in the list before; -1: nowhere. */
  place: number
  status: ConditionStatus
  reason: string
  message: string
  lastTransitionTime: SimTime
}

export class ConditionDrafts {
  readonly #drafts: readonly Draft[] = ['AbleToScale', 'ScalingActive', 'ScalingLimited'].map(draftOf)
  /** Those that appear for the first time, in order. */
  readonly #added: Draft[] = []
  #before: readonly Condition[] = []
  #stamp: SimTime = 0

  /** @param stamp the moment as the API keeps it */
  begin(before: readonly Condition[], stamp: SimTime): void {
    this.#before = before
    this.#stamp = stamp
    this.#added.length = 0
    for (const draft of this.#drafts) draft.isSet = false
  }

  set(which: AutoscalerCondition, status: ConditionStatus, reason: string, message: string): void {
    const draft = this.#drafts[which]
    if (!draft.isSet) this.#start(draft, status)
    else if (draft.status !== status) draft.lastTransitionTime = this.#stamp
    draft.status = status
    draft.reason = reason
    draft.message = message
  }

  #start(draft: Draft, status: ConditionStatus): void {
    const list = this.#before
    let place = list.length - 1
    while (place >= 0 && list[place].type !== draft.type) place--
    const isStill = place >= 0 && list[place].status === status
    draft.isSet = true
    draft.place = place
    draft.lastTransitionTime = isStill ? list[place].lastTransitionTime : this.#stamp
    if (place < 0) this.#added.push(draft)
  }

  /** The conditions now; the list before when none has changed. */
  list(): readonly Condition[] {
    const before = this.#before
    let changed: Condition[] | undefined
    for (const draft of this.#drafts) {
      if (!draft.isSet || draft.place < 0 || isSame(draft, before[draft.place])) continue
      changed ??= before.slice()
      changed[draft.place] = conditionOf(draft)
    }
    for (const draft of this.#added) {
      changed ??= before.slice()
      changed.push(conditionOf(draft))
    }
    return changed ?? before
  }
}

function draftOf(type: string): Draft {
  return { type, isSet: false, place: -1, status: 'Unknown', reason: '', message: '', lastTransitionTime: 0 }
}

function isSame(draft: Draft, condition: Condition): boolean {
  return (
    draft.status === condition.status &&
    draft.reason === condition.reason &&
    draft.message === condition.message &&
    draft.lastTransitionTime === condition.lastTransitionTime
  )
}

function conditionOf({ type, status, reason, message, lastTransitionTime }: Draft): Condition {
  return { type, status, reason, message, lastTransitionTime }
}
