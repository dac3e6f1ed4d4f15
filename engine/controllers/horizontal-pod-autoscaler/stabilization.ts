/**
 * What an autoscaler has recommended lately, and the recommendation that is steady within the windows:
 * the highest when going down, the lowest when going up.
 *
 * Upstream: stabilizeRecommendation, stabilizeRecommendationWithBehaviors in
 * pkg/controller/podautoscaler/ horizontal.go (1.36): a recommendation that is too old is overwritten in
 * its place, never removed, and of several the last one.
 * Simplified: nothing known.
 */
import { NEVER, type SimTime } from '../../kernel/time.js'

export interface Windows {
  readonly up: SimTime
  readonly down: SimTime
}

export class Recommendations {
  readonly #replicas: number[] = []
  /** When each was made. */
  readonly #times: SimTime[] = []

  /** The size found at first counts as recommended. */
  start(replicas: number, now: SimTime): void {
    if (this.#times.length === 0) this.#keep(replicas, now, -1)
  }

  /** The size that would have been recommended at a look left out; those before `cutoff` are too old for any window. */
  repeat(replicas: number, at: SimTime, cutoff: SimTime): void {
    const times = this.#times
    let old = times.length - 1
    while (old >= 0 && times[old] >= cutoff) old--
    this.#keep(replicas, at, old)
  }

  /** When the first other recommendation leaves a window; NEVER when there is none in it. */
  nextExpiry(wanted: number, window: SimTime, now: SimTime): SimTime {
    const sizes = this.#replicas
    const times = this.#times
    let next = NEVER
    for (let i = 0; i < times.length; i++) {
      const expiry = times[i] + window + 1
      if (sizes[i] !== wanted && expiry > now && expiry < next) next = expiry
    }
    return next
  }

  /** Without `behavior`: the highest of the window, those as old as the window included. */
  highest(desired: number, window: SimTime, now: SimTime): number {
    const sizes = this.#replicas
    const times = this.#times
    const cutoff = now - window
    let highest = desired
    let old = -1
    for (let i = 0; i < times.length; i++) {
      if (times[i] < cutoff) old = i
      else if (sizes[i] > highest) highest = sizes[i]
    }
    this.#keep(desired, now, old)
    return highest
  }

  /** With `behavior`: the current size, moved only as far as both windows ask for; their ends do not count. */
  steady(desired: number, current: number, windows: Windows, now: SimTime): number {
    const sizes = this.#replicas
    const times = this.#times
    const upCutoff = now - windows.up
    const downCutoff = now - windows.down
    let lowest = desired
    let highest = desired
    let old = -1
    for (let i = 0; i < times.length; i++) {
      const at = times[i]
      if (at > upCutoff && sizes[i] < lowest) lowest = sizes[i]
      if (at > downCutoff && sizes[i] > highest) highest = sizes[i]
      if (at < upCutoff && at < downCutoff) old = i
    }
    this.#keep(desired, now, old)
    return Math.min(Math.max(current, lowest), highest)
  }

  #keep(replicas: number, at: SimTime, old: number): void {
    const place = old === -1 ? this.#times.length : old
    this.#replicas[place] = replicas
    this.#times[place] = at
  }
}
