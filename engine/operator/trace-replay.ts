import type { ApiServer } from '../apiserver/api-server.js'
import { NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER } from '../kernel/time.js'
import type { PodTrace, SimulationModel } from '../model/simulation-model.js'
import { Change, Source } from '../state/change-log.js'
import { NONE, type PodId } from '../state/ids.js'
import type { Informer } from '../state/informer.js'
import type { AttachedColumn } from '../state/table.js'
import { inflatedTrace } from './inflated-trace.js'
import { PodMaker } from './pod-maker.js'

/**
 * Replays the model's traces, one pending arrival a trace: pods come, are deleted at their time, and are
 * removed when they have finished if the trace knows nothing of finished pods.
 *
 * Upstream: none; what a client does whose requests were recorded.
 * Simplified: requests are not rate limited and accepted at their time.
 */
export class TraceReplay {
  readonly #kernel: Kernel
  readonly #api: ApiServer
  readonly #traces: readonly PodTrace[]
  readonly #arrive: EventKind
  readonly #depart: EventKind
  readonly #maker: PodMaker
  /** Pending deletion of a trace's pod: an event handle. */
  readonly #departure: AttachedColumn<Float64Array>
  /** 1: the pod is removed when it has finished. */
  readonly #removeFinished: AttachedColumn<Uint8Array>

  constructor(kernel: Kernel, api: ApiServer, model: SimulationModel) {
    this.#kernel = kernel
    this.#api = api
    this.#traces = model.traces.map(trace => inflatedTrace(trace, model))
    this.#maker = new PodMaker(api, model)
    const { pods } = api.state
    this.#departure = pods.attach(Float64Array, NO_EVENT)
    this.#removeFinished = pods.attach(Uint8Array, 0)
    this.#arrive = kernel.on('operator/TraceArrival', Rank.Failure, (trace, index) =>
      this.#replay(trace, index),
    )
    this.#depart = kernel.on('operator/TraceDeparture', Rank.Failure, pod => this.#delete(pod as PodId))
  }

  /** Plans the first arrival of each trace. */
  start(informer: Informer): void {
    this.#traces.forEach((trace, index) => {
      if (trace.names.length > 0) this.#kernel.schedule(trace.createdAt[0], this.#arrive, index, 0)
    })
    if (this.#traces.some(trace => trace.removeFinished || trace.deletedAt.some(at => at !== NEVER))) {
      informer.subscribe(Source.Pods, Change.Phase | Change.Deleted, (pod, fields) =>
        this.#watch(pod as PodId, fields),
      )
    }
  }

  #replay(traceIndex: number, index: number): void {
    const trace = this.#traces[traceIndex]
    const pod = this.#maker.create(
      trace.namespace,
      trace.names[index],
      trace.template[index],
      trace.runFor[index],
    )
    if (pod !== NONE) this.#planDeparture(pod, trace, index)
    const next = index + 1
    if (next < trace.names.length)
      this.#kernel.schedule(trace.createdAt[next], this.#arrive, traceIndex, next)
  }

  #planDeparture(pod: PodId, trace: PodTrace, index: number): void {
    if (trace.removeFinished) this.#removeFinished.values[pod] = 1
    const at = trace.deletedAt[index]
    if (at === NEVER) return
    this.#departure.values[pod] = this.#kernel.schedule(Math.max(at, this.#kernel.now), this.#depart, pod)
  }

  #delete(pod: PodId): void {
    this.#departure.values[pod] = NO_EVENT
    this.#api.pods.delete(pod, this.#api.state.pods.uid[pod])
  }

  #watch(pod: PodId, fields: number): void {
    const { pods } = this.#api.state
    if ((fields & Change.Deleted) !== 0) {
      const handle = this.#departure.values[pod]
      if (handle === NO_EVENT) return
      this.#kernel.cancel(handle)
      this.#departure.values[pod] = NO_EVENT
    } else if (this.#removeFinished.values[pod] === 1 && pods.exists(pod) && pods.isFinished(pod)) {
      this.#api.pods.delete(pod, pods.uid[pod])
    }
  }
}
