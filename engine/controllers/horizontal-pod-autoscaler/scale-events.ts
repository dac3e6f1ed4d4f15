/**
 * Changes of size in one direction: how many replicas came or went within a policy's period.
 *
 * Upstream: storeScaleEvent, markScaleEventsOutdated, getReplicasChangePerPeriod in
 * pkg/controller/podautoscaler/ horizontal.go (1.36): an event older than the longest period is
 * overwritten by the next one.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'

interface ScaleEvent {
  change: number
  at: SimTime
  /** Once found too old it stays so, even when longer periods come. */
  isOutdated: boolean
}

export class ScaleEvents {
  readonly #list: ScaleEvent[] = []

  within(period: SimTime, now: SimTime): number {
    const cutoff = now - period
    let replicas = 0
    for (const { change, at } of this.#list) if (at > cutoff) replicas += change
    return replicas
  }

  store(change: number, longestPeriod: SimTime, now: SimTime): void {
    const cutoff = now - longestPeriod
    let reused: ScaleEvent | undefined
    for (const event of this.#list) {
      if (event.at < cutoff) event.isOutdated = true
      if (event.isOutdated) reused = event
    }
    if (reused === undefined) this.#list.push({ change, at: now, isOutdated: false })
    else Object.assign(reused, { change, at: now, isOutdated: false })
  }
}
