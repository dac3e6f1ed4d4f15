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
  readonly #ring = new Float64Array(REFERENCE_WINDOW)
  readonly #scratch = new Float64Array(REFERENCE_WINDOW)
  #length = 0
  #next = 0
  #median = 0
  #stale = false

  push(value: number): void {
    const next = this.#next
    if (this.#length < REFERENCE_WINDOW) this.#length++
    else if (this.#ring[next] === value) {
      this.#next = next + 1 === REFERENCE_WINDOW ? 0 : next + 1
      return
    }
    this.#ring[next] = value
    this.#next = next + 1 === REFERENCE_WINDOW ? 0 : next + 1
    this.#stale = true
  }

  /** 0 when there is no value yet. */
  get median(): number {
    if (this.#stale) {
      this.#stale = false
      this.#scratch.set(this.#ring)
      this.#median = select(this.#scratch, this.#length, (this.#length - 1) >> 1)
    }
    return this.#median
  }
}

/** The value that would stand at `rank` if the first `length` values were sorted; moves them about. */
function select(values: Float64Array, length: number, rank: number): number {
  let low = 0
  let high = length - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1]
    let left = low
    let right = high
    while (left <= right) {
      while (values[left] < pivot) left++
      while (values[right] > pivot) right--
      if (left > right) break
      const value = values[left]
      values[left++] = values[right]
      values[right--] = value
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return pivot
  }
  return values[low]
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
