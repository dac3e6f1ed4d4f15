/**
 * Demand for Services and what a request costs, as plain data.
 * Upstream: nothing; real clients come from outside.
 * Simplified: all requests of a Service cost the same in the mean.
 */
import type { SimTime } from '../kernel/time.js'
import type { LoadSpec } from './load.js'

/** What one request to a Service's pods takes. */
export interface RequestModel {
  /** CPU seconds of one request. */
  readonly cpuSeconds: number
  /** Time of a request that needs no CPU, as waiting for a database. */
  readonly otherSeconds: number
  /** Requests a pod works on at once. */
  readonly concurrency: number
  /** Requests that may wait in a pod; more are refused. Infinity: any number. */
  readonly queue: number
  /** Standard deviation of a request's time over its mean: 0 constant, 1 exponential. */
  readonly variation: number
  /** `queue`: first come, first served; `share`: all at once, the CPU is shared. */
  readonly discipline: 'queue' | 'share'
}

/** Requests to one Service, or to a host and path that an Ingress leads on. */
export interface Demand {
  readonly name: string
  readonly namespace: string
  /** Name of a Service; with `pod` the name of one pod of a headless one. Empty: by `host` and `path`. */
  readonly service: string
  readonly pod: string
  readonly host: string
  readonly path: string
  readonly requestsPerSecond: LoadSpec
  /** Clients behind the requests: those that stick to a pod are dealt out one by one. */
  readonly clients: number
  /** Shares of the clients by zone; empty: spread over the nodes. */
  readonly zones: Readonly<Record<string, number>>
  /** Whether requests come from pods, or through node ports and load balancers. */
  readonly origin: 'inside' | 'outside'
}

export interface ServiceRequests {
  readonly namespace: string
  readonly service: string
  readonly requests: RequestModel
}

/** Use of the containers that a selector finds, beside what requests cost. */
export interface UsageProfile {
  readonly name: string
  readonly namespace: string
  /** A label selector as kubectl writes it. */
  readonly selector: string
  /** A container's name; empty: the first one. */
  readonly container: string
  /** Each pod draws its own of these by its number; several come from a trace with many machines. */
  readonly milliCPU: readonly LoadSpec[]
  readonly memoryBytes: readonly LoadSpec[]
}

export interface ExternalMetric {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: LoadSpec
}

export interface MetricsSettings {
  /** Time between two scrapes. */
  readonly period: SimTime
  /** The time a sample is averaged over. */
  readonly window: SimTime
  /** From a scrape until its samples are served. */
  readonly delay: SimTime
  /** Share of the samples of single pods that are lost. */
  readonly missing: number
  /** How old custom and external metrics are. */
  readonly customLag: SimTime
}

export interface NetworkSettings {
  /** From a change of a slice reaching its watchers to every node's rules saying so. */
  readonly propagation: SimTime
  /** How long clients keep the addresses of a headless Service. */
  readonly dnsTtl: SimTime
  /** Whether nodes deal connections out in turn (ipvs) or by chance (iptables, nftables). */
  readonly balancing: 'random' | 'round-robin'
}

export interface Traffic {
  readonly network: NetworkSettings
  readonly metrics: MetricsSettings
  readonly services: readonly ServiceRequests[]
  readonly demands: readonly Demand[]
  readonly usage: readonly UsageProfile[]
  readonly externalMetrics: readonly ExternalMetric[]
}
