/**
 * The queueing station that a pod of a Service is: what arrives at it, and how much of that it can do at once.
 *
 * Upstream: nothing; real requests.
 * Simplified: a pod behind several Services is a station of its own for each of them.
 */
import type { RequestModel } from '../model/traffic.js'
import type { Station } from './queueing.js'

/** What arrives from one demand, all pods together. */
interface Arriving {
  readonly requestsPerSecond: number
  /** Squared variation of the times between arrivals at one of so many pods. */
  arrivalVariation(endpoints: number): number
}

/** @param endpoints pods that the requests are dealt out to */
export function stationOf(
  requests: RequestModel,
  sources: readonly Arriving[],
  { shares, cores }: { readonly shares: readonly number[]; readonly cores: number },
  endpoints: number,
): Station {
  const { cpuSeconds, otherSeconds, concurrency, queue, variation, discipline } = requests
  let arrivals = 0
  let variationSum = 0
  for (let i = 0; i < sources.length; i++) {
    const rate = sources[i].requestsPerSecond * shares[i]
    arrivals += rate
    variationSum += rate * sources[i].arrivalVariation(endpoints)
  }
  const alone = cpuSeconds + otherSeconds
  // So many at once use up the CPU; fewer than one means that even one is slowed down.
  const atFullSpeed = cpuSeconds === 0 ? concurrency : Math.min(concurrency, (cores * alone) / cpuSeconds)
  const servers = Math.max(1, atFullSpeed)
  return {
    arrivalsPerSecond: arrivals,
    serviceSeconds: alone * Math.max(1, 1 / atFullSpeed),
    servers: servers === Infinity ? 1e9 : servers,
    capacity: concurrency + queue,
    variation,
    arrivalVariation: arrivals === 0 ? 1 : variationSum / arrivals,
    discipline,
  }
}
