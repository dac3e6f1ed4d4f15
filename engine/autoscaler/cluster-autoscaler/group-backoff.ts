/**
 * Groups whose scale-up failed are left alone for a while: 5 minutes at first, twice as long each time, until they have
 * not failed for a long time.
 *
 * Upstream: utils/backoff/exponential_backoff.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'

export interface BackoffTimes {
  readonly initialBackoff: SimTime
  readonly maxBackoff: SimTime
  readonly backoffReset: SimTime
}

interface Entry {
  readonly duration: SimTime
  readonly until: SimTime
  readonly failedAt: SimTime
}

export class GroupBackoff {
  readonly #times: BackoffTimes
  readonly #byGroup = new Map<string, Entry>()

  constructor(times: BackoffTimes) {
    this.#times = times
  }

  fail(group: string, now: SimTime): void {
    const before = this.#byGroup.get(group)
    let duration = before?.duration ?? this.#times.initialBackoff
    // Several failures of one scale-up count once.
    if (before !== undefined && before.until < now) duration = Math.min(2 * duration, this.#times.maxBackoff)
    this.#byGroup.set(group, { duration, until: now + duration, failedAt: now })
  }

  isBackedOff(group: string, now: SimTime): boolean {
    const entry = this.#byGroup.get(group)
    return entry !== undefined && entry.until >= now
  }

  removeStale(now: SimTime): void {
    for (const [group, { failedAt }] of this.#byGroup) {
      if (failedAt + this.#times.backoffReset < now) this.#byGroup.delete(group)
    }
  }

  /** When the first group may grow again. */
  nextRelease(now: SimTime): SimTime | undefined {
    let next: SimTime | undefined
    for (const { until } of this.#byGroup.values()) {
      if (until >= now && (next === undefined || until + 1 < next)) next = until + 1
    }
    return next
  }
}
