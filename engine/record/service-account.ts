import { SECOND, type SimTime } from '../kernel/time.js'
import { LatencyHistogram, type LatencyTimes } from './latency-histogram.js'

/** What happens to the requests of a Service until told otherwise. */
export class TrafficRates {
  requestsPerSecond = 0
  servedPerSecond = 0
  /** Turned away by full queues. */
  refusedPerSecond = 0
  /** Sent to nobody, or to pods that are no longer there. */
  lostPerSecond = 0
  /** Requests that wait in pods that keep up: a mean, as those who wait are served in the same moment. */
  waiting = 0
  /** Requests that overloaded pods have not got round to, at first. */
  backlog = 0
  backlogGrowthPerSecond = 0
  /** Endpoints that requests go to. */
  endpoints = 0
  /** CPU that the requests take, all pods together. */
  milliCPU = 0
  /** Parts of the served requests with the share that takes longer than so many seconds. */
  readonly latencies: LatencyPiece[] = []
  /** The served requests of pods that have a backlog. */
  readonly queues: QueuePiece[] = []

  /** Nothing comes and nothing is done; the lists are for the caller to fill. */
  clear(): void {
    this.requestsPerSecond = 0
    this.servedPerSecond = 0
    this.refusedPerSecond = 0
    this.lostPerSecond = 0
    this.waiting = 0
    this.backlog = 0
    this.backlogGrowthPerSecond = 0
    this.endpoints = 0
    this.milliCPU = 0
  }
}

export interface LatencyPiece extends LatencyTimes {
  readonly servedPerSecond: number
}

/** Requests whose times change as time goes on: it is told of every span of time, in order. */
export interface QueuePiece {
  serve(seconds: number, visit: (requests: number, longerThan: (seconds: number) => number) => void): void
}

/** Sums over a span of time. */
export class TrafficSums {
  requests = 0
  served = 0
  refused = 0
  lost = 0
  waitingSeconds = 0
  endpointSeconds = 0
  cpuSeconds = 0
  readonly latency = new LatencyHistogram()

  add(rates: TrafficRates, seconds: number): void {
    this.requests += rates.requestsPerSecond * seconds
    this.served += rates.servedPerSecond * seconds
    this.refused += rates.refusedPerSecond * seconds
    this.lost += rates.lostPerSecond * seconds
    this.waitingSeconds += rates.waiting * seconds
    this.endpointSeconds += rates.endpoints * seconds
    this.cpuSeconds += (rates.milliCPU / 1000) * seconds
    for (const piece of rates.latencies) this.latency.add(piece.servedPerSecond * seconds, piece)
    for (const queue of rates.queues)
      queue.serve(seconds, (requests, longerThan) => this.latency.add(requests, { longerThan }))
  }

  addAll(other: TrafficSums): void {
    this.requests += other.requests
    this.served += other.served
    this.refused += other.refused
    this.lost += other.lost
    this.waitingSeconds += other.waitingSeconds
    this.endpointSeconds += other.endpointSeconds
    this.cpuSeconds += other.cpuSeconds
    this.latency.addAll(other.latency)
  }

  clear(): void {
    this.requests = 0
    this.served = 0
    this.refused = 0
    this.lost = 0
    this.waitingSeconds = 0
    this.endpointSeconds = 0
    this.cpuSeconds = 0
    this.latency.clear()
  }
}

/** The account of one Service: rates that hold, what they have come to since the last row, and in all. */
export class ServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly rates = new TrafficRates()
  readonly recent = new TrafficSums()
  readonly total = new TrafficSums()
  #advancedTo: SimTime = 0
  #changedAt: SimTime = 0

  constructor(namespace: string, name: string) {
    this.namespace = namespace
    this.name = name
  }

  /** Answers the rates, for the caller to write what they are from now on. */
  change(at: SimTime): TrafficRates {
    this.advance(at)
    this.#changedAt = at
    return this.rates
  }

  /** Requests that overloaded pods have yet to work on: what is sent and neither served, refused nor lost. */
  get backlog(): number {
    const { backlog, backlogGrowthPerSecond } = this.rates
    return backlog + (backlogGrowthPerSecond * (this.#advancedTo - this.#changedAt)) / SECOND
  }

  advance(to: SimTime): void {
    if (to <= this.#advancedTo) return
    const seconds = (to - this.#advancedTo) / SECOND
    this.recent.add(this.rates, seconds)
    const before = this.backlog
    this.#advancedTo = to
    // The trapezium under a straight line.
    this.recent.waitingSeconds += ((before + this.backlog) / 2) * seconds
  }

  /** Ends the span that `recent` is about. */
  close(): void {
    this.total.addAll(this.recent)
    this.recent.clear()
  }
}
