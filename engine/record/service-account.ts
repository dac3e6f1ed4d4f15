import { SECOND, type SimTime } from '../kernel/time.js'
import { LatencyHistogram } from './latency-histogram.js'

/** What happens to the requests of a Service from now on, until told otherwise. */
export interface TrafficRates {
  readonly requestsPerSecond: number
  readonly servedPerSecond: number
  /** Turned away by full queues. */
  readonly refusedPerSecond: number
  /** Sent to nobody, or to pods that are no longer there. */
  readonly lostPerSecond: number
  /** Requests that wait in pods. */
  readonly waiting: number
  /** Endpoints that requests go to. */
  readonly endpoints: number
  /** CPU that the requests take, all pods together. */
  readonly milliCPU: number
  /** Parts of the served requests with the share that takes longer than so many seconds. */
  readonly latencies: readonly LatencyPiece[]
}

export interface LatencyPiece {
  readonly servedPerSecond: number
  longerThan(seconds: number): number
}

export const NO_TRAFFIC: TrafficRates = {
  requestsPerSecond: 0,
  servedPerSecond: 0,
  refusedPerSecond: 0,
  lostPerSecond: 0,
  waiting: 0,
  endpoints: 0,
  milliCPU: 0,
  latencies: [],
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
    for (const piece of rates.latencies)
      this.latency.add(piece.servedPerSecond * seconds, at => piece.longerThan(at))
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

  constructor(namespace: string, name: string) {
    this.namespace = namespace
    this.name = name
  }

  change(rates: TrafficRates, at: SimTime): void {
    this.advance(at)
    this.rates = rates
  }

  advance(to: SimTime): void {
    if (to <= this.#advancedTo) return
    this.recent.add(this.rates, (to - this.#advancedTo) / SECOND)
    this.#advancedTo = to
  }

  /** Ends the span that `recent` is about. */
  close(): void {
    this.total.addAll(this.recent)
    this.recent.clear()
  }
}
