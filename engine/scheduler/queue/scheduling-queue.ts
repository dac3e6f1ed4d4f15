import { MINUTE, NEVER, SECOND, type SimTime } from '../../kernel/time.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../../state/ids.js'
import type { ClusterEvent, EventResource } from '../framework/interface.js'
import type { Nominator } from '../framework/nominator.js'
import type { Profile } from '../profile.js'
import { EventInterest, waitingFor } from './event-interest.js'
import { InFlightPods } from './in-flight-pods.js'
import { Place, QueueEntry } from './queue-entry.js'
import { QueuePlaces } from './queue-places.js'
import { Strategy, strategyOf, strategyOfCycle } from './requeue-strategy.js'

/** How often upstream looks for pods that have waited too long for an event. */
const LEFTOVER_PERIOD: SimTime = 30 * SECOND

export interface QueueSettings {
  readonly state: ClusterState
  readonly profiles: readonly Profile[]
  readonly nominator: Nominator
  readonly podInitialBackoff: SimTime
  readonly podMaxBackoff: SimTime
  /** A pod that has waited longer than this for an event is tried again. */
  readonly maxInUnschedulable?: SimTime
}

/** Why a cycle failed. With no plugin at all it failed by an error. */
export interface Rejectors {
  readonly unschedulable: ReadonlySet<string>
  /** Plugins that wait for something they have set going themselves. */
  readonly pending?: ReadonlySet<string>
}

/**
 * The pods that wait to be scheduled: the active queue, ordered by the profile's queue sort; the pods that wait out
 * their back-off; and those that wait for an event, with the plugins that may be satisfied by it. The periodic flushes
 * of upstream (every whole second, every 30 s) are made up for at the start of every call; {@link nextFlushAt} says
 * when one has something to do.
 *
 * Upstream: pkg/scheduler/backend/queue/scheduling_queue.go (1.36), gates at their defaults.
 * Simplified: pods of a group enter one by one, and all that wait are taken out together with the first.
 */
export class SchedulingQueue {
  readonly #state: ClusterState
  readonly #profileOf: ReadonlyMap<string, number>
  readonly #nominator: Nominator
  readonly #maxInUnschedulable: SimTime
  readonly #interest: EventInterest
  readonly #places: QueuePlaces
  readonly #entries = new Map<PodId, QueueEntry>()
  readonly #inFlight = new InFlightPods()
  #sequence = 0
  #visit = 0
  /** The latest 30 s tick that has been made up for. */
  #leftoverTick = 0

  constructor(settings: QueueSettings) {
    const { state, profiles, nominator, podInitialBackoff, podMaxBackoff } = settings
    this.#state = state
    this.#profileOf = new Map(profiles.map(({ schedulerName }, i) => [schedulerName, i]))
    this.#nominator = nominator
    this.#maxInUnschedulable = settings.maxInUnschedulable ?? 5 * MINUTE
    this.#interest = new EventInterest(profiles.map(({ events }) => events))
    const bounds = { initial: podInitialBackoff, max: podMaxBackoff }
    this.#places = new QueuePlaces(profiles, bounds, this.#interest)
  }

  /** Whether a pod asks for one of the profiles. */
  isResponsibleFor(pod: PodId): boolean {
    return this.#profileOf.has(this.#schedulerNameOf(pod))
  }

  /** Whether `pop` has something to give. */
  get isReady(): boolean {
    return this.#places.isReady
  }

  /** Whether an event of the kind would do anything at all: nobody has to describe one that would not. */
  isAwaited(resource: EventResource, action: number): boolean {
    const interests = this.#interest.in(resource, action)
    if (interests.length === 0) return false
    if (this.#inFlight.size > 0) return true
    for (let i = 0; i < interests.length; i++) if (interests[i].of.waiting.size > 0) return true
    return false
  }

  /** Whether any plugin registered for events of the kind, whoever waits now. */
  isRegistered(resource: EventResource, action: number): boolean {
    return this.#interest.in(resource, action).length > 0
  }

  /** A new pod: into the active queue, or gated. */
  add(pod: PodId, now: SimTime): void {
    this.flush(now)
    if (this.#entries.has(pod)) return
    this.#enter(pod, now)
  }

  /**
   * The first pod of the active queue; when that is empty, the first of the back-off queue (not of the pods that came
   * back because of an error). It is in flight until `fail` or `done`.
   */
  pop(now: SimTime): QueueEntry | undefined {
    this.flush(now)
    const entry = this.#places.pop()
    return entry === undefined ? undefined : this.#takeOff(entry)
  }

  /** A certain pod, wherever it waits, as if it had been popped; undefined when it is gated, or not here. */
  popPod(pod: PodId, now: SimTime): QueueEntry | undefined {
    this.flush(now)
    const entry = this.#entries.get(pod)
    if (entry === undefined || entry.isGated) return undefined
    if (entry.place === Place.InFlight || entry.place === Place.None) return undefined
    this.#places.takeOut(entry)
    return this.#takeOff(entry)
  }

  #takeOff(entry: QueueEntry): QueueEntry {
    entry.attempts++
    entry.clearRejections()
    this.#inFlight.add(entry)
    return entry
  }

  /**
   * The pod's cycle failed. Where it goes depends on what has happened since it was popped. Answers Place.None for a
   * pod that has been deleted meanwhile, or that is back already.
   */
  fail(entry: QueueEntry, rejectors: Rejectors, now: SimTime): Place {
    this.flush(now)
    if (!this.#isStillMissing(entry)) {
      this.done(entry)
      return Place.None
    }
    this.#entries.set(entry.pod, entry)
    entry.unschedulablePlugins = new Set(rejectors.unschedulable)
    if (rejectors.pending !== undefined) entry.pendingPlugins = new Set(rejectors.pending)
    if (entry.isRejected) {
      entry.unschedulableCount++
      entry.errorCount = 0
    } else entry.errorCount++
    entry.queuedAt = now
    entry.sequence = ++this.#sequence
    const strategy = strategyOfCycle(this.#interest, this.#inFlight, entry)
    this.#inFlight.delete(entry)
    this.#places.requeue(entry, strategy, now)
    return entry.place
  }

  /** The pod's cycle is over and nothing more has to be known of it: it is about to be bound, or is gone. */
  done(entry: QueueEntry): void {
    this.#inFlight.delete(entry)
    if (this.#entries.get(entry.pod) !== entry || entry.place !== Place.InFlight) return
    entry.place = Place.None
    this.#entries.delete(entry.pod)
  }

  /** The pod itself was changed: `event` is about it, with both versions. */
  update(pod: PodId, event: ClusterEvent, now: SimTime): void {
    this.flush(now)
    const entry = this.#entries.get(pod)
    if (entry === undefined) {
      this.#enter(pod, now)
      return
    }
    if (entry.place === Place.InFlight) {
      if (this.isRegistered(event.resource, event.action)) this.#inFlight.record(event, undefined)
      return
    }
    this.#updateNomination(pod, event)
    if (entry.place !== Place.Unschedulable) {
      this.#places.putAgain(entry)
      return
    }
    const strategy = strategyOf(this.#interest, entry, event)
    if (strategy === Strategy.Skip) return
    this.#places.unschedulable.remove(entry)
    this.#places.requeue(entry, strategy, now)
  }

  /** The pod was deleted or has got a node by somebody else's hand. */
  delete(pod: PodId, now: SimTime): void {
    this.flush(now)
    this.#nominator.delete(pod)
    const entry = this.#entries.get(pod)
    if (entry === undefined) return
    this.#entries.delete(pod)
    if (entry.place !== Place.InFlight) this.#places.takeOut(entry)
  }

  /** Puts pods that wait into the active queue at once; one in flight comes back as if its event had come. */
  activate(pods: readonly PodId[], now: SimTime): void {
    this.flush(now)
    for (const pod of pods) {
      const entry = this.#entries.get(pod)
      if (entry === undefined || entry.place === Place.Active) continue
      if (entry.place === Place.InFlight) {
        this.#inFlight.record(undefined, entry)
        continue
      }
      const passedGates = entry.place !== Place.Unschedulable
      this.#places.takeOut(entry)
      this.#places.activate(entry, passedGates)
    }
  }

  /** Something happened in the cluster: pods that may be helped by it move on. `admits` leaves pods out. */
  moveAll(event: ClusterEvent, now: SimTime, admits?: (pod: PodId) => boolean): void {
    this.flush(now)
    const interests = this.#interest.in(event.resource, event.action)
    if (interests.length === 0) return
    for (const entry of waitingFor(interests, ++this.#visit)) {
      if (admits !== undefined && !admits(entry.pod)) continue
      if (entry.isGated && !this.#interest.isOf(entry.profile, entry.gatedBy, event)) continue
      const strategy = strategyOf(this.#interest, entry, event)
      if (strategy === Strategy.Skip) continue
      this.#places.unschedulable.remove(entry)
      this.#places.requeue(entry, strategy, now)
    }
    if (this.#inFlight.size > 0) this.#inFlight.record(event, undefined)
  }

  /** Does what the periodic flushes up to this time do. */
  flush(now: SimTime): void {
    const tick = Math.floor(now / LEFTOVER_PERIOD)
    if (tick > this.#leftoverTick) {
      this.#leftoverTick = tick
      this.#flushLeftover(tick * LEFTOVER_PERIOD)
    }
    this.#places.flushBackoff(now)
  }

  /** When the next flush has a pod to move; NEVER while there is none. */
  nextFlushAt(): SimTime {
    const oldest = this.#places.unschedulable.oldestAt
    const backoffEnd = this.#places.nextBackoffEnd()
    if (oldest === NEVER) return backoffEnd
    const tick = Math.floor((oldest + this.#maxInUnschedulable) / LEFTOVER_PERIOD) + 1
    return Math.min(backoffEnd, tick * LEFTOVER_PERIOD)
  }

  /** The pods at a place, in no particular order. */
  podsAt(place: Place): PodId[] {
    const entries = place === Place.InFlight ? this.#inFlight.pods() : this.#places.entriesAt(place)
    return Array.from(entries, ({ pod }) => pod)
  }

  countAt(place: Place): number {
    return place === Place.InFlight ? this.#inFlight.size : this.#places.countAt(place)
  }

  /** Pods of the unschedulable pool that never reached the active queue. */
  get gatedCount(): number {
    return this.#places.unschedulable.gatedCount
  }

  /** The entry of a pod, wherever it is. */
  find(pod: PodId): QueueEntry | undefined {
    return this.#entries.get(pod)
  }

  #enter(pod: PodId, now: SimTime): void {
    const profile = this.#profileOf.get(this.#schedulerNameOf(pod))
    if (profile === undefined) return
    const { pods } = this.#state
    const entry = new QueueEntry(pod, pods.uid[pod], profile, pods.priority[pod], now, ++this.#sequence)
    this.#entries.set(pod, entry)
    this.#places.activate(entry, false)
    if (entry.place === Place.Active) this.#nominateAsAsked(pod)
  }

  /** Whether the pod exists and nobody has put it into the queue since it was popped. */
  #isStillMissing(entry: QueueEntry): boolean {
    const { pods } = this.#state
    if (pods.uid[entry.pod] !== entry.uid || !pods.exists(entry.pod)) return false
    return this.#entries.get(entry.pod) === (this.#inFlight.has(entry) ? entry : undefined)
  }

  /** The event that concerns every rejection is kept for pods in flight even where all that waited are gated. */
  #flushLeftover(at: SimTime): void {
    const before = at - this.#maxInUnschedulable
    const entries = this.#places.unschedulable.cameBefore(before)
    for (const entry of entries) {
      this.#places.unschedulable.remove(entry)
      this.#places.requeue(entry, Strategy.AfterBackoff, at)
    }
    if (this.#inFlight.size === 0) return
    if (entries.length > 0 || this.#places.unschedulable.hasGatedBefore(before)) {
      this.#inFlight.record(undefined, undefined)
    }
  }

  /** A promise made in memory only outlives updates that do not speak of it. */
  #updateNomination(pod: PodId, { oldPod, newPod }: ClusterEvent): void {
    const isSilent = (oldPod?.nominatedNode ?? NONE) === NONE && (newPod?.nominatedNode ?? NONE) === NONE
    if (!isSilent) this.#nominateAsAsked(pod)
  }

  #nominateAsAsked(pod: PodId): void {
    const node = this.#state.pods.nominatedNode[pod] as NodeId
    if (node === NONE) this.#nominator.delete(pod)
    else this.#nominator.add(pod, node)
  }

  #schedulerNameOf(pod: PodId): string {
    const { templates, pods } = this.#state
    return templates.get(pods.templateOf(pod)).spec.schedulerName ?? 'default-scheduler'
  }
}
