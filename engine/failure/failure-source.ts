/**
 * One source of failures: keeps its subjects as they come and go, strikes each at its times, and mends it.
 * A subject that goes while it is struck is simply gone; what comes later under its name goes on counting.
 *
 * Upstream: what happens to real clusters; no file of Kubernetes.
 * Simplified: a pod is a subject from its first Running on, a domain from its first node on.
 */
import { type EventHandle, NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { type Stream, Streams } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { FailureSettings } from '../model/failures.js'
import { parseSelector } from '../model/selector-text.js'
import type { ObservedFailure } from '../record/failures-record.js'
import { Change, Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import { type LabelSetId, type NodeId, Phase, type PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { FailureEffect, FailureTarget } from './failure-model.js'
import { FailureTimes } from './failure-timing.js'

/** One thing that can fail. */
interface Subject {
  readonly name: string
  readonly position: number
  /** Row of the node or pod, or -1. */
  readonly row: number
  readonly uid: number
  /** Failures so far. */
  count: number
  pending: EventHandle
  /** Whom the failure under way has struck. */
  struck: FailureTarget | undefined
  since: SimTime
}

/** Told of every failure when it is over, and of those still under way at the end with NEVER. */
export interface FailureSink {
  failure(observed: ObservedFailure): void
  /** It begins for these nodes. */
  struck(failure: string, nodes: readonly NodeId[]): void
  /** It is over for them. */
  mended(failure: string, nodes: readonly NodeId[]): void
}

export interface FailureSourceOptions {
  readonly kernel: Kernel
  readonly state: ClusterState
  readonly informer: Informer
  readonly settings: FailureSettings
  readonly effect: FailureEffect
  readonly endsWithSubject: boolean
  /** Names of the node pools, by index. */
  readonly pools: readonly string[]
  readonly sink: FailureSink
}

export class FailureSource {
  readonly #options: FailureSourceOptions
  readonly #times: FailureTimes
  readonly #choice: Stream
  readonly #strikeKind: EventKind
  readonly #mendKind: EventKind
  /** By number; those that have gone are undefined. */
  readonly #subjects: (Subject | undefined)[] = []
  readonly #byRow = new Map<number, number>()
  readonly #byName = new Map<string, number>()
  /** Failures of names that have gone and may come back. */
  readonly #counts = new Map<string, number>()

  constructor(options: FailureSourceOptions) {
    const { kernel, settings } = options
    const streams = new Streams(kernel.seed)
    const path = `failures/${settings.name}`
    this.#options = options
    this.#times = new FailureTimes(settings.timing, streams.keyed(path))
    this.#choice = streams.stream(`${path}/choice`)
    this.#strikeKind = kernel.on(`${path}/Strike`, Rank.Failure, number => this.#strike(number))
    this.#mendKind = kernel.on(`${path}/Mend`, Rank.Failure, number => this.#mend(number))
    this.#watch()
    this.#planFixedTimes()
  }

  /** Reports what is still under way when the run ends. */
  finish(): void {
    for (const subject of this.#subjects) if (subject?.struck !== undefined) this.#report(subject, NEVER)
  }

  #watch(): void {
    const { informer, settings } = this.#options
    const { kind } = settings.subjects
    if (kind === 'cluster') this.#add('cluster', -1, 0)
    if (kind === 'nodes' || kind === 'domains') {
      informer.subscribe(Source.Nodes, Change.Added | Change.Deleted, (row, fields) => {
        if ((fields & Change.Deleted) !== 0) this.#remove(row)
        else this.#nodeAppeared(row as NodeId)
      })
    }
    if (settings.subjects.kind === 'pods') {
      const { namespace, selector: text } = settings.subjects
      const selector = parseSelector(text)
      if ('error' in selector) return
      const { pods, labelSets } = this.#options.state
      const where = this.#options.state.namespaceId(namespace)
      informer.subscribe(Source.Pods, Change.Phase | Change.Deleted, (row, fields) => {
        const pod = row as PodId
        if ((fields & Change.Deleted) !== 0) this.#remove(row)
        else if (pods.exists(pod) && pods.phase[pod] === Phase.Running && pods.namespace[pod] === where) {
          const isMeant = !this.#byRow.has(row) && selector.matches(labelSets.get(pods.labelsOf(pod)))
          if (isMeant) this.#add(pods.name[pod] as string, row, pods.uid[pod])
        }
      })
    }
  }

  #nodeAppeared(node: NodeId): void {
    const { state, settings, pools } = this.#options
    const { nodes, labelSets } = state
    if (!nodes.exists(node)) return
    const { subjects } = settings
    const labels = labelSets.get(nodes.labels[node] as LabelSetId)
    if (subjects.kind === 'domains') {
      const value = labels[subjects.label]
      if (value !== undefined && !this.#byName.has(value)) this.#add(value, -1, 0)
    } else if (subjects.kind === 'nodes') {
      const isOfPool = subjects.pools.length === 0 || subjects.pools.includes(pools[nodes.pool[node]])
      const isMeant = isOfPool && Object.entries(subjects.labels).every(([key, text]) => labels[key] === text)
      if (isMeant) this.#add(nodes.name[node] as string, node, nodes.uid[node])
    }
  }

  #add(name: string, row: number, uid: number): void {
    const number = this.#subjects.length
    const count = this.#counts.get(name) ?? 0
    const subject = {
      name,
      position: number,
      row,
      uid,
      count,
      pending: NO_EVENT,
      struck: undefined,
      since: 0,
    }
    this.#subjects.push(subject)
    this.#byName.set(name, number)
    if (row >= 0) this.#byRow.set(row, number)
    this.#planNext(subject)
  }

  #remove(row: number): void {
    const number = this.#byRow.get(row)
    if (number === undefined) return
    const subject = this.#subjects[number]
    this.#byRow.delete(row)
    this.#subjects[number] = undefined
    if (subject === undefined) return
    const { kernel } = this.#options
    if (subject.pending !== NO_EVENT) kernel.cancel(subject.pending)
    if (subject.struck !== undefined) this.#report(subject, kernel.now)
    this.#byName.delete(subject.name)
    this.#counts.set(subject.name, subject.count + (subject.struck === undefined ? 0 : 1))
  }

  #planNext(subject: Subject): void {
    const { kernel } = this.#options
    const next = this.#times.next(subject.name, subject.position, subject.count, kernel.now)
    subject.pending =
      next === undefined ? NO_EVENT : kernel.schedule(next.at, this.#strikeKind, subject.position)
  }

  /** Failures at fixed times choose among the subjects of that moment. */
  #planFixedTimes(): void {
    const { kernel, settings } = this.#options
    const { timing } = settings
    if (timing.kind !== 'at') return
    const choose = kernel.on(`failures/${settings.name}/Choose`, Rank.Failure, () => {
      const well = this.#subjects.filter(subject => subject !== undefined && subject.struck === undefined)
      const count = timing.pick === 0 ? well.length : Math.min(timing.pick, well.length)
      for (let i = 0; i < count; i++) {
        const [subject] = well.splice(timing.pick === 0 ? 0 : this.#choice.integer(well.length), 1)
        if (subject !== undefined) this.#strike(subject.position)
      }
    })
    for (const at of timing.times) kernel.schedule(at, choose, 0)
  }

  #strike(number: number): void {
    const { kernel, effect, settings, sink } = this.#options
    const subject = this.#subjects[number]
    if (subject === undefined || subject.struck !== undefined) return
    subject.pending = NO_EVENT
    subject.struck = this.#target(subject)
    subject.since = kernel.now
    const lasts = this.#lasts(subject)
    sink.struck(settings.name, subject.struck.nodes)
    effect.strike(subject.struck, lasts)
    if (lasts === NEVER) return
    subject.pending = kernel.schedule(kernel.now + lasts, this.#mendKind, number)
  }

  #lasts(subject: Subject): SimTime {
    const { settings, endsWithSubject } = this.#options
    const { timing } = settings
    if (endsWithSubject) return NEVER
    if (timing.kind === 'recorded') return timing.outages[subject.position].lasts[subject.count]
    return this.#times.duration(subject.name, subject.count)
  }

  #mend(number: number): void {
    const subject = this.#subjects[number]
    if (subject?.struck === undefined) return
    const { state, effect, kernel, settings, sink } = this.#options
    const { nodes, pods } = subject.struck
    sink.mended(settings.name, nodes)
    effect.mend({
      nodes: nodes.filter(node => state.nodes.exists(node)),
      pods: pods.filter(pod => state.pods.exists(pod) && state.pods.uid[pod] === subject.uid),
    })
    this.#report(subject, kernel.now)
    subject.struck = undefined
    subject.pending = NO_EVENT
    subject.count++
    this.#planNext(subject)
  }

  #target({ name, row }: Subject): FailureTarget {
    const { state, settings } = this.#options
    const { subjects } = settings
    if (subjects.kind === 'nodes') return { nodes: [row as NodeId], pods: [] }
    if (subjects.kind === 'pods') return { nodes: [], pods: [row as PodId] }
    const all: NodeId[] = []
    for (let node = 0; node < state.nodes.highWater; node++) {
      if (!state.nodes.exists(node as NodeId)) continue
      const labels = state.labelSets.get(state.nodes.labels[node] as LabelSetId)
      if (subjects.kind === 'cluster' || labels[subjects.label] === name) all.push(node as NodeId)
    }
    return { nodes: all, pods: [] }
  }

  #report({ name, struck, since }: Subject, to: SimTime): void {
    const { settings, sink } = this.#options
    const { nodes = [], pods = [] } = struck ?? {}
    const counts = { nodes: nodes.length, pods: pods.length }
    sink.failure({ failure: settings.name, model: settings.model, subject: name, from: since, to, ...counts })
  }
}
