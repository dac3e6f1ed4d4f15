/**
 * How long requests take: the time of a request and, for some, a wait in front of it, as a mixture of shifted sums of
 * two exponentials. Exact for M/M/c in order of arrival; else two moments of each part are matched.
 *
 * Upstream: nothing; L. Kleinrock, Queueing Systems I (1975), section 5.7.
 * Simplified: with a shared CPU each request is slowed by the mean factor, which is exact for the mean.
 */
import type { LatencyTimes } from '../record/latency-histogram.js'
import type { LatencyPiece } from '../record/service-account.js'
import type { Station, StationState } from './queueing.js'

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

/** Of a part: the share of the requests that takes `SHIFT` and two exponential times with these means, seconds. */
const SHARE = 0
const SHIFT = 1
const LONGER = 2
const SHORTER = 3
const WIDTH = 4

/** The times of the requests of some pods, for the account of their Service; changed in place. */
export class StationLatency implements LatencyPiece {
  servedPerSecond = 0
  readonly #parts: number[] = []
  #services: readonly ServicePart[] = []
  #serviceSeconds = Number.NaN
  #variation = Number.NaN

  /** Such a station each of them is from now on. */
  change(station: Station, state: StationState, pods: number): void {
    const { serviceSeconds, variation, discipline } = station
    this.servedPerSecond = state.servedPerSecond * pods
    if (serviceSeconds !== this.#serviceSeconds || variation !== this.#variation) {
      this.#serviceSeconds = serviceSeconds
      this.#variation = variation
      this.#services = serviceParts(serviceSeconds, variation)
    }
    const end = discipline === 'share' ? this.#slowDown(state) : this.#line(state)
    if (this.#parts.length > end) this.#parts.length = end
  }

  #slowDown({ waitMeanSeconds }: StationState): number {
    const slowdown = 1 + waitMeanSeconds / this.#serviceSeconds
    let end = 0
    for (const { share, shift, mean } of this.#services)
      end = this.#part(end, share, shift * slowdown, mean * slowdown, 0)
    return end
  }

  /** In order of arrival: some are served at once, some wait. */
  #line({ waitProbability, waitMeanSeconds, waitDeviationSeconds }: StationState): number {
    const conditional = waitProbability > 0 ? waitMeanSeconds / waitProbability : 0
    const spread = Math.min(conditional, waitDeviationSeconds)
    let end = 0
    for (const { share, shift, mean } of this.#services) {
      if (waitProbability < 1) end = this.#part(end, share * (1 - waitProbability), shift, mean, 0)
      if (waitProbability > 0)
        end = this.#part(end, share * waitProbability, shift + conditional - spread, mean, spread)
    }
    return end
  }

  /** Answers where the next part belongs. */
  #part(at: number, share: number, shift: number, first: number, second: number): number {
    const parts = this.#parts
    parts[at + SHARE] = share
    parts[at + SHIFT] = shift
    parts[at + LONGER] = Math.max(first, second)
    parts[at + SHORTER] = Math.min(first, second)
    return at + WIDTH
  }

  get meanSeconds(): number {
    const parts = this.#parts
    let mean = 0
    for (let i = 0; i < parts.length; i += WIDTH)
      mean += parts[i + SHARE] * (parts[i + SHIFT] + parts[i + LONGER] + parts[i + SHORTER])
    return mean
  }

  /** Probability that a request takes longer than `seconds`. */
  longerThan(seconds: number): number {
    const parts = this.#parts
    let probability = 0
    for (let i = 0; i < parts.length; i += WIDTH)
      probability +=
        parts[i + SHARE] * tail(parts[i + LONGER], parts[i + SHORTER], seconds - parts[i + SHIFT])
    return probability
  }
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
      ? tail(mean, 0, rest)
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

/** Probability that two exponential times together are longer than `rest`; `slow` is the longer mean. */
function tail(slow: number, fast: number, rest: number): number {
  if (rest <= 0) return 1
  if (slow === 0) return 0
  const x = Math.exp(-rest / slow)
  if (fast < slow * 1e-9) return x
  // Nearly equal means: the sum is Erlang's, and the difference below would cancel.
  if (slow - fast < slow * 1e-6) return x * (1 + rest / slow)
  return (slow * x - fast * Math.exp(-rest / fast)) / (slow - fast)
}

/** The time that a share `q` of the requests does not exceed. */
export function latencyQuantile(times: LatencyTimes, q: number): number {
  let low = 0
  let high = 1e-3
  while (times.longerThan(high) > 1 - q && high < 1e12) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (times.longerThan(middle) > 1 - q) low = middle
    else high = middle
  }
  return (low + high) / 2
}
