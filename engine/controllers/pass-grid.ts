/**
 * The passes of a loop that starts over a fixed time after its last end. Passes with nothing to do are arithmetic; one
 * that is really made begins and ends, and the grid goes on from its end.
 *
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/wait UntilWithContext, which is sliding (1.36).
 * Simplified: every pass with nothing to do takes equally long.
 */
import { MILLISECOND, type SimTime } from '../kernel/time.js'

interface Stretch {
  readonly first: SimTime
  readonly last: SimTime
}

/** Stretches kept to look back; older passes are asked for by nobody. */
const KEPT = 32

export class PassGrid {
  readonly #step: SimTime
  #past: Stretch[] = []
  /** The first pass of the present stretch; undefined while a pass is being made. */
  #first: SimTime | undefined

  /** @param step from one pass with nothing to do to the next. */
  constructor(first: SimTime, step: SimTime) {
    this.#first = first
    this.#step = step
  }

  get isRunning(): boolean {
    return this.#first === undefined
  }

  /** The first pass at or after a time, made or not; undefined when it hangs on the end of the one being made. */
  firstFrom(time: SimTime): SimTime | undefined {
    for (const { first, last } of this.#past) {
      const pass = this.#onGrid(first, time)
      if (pass <= last) return pass
    }
    return this.nextFrom(time)
  }

  /** The first pass at or after a time that has not been made yet; undefined while one is being made. */
  nextFrom(time: SimTime): SimTime | undefined {
    return this.#first === undefined ? undefined : this.#onGrid(this.#first, time)
  }

  /** Tells passes apart: the time of the latest one before or at a time, in whole milliseconds. */
  passBefore(time: SimTime): number {
    const first = this.#first ?? this.#past.at(-1)?.last ?? 0
    const pass = time < first ? (this.#past.at(-1)?.last ?? first) : time - ((time - first) % this.#step)
    return Math.floor(pass / MILLISECOND)
  }

  /** A pass of the grid is made now. */
  begin(now: SimTime): void {
    if (this.#first !== undefined) this.#past.push({ first: this.#first, last: now })
    if (this.#past.length > KEPT) this.#past.shift()
    this.#first = undefined
  }

  /** It has ended; the next one is at `next`. */
  end(next: SimTime): void {
    this.#first = next
  }

  #onGrid(first: SimTime, time: SimTime): SimTime {
    return time <= first ? first : first + Math.ceil((time - first) / this.#step) * this.#step
  }
}
