import { NO_EVENT } from '../kernel/event-queue.js'
import { invariant } from '../kernel/invariant.js'
import { type EventKind, Rank } from '../kernel/kernel.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import { Source } from '../state/change-log.js'
import { NONE, type NodeId, type PodId } from '../state/ids.js'
import { BindingCycle } from './binding-cycle.js'
import { ClusterEvents } from './cluster-events.js'
import { cycleDuration } from './cycle-cost.js'
import { Explainer } from './explainer.js'
import { FailureHandler } from './failure-handler.js'
import { Nominator } from './framework/nominator.js'
import { Snapshot } from './framework/snapshot.js'
import { Code, type RejectionId, Rejections } from './framework/status.js'
import { GpuArrivals } from './gpu/gpu-arrivals.js'
import { PodGroupCycle } from './groups/pod-group-cycle.js'
import { podGroupsOf } from './groups/pod-groups.js'
import { NodeOrder } from './node-order.js'
import { NodeRanks } from './node-ranks.js'
import type { Profile } from './profile.js'
import { buildProfiles, type RunningProfile } from './profiles.js'
import { Place, type QueueEntry } from './queue/queue-entry.js'
import { queueLengths } from './queue/queue-lengths.js'
import { type Rejectors, SchedulingQueue } from './queue/scheduling-queue.js'
import { type PermitWaits, reserveAndPermit } from './reserve-and-permit.js'
import type { SchedulerOptions } from './scheduler-options.js'
import type { SchedulingCycle } from './scheduling-cycle.js'

const BY_ERROR: Rejectors = { unschedulable: new Set() }

/**
 * The scheduler as a component: takes pods from its queue one at a time, finds each a node, assumes it there and hands
 * it to a binding cycle that goes on while the next pod is looked at. Deciding takes virtual time, and so does every
 * request, so a cluster can outrun its scheduler.
 *
 * Upstream: ScheduleOne and schedulingCycle of pkg/scheduler/schedule_one.go (1.36).
 * Simplified: what a cycle decides is in the snapshot from the beginning of the cycle's time on, not from its end.
 */
export class Scheduler {
  readonly queue: SchedulingQueue
  readonly snapshot: Snapshot
  readonly #options: SchedulerOptions
  readonly #order: NodeOrder
  readonly #rejections = new Rejections()
  readonly #profiles: readonly RunningProfile[]
  readonly #events: ClusterEvents
  readonly #binding: BindingCycle
  readonly #failure: FailureHandler
  readonly #groups: PodGroupCycle
  /** Undefined when nobody asked for explanations. */
  readonly #explainer: Explainer | undefined
  /** Undefined when nobody asked for the record. */
  readonly #gpuArrivals: GpuArrivals | undefined
  readonly #next: EventKind
  readonly #flush: EventKind
  /** The pod whose cycle is taking its time, ended by the next turn. */
  #entry: QueueEntry | undefined
  #succeeded = false
  #isStopped = false
  /** Pods on their way to their node. */
  readonly #bindings = new Map<PodId, QueueEntry>()
  #scheduled = false
  /** The failure of the last cycle is being reported, which waits for the client. */
  #busyUntil: SimTime = 0
  #flushEvent = NO_EVENT

  constructor(options: SchedulerOptions) {
    const { kernel, api, settings, streams, client, recorder } = options
    const { state } = api
    const nominator = new Nominator()
    this.#options = options
    this.snapshot = new Snapshot(state)
    this.#order = new NodeOrder(state)
    const { profiles, issues } = buildProfiles(settings, {
      state,
      objects: api.objects,
      snapshot: this.snapshot,
      order: this.#order,
      nominator,
      rejections: this.#rejections,
      now: () => kernel.now,
      clock: options.clock,
      draws: streams.keyed('scheduler'),
      nodeOrderRanks: new NodeRanks(state, streams.keyed('scheduler/node-order')),
      workload: options.workload,
      plugins: options.plugins,
      attemptsOf: pod => this.queue.find(pod)?.attempts ?? 0,
    })
    invariant(
      issues.length === 0,
      `the scheduler's settings were checked before: ${issues[0]?.message ?? ''}`,
    )
    this.#profiles = profiles
    const { podInitialBackoff, podMaxBackoff } = settings
    this.queue = new SchedulingQueue({
      state,
      profiles: profiles.map(({ profile }) => profile),
      nominator,
      podInitialBackoff,
      podMaxBackoff,
    })
    this.#events = new ClusterEvents({
      snapshot: this.snapshot,
      order: this.#order,
      queue: this.queue,
      nominator,
      groups: profiles.some(({ profile }) => profile.groupOf !== undefined)
        ? podGroupsOf(this.snapshot)
        : undefined,
      rejectWaiting: pod => this.#binding.reject(pod, 0),
    })
    this.#binding = new BindingCycle({
      kernel,
      api,
      client,
      snapshot: this.snapshot,
      profileOf: pod => this.#profileOf(this.#bindings.get(pod) as QueueEntry),
      forget: (pod, node) => this.#events.pods.forget(pod, node, kernel.now),
      announce: (pod, node, at) => this.#failure.nominate(pod, node, at),
      outcomes: {
        bound: (pod, node) => this.#bound(pod, node),
        failed: (pod, node, rejection) => this.#bindingFailed(pod, node, rejection),
      },
    })
    this.#failure = new FailureHandler({ kernel, api, client, recorder, nominator })
    if (recorder.gpuArrivals !== undefined) {
      this.#gpuArrivals = new GpuArrivals(recorder, this.snapshot, options.workload)
    }
    this.#groups = this.#groupCycle()
    const { explanations } = recorder
    if (explanations !== undefined) {
      this.#explainer = new Explainer({
        state,
        rejections: this.#rejections,
        explanations,
        nodeCount: () => this.#order.count,
        attemptsOf: pod => recorder.attemptsOf(pod),
      })
    }
    this.#next = kernel.on('scheduler/Cycle', Rank.Scheduler, () => this.#turn())
    this.#flush = kernel.on('scheduler/Flush', Rank.Scheduler, () => {
      this.#flushEvent = NO_EVENT
      this.queue.flush(kernel.now)
      this.#wake()
    })
    for (const source of [Source.Nodes, Source.Pods, Source.Objects]) {
      const handle = (row: number, fields: number): void => {
        this.#events.handle(source, row, fields, kernel.now)
        this.#wake()
      }
      options.informer.subscribe(source, ClusterEvents.FIELDS[source], handle, ClusterEvents.KINDS)
    }
  }

  #groupCycle(): PodGroupCycle {
    const { costs } = this.#options.settings
    return new PodGroupCycle({
      snapshot: this.snapshot,
      queue: this.queue,
      pods: this.#events.pods,
      profiles: this.#profiles,
      rejections: this.#rejections,
      failure: this.#failure,
      attempt: (entry, cycle) => this.#attempt(entry, cycle),
      costOf: cycle => cycleDuration(cycle, this.#order.count, costs),
      bind: (entry, waits, at) => this.#startBinding(entry, waits, at),
    })
  }

  /** The process dies: no cycle begins until {@link restart}; bindings under way are not lost. */
  stop(): void {
    this.#isStopped = true
  }

  /** A new process starts: nothing is known of earlier failures, so every pod that waits is looked at again. */
  restart(): void {
    const { queue } = this
    this.#isStopped = false
    const places = [Place.Backoff, Place.ErrorBackoff, Place.Unschedulable]
    queue.activate(
      places.flatMap(place => queue.podsAt(place)),
      this.#options.kernel.now,
    )
    this.#wake()
  }

  /** Makes sure that the next turn comes when there is something to do, and the next flush when something expires. */
  #wake(): void {
    const { kernel } = this.#options
    if (!this.#scheduled && !this.#isStopped && this.queue.isReady) {
      this.#scheduled = true
      kernel.schedule(kernel.now, this.#next)
    }
    const flushAt = this.queue.nextFlushAt()
    const planned = this.#flushEvent === NO_EVENT ? NEVER : (kernel.timeOf(this.#flushEvent) ?? NEVER)
    if (flushAt >= planned) return
    if (planned !== NEVER) kernel.cancel(this.#flushEvent)
    this.#flushEvent = kernel.schedule(Math.max(flushAt, kernel.now), this.#flush)
  }

  /** Ends the cycle whose time has passed and begins the next one. */
  #turn(): void {
    const { kernel, settings } = this.#options
    this.#scheduled = false
    this.#busyUntil = kernel.now
    if (this.#entry !== undefined) this.#end(this.#entry)
    if (this.#busyUntil > kernel.now) {
      this.#entry = undefined
      this.#scheduled = true
      kernel.schedule(this.#busyUntil, this.#next)
      this.#options.recorder.queues = queueLengths(this.queue)
      return this.#wake()
    }
    const entry = this.#isStopped ? undefined : this.queue.pop(kernel.now)
    this.#entry = entry
    if (entry !== undefined) {
      const { cycle } = this.#profiles[entry.profile]
      this.#succeeded = false
      let cost = this.#groups.begin(entry, kernel.now)
      if (cost === undefined) {
        this.#begin(entry, cycle)
        cost = cycleDuration(cycle, this.#order.count, settings.costs)
      }
      this.#scheduled = true
      const ends = kernel.now + cost
      // Pod and node are in the event, so that the digest of a run tells where its pods went.
      kernel.schedule(ends, this.#next, entry.pod, this.#succeeded ? cycle.node : NONE)
    }
    this.#options.recorder.queues = queueLengths(this.queue)
    this.#wake()
  }

  #begin(entry: QueueEntry, cycle: SchedulingCycle): void {
    const { pod } = entry
    const { pods } = this.snapshot.state
    if (!pods.exists(pod) || pods.uid[pod] !== entry.uid || pods.isTerminating(pod)) return
    this.#succeeded = this.#attempt(entry, cycle)
    if (this.#succeeded) this.#events.pods.assume(pod, cycle.node)
  }

  #attempt(entry: QueueEntry, cycle: SchedulingCycle): boolean {
    const { pod } = entry
    this.#options.recorder.schedulingAttempt(pod)
    this.#explainer?.watch(pod, cycle, this.#profileOf(entry).schedulerName, this.#options.kernel.now)
    const succeeded = cycle.schedule(pod)
    this.#explainer?.ended(cycle, succeeded)
    return succeeded
  }

  #end(entry: QueueEntry): void {
    const { kernel } = this.#options
    const { pods } = this.snapshot.state
    const { cycle } = this.#profiles[entry.profile]
    const { pod } = entry
    if (this.#groups.isRunning) {
      this.#busyUntil = this.#groups.end(kernel.now)
      return
    }
    if (!pods.exists(pod) || pods.uid[pod] !== entry.uid || cycle.pod !== pod) {
      this.queue.done(entry)
      return
    }
    if (!this.#succeeded) this.#cycleFailed(entry, cycle)
    else if (this.snapshot.nodeOf.values[pod] === NONE) this.queue.done(entry)
    else this.#reserve(entry, cycle, kernel.now)
    this.#gpuArrivals?.tried(pod)
  }

  #cycleFailed(entry: QueueEntry, cycle: SchedulingCycle): void {
    const { kernel, settings } = this.#options
    const { now } = kernel
    if (settings.unschedulablePods === 'delete' && cycle.postFilter?.nominatedNode === undefined) {
      this.queue.done(entry)
      this.#failure.drop(cycle, now)
      return
    }
    const place = this.queue.fail(entry, { unschedulable: cycle.unschedulablePlugins() }, now)
    if (place !== Place.None) this.#busyUntil = this.#failure.handle(cycle, now)
  }

  /** Reserve and Permit; then the binding goes on by itself. */
  #reserve(entry: QueueEntry, cycle: SchedulingCycle, now: SimTime): void {
    const { pod, node } = cycle
    const waits = reserveAndPermit(this.#profileOf(entry), cycle, node)
    if (typeof waits === 'object') {
      this.#startBinding(entry, waits, now)
      return
    }
    this.#events.pods.forget(pod, node, now)
    this.#refused(entry, waits)
  }

  #startBinding(entry: QueueEntry, waits: PermitWaits, at: SimTime): void {
    this.#bindings.set(entry.pod, entry)
    if (waits.size === 0) this.queue.done(entry)
    this.#binding.start(entry.pod, at, waits)
  }

  #bound(pod: PodId, node: NodeId): void {
    const { recorder } = this.#options
    this.#bindings.delete(pod)
    if (!recorder.eventsOn) return
    const { nodes } = this.snapshot.state
    const message = `Successfully assigned ${this.snapshot.state.podKey(pod)} to ${nodes.name[node]}`
    recorder.podEvent(pod, 'Normal', 'Scheduled', 'default-scheduler', message)
  }

  #bindingFailed(pod: PodId, _node: NodeId, rejection: RejectionId | 0): void {
    const entry = this.#bindings.get(pod)
    this.#bindings.delete(pod)
    if (entry === undefined) return
    this.#refused(entry, rejection)
    this.#wake()
  }

  #refused(entry: QueueEntry, rejection: RejectionId | 0): void {
    const { now } = this.#options.kernel
    const { pods } = this.snapshot.state
    if (!pods.exists(entry.pod) || pods.uid[entry.pod] !== entry.uid) {
      this.queue.done(entry)
      return
    }
    this.#explainer?.refused(entry.pod, this.#profileOf(entry).schedulerName, rejection, now)
    if (rejection === 0) {
      this.queue.fail(entry, BY_ERROR, now)
      return
    }
    const { plugin, code, reasons } = this.#rejections.get(rejection)
    const isRejected = code !== Code.Error
    this.queue.fail(entry, isRejected ? { unschedulable: new Set([plugin]) } : BY_ERROR, now)
    this.#failure.refused(entry.pod, reasons, isRejected, now)
  }

  #profileOf(entry: QueueEntry): Profile {
    return this.#profiles[entry.profile].profile
  }
}
