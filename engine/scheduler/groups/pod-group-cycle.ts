/**
 * One scheduling cycle for all waiting pods of a group: each looks for a node as if those before it were on theirs.
 * When enough of the group have a node, they go on to be bound; otherwise none does.
 *
 * Upstream: scheduleOnePodGroup and podGroupSchedulingDefaultAlgorithm of pkg/scheduler/schedule_one_podgroup.go
 * (1.36), behind the gate GangScheduling.
 * Simplified: victims of a preemption are deleted only if with them gone the whole group has its place.
 */
import type { SimTime } from '../../kernel/time.js'
import { NONE, type NodeId } from '../../state/ids.js'
import type { FailedCycle, FailureHandler } from '../failure-handler.js'
import { availability } from '../failure-message.js'
import type { GroupOfPods, PostFilterResult } from '../framework/interface.js'
import type { Snapshot } from '../framework/snapshot.js'
import type { Rejections } from '../framework/status.js'
import type { PodEvents } from '../pod-events.js'
import type { RunningProfile } from '../profiles.js'
import { Place, type QueueEntry } from '../queue/queue-entry.js'
import type { SchedulingQueue } from '../queue/scheduling-queue.js'
import { NO_WAITS, type PermitWaits, reserveAndPermit, unreserve } from '../reserve-and-permit.js'
import type { SchedulingCycle } from '../scheduling-cycle.js'

const GANG_PLUGIN = 'GangScheduling'
const OTHERS_FAILED = 'waiting for minCount pods from a gang to be scheduled'
const PREEMPTING = 'pod group is waiting for preemption to complete'

export interface PodGroupCycleOptions {
  readonly snapshot: Snapshot
  readonly queue: SchedulingQueue
  readonly pods: PodEvents
  readonly profiles: readonly RunningProfile[]
  readonly rejections: Rejections
  readonly failure: FailureHandler
  /** Runs the pod's cycle; false when it found no node. */
  readonly attempt: (entry: QueueEntry, cycle: SchedulingCycle) => boolean
  /** Virtual time the cycle just run takes. */
  readonly costOf: (cycle: SchedulingCycle) => SimTime
  readonly bind: (entry: QueueEntry, waits: PermitWaits, at: SimTime) => void
}

/** What became of one pod of the group. */
interface Attempt {
  readonly entry: QueueEntry
  /** Where the pod would go, NONE when it fits nowhere. */
  readonly node: NodeId
  readonly waits: PermitWaits | undefined
  /** Why it fits nowhere, or only after a preemption. */
  readonly text: string
  readonly plugins: ReadonlySet<string>
  readonly postFilter: PostFilterResult | undefined
}

export class PodGroupCycle {
  readonly #options: PodGroupCycleOptions
  /** Whether any profile knows of groups. */
  readonly #isOn: boolean
  #attempts: Attempt[] = []
  #isFeasible = false

  constructor(options: PodGroupCycleOptions) {
    this.#options = options
    this.#isOn = options.profiles.some(({ profile }) => profile.groupOf !== undefined)
  }

  /** Between the decisions and the end of the time they took. */
  get isRunning(): boolean {
    return this.#attempts.length > 0
  }

  /** Decides about the group of a pod that was popped; answers how long that takes, undefined for a pod on its own. */
  begin(first: QueueEntry, now: SimTime): SimTime | undefined {
    if (!this.#isOn) return undefined
    const { profiles, costOf } = this.#options
    const group = profiles[first.profile].profile.groupOf?.(first.pod)
    if (group === undefined) return undefined
    const entries = this.#collect(first, group, now)
    let cost = 0
    for (const entry of entries) {
      if (!this.#isWanted(entry)) {
        this.#options.queue.done(entry)
        continue
      }
      const { cycle } = profiles[entry.profile]
      this.#attempts.push(this.#attempt(entry, cycle))
      cost += costOf(cycle)
    }
    const { snapshot } = this.#options
    let placed = 0
    for (const pod of group.members) if (snapshot.nodeOf.values[pod] !== NONE) placed++
    this.#isFeasible = placed >= group.minCount
    if (!this.#isFeasible || this.#attempts.some(isPreempting)) this.#takeBack()
    return cost
  }

  /** Acts on the decisions when their time has passed. Answers when the last failure has been sent. */
  end(now: SimTime): SimTime {
    const attempts = this.#attempts
    this.#attempts = []
    const preempts = this.#isFeasible && attempts.some(isPreempting)
    let reported = now
    for (const attempt of attempts) {
      reported = Math.max(reported, this.#conclude(attempt, preempts, now))
    }
    return reported
  }

  /** @param preempts the group has its place once the victims of some of its pods have gone */
  #conclude(attempt: Attempt, preempts: boolean, now: SimTime): SimTime {
    const { queue, snapshot, bind } = this.#options
    const { entry, node, waits, text, plugins, postFilter } = attempt
    if (!this.#isWanted(entry)) {
      queue.done(entry)
      return now
    }
    if (node === NONE) return this.#fail(attempt, plugins, text, undefined, now)
    if (!this.#isFeasible) return this.#fail(attempt, OWN_PLUGIN, OTHERS_FAILED, CLEARED, now)
    if (isPreempting(attempt)) return this.#fail(attempt, plugins, text, postFilter, now)
    if (preempts) {
      return this.#fail(attempt, OWN_PLUGIN, PREEMPTING, { nominatedNode: node, message: '' }, now)
    }
    if (snapshot.nodeOf.values[entry.pod] === NONE) queue.done(entry)
    else bind(entry, waits ?? NO_WAITS, now)
    return now
  }

  /** All pods of the group that wait, wherever they do: the most important first, then the oldest. */
  #collect(first: QueueEntry, group: GroupOfPods, now: SimTime): QueueEntry[] {
    const entries = [first]
    for (const pod of group.members) {
      const entry = pod === first.pod ? undefined : this.#options.queue.popPod(pod, now)
      if (entry !== undefined) entries.push(entry)
    }
    return entries.sort((a, b) => b.priority - a.priority || a.uid - b.uid)
  }

  #attempt(entry: QueueEntry, cycle: SchedulingCycle): Attempt {
    const { pods, profiles, attempt, rejections } = this.#options
    const { pod } = entry
    const found = attempt(entry, cycle)
    const { postFilter } = cycle
    const node = found ? cycle.node : (postFilter?.nominatedNode ?? (NONE as NodeId))
    const text = found ? '' : cycle.failureMessage()
    const plugins = found ? OWN_PLUGIN : cycle.unschedulablePlugins()
    if (node === NONE) return { entry, node, waits: undefined, text, plugins, postFilter }
    if (!found) {
      // Those who come after this pod see it in the place of its victims.
      for (const victim of postFilter?.victims ?? []) this.#options.snapshot.removePod(victim)
      pods.assume(pod, node)
      return { entry, node, waits: undefined, text, plugins, postFilter }
    }
    pods.assume(pod, node)
    const waits = reserveAndPermit(profiles[entry.profile].profile, cycle, node)
    if (typeof waits === 'object') return { entry, node, waits, text, plugins, postFilter: undefined }
    pods.release(pod)
    const { plugin, reasons } = rejections.get(waits)
    return {
      entry,
      node: NONE as NodeId,
      waits: undefined,
      text: availability(1, new Map(reasons.map(reason => [reason, 1]))),
      plugins: new Set([plugin]),
      postFilter: undefined,
    }
  }

  /** Nobody of the group keeps a place, and the victims are there again. */
  #takeBack(): void {
    const { snapshot, pods, profiles } = this.#options
    const { state } = snapshot
    for (const { entry, node, waits, postFilter } of this.#attempts.toReversed()) {
      if (node === NONE) continue
      if (waits !== undefined) unreserve(profiles[entry.profile].profile, entry.pod, node)
      pods.release(entry.pod)
      for (const victim of postFilter?.victims ?? []) snapshot.addPod(victim, state.pods.nodeOf(victim))
    }
  }

  #fail(
    { entry }: Attempt,
    plugins: ReadonlySet<string>,
    text: string,
    postFilter: PostFilterResult | undefined,
    now: SimTime,
  ): SimTime {
    const { queue, failure } = this.#options
    if (queue.fail(entry, { unschedulable: plugins }, now) === Place.None) return now
    const failed: FailedCycle = { pod: entry.pod, postFilter, failureMessage: () => text }
    return failure.handle(failed, now)
  }

  /** Still the same pod, and not on its way out. */
  #isWanted({ pod, uid }: QueueEntry): boolean {
    const { pods } = this.#options.snapshot.state
    return pods.exists(pod) && pods.uid[pod] === uid && !pods.isTerminating(pod)
  }
}

const OWN_PLUGIN: ReadonlySet<string> = new Set([GANG_PLUGIN])
const CLEARED: PostFilterResult = { clearsNomination: true, message: '' }

/** The pod has a place once others have gone. */
function isPreempting({ node, waits }: Attempt): boolean {
  return node !== NONE && waits === undefined
}
