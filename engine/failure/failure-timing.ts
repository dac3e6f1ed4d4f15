/**
 * When a subject fails and for how long. Every draw is keyed by the subject's name and the number of the failure, so
 * the k-th failure of a node is the same whatever else happens in the run, and runs can be compared in pairs.
 *
 * Upstream: renewal processes as in Schroeder and Gibson, "A large-scale study of failures in high-performance
 * computing systems" (DSN 2006): time between failures Weibull with falling hazard, repair times lognormal.
 * Simplified: nothing known.
 */
import { createDistribution, type Distribution, drawTime } from '../kernel/distributions.js'
import type { KeyedDraws } from '../kernel/rng.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { FailureTiming } from '../model/failures.js'

export interface Outage {
  readonly at: SimTime
  readonly lasts: SimTime
}

/** The order of a subject's draws about one failure. */
const Draw = { Gap: 0, Duration: 1, Count: 2 } as const

export class FailureTimes {
  readonly #timing: FailureTiming
  readonly #draws: KeyedDraws
  readonly #every: Distribution | undefined
  readonly #lasts: Distribution | undefined

  constructor(timing: FailureTiming, draws: KeyedDraws) {
    this.#timing = timing
    this.#draws = draws
    this.#every = timing.kind === 'renewal' ? createDistribution(timing.every) : undefined
    this.#lasts = timing.kind === 'recorded' ? undefined : createDistribution(timing.lasts)
  }

  /**
   * The `count`-th failure (from 0) of a subject that has been well since `from`; undefined when there is none.
   * @param position of the subject among all, in order of name: recorded outages go by it.
   */
  next(subject: string, position: number, count: number, from: SimTime): Outage | undefined {
    const timing = this.#timing
    if (timing.kind === 'recorded') {
      const recorded = timing.outages[position]
      if (recorded === undefined || count >= recorded.at.length) return undefined
      return { at: Math.max(recorded.at[count], from), lasts: recorded.lasts[count] }
    }
    if (timing.kind === 'at' || this.#every === undefined) return undefined
    const gap = this.#draw(this.#every, subject, count * Draw.Count + Draw.Gap, timing.minimum)
    return gap === NEVER ? undefined : { at: from + gap, lasts: this.duration(subject, count) }
  }

  /** How long the `count`-th failure of the subject lasts. */
  duration(subject: string, count: number): SimTime {
    const timing = this.#timing
    if (timing.kind === 'recorded' || this.#lasts === undefined) return 0
    return this.#draw(this.#lasts, subject, count * Draw.Count + Draw.Duration, timing.minimum)
  }

  #draw(distribution: Distribution, subject: string, index: number, minimum: SimTime): SimTime {
    const time = drawTime(distribution, () => this.#draws.atName(subject, index), minimum)
    return time < NEVER ? time : NEVER
  }
}
