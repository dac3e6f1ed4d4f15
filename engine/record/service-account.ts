import { SECOND, type SimTime } from '../kernel/time.js'
import { LatencyHistogram, type LatencyTimes } from './latency-histogram.js'

/** What happens to the requests of a Service from now on, until told otherwise. */
export interface TrafficRates {
  readonly requestsPerSecond: number
  readonly servedPerSecond: number
  /** Turned away by full queues. */
  readonly refusedPerSecond: number
  /** Sent to nobody, or to pods that are no longer there. */
  readonly lostPerSecond: number
  /** Requests that wait in pods that keep up: a mean, as those who wait are served in the same moment. */
  readonly waiting: number
  /** Requests that overloaded pods have not got round to, at first. */
  readonly backlog: number
  readonly backlogGrowthPerSecond: number
  /** Endpoints that requests go to. */
  readonly endpoints: number
  /** CPU that the requests take, all pods together. */
  readonly milliCPU: number
  /** Parts of the served requests with the share that takes longer than so many seconds. */
  readonly latencies: readonly LatencyPiece[]
  /** The served requests of pods that have a backlog. */
  readonly queues: readonly QueuePiece[]
}

export interface LatencyPiece extends LatencyTimes {
  readonly servedPerSecond: number
}

/** Requests whose times change as time goes on: it is told of every span of time, in order. */
export interface QueuePiece {
  serve(seconds: number, visit: (requests: number, longerThan: (seconds: number) => number) => void): void
}

export const NO_TRAFFIC: TrafficRates = {
  requestsPerSecond: 0,
  servedPerSecond: 0,
  refusedPerSecond: 0,
  lostPerSecond: 0,
  waiting: 0,
  backlog: 0,
  backlogGrowthPerSecond: 0,
  endpoints: 0,
  milliCPU: 0,
  latencies: [],
  queues: [],
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
  rates: TrafficRates = NO_TRAFFIC
  readonly recent = new TrafficSums()
  readonly total = new TrafficSums()
  #advancedTo: SimTime = 0
  #changedAt: SimTime = 0

  constructor(namespace: string, name: string) {
    this.namespace = namespace
    this.name = name
  }

  change(rates: TrafficRates, at: SimTime): void {
    this.advance(at)
    this.rates = rates
    this.#changedAt = at
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
