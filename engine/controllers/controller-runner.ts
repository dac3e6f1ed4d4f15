/**
 * Runs one controller: its watches fill its work queue, its workers reconcile keys, and its client's limits decide
 * how long a worker stays busy. A restart forgets queue, expectations and caches, and lists everything again.
 *
 * Upstream: processNextWorkItem of the controllers in pkg/controller, client-go/rest client limits (1.36).
 * Simplified: see controller.ts.
 */
import { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import { EventRecorder, type EventSink } from '../apiserver/event-recorder.js'
import { invariant } from '../kernel/invariant.js'
import { type EventHandler, type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import { WorkQueue } from '../kernel/work-queue.js'
import type { FindZone } from '../model/cron.js'
import type { ControlPlaneSettings } from '../model/defaults.js'
import type { MetricsApi } from '../model/metrics-api.js'
import type { WallClock } from '../model/wall-clock.js'
import { Change, Source } from '../state/change-log.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'
import type { ChangeHandler, Informer } from '../state/informer.js'
import type { ClaimUsers } from './claim-users.js'
import {
  type AutoscalingSink,
  type ControllerContext,
  type ControllerDefinition,
  DONE,
  type KeyQueue,
  type ReconcileResult,
  type Reconciler,
  type Watch,
} from './controller.js'
import { Expectations } from './expectations.js'
import type { LabelMatches } from './label-matches.js'
import type { LabelledPods } from './labelled-pods.js'
import type { OrphanPods } from './orphan-pods.js'
import type { OwnedObjects } from './owned-objects.js'
import { type BatchOutcome, PodControl } from './pod-control.js'

/** What all controllers of one process share. */
export interface ControllerEnvironment {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly orphans: OrphanPods
  readonly owned: OwnedObjects
  readonly labels: LabelMatches
  readonly labelled: LabelledPods
  readonly claimUsers: ClaimUsers
  readonly clock: WallClock
  readonly metrics: MetricsApi
  readonly zones: FindZone
  readonly settings: ControlPlaneSettings
  readonly events: EventSink
  readonly autoscalings: AutoscalingSink
}

/** Retries that could find nothing are left out. */
class RetryingQueue extends WorkQueue implements KeyQueue {
  addInVain(): void {}
}

/** A watch and what is done about its changes. */
interface HeardWatch {
  readonly watch: Watch
  readonly changed: ChangeHandler
}

export class ControllerRunner {
  readonly name: string
  readonly #definition: ControllerDefinition
  readonly #environment: ControllerEnvironment
  readonly #queue: RetryingQueue
  readonly #watches: readonly HeardWatch[]
  /** Counts restarts: events of an earlier life are not heard. */
  #life = 0
  #isStopped = false
  #client: ApiClient
  #reconciler: Reconciler
  /** When the requests of the reconciliation under way will have been answered. */
  #paidUntil: SimTime = 0
  /** Results of keys whose requests are still being paid for; none of those that are just done. */
  #unsettled = new Map<number, ReconcileResult>()
  #settle: EventKind = 0

  constructor(definition: ControllerDefinition, args: object, environment: ControllerEnvironment) {
    const { kernel } = environment
    const { retryDelay } = definition
    this.name = definition.name
    this.#definition = { ...definition, args: { ...definition.args, ...args } }
    this.#environment = environment
    this.#queue = new RetryingQueue(kernel, {
      name: `controllers/${definition.name}`,
      rank: Rank.Controller,
      workers: definition.workers,
      ...(retryDelay === undefined ? {} : { baseDelay: retryDelay.first, maxDelay: retryDelay.longest }),
      process: key => this.#process(key),
    })
    this.#client = this.#newClient()
    this.#reconciler = this.#begin()
    this.#watches = definition.watches.map(watch => ({ watch, changed: this.#hearingOf(watch) }))
    for (const heard of this.#watches) this.#subscribe(heard)
    this.#list()
  }

  /** What the watch does about a change of a row of its kind. */
  #hearingOf(watch: Watch): ChangeHandler {
    const { kernel, api } = this.#environment
    const { source } = watch
    if (watch.key === undefined)
      return (row, fields) => {
        if (!this.#isStopped) this.#reconciler.changed?.(source, row, fields, kernel.now)
      }
    return row => {
      const key = this.#isStopped ? NONE : (watch.key?.(api.state, row) ?? NONE)
      if (key !== NONE) this.#queue.add(key)
    }
  }

  #subscribe({ watch, changed }: HeardWatch): void {
    const { informer, api } = this.#environment
    const { source, fields, kind } = watch
    const subscription = informer.subscribe(source, fields, changed, kind === undefined ? undefined : [kind])
    if (watch.onlyWith === undefined) return
    subscription.ask(0)
    api.state.objects.whenFirst(watch.onlyWith, () => subscription.ask(fields))
  }

  /** As when the process dies: what is under way is lost, and nothing is heard until {@link restart}. */
  stop(): void {
    this.#isStopped = true
    this.#life++
    this.#queue.clear()
    this.#unsettled.clear()
  }

  /** As when the process dies and comes back: everything in memory is gone, the store is listed anew. */
  restart(): void {
    this.#isStopped = false
    this.#queue.clear()
    this.#unsettled.clear()
    this.#client = this.#newClient()
    this.#reconciler = this.#begin()
    this.#list()
  }

  #newClient(): ApiClient {
    const { kernel, settings } = this.#environment
    const { qps, burst } = settings.controllerManagerClient
    const { clientScale = { qps: 1, burst: 1 } } = this.#definition
    const limit = { qps: qps * clientScale.qps, burst: burst * clientScale.burst }
    return new ApiClient(kernel, limit, settings.requestLatency)
  }

  #begin(): Reconciler {
    const life = ++this.#life
    const { kernel, api, events: sink } = this.#environment
    const on = (name: string, handler: EventHandler): EventKind =>
      kernel.on(this.#kindName(name, life), Rank.Controller, (subject, argument) => {
        if (life === this.#life) handler(subject, argument)
      })
    const client = this.#client
    const events = new EventRecorder(this.#definition.source, client, sink, { now: () => kernel.now, on })
    this.#settle = on('answered', key => this.#settlePaid(key))
    const finished = (key: number, outcome: BatchOutcome): void => this.#resume(key, outcome)
    const context: ControllerContext = {
      ...this.#environment,
      state: api.state,
      queue: this.#queue,
      events,
      client,
      expectations: new Expectations(),
      pods: new PodControl({ kernel, api, client, events, on, finished, answeredAt: () => this.#paidUntil }),
      charge: (requests = 1) => this.#charge(requests),
      on,
    }
    return this.#definition.create(context, this.#definition.args)
  }

  #kindName(name: string, life: number): string {
    const suffix = life === 1 ? '' : `#${life}`
    return `controllers/${this.name}/${name}${suffix}`
  }

  /** The first list of an informer: every row there is counts as added. */
  #list(): void {
    const { state } = this.#environment.api
    for (const heard of this.#watches) {
      const { watch } = heard
      if ((watch.fields & Change.Added) === 0) continue
      if (watch.source === Source.Objects) {
        for (const id of this.#objectsOf(watch.kind)) this.#listed(heard, id)
      } else if (watch.source === Source.Pods) {
        const { pods } = state
        for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) this.#listed(heard, row)
      } else {
        const { nodes } = state
        for (let row = 0; row < nodes.highWater; row++)
          if (nodes.exists(row as NodeId)) this.#listed(heard, row)
      }
    }
    this.#reconciler.start?.(this.#environment.kernel.now)
  }

  /** Without a kind all objects there are. */
  #objectsOf(kind: string | undefined): Iterable<ObjectId> {
    const { objects } = this.#environment.api.state
    if (kind !== undefined) return objects.ofKind(kind)
    const rows = Array.from({ length: objects.highWater }, (_, row) => row as ObjectId)
    return rows.filter(id => objects.exists(id))
  }

  #listed({ watch, changed }: HeardWatch, row: number): void {
    if (this.#isSeen(watch.source, row)) changed(row, Change.Added)
  }

  /** What the informer has not seen yet it will report by itself. */
  #isSeen(source: Source, row: number): boolean {
    const { informer, api } = this.#environment
    const { pods, nodes, objects } = api.state
    if (source === Source.Pods) return informer.sees(pods.createdSequence[row], 0)
    const table = source === Source.Nodes ? nodes : objects
    return informer.sees(table.createdSequence[row], 0)
  }

  #process(key: number): void {
    const { now } = this.#environment.kernel
    this.#paidUntil = now
    this.#finish(key, this.#reconciler.reconcile(key, now))
  }

  #resume(key: number, outcome: BatchOutcome): void {
    const { now } = this.#environment.kernel
    this.#paidUntil = now
    invariant(this.#reconciler.resume !== undefined, 'a controller that asks for pods goes on after them')
    this.#finish(key, this.#reconciler.resume(key, outcome, now))
  }

  /** Requests of one reconciliation follow one another, each after the answer to the one before. */
  #charge(requests: number): void {
    const answerDelay = this.#client.latency === 0 ? 0 : (this.#definition.answerDelay ?? 0)
    for (let i = 0; i < requests; i++) this.#paidUntil = this.#client.charge(this.#paidUntil) + answerDelay
  }

  #finish(key: number, result: ReconcileResult): void {
    if (result.outcome === 'working') return
    const { kernel } = this.#environment
    if (this.#paidUntil > kernel.now) {
      if (result !== DONE) this.#unsettled.set(key, result)
      kernel.schedule(this.#paidUntil, this.#settle, key)
    } else this.#settleKey(key, result)
  }

  #settlePaid(key: number): void {
    const result = this.#unsettled.size === 0 ? undefined : this.#unsettled.get(key)
    if (result !== undefined) this.#unsettled.delete(key)
    this.#settleKey(key, result ?? DONE)
  }

  #settleKey(key: number, result: ReconcileResult): void {
    const { maxRetries } = this.#definition
    if (result.outcome === 'done') {
      this.#queue.forget(key)
      if (result.after > 0) this.#queue.addAfter(key, result.after)
    } else if (maxRetries === undefined || this.#queue.numRequeues(key) < maxRetries) {
      this.#queue.addRateLimited(key)
    } else {
      this.#queue.forget(key)
    }
    this.#queue.done(key)
  }
}
