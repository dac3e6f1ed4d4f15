import type { SimTime } from '../kernel/time.js'
import { NEVER, SECOND } from '../kernel/time.js'
import type { LabelSetId, NamespaceId, PodId } from './ids.js'

/** What is measured of a pod, in the order of a group's values. */
export const Measure = { MilliCPU: 0, MemoryBytes: 1, RequestsPerSecond: 2, Waiting: 3 } as const
export type Measure = (typeof Measure)[keyof typeof Measure]

/** By measure. */
export type LoadValues = readonly [number, number, number, number]

const MEASURES = 4
/** Behind the measures of a change stand by how much more requests wait each second, and its time. */
const GROWTH = MEASURES
const TIME = MEASURES + 1
const WIDTH = MEASURES + 2

/**
 * What each of some pods does of late: equal for all of them, constant between changes but for a number of waiting
 * requests, which may be a straight line.
 */
export class LoadGroup {
  readonly namespace: NamespaceId
  readonly labels: LabelSetId
  /** The container that does it; empty: the first one. */
  readonly container: string
  /** Changes, oldest first, WIDTH numbers for each: what holds from then on. */
  readonly #changes: number[] = []

  constructor(namespace: NamespaceId, labels: LabelSetId, container: string) {
    this.namespace = namespace
    this.labels = labels
    this.container = container
  }

  get changedAt(): SimTime {
    const changes = this.#changes
    return changes.length === 0 ? 0 : changes[changes.length - WIDTH + TIME]
  }

  /** The value from the last change on. */
  latest(measure: Measure): number {
    const changes = this.#changes
    return changes.length === 0 ? 0 : changes[changes.length - WIDTH + measure]
  }

  /** Whether it will do something else without being told. */
  get isGrowing(): boolean {
    const changes = this.#changes
    return changes.length > 0 && changes[changes.length - WIDTH + GROWTH] !== 0
  }

  valueAt(measure: Measure, at: SimTime): number {
    const changes = this.#changes
    for (let i = changes.length - WIDTH; i >= 0; i -= WIDTH) {
      if (changes[i + TIME] > at) continue
      const value = changes[i + measure]
      return measure === Measure.Waiting ? value + this.#grown(i, at) : value
    }
    return 0
  }

  #grown(place: number, at: SimTime): number {
    const changes = this.#changes
    const growth = changes[place + GROWTH]
    return growth === 0 ? 0 : (growth * (at - changes[place + TIME])) / SECOND
  }

  /** The integral over (from, to], in units times microseconds. */
  integral(measure: Measure, from: SimTime, to: SimTime): number {
    const changes = this.#changes
    let sum = 0
    let end = to
    for (let i = changes.length - WIDTH; i >= 0 && end > from; i -= WIDTH) {
      const start = Math.max(changes[i + TIME], from)
      if (start >= end) continue
      sum += changes[i + measure] * (end - start)
      if (measure === Measure.Waiting) sum += this.#grown(i, (start + end) / 2) * (end - start)
      end = start
    }
    return sum
  }

  /** Answers whether anything changed. What lies before `keepFrom` is forgotten. */
  set(at: SimTime, values: LoadValues, keepFrom: SimTime, waitingGrowthPerSecond: number): boolean {
    const changes = this.#changes
    const { length } = changes
    const last = length - WIDTH
    let place = length
    if (length > 0) {
      let same = waitingGrowthPerSecond === 0 && changes[last + GROWTH] === 0
      for (let i = 0; i < MEASURES; i++) if (changes[last + i] !== values[i]) same = false
      if (same) return false
      place = changes[last + TIME] === at ? last : length - this.#forget(keepFrom)
    }
    for (let i = 0; i < MEASURES; i++) changes[place + i] = values[i]
    changes[place + GROWTH] = waitingGrowthPerSecond
    changes[place + TIME] = at
    if (changes.length > place + WIDTH) changes.length = place + WIDTH
    return true
  }

  /** Moves changes down over those that the next one has come before; answers by how much. */
  #forget(keepFrom: SimTime): number {
    const changes = this.#changes
    const { length } = changes
    let old = 0
    while (old + WIDTH < length && changes[old + WIDTH + TIME] <= keepFrom) old += WIDTH
    if (old > 0) for (let i = old; i < length; i++) changes[i - old] = changes[i]
    return old
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

/** Told of what changes the memory that pods use. */
export interface LoadMemoryListener {
  /** A pod has come into a group or left one. */
  membershipChanged(pod: PodId): void
  memoryChanged(group: LoadGroup): void
}

const NO_MEMBERSHIPS: readonly Membership[] = []
/** The source of pods that do nothing. */
const NOTHING = {}

/**
 * What pods do, as traffic and usage profiles have it: written by the network and the usage component, sampled by
 * metrics-server later than that, so the past is kept for a while.
 */
export class PodLoads {
  /** By row: the one group that the pod was ever in, as far back as anybody may ask. */
  readonly #single: (Membership | undefined)[] = []
  /** Of pods that were in several. */
  readonly #several = new Map<PodId, Membership[]>()
  readonly #pairs = new Map<object, Map<LoadGroup, object>>()
  /** By set of labels. */
  readonly #moves: number[] = []
  readonly #listeners: LoadListener[] = []
  /** Whoever keeps account of the memory in use; absent: nobody. */
  memoryListener: LoadMemoryListener | undefined
  /** How far back anybody may ask. */
  horizon: SimTime = 0

  listen(listener: LoadListener): void {
    this.#listeners.push(listener)
  }

  set(group: LoadGroup, at: SimTime, values: LoadValues, waitingGrowthPerSecond = 0): void {
    const memory = group.latest(Measure.MemoryBytes)
    if (!group.set(at, values, at - this.horizon, waitingGrowthPerSecond)) return
    if (values[Measure.MemoryBytes] !== memory) this.memoryListener?.memoryChanged(group)
    for (const listener of this.#listeners) listener(group.namespace, group.labels, at)
  }

  /** Something that is no load has changed what pods with these labels are measured to do. */
  tell(namespace: NamespaceId, labels: LabelSetId, at: SimTime): void {
    this.#count(labels)
    for (const listener of this.#listeners) listener(namespace, labels, at)
  }

  /** Nothing is said of the pod. */
  isIdle(pod: PodId): boolean {
    return this.#single[pod] === undefined && !this.#several.has(pod)
  }

  /**
   * What the pod has done from `since` on, told by identity: pods that have been in the same groups all that time have
   * the same. Undefined when it has come into a group since, or left one.
   */
  steadySource(pod: PodId, since: SimTime): object | undefined {
    const single = this.#single[pod]
    if (single !== undefined && single.until === NEVER) return single.from <= since ? single.group : undefined
    let source: object = NOTHING
    for (const { group, from, until } of this.of(pod)) {
      if (until <= since) continue
      if (from > since || until !== NEVER) return undefined
      source = source === NOTHING ? group : this.#together(source, group)
    }
    return source
  }

  /** Counts how often a pod with these labels came into a group or left one. */
  movesOf(labels: LabelSetId): number {
    return this.#moves[labels] ?? 0
  }

  #together(source: object, group: LoadGroup): object {
    let pairs = this.#pairs.get(source)
    if (pairs === undefined) {
      pairs = new Map()
      this.#pairs.set(source, pairs)
    }
    let pair = pairs.get(group)
    if (pair === undefined) {
      pair = {}
      pairs.set(group, pair)
    }
    return pair
  }

  #count(labels: LabelSetId): void {
    while (this.#moves.length <= labels) this.#moves.push(0)
    this.#moves[labels]++
  }

  /** Whether the pods' answers over a window that began at `since` would be others over a later one. */
  isMoving(pod: PodId, since: SimTime, startedAt: SimTime): boolean {
    const single = this.#single[pod]
    if (single !== undefined) return isMoving(single, since, startedAt)
    for (const membership of this.#several.get(pod) ?? NO_MEMBERSHIPS)
      if (isMoving(membership, since, startedAt)) return true
    return false
  }

  /** Whether a load of the pod uses any memory. */
  usesMemory(pod: PodId): boolean {
    return this.of(pod).some(({ group, until }) => until === NEVER && group.latest(Measure.MemoryBytes) > 0)
  }

  /** What a container does now; the first one also what is said of the pod. */
  valueNow(pod: PodId, container: string, isFirst: boolean, measure: Measure): number {
    let sum = 0
    for (const { group, until } of this.of(pod)) {
      const isMeant = group.container === '' ? isFirst : group.container === container
      if (isMeant && until === NEVER) sum += group.latest(measure)
    }
    return sum
  }

  /** A container's integral over (from, to]; that of the first one has also what is said of the pod. */
  integral(
    pod: PodId,
    container: string,
    isFirst: boolean,
    measure: Measure,
    from: SimTime,
    to: SimTime,
  ): number {
    const single = this.#single[pod]
    if (single !== undefined) {
      return isOf(single, container, isFirst) ? integral(single, measure, from, to) : 0
    }
    let sum = 0
    for (const membership of this.#several.get(pod) ?? NO_MEMBERSHIPS)
      if (isOf(membership, container, isFirst)) sum += integral(membership, measure, from, to)
    return sum
  }

  of(pod: PodId): readonly Membership[] {
    const single = this.#single[pod]
    return single === undefined ? (this.#several.get(pod) ?? NO_MEMBERSHIPS) : [single]
  }

  join(pod: PodId, group: LoadGroup, at: SimTime): void {
    const keepFrom = at - this.horizon
    this.#count(group.labels)
    const kept = this.of(pod).filter(({ until }) => until > keepFrom)
    const membership = { group, from: at, until: NEVER }
    if (kept.length === 0) {
      this.#several.delete(pod)
      // Rows are filled in order, so that the list has no holes.
      while (this.#single.length < pod) this.#single.push(undefined)
      this.#single[pod] = membership
    } else {
      kept.push(membership)
      this.#single[pod] = undefined
      this.#several.set(pod, kept)
    }
    this.memoryListener?.membershipChanged(pod)
  }

  leave(pod: PodId, group: LoadGroup, at: SimTime): void {
    for (const membership of this.of(pod)) {
      if (membership.group !== group || membership.until !== NEVER) continue
      membership.until = at
      this.#count(group.labels)
    }
    this.memoryListener?.membershipChanged(pod)
  }

  /** The pod is no more. */
  forget(pod: PodId): void {
    for (const { group } of this.of(pod)) this.#count(group.labels)
    if (pod < this.#single.length) this.#single[pod] = undefined
    this.#several.delete(pod)
  }
}

function isOf({ group }: Membership, container: string, isFirst: boolean): boolean {
  return group.container === '' ? isFirst : group.container === container
}

function integral({ group, from, until }: Membership, measure: Measure, since: SimTime, to: SimTime): number {
  return group.integral(measure, Math.max(since, from), Math.min(to, until))
}

function isMoving({ group, from, until }: Membership, since: SimTime, startedAt: SimTime): boolean {
  if (until !== NEVER ? until > since : group.changedAt > since || group.isGrowing) return true
  return from > since && from > startedAt
}
