/**
 * Running sums over the whole cluster: what is allocatable, requested and running per resource, nodes and nodes in
 * use, their integrals over virtual time and their peaks. Values change at events and hold in between, so the
 * integrals are exact; a value counts for a peak only when it lasted.
 */
import type { SimTime } from '../kernel/time.js'

export class ClusterStatistics {
  readonly width: number
  /** Sums over the nodes that exist, per recorded resource. */
  readonly allocatable: Float64Array
  readonly requested: Float64Array
  /** The part of `requested` whose pods are in phase Running. */
  readonly running: Float64Array
  nodes = 0
  /** Nodes with at least one pod bound to them that has not finished. */
  nodesInUse = 0

  readonly allocatableIntegral: Float64Array
  readonly requestedIntegral: Float64Array
  readonly peakShare: Float64Array
  /** Time-weighted means so far; a constant stays exactly what it is, where an integral over years would round. */
  nodesMean = 0
  nodesInUseMean = 0
  nodesPeak = 0
  nodesInUsePeak = 0
  #at: SimTime = 0

  constructor(width: number) {
    this.width = width
    this.allocatable = new Float64Array(width)
    this.requested = new Float64Array(width)
    this.running = new Float64Array(width)
    this.allocatableIntegral = new Float64Array(width)
    this.requestedIntegral = new Float64Array(width)
    this.peakShare = new Float64Array(width)
  }

  /** Counts the present values for the time up to `now`; called before every change, and at the end. */
  advance(now: SimTime): void {
    const span = now - this.#at
    if (span <= 0) return
    this.#at = now
    const { allocatable, requested, allocatableIntegral, requestedIntegral, peakShare } = this
    for (let i = 0; i < this.width; i++) {
      const amount = allocatable[i]
      allocatableIntegral[i] += amount * span
      requestedIntegral[i] += requested[i] * span
      if (amount > 0 && requested[i] > peakShare[i] * amount) peakShare[i] = requested[i] / amount
    }
    const weight = span / now
    this.nodesMean += (this.nodes - this.nodesMean) * weight
    this.nodesInUseMean += (this.nodesInUse - this.nodesInUseMean) * weight
    if (this.nodes > this.nodesPeak) this.nodesPeak = this.nodes
    if (this.nodesInUse > this.nodesInUsePeak) this.nodesInUsePeak = this.nodesInUse
  }

  /** Requested share of what is allocatable now; NaN when nothing is. */
  share(resource: number): number {
    return ratio(this.requested[resource], this.allocatable[resource])
  }

  runningShare(resource: number): number {
    return ratio(this.running[resource], this.allocatable[resource])
  }

  /** Time-weighted mean share: the integral of the requests over the integral of what was allocatable. */
  meanShare(resource: number): number {
    return ratio(this.requestedIntegral[resource], this.allocatableIntegral[resource])
  }

  /** Highest share that lasted, the present one included; NaN when nothing ever was allocatable. */
  peakShareOf(resource: number): number {
    if (this.allocatableIntegral[resource] === 0) return this.share(resource)
    const now = this.allocatable[resource] > 0 ? this.share(resource) : 0
    return Math.max(this.peakShare[resource], now)
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN
}
