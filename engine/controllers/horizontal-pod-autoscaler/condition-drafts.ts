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

const TYPES = ['AbleToScale', 'ScalingActive', 'ScalingLimited'] as const

/** What a list of conditions says of one type. */
interface Said {
  /** Where it stands in the list; -1: nowhere. */
  place: number
  status: ConditionStatus
  reason: string
  message: string
}

/** What the conditions of one autoscaler say, read once and kept together: lists are replaced, never changed. */
export class KnownConditions {
  list: readonly Condition[] | undefined
  readonly said: readonly Said[] = TYPES.map(() => ({
    place: -1,
    status: 'Unknown',
    reason: '',
    message: '',
  }))

  read(list: readonly Condition[]): void {
    this.list = list
    for (let which = 0; which < TYPES.length; which++) {
      const said = this.said[which]
      said.place = list.findIndex(({ type }) => type === TYPES[which])
      if (said.place < 0) continue
      const { status, reason, message } = list[said.place]
      said.status = status
      said.reason = reason
      said.message = message
    }
  }
}

interface Draft extends Said {
  isSet: boolean
  /** Its status has been another one, before or on the way. */
  hasTurned: boolean
}

export class ConditionDrafts {
  readonly #drafts: readonly Draft[] = TYPES.map(draft)
  /** Those that appear for the first time, in order. */
  readonly #added: AutoscalerCondition[] = []
  #known = new KnownConditions()
  #stamp: SimTime = 0

  /** @param stamp the moment as the API keeps it */
  begin(before: readonly Condition[], known: KnownConditions, stamp: SimTime): void {
    if (known.list !== before) known.read(before)
    this.#known = known
    this.#stamp = stamp
    if (this.#added.length > 0) this.#added.length = 0
    for (const one of this.#drafts) one.isSet = false
  }

  set(which: AutoscalerCondition, status: ConditionStatus, reason: string, message: string): void {
    const one = this.#drafts[which]
    if (one.isSet) {
      if (one.status !== status) one.hasTurned = true
    } else {
      const said = this.#known.said[which]
      one.isSet = true
      one.place = said.place
      one.hasTurned = said.place < 0 || said.status !== status
      if (said.place < 0) this.#added.push(which)
    }
    one.status = status
    one.reason = reason
    one.message = message
  }

  /** Ends the look: the conditions now; the list before when none has changed. */
  finish(): readonly Condition[] {
    const { said, list: before = [] } = this.#known
    let changed: Condition[] | undefined
    for (let which = 0; which < TYPES.length; which++) {
      const one = this.#drafts[which]
      if (!one.isSet || one.place < 0 || isStill(one, said[which])) continue
      changed ??= before.slice()
      const since = one.hasTurned ? this.#stamp : before[one.place].lastTransitionTime
      changed[one.place] = conditionOf(TYPES[which], one, since)
    }
    for (const which of this.#added) {
      changed ??= before.slice()
      changed.push(conditionOf(TYPES[which], this.#drafts[which], this.#stamp))
    }
    if (changed === undefined) return before
    this.#known.read(changed)
    return changed
  }
}

function draft(): Draft {
  return { place: -1, status: 'Unknown', reason: '', message: '', isSet: false, hasTurned: false }
}

function isStill({ hasTurned, status, reason, message }: Draft, said: Said): boolean {
  return !hasTurned && said.status === status && said.reason === reason && said.message === message
}

function conditionOf(
  type: string,
  { status, reason, message }: Draft,
  lastTransitionTime: SimTime,
): Condition {
  return { type, status, reason, message, lastTransitionTime }
}
