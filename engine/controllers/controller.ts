/**
 * What a controller is: a name, what it watches, and a reconciler that brings one key closer to its spec. Level based:
 * a key says which object to look at, never what happened to it.
 *
 * Upstream: the shape all of pkg/controller has (informer, work queue, syncHandler), release 1.36.
 * Simplified: one process, no leader election; single writes of a reconciliation are made at its start and paid
 * for afterwards, so they are seen up to a few request latencies earlier than upstream's.
 */

import type { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import type { EventWriter } from '../apiserver/event-recorder.js'
import type { EventHandler, EventKind, Kernel } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { FindZone } from '../model/cron.js'
import type { MetricsApi } from '../model/metrics-api.js'
import type { WallClock } from '../model/wall-clock.js'
import type { ObservedAutoscaling } from '../record/autoscalers-record.js'
import type { Source } from '../state/change-log.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { Informer } from '../state/informer.js'
import type { ClaimUsers } from './claim-users.js'
import type { Expectations } from './expectations.js'
import type { LabelMatches } from './label-matches.js'
import type { LabelledPods } from './labelled-pods.js'
import type { OrphanPods } from './orphan-pods.js'
import type { OwnedObjects } from './owned-objects.js'
import type { BatchOutcome, PodControl } from './pod-control.js'

/** What a reconciliation asks for. */
export interface ReconcileResult {
  readonly outcome: 'done' | 'retry' | 'working'
  /** With `done`: look again so much later; 0: when something changes. */
  readonly after: SimTime
}

/** The state is what the spec wants, or somebody else's change will bring the key back. */
export const DONE: ReconcileResult = { outcome: 'done', after: 0 }
/** Something failed: again after the key's back-off. */
export const RETRY: ReconcileResult = { outcome: 'retry', after: 0 }
/** Pod requests are under way: the worker stays busy, and `resume` is called when all have been answered. */
export const WORKING: ReconcileResult = { outcome: 'working', after: 0 }

export function requeueAfter(delay: SimTime): ReconcileResult {
  return { outcome: 'done', after: delay }
}

/** The part of the work queue that event handlers and reconcilers may use. */
export interface KeyQueue {
  add(key: number): void
  addAfter(key: number, delay: SimTime): void
  addRateLimited(key: number): void
  /**
   * Upstream would retry the key again and again here, and could find nothing before something changes, which
   * brings the key by itself: a run leaves the retries out.
   */
  addInVain(key: number): void
}

/** Told of every look of one autoscaler at its target. */
export interface AutoscalingAccount {
  looked(seen: ObservedAutoscaling, at: SimTime): void
}

export interface AutoscalingSink {
  accountOf(namespace: string, name: string): AutoscalingAccount
}

/** Everything a reconciler works with; a new one each time the controller starts. */
export interface ControllerContext {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly state: ClusterState
  /** Shared by all controllers of the process: `sees()` tells which rows a lister would list. */
  readonly informer: Informer
  readonly queue: KeyQueue
  readonly events: EventWriter
  /** For requests of loops, which no worker waits for. */
  readonly client: ApiClient
  readonly expectations: Expectations
  readonly pods: PodControl
  readonly orphans: OrphanPods
  readonly owned: OwnedObjects
  readonly labels: LabelMatches
  readonly labelled: LabelledPods
  readonly claimUsers: ClaimUsers
  readonly clock: WallClock
  readonly metrics: MetricsApi
  readonly autoscalings: AutoscalingSink
  /** Time zones by name, as far as the model brings them. */
  readonly zones: FindZone
  /** Pays for requests whose writes have been applied: the worker is busy until they would have been answered. */
  charge(requests?: number): void
  /** Registers an event kind of this controller; events of a life before a restart are dropped. */
  on(name: string, handler: EventHandler): EventKind
}

/** A kind of change that concerns the controller. */
export interface Watch {
  readonly source: Source
  /** Objects only: the kind. */
  readonly kind?: string
  /** Which fields, as bits of `Change`. */
  readonly fields: number
  /** Nobody needs to be told before there is an object of this kind, since the change could concern no other. */
  readonly onlyWith?: string
  /** The key to queue, NONE for none. Without it the reconciler's `changed` is told instead. */
  key?(state: ClusterState, row: number): number
}

export interface Reconciler {
  /** Keys are rows that may have been removed or given to another object: look before acting. */
  reconcile(key: number, now: SimTime): ReconcileResult
  /** Goes on after WORKING, when all pod requests of the key have been answered. */
  resume?(key: number, outcome: BatchOutcome, now: SimTime): ReconcileResult
  /** A change seen by a watch without `key`: update expectations, queue keys now or later. */
  changed?(source: Source, row: number, fields: number, now: SimTime): void
  /** Called once the controller runs; controllers with periodic loops schedule their first turn here. */
  start?(now: SimTime): void
}

export interface ControllerDefinition<Args extends object = object> {
  /** Upstream's name, as in `kube-controller-manager --controllers`. */
  readonly name: string
  /** The source shown in events, as `deployment-controller`. */
  readonly source: string
  /** Arguments with their defaults. */
  readonly args: Args
  /** Keys worked on at once. */
  readonly workers: number
  /** After so many failures in a row a key is dropped until it changes; absent: never. */
  readonly maxRetries?: number
  /** Back-off of a key that fails, where it is not the usual one of 5 ms to 1000 s. */
  readonly retryDelay?: { readonly first: SimTime; readonly longest: SimTime }
  /** How many times the client limits of the process the controller has; absent: once. */
  readonly clientScale?: { readonly qps: number; readonly burst: number }
  /** How much later than its acceptance a charged request is answered; absent: at once. */
  readonly answerDelay?: SimTime
  readonly watches: readonly Watch[]
  create(context: ControllerContext, args: Args): Reconciler
}

export function defineController<Args extends object>(
  definition: ControllerDefinition<Args>,
): ControllerDefinition<Args> {
  return definition
}
