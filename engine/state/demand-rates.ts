import type { SimTime } from '../kernel/time.js'

/**
 * Requests a second of each demand of the model, by its place there: written by the load, read by the network, which
 * hears of changes at once.
 */
export class DemandRates {
  readonly #rates: number[] = []
  readonly #listeners: ((demand: number, at: SimTime) => void)[] = []

  listen(listener: (demand: number, at: SimTime) => void): void {
    this.#listeners.push(listener)
  }

  of(demand: number): number {
    return this.#rates[demand] ?? 0
  }

  set(demand: number, requestsPerSecond: number, at: SimTime): void {
    if (this.of(demand) === requestsPerSecond) return
    this.#rates[demand] = requestsPerSecond
    for (const listener of this.#listeners) listener(demand, at)
  }
}
