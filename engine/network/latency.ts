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

// Of a part of the requests with the same time of service once they are served: the share that is served at once, the
// constant and the mean exponential time of that, the share that waits, its constant time, and its mean exponential
// wait beside that of the service; seconds.
const DIRECT = 0
const SHIFT = 1
const MEAN = 2
const WAITING = 3
const WAITING_SHIFT = 4
const WAIT = 5
const WIDTH = 6

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
      this.#parts.length = 0
    }
    if (discipline === 'share') this.#slowDown(state)
    else this.#line(state)
  }

  #slowDown({ waitMeanSeconds }: StationState): void {
    const slowdown = 1 + waitMeanSeconds / this.#serviceSeconds
    for (let i = 0; i < this.#services.length; i++) {
      const { share, shift, mean } = this.#services[i]
      this.#part(i, share, shift * slowdown, mean * slowdown, 0, 0, 0)
    }
  }

  /** In order of arrival. */
  #line({ waitProbability, waitMeanSeconds, waitDeviationSeconds }: StationState): void {
    const conditional = waitProbability > 0 ? waitMeanSeconds / waitProbability : 0
    const wait = Math.min(conditional, waitDeviationSeconds)
    for (let i = 0; i < this.#services.length; i++) {
      const { share, shift, mean } = this.#services[i]
      const direct = share * (1 - waitProbability)
      this.#part(i, direct, shift, mean, share * waitProbability, shift + conditional - wait, wait)
    }
  }

  #part(
    place: number,
    direct: number,
    shift: number,
    mean: number,
    waiting: number,
    waitingShift: number,
    wait: number,
  ): void {
    const parts = this.#parts
    const at = place * WIDTH
    parts[at + DIRECT] = direct
    parts[at + SHIFT] = shift
    parts[at + MEAN] = mean
    parts[at + WAITING] = waiting
    parts[at + WAITING_SHIFT] = waitingShift
    parts[at + WAIT] = wait
  }

  get meanSeconds(): number {
    const parts = this.#parts
    let sum = 0
    for (let i = 0; i < parts.length; i += WIDTH) {
      const mean = parts[i + MEAN]
      sum += parts[i + DIRECT] * (parts[i + SHIFT] + mean)
      sum += parts[i + WAITING] * (parts[i + WAITING_SHIFT] + mean + parts[i + WAIT])
    }
    return sum
  }

  /** Probability that a request takes longer than `seconds`. */
  longerThan(seconds: number): number {
    const parts = this.#parts
    let probability = 0
    for (let i = 0; i < parts.length; i += WIDTH) {
      const mean = parts[i + MEAN]
      const rest = seconds - parts[i + SHIFT]
      const alone = tail(mean, rest)
      probability += parts[i + DIRECT] * alone
      const waiting = parts[i + WAITING]
      if (waiting === 0) continue
      const left = seconds - parts[i + WAITING_SHIFT]
      // Mostly both are shifted alike, and need the same exponential.
      const served = left === rest ? alone : tail(mean, left)
      probability += waiting * tailOfSum(mean, parts[i + WAIT], left, served)
    }
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
      ? tail(mean, rest)
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

/** Probability that an exponential time is longer than `rest`. */
function tail(mean: number, rest: number): number {
  if (rest <= 0) return 1
  return mean === 0 ? 0 : Math.exp(-rest / mean)
}

/** The same of two such times together; `tailOfFirst` is that of the first one alone. */
function tailOfSum(first: number, second: number, rest: number, tailOfFirst: number): number {
  if (rest <= 0) return 1
  const isFirstSlow = first >= second
  const slow = isFirstSlow ? first : second
  const fast = isFirstSlow ? second : first
  const slowTail = isFirstSlow ? tailOfFirst : tail(slow, rest)
  if (fast <= slow * 1e-9) return slowTail
  // Nearly equal means: the sum is Erlang's, and the difference below would cancel.
  if (slow - fast < slow * 1e-6) return slowTail * (1 + rest / slow)
  const fastTail = isFirstSlow ? tail(fast, rest) : tailOfFirst
  return (slow * slowTail - fast * fastTail) / (slow - fast)
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
