/**
 * A token bucket in virtual time: full at the start, refilled at a fixed rate, and may go into debt.
 * All arithmetic is on integers: a token is a whole number of credits and each microsecond brings a whole
 * number of them, so a million reservations do not drift. A permission falls on the first whole microsecond
 * at which the debt is paid.
 * Upstream: golang.org/x/time/rate, as client-go uses it (Kubernetes 1.36).
 * Simplified: microseconds instead of nanoseconds; reservations are not cancelled, limits do not change.
 */
import { invariant } from './invariant.js'
import { NEVER, SECOND, type SimTime } from './time.js'

const DECIMALS = 1_000_000

export class TokenBucket {
  readonly burst: number
  readonly perSecond: number
  readonly #creditsPerToken: number
  readonly #creditsPerMicrosecond: number
  #credits: number
  #last: SimTime = 0

  /** Refills `perSecond` tokens (up to six decimals; Infinity never limits) up to `burst`. */
  constructor(perSecond: number, burst: number) {
    invariant(perSecond >= 0, 'a token bucket refills no negative number of tokens')
    invariant(Number.isSafeInteger(burst) && burst >= 0, 'a token bucket holds whole tokens')
    this.perSecond = perSecond
    this.burst = burst
    const rate = perSecond === Infinity ? 0 : Math.round(perSecond * DECIMALS)
    const divisor = greatestCommonDivisor(rate, SECOND * DECIMALS)
    this.#creditsPerToken = (SECOND * DECIMALS) / divisor
    this.#creditsPerMicrosecond = rate / divisor
    this.#credits = burst * this.#creditsPerToken
    invariant(
      Number.isSafeInteger(this.#credits),
      'burst and rate of a token bucket can be counted in whole parts',
    )
  }

  /** Takes n tokens and answers from when on they may be used; NEVER, taking none, if n exceeds the burst. */
  reserve(now: SimTime, n = 1): SimTime {
    if (this.perSecond === Infinity) return now
    if (n > this.burst) return NEVER
    const from = this.#advance(now)
    const credits = this.#credits - n * this.#creditsPerToken
    if (credits < 0 && this.#creditsPerMicrosecond === 0) return NEVER
    this.#credits = credits
    return credits >= 0 ? from : from + Math.ceil(-credits / this.#creditsPerMicrosecond)
  }

  /** Takes n tokens if they are there now; answers whether it did. */
  take(now: SimTime, n = 1): boolean {
    if (this.perSecond === Infinity) return true
    this.#advance(now)
    if (this.#credits < n * this.#creditsPerToken) return false
    this.#credits -= n * this.#creditsPerToken
    return true
  }

  /** Tokens at this time; negative while reservations wait. */
  tokens(now: SimTime): number {
    if (this.perSecond === Infinity) return this.burst
    this.#advance(now)
    return this.#credits / this.#creditsPerToken
  }

  /** Credits the time passed. A time before the last one counts as the last one. */
  #advance(now: SimTime): SimTime {
    if (now <= this.#last) return this.#last
    const full = this.burst * this.#creditsPerToken
    const elapsed = now - this.#last
    this.#last = now
    // Compared by division first: the product of a long silence and the rate may not be exact.
    if (elapsed >= (full - this.#credits) / this.#creditsPerMicrosecond) this.#credits = full
    else this.#credits += elapsed * this.#creditsPerMicrosecond
    return now
  }
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right)
}
