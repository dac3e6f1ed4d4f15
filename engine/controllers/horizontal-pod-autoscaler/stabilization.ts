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
  /** The size and the time of each, one after the other. */
  readonly #list: number[] = []

  /** The size found at first counts as recommended. */
  start(replicas: number, now: SimTime): void {
    if (this.#list.length === 0) this.#keep(replicas, now, -1)
  }

  /** The size that would have been recommended at a look left out; those before `cutoff` are too old for any window. */
  repeat(replicas: number, at: SimTime, cutoff: SimTime): void {
    const list = this.#list
    let old = list.length - 2
    while (old >= 0 && list[old + 1] >= cutoff) old -= 2
    this.#keep(replicas, at, old)
  }

  /** When the first other recommendation leaves a window; NEVER when there is none in it. */
  nextExpiry(wanted: number, window: SimTime, now: SimTime): SimTime {
    const list = this.#list
    let next = NEVER
    for (let i = 0; i < list.length; i += 2) {
      const expiry = list[i + 1] + window + 1
      if (list[i] !== wanted && expiry > now && expiry < next) next = expiry
    }
    return next
  }

  /** Without `behavior`: the highest of the window, those as old as the window included. */
  highest(desired: number, window: SimTime, now: SimTime): number {
    const list = this.#list
    const cutoff = now - window
    let highest = desired
    let old = -1
    for (let i = 0; i < list.length; i += 2) {
      if (list[i + 1] < cutoff) old = i
      else if (list[i] > highest) highest = list[i]
    }
    this.#keep(desired, now, old)
    return highest
  }

  /** With `behavior`: the current size, moved only as far as both windows ask for; their ends do not count. */
  steady(desired: number, current: number, windows: Windows, now: SimTime): number {
    const list = this.#list
    const upCutoff = now - windows.up
    const downCutoff = now - windows.down
    let lowest = desired
    let highest = desired
    let old = -1
    for (let i = 0; i < list.length; i += 2) {
      const replicas = list[i]
      const at = list[i + 1]
      if (at > upCutoff && replicas < lowest) lowest = replicas
      if (at > downCutoff && replicas > highest) highest = replicas
      if (at < upCutoff && at < downCutoff) old = i
    }
    this.#keep(desired, now, old)
    return Math.min(Math.max(current, lowest), highest)
  }

  #keep(replicas: number, at: SimTime, old: number): void {
    const place = old < 0 ? this.#list.length : old
    this.#list[place] = replicas
    this.#list[place + 1] = at
  }
}
