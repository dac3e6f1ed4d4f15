/**
 * The cheapest point of a grid that meets objectives, with few points tried: if a point misses, so do all with no more
 * of anything; if it meets, nothing dearer is of interest. The point tried next is the middle one by cost of those
 * still open, which with one knob is a bisection. It takes for granted that more never hurts.
 */

export interface Knob {
  readonly name: string
  /** Path in the scenario, such as `nodes.0.count`. */
  readonly path: string
  readonly from: number
  readonly to: number
  readonly step: number
  /** Of one unit. */
  readonly cost: number
}

export type Point = readonly number[]

/** More points than this are not searched. */
export const MOST_POINTS = 1_000_000

export class CapacitySearch {
  readonly #knobs: readonly Knob[]
  #open: readonly Point[]
  #best: Point | undefined

  constructor(knobs: readonly Knob[]) {
    this.#knobs = knobs
    let points: readonly Point[] = [[]]
    for (const { from, to, step } of knobs) {
      const values = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)
      points = points.flatMap(point => values.map(value => [...point, value]))
    }
    this.#open = [...points].sort((a, b) => this.costOf(a) - this.costOf(b) || compare(a, b))
  }

  /** The cheapest point known to meet the objectives. */
  get best(): Point | undefined {
    return this.#best
  }

  costOf(point: Point): number {
    return point.reduce((sum, amount, i) => sum + amount * this.#knobs[i].cost, 0)
  }

  /** The point to try next; undefined: the best is known. */
  next(): Point | undefined {
    return this.#open[(this.#open.length - 1) >> 1]
  }

  tell(point: Point, meets: boolean): void {
    if (meets) {
      const cost = this.costOf(point)
      this.#best = point
      this.#open = this.#open.filter(other => this.costOf(other) < cost)
    } else {
      this.#open = this.#open.filter(other => other.some((amount, i) => amount > point[i]))
    }
  }
}

function compare(a: Point, b: Point): number {
  const i = a.findIndex((amount, knob) => amount !== b[knob])
  return i < 0 ? 0 : a[i] - b[i]
}

/** How many points the knobs span. */
export function gridSize(knobs: readonly Knob[]): number {
  return knobs.reduce((size, { from, to, step }) => size * (Math.floor((to - from) / step) + 1), 1)
}
