import type { SimTime } from '../kernel/time.js'
import { NEVER } from '../kernel/time.js'
import type { LabelSetId, NamespaceId, PodId } from './ids.js'

/** What is measured of a pod, in the order of a group's values. */
export const Measure = { MilliCPU: 0, MemoryBytes: 1, RequestsPerSecond: 2, Waiting: 3 } as const
export type Measure = (typeof Measure)[keyof typeof Measure]

const MEASURES = 4

/** What each of some pods does of late: equal for all of them, constant between changes. */
export class LoadGroup {
  readonly namespace: NamespaceId
  readonly labels: LabelSetId
  /** The container that does it; empty: the first one. */
  readonly container: string
  /** Times of changes, oldest first, and the values from then on, MEASURES for each. */
  #times: SimTime[] = []
  #values: number[] = []

  constructor(namespace: NamespaceId, labels: LabelSetId, container: string) {
    this.namespace = namespace
    this.labels = labels
    this.container = container
  }

  get changedAt(): SimTime {
    return this.#times.length === 0 ? 0 : this.#times[this.#times.length - 1]
  }

  valueAt(measure: Measure, at: SimTime): number {
    for (let i = this.#times.length - 1; i >= 0; i--) {
      if (this.#times[i] <= at) return this.#values[i * MEASURES + measure]
    }
    return 0
  }

  /** The integral over (from, to], in units times microseconds. */
  integral(measure: Measure, from: SimTime, to: SimTime): number {
    let sum = 0
    let end = to
    for (let i = this.#times.length - 1; i >= 0 && end > from; i--) {
      const start = Math.max(this.#times[i], from)
      if (start >= end) continue
      sum += this.#values[i * MEASURES + measure] * (end - start)
      end = start
    }
    return sum
  }

  /** Answers whether anything changed. What lies before `keepFrom` is forgotten. */
  set(at: SimTime, values: readonly [number, number, number, number], keepFrom: SimTime): boolean {
    const count = this.#times.length
    if (count > 0) {
      const last = (count - 1) * MEASURES
      let same = true
      for (let i = 0; i < MEASURES; i++) if (this.#values[last + i] !== values[i]) same = false
      if (same) return false
      if (this.#times[count - 1] === at) {
        for (let i = 0; i < MEASURES; i++) this.#values[last + i] = values[i]
        return true
      }
    }
    let old = 0
    while (old + 1 < count && this.#times[old + 1] <= keepFrom) old++
    if (old > 0) {
      this.#times.splice(0, old)
      this.#values.splice(0, old * MEASURES)
    }
    this.#times.push(at)
    this.#values.push(...values)
    return true
  }
}

/** A pod's time in a group. */
export interface Membership {
  readonly group: LoadGroup
  readonly from: SimTime
  /** NEVER: still in it. */
  until: SimTime
}

/** Told when what pods of one set of labels do has changed. */
export type LoadListener = (namespace: NamespaceId, labels: LabelSetId, at: SimTime) => void

const NO_MEMBERSHIPS: readonly Membership[] = []

/**
 * What pods do, as traffic and usage profiles have it: written by the network and the usage component, sampled by
 * metrics-server later than that, so the past is kept for a while.
 */
export class PodLoads {
  readonly #memberships = new Map<PodId, Membership[]>()
  readonly #listeners: LoadListener[] = []
  /** How far back anybody may ask. */
  horizon: SimTime = 0

  listen(listener: LoadListener): void {
    this.#listeners.push(listener)
  }

  set(group: LoadGroup, at: SimTime, values: readonly [number, number, number, number]): void {
    if (!group.set(at, values, at - this.horizon)) return
    for (const listener of this.#listeners) listener(group.namespace, group.labels, at)
  }

  /** The one group that the pod has been in from `since` on; undefined when there are others, or none. */
  steadyGroup(pod: PodId, since: SimTime): LoadGroup | undefined {
    const list = this.#memberships.get(pod)
    if (list?.length !== 1) return undefined
    const [{ group, from, until }] = list
    return from <= since && until === NEVER ? group : undefined
  }

  /** Whether the pods' answers over a window that began at `since` would be others over a later one. */
  isMoving(pod: PodId, since: SimTime, startedAt: SimTime): boolean {
    for (const { group, from, until } of this.of(pod)) {
      if (until !== NEVER ? until > since : group.changedAt > since) return true
      if (from > since && from > startedAt) return true
    }
    return false
  }

  of(pod: PodId): readonly Membership[] {
    return this.#memberships.get(pod) ?? NO_MEMBERSHIPS
  }

  join(pod: PodId, group: LoadGroup, at: SimTime): void {
    const list = this.#memberships.get(pod)
    if (list === undefined) {
      this.#memberships.set(pod, [{ group, from: at, until: NEVER }])
      return
    }
    const keepFrom = at - this.horizon
    const kept = list.filter(({ until }) => until > keepFrom)
    kept.push({ group, from: at, until: NEVER })
    this.#memberships.set(pod, kept)
  }

  leave(pod: PodId, group: LoadGroup, at: SimTime): void {
    for (const membership of this.#memberships.get(pod) ?? []) {
      if (membership.group === group && membership.until === NEVER) membership.until = at
    }
  }

  /** The pod is no more. */
  forget(pod: PodId): void {
    this.#memberships.delete(pod)
  }
}
