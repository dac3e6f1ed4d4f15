import type { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { Recorder } from '../record/recorder.js'
import { NONE, type NodeId, type PodId, type ReasonId } from '../state/ids.js'
import type { AttachedColumn } from '../state/table.js'
import { availability } from './failure-message.js'
import type { PostFilterResult } from './framework/interface.js'
import type { Nominator } from './framework/nominator.js'
import { PREEMPTION_BY_SCHEDULER } from './plugins/default-preemption.js'

/** A cycle that found no node, as far as its consequences go. */
export interface FailedCycle {
  readonly pod: PodId
  readonly postFilter: PostFilterResult | undefined
  failureMessage(): string
}

export interface FailureOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly client: ApiClient
  readonly recorder: Recorder
  readonly nominator: Nominator
}

/**
 * What follows a failed cycle beside the queue: the pod's condition and nomination are reported, victims of a
 * preemption are marked and deleted, and nominations of less important pods on the same node are withdrawn.
 *
 * Upstream: handleSchedulingFailure of pkg/scheduler/schedule_one.go, prepareCandidate of
 * pkg/scheduler/framework/preemption/executor.go (1.36).
 * Simplified: victims are deleted one request after another by the scheduler's own client. After an error, which is no
 * rejection, the pod's condition stays as it is.
 */
export class FailureHandler {
  readonly #options: FailureOptions
  readonly #report: EventKind
  readonly #nominate: EventKind
  readonly #evict: EventKind
  readonly #drop: EventKind
  /** What the pod's next report says. */
  readonly #message: AttachedColumn<Int32Array>
  readonly #nominated: AttachedColumn<Int32Array>
  /** The last thing that was sent, so that an unchanged condition costs no request. */
  readonly #sentMessage: AttachedColumn<Int32Array>
  readonly #sentNominated: AttachedColumn<Int32Array>
  readonly #byScheduler: ReasonId

  constructor(options: FailureOptions) {
    this.#options = options
    const { kernel, api } = options
    const { pods } = api.state
    this.#message = pods.attach(Int32Array, NONE)
    this.#nominated = pods.attach(Int32Array, NONE)
    this.#sentMessage = pods.attach(Int32Array, NONE)
    this.#sentNominated = pods.attach(Int32Array, NONE)
    this.#byScheduler = api.state.reasonId(PREEMPTION_BY_SCHEDULER)
    this.#report = kernel.on('scheduler/ReportFailure', Rank.Scheduler, (pod, uid) => {
      const message = this.#message.values[pod] as ReasonId
      api.pods.patchUnschedulable(pod as PodId, uid, message, this.#nominated.values[pod] as NodeId)
    })
    this.#nominate = kernel.on('scheduler/Nominate', Rank.Scheduler, (pod, uid) => {
      if (api.state.pods.uid[pod] !== uid) return
      api.pods.patchNominated(pod as PodId, uid, this.#nominated.values[pod] as NodeId)
    })
    this.#evict = kernel.on('scheduler/DeleteVictim', Rank.Scheduler, (pod, uid) => {
      if (api.state.pods.uid[pod] !== uid || !api.state.pods.exists(pod as PodId)) return
      api.pods.patchDisruption(pod as PodId, this.#byScheduler)
      api.pods.delete(pod as PodId, uid)
    })
    this.#drop = kernel.on('scheduler/DeleteUnschedulable', Rank.Scheduler, (pod, uid) => {
      api.pods.delete(pod as PodId, uid)
    })
  }

  /** Has the pod of the cycle that just failed deleted: it is not to be tried again. */
  drop(cycle: FailedCycle, at: SimTime): void {
    const { api, client, recorder } = this.#options
    const { pod } = cycle
    if (recorder.eventsOn) {
      recorder.podEvent(pod, 'Warning', 'FailedScheduling', 'default-scheduler', cycle.failureMessage())
    }
    client.send(at, this.#drop, pod, api.state.pods.uid[pod])
  }

  /**
   * Reports the cycle that just failed, as of `at`. Answers when the client sends the report: until then no other
   * cycle begins.
   */
  handle(cycle: FailedCycle, at: SimTime): SimTime {
    const { api, recorder, nominator } = this.#options
    const { pod } = cycle
    const text = cycle.failureMessage()
    const { nominatedNode, clearsNomination = false, victims = [] } = cycle.postFilter ?? {}
    const present = this.#nominated.values[pod] as NodeId
    const nominated = nominatedNode ?? (clearsNomination ? (NONE as NodeId) : present)
    recorder.podEvent(pod, 'Warning', 'FailedScheduling', 'default-scheduler', text)
    if (nominatedNode !== undefined) {
      this.#withdrawLess(pod, nominated, at)
      nominator.add(pod, nominated)
      this.#removeVictims(pod, victims, at)
    } else if (clearsNomination) nominator.delete(pod)
    return this.report(pod, api.state.reasonId(text), nominated, at)
  }

  /**
   * A pod that had its node was refused there, by a plugin or in its binding: it loses the nomination, too.
   * `isRejected` false: something went wrong.
   */
  refused(pod: PodId, reasons: readonly string[], isRejected: boolean, at: SimTime): void {
    const { api, recorder } = this.#options
    const counts = new Map(reasons.map(reason => [reason, 1]))
    const text = isRejected ? availability(1, counts) : reasons.join(', ')
    recorder.podEvent(pod, 'Warning', 'FailedScheduling', 'default-scheduler', text)
    if (isRejected) this.report(pod, api.state.reasonId(text), NONE as NodeId, at)
    else this.nominate(pod, NONE as NodeId, at)
  }

  /** Tells where the pod is going to be bound, NONE: nowhere after all. Answers when that is written. */
  nominate(pod: PodId, node: NodeId, at: SimTime): SimTime {
    const { api, client, kernel } = this.#options
    this.#nominated.values[pod] = node
    if (this.#sentNominated.values[pod] === node) return at
    this.#sentNominated.values[pod] = node
    const written = client.send(at, this.#nominate, pod, api.state.pods.uid[pod])
    return kernel.timeOf(written) ?? at
  }

  /** Sets the pod's condition and nomination, unless that is what it was told last. Answers when that is sent. */
  report(pod: PodId, message: ReasonId, nominated: NodeId, at: SimTime): SimTime {
    const { api, client, kernel } = this.#options
    this.#message.values[pod] = message
    this.#nominated.values[pod] = nominated
    if (this.#sentMessage.values[pod] === message && this.#sentNominated.values[pod] === nominated) return at
    this.#sentMessage.values[pod] = message
    this.#sentNominated.values[pod] = nominated
    const written = client.send(at, this.#report, pod, api.state.pods.uid[pod])
    return (kernel.timeOf(written) ?? at) - client.latency
  }

  #removeVictims(pod: PodId, victims: readonly PodId[], at: SimTime): void {
    const { api, client, recorder } = this.#options
    for (const victim of victims) {
      if (recorder.eventsOn) {
        const node = api.state.nodes.name[api.state.pods.node[victim]]
        const message = `Preempted by pod ${api.state.pods.uid[pod]} on node ${node}`
        recorder.podEvent(victim, 'Normal', 'Preempted', 'default-scheduler', message)
      }
      client.send(at, this.#evict, victim, api.state.pods.uid[victim])
    }
  }

  /** Less important pods lose their nomination to the node: the room is for this pod. */
  #withdrawLess(pod: PodId, node: NodeId, at: SimTime): void {
    const { api, nominator } = this.#options
    const { priority } = api.state.pods
    for (const other of nominator.podsOn(node)) {
      if (priority[other] >= priority[pod]) continue
      nominator.delete(other)
      this.report(other, this.#message.values[other] as ReasonId, NONE as NodeId, at)
    }
  }
}
