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

interface Recommendation {
  replicas: number
  at: SimTime
}

export interface Windows {
  readonly up: SimTime
  readonly down: SimTime
}

export class Recommendations {
  readonly #list: Recommendation[] = []

  /** The size found at first counts as recommended. */
  start(replicas: number, now: SimTime): void {
    if (this.#list.length === 0) this.#list.push({ replicas, at: now })
  }

  /** The size that would have been recommended at a look left out; those before `cutoff` are too old for any window. */
  repeat(replicas: number, at: SimTime, cutoff: SimTime): void {
    let old = -1
    for (let i = 0; i < this.#list.length; i++) if (this.#list[i].at < cutoff) old = i
    this.#keep(replicas, at, old)
  }

  /** When the first other recommendation leaves a window; NEVER when there is none in it. */
  nextExpiry(wanted: number, window: SimTime, now: SimTime): SimTime {
    let next = NEVER
    for (const { replicas, at } of this.#list) {
      const expiry = at + window + 1
      if (replicas !== wanted && expiry > now && expiry < next) next = expiry
    }
    return next
  }

  /** Without `behavior`: the highest of the window, those as old as the window included. */
  highest(desired: number, window: SimTime, now: SimTime): number {
    const cutoff = now - window
    let highest = desired
    let old = -1
    for (let i = 0; i < this.#list.length; i++) {
      const { replicas, at } = this.#list[i]
      if (at < cutoff) old = i
      else if (replicas > highest) highest = replicas
    }
    this.#keep(desired, now, old)
    return highest
  }

  /** With `behavior`: the current size, moved only as far as both windows ask for; their ends do not count. */
  steady(desired: number, current: number, windows: Windows, now: SimTime): number {
    const upCutoff = now - windows.up
    const downCutoff = now - windows.down
    let lowest = desired
    let highest = desired
    let old = -1
    for (let i = 0; i < this.#list.length; i++) {
      const { replicas, at } = this.#list[i]
      if (at > upCutoff && replicas < lowest) lowest = replicas
      if (at > downCutoff && replicas > highest) highest = replicas
      if (at < upCutoff && at < downCutoff) old = i
    }
    this.#keep(desired, now, old)
    return Math.min(Math.max(current, lowest), highest)
  }

  #keep(replicas: number, at: SimTime, old: number): void {
    if (old === -1) {
      this.#list.push({ replicas, at })
      return
    }
    this.#list[old].replicas = replicas
    this.#list[old].at = at
  }
}
