/**
 * Fragmentation: the share of a resource's idle amount that lies on nodes which cannot take the reference pod. The
 * reference pod asks, of every recorded resource, the median of what the last 1,023 created pods ask; a node takes it
 * when it has that much of each resource idle and a free pod slot. Only amounts count, not taints or affinity, so the
 * figure says how scattered the idle room is, and nothing about who is allowed to use it.
 */
import type { NodeTable } from '../state/nodes.js'
import { PODS } from '../state/resource-names.js'
import type { NodeLedger } from './node-ledger.js'

/** Pods the reference pod is taken from; odd, so that the median is one of them. */
export const REFERENCE_WINDOW = 1023

/** The median of the last {@link REFERENCE_WINDOW} values; of an even number the lower one. */
export class RecentMedian {
  #ring = new Float64Array(REFERENCE_WINDOW)
  #sorted = new Float64Array(REFERENCE_WINDOW)
  #length = 0
  #next = 0

  push(value: number): void {
    const sorted = this.#sorted
    if (this.#length === REFERENCE_WINDOW) {
      const gone = lowerBound(sorted, this.#length, this.#ring[this.#next])
      sorted.copyWithin(gone, gone + 1, this.#length)
      this.#length--
    }
    const place = lowerBound(sorted, this.#length, value)
    sorted.copyWithin(place + 1, place, this.#length)
    sorted[place] = value
    this.#length++
    this.#ring[this.#next] = value
    this.#next = (this.#next + 1) % REFERENCE_WINDOW
  }

  /** 0 when there is no value yet. */
  get median(): number {
    return this.#length === 0 ? 0 : this.#sorted[(this.#length - 1) >> 1]
  }
}

/** The first position whose value is not below the given one. */
function lowerBound(sorted: Float64Array, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Writes one share per resource to `shares`; NaN where nothing is idle. */
export function fragmentationShares(
  nodes: NodeTable,
  ledger: NodeLedger,
  reference: Float64Array,
  shares: Float64Array,
): void {
  const { width, alive, allocatable, held, activePods } = ledger
  const { allocatable: amounts, resourceWidth, highWater } = nodes
  const idle = new Float64Array(width)
  const unusable = new Float64Array(width)
  for (let node = 0; node < highWater; node++) {
    if (alive[node] === 0) continue
    const row = node * width
    let fits = amounts[node * resourceWidth + PODS] > activePods[node]
    for (let i = 0; i < width && fits; i++) fits = allocatable[row + i] - held[row + i] >= reference[i]
    for (let i = 0; i < width; i++) {
      const free = allocatable[row + i] - held[row + i]
      if (free <= 0) continue
      idle[i] += free
      if (!fits) unusable[i] += free
    }
  }
  for (let i = 0; i < width; i++) shares[i] = idle[i] > 0 ? unusable[i] / idle[i] : Number.NaN
}
