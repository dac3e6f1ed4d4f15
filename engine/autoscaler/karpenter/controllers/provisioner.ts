/**
 * Launches nodes for pods that wait for one, and for those of nodes that are going. As long as pods wait they ask again
 * every ten seconds; they are not heard when nothing has changed since the last time.
 * Upstream: Karpenter core 1.15, pkg/controllers/provisioning/provisioner.go and controller.go.
 * Simplified: a round takes no time.
 */
import type { EventHandle } from '../../../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../../../kernel/kernel.js'
import { SECOND, type SimTime } from '../../../kernel/time.js'
import type { KarpenterSettings } from '../../../model/karpenter-run.js'
import type { PodId } from '../../../state/ids.js'
import { podsOfGoing } from '../removal-simulation.js'
import type { SchedulingPod } from '../scheduling-pod.js'
import type { SchedulingResult } from '../scheduling-result.js'
import { BatchingWindow } from './batching-window.js'
import type { ClaimLifecycle } from './claim-lifecycle.js'
import type { ClusterScheduling } from './cluster-scheduling.js'
import type { ClusterTracker } from './cluster-tracker.js'
import type { KarpenterEvents } from './karpenter-events.js'
import { nominate } from './nominations.js'

const ASK_AGAIN = 10 * SECOND

export interface ProvisionerSettings {
  readonly kernel: Kernel
  readonly settings: KarpenterSettings
  readonly tracker: ClusterTracker
  readonly scheduling: ClusterScheduling
  readonly lifecycle: ClaimLifecycle
  readonly events: KarpenterEvents
}

export class Provisioner {
  readonly #settings: ProvisionerSettings
  readonly #window: BatchingWindow
  readonly #askAgain: EventKind
  #asking: EventHandle | undefined
  /** When the pods that wait have asked last. */
  #askedAt: SimTime = 0
  /** Whether asking again could be answered otherwise. */
  #isStale = false

  constructor(settings: ProvisionerSettings) {
    const { kernel } = settings
    this.#settings = settings
    this.#window = new BatchingWindow(kernel, settings.settings, () => this.#run())
    this.#askAgain = kernel.on('karpenter/AskAgain', Rank.Autoscaler, () => {
      this.#asking = undefined
      this.trigger(0)
    })
  }

  /** @param of a pod or node that asks for a round */
  trigger(of: number): void {
    this.#askedAt = this.#settings.kernel.now
    this.#window.trigger(of)
  }

  /** Something is different that a round may look at. */
  changed(): void {
    this.#isStale = true
    this.#planToAsk()
  }

  #planToAsk(): void {
    const { kernel, tracker } = this.#settings
    if (this.#asking !== undefined || !(tracker.hasPending || tracker.hasGoing)) return
    const turns = Math.floor((kernel.now - this.#askedAt) / ASK_AGAIN) + 1
    this.#asking = kernel.schedule(this.#askedAt + turns * ASK_AGAIN, this.#askAgain)
  }

  #run(): void {
    const { kernel, tracker, scheduling, lifecycle } = this.#settings
    const { now } = kernel
    // Nothing can be said before it is known what was launched.
    if (!lifecycle.isSettled) {
      this.#planToAsk()
      return
    }
    this.#isStale = false
    const nodes = tracker.view(now)
    const pending = tracker.pendingPods()
    const pods = [...pending.map(({ viewed }) => viewed), ...podsOfGoing(nodes, tracker.limits(now))]
    if (pods.length === 0) return
    const result = scheduling.over(nodes)({ pods, insistsOnReservations: true })
    this.#carryOut(result, new Map(pending.map(({ pod, viewed }) => [viewed, pod])))
    if (this.#isStale) this.#planToAsk()
  }

  #carryOut(result: SchedulingResult, rows: ReadonlyMap<SchedulingPod, PodId>): void {
    const { kernel, lifecycle, events, settings } = this.#settings
    for (const [pod, { message, isForReservation }] of result.errors) {
      const row = rows.get(pod)
      if (row !== undefined && !isForReservation) events.failedScheduling(row, message)
    }
    const until = kernel.now + Math.max(2 * settings.batchMaxDuration, ASK_AGAIN)
    nominate(result.placements, rows, until, events)
    for (const wanted of result.claims) {
      const claim = lifecycle.create(wanted)
      if (claim === undefined) continue
      for (const pod of wanted.pods) {
        const row = rows.get(pod)
        if (row !== undefined) events.nominated(row, claim)
      }
    }
  }
}
