/**
 * How long an experiment still takes, from how long its runs took so far: a run is expected to take as long as the mean
 * of its variant, or of all where its variant has none yet, and the workers share what is left. Nothing is promised
 * before as many runs are over as there are workers. The first run of each worker is slow, since it loads and warms up
 * the simulator: these count only while there are no others.
 */
import type { PlannedRun } from './plan.js'

export class ProgressEstimate {
  readonly #workers: number
  #byVariant = new Map<number, { sum: number; count: number }>()
  #sum = 0
  #count = 0
  #finished = 0

  constructor(workers: number) {
    this.#workers = workers
  }

  finished({ variant }: PlannedRun, seconds: number): void {
    if (this.#finished === this.#workers) {
      this.#byVariant = new Map()
      this.#sum = 0
      this.#count = 0
    }
    const known = this.#byVariant.get(variant) ?? { sum: 0, count: 0 }
    this.#byVariant.set(variant, { sum: known.sum + seconds, count: known.count + 1 })
    this.#sum += seconds
    this.#count++
    this.#finished++
  }

  /** Seconds that these runs will take; undefined: too early to tell. */
  secondsFor(left: readonly PlannedRun[]): number | undefined {
    if (this.#finished < this.#workers) return undefined
    let work = 0
    for (const { variant } of left) {
      const { sum, count } = this.#byVariant.get(variant) ?? { sum: this.#sum, count: this.#count }
      work += sum / count
    }
    return work / Math.min(this.#workers, Math.max(1, left.length))
  }
}
