/**
 * What the recorder keeps of each node row: amounts allocatable and held by pods, their integrals over virtual time
 * for time-weighted means, and counts of pods. All under the row number of the node; a row given out again starts
 * a new account.
 */
import type { SimTime } from '../kernel/time.js'

export class NodeLedger {
  readonly width: number
  #rows = 0
  /** 1 while the node exists. */
  alive = new Uint8Array(0)
  /** Pods bound and not finished, the most there were at once, and all there ever were. */
  activePods = new Int32Array(0)
  peakPods = new Int32Array(0)
  podsEver = new Float64Array(0)
  /** At `node * width + resource`. */
  allocatable = new Float64Array(0)
  held = new Float64Array(0)
  /** The part of `held` whose pods are in phase Running. */
  heldRunning = new Float64Array(0)
  #allocatableIntegral = new Float64Array(0)
  #heldIntegral = new Float64Array(0)
  #countedTo = new Float64Array(0)

  constructor(width: number) {
    this.width = width
  }

  /** Starts a node's account. */
  open(node: number, at: SimTime): void {
    this.#reserve(node + 1)
    this.alive[node] = 1
    this.activePods[node] = 0
    this.peakPods[node] = 0
    this.podsEver[node] = 0
    this.#countedTo[node] = at
    const from = node * this.width
    const to = from + this.width
    for (const matrix of this.#matrices()) matrix.fill(0, from, to)
  }

  /** Counts the present amounts for the time up to `at`; called before any of them changes. */
  advance(node: number, at: SimTime): void {
    const span = at - this.#countedTo[node]
    if (span <= 0) return
    this.#countedTo[node] = at
    const allocatable = this.allocatable
    const held = this.held
    const allocatableIntegral = this.#allocatableIntegral
    const heldIntegral = this.#heldIntegral
    const to = (node + 1) * this.width
    for (let cell = node * this.width; cell < to; cell++) {
      allocatableIntegral[cell] += allocatable[cell] * span
      heldIntegral[cell] += held[cell] * span
    }
  }

  /** Time-weighted mean share of a resource held by pods, from the node's creation to the last `advance`. */
  meanShare(node: number, resource: number): number {
    const cell = node * this.width + resource
    const whole = this.#allocatableIntegral[cell]
    return whole > 0 ? this.#heldIntegral[cell] / whole : Number.NaN
  }

  #matrices(): readonly Float64Array[] {
    return [this.allocatable, this.held, this.heldRunning, this.#allocatableIntegral, this.#heldIntegral]
  }

  #reserve(rows: number): void {
    if (rows <= this.#rows) return
    this.#rows = Math.max(64, this.#rows * 2, rows)
    const cells = this.#rows * this.width
    this.alive = grown(this.alive, new Uint8Array(this.#rows))
    this.activePods = grown(this.activePods, new Int32Array(this.#rows))
    this.peakPods = grown(this.peakPods, new Int32Array(this.#rows))
    this.podsEver = grown(this.podsEver, new Float64Array(this.#rows))
    this.#countedTo = grown(this.#countedTo, new Float64Array(this.#rows))
    this.allocatable = grown(this.allocatable, new Float64Array(cells))
    this.held = grown(this.held, new Float64Array(cells))
    this.heldRunning = grown(this.heldRunning, new Float64Array(cells))
    this.#allocatableIntegral = grown(this.#allocatableIntegral, new Float64Array(cells))
    this.#heldIntegral = grown(this.#heldIntegral, new Float64Array(cells))
  }
}

function grown<A extends Uint8Array | Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
