/**
 * How long requests take: the time of a request and, for some, a wait in front of it, as a mixture of shifted sums of
 * two exponentials. Exact for M/M/c in order of arrival; else two moments of each part are matched.
 *
 * Upstream: nothing; L. Kleinrock, Queueing Systems I (1975), section 5.7.
 * Simplified: with a shared CPU each request is slowed by the mean factor, which is exact for the mean.
 */
import type { LatencyPiece } from '../record/service-account.js'
import type { Station, StationState } from './queueing.js'

/** A share of the requests takes `shift` and two exponential times with these means, seconds. */
export interface LatencyPart {
  readonly share: number
  readonly shift: number
  readonly first: number
  readonly second: number
}

/** A share of the requests takes `shift` and an exponential time once it is served, seconds. */
export interface ServicePart {
  readonly share: number
  readonly shift: number
  readonly mean: number
}

/** Up to one: a constant and an exponential part; above: two exponentials with balanced means. */
export function serviceParts(mean: number, variation: number): readonly ServicePart[] {
  if (variation <= 1) return [{ share: 1, shift: mean * (1 - variation), mean: mean * variation }]
  const square = variation * variation
  const share = (1 + Math.sqrt((square - 1) / (square + 1))) / 2
  return [
    { share, shift: 0, mean: mean / (2 * share) },
    { share: 1 - share, shift: 0, mean: mean / (2 * (1 - share)) },
  ]
}

export function latencyParts(station: Station, state: StationState): readonly LatencyPart[] {
  const { serviceSeconds, variation, discipline } = station
  const services = serviceParts(serviceSeconds, variation)
  if (discipline === 'share') {
    const slowdown = 1 + state.waitMeanSeconds / serviceSeconds
    return services.map(({ share, shift, mean }) => ({
      share,
      shift: shift * slowdown,
      first: mean * slowdown,
      second: 0,
    }))
  }
  const { waitProbability, waitMeanSeconds, waitDeviationSeconds } = state
  const parts: LatencyPart[] = []
  const conditional = waitProbability > 0 ? waitMeanSeconds / waitProbability : 0
  const spread = Math.min(conditional, waitDeviationSeconds)
  for (const { share, shift, mean } of services) {
    if (waitProbability < 1)
      parts.push({ share: share * (1 - waitProbability), shift, first: mean, second: 0 })
    if (waitProbability > 0) {
      const waited = shift + conditional - spread
      parts.push({ share: share * waitProbability, shift: waited, first: mean, second: spread })
    }
  }
  return parts
}

/** The requests of so many such pods, for the account of their Service. */
export function latencyPiece(station: Station, state: StationState, pods: number): LatencyPiece {
  const parts = latencyParts(station, state)
  return {
    servedPerSecond: state.servedPerSecond * pods,
    longerThan: seconds => longerThan(parts, seconds),
  }
}

/** Probability that a request takes longer than `seconds`. */
export function longerThan(parts: readonly LatencyPart[], seconds: number): number {
  let probability = 0
  for (const part of parts) probability += part.share * tail(part, seconds - part.shift)
  return probability
}

/** The same when each has waited for any time between `from` and `to` before, all of them as likely. */
export function longerThanBetween(
  services: readonly ServicePart[],
  from: number,
  to: number,
  seconds: number,
): number {
  const low = Math.min(from, to)
  const width = Math.max(from, to) - low
  let probability = 0
  for (const { share, shift, mean } of services) {
    const rest = seconds - low - shift
    // Over a span that short the difference below would cancel.
    const isPoint = width <= 1e-6 * (low + shift + mean)
    const longer = isPoint
      ? tail({ share, shift, first: mean, second: 0 }, rest)
      : (tailIntegral(mean, rest) - tailIntegral(mean, rest - width)) / width
    probability += share * longer
  }
  return probability
}

/** The integral of the tail of an exponential time up to `rest`, from some point before 0. */
function tailIntegral(mean: number, rest: number): number {
  if (rest <= 0) return rest
  return mean === 0 ? 0 : -mean * Math.expm1(-rest / mean)
}

function tail({ first, second }: LatencyPart, rest: number): number {
  if (rest <= 0) return 1
  const slow = Math.max(first, second)
  const fast = Math.min(first, second)
  if (slow === 0) return 0
  const x = Math.exp(-rest / slow)
  if (fast < slow * 1e-9) return x
  // Nearly equal means: the sum is Erlang's, and the difference below would cancel.
  if (slow - fast < slow * 1e-6) return x * (1 + rest / slow)
  return (slow * x - fast * Math.exp(-rest / fast)) / (slow - fast)
}

/** The time that a share `q` of the requests does not exceed. */
export function latencyQuantile(parts: readonly LatencyPart[], q: number): number {
  let low = 0
  let high = 1e-3
  while (longerThan(parts, high) > 1 - q && high < 1e12) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (longerThan(parts, middle) > 1 - q) low = middle
    else high = middle
  }
  return (low + high) / 2
}
