/**
 * Sorts as Go does, element for element: where a comparison ties, or contradicts itself, the order that comes out
 * depends on the steps of the algorithm, and some of upstream's comparisons do both.
 * Upstream: pattern-defeating quicksort of Go's packages sort (sort.Slice) and slices (slices.SortFunc), since 1.19.
 * Simplified: nothing known.
 */

/** Whether the first belongs before the second. */
export type IsLess<T> = (a: T, b: T) => boolean

/** Sorts in place. */
export function sortLikeGo<T>(items: T[], isLess: IsLess<T>): void {
  // The number of badly balanced partitions that are borne before it turns to a heap.
  new Sorting(items, isLess).sort(0, items.length, 32 - Math.clz32(items.length))
}

/** Up to so many elements are inserted one by one. */
const INSERTED = 12
/** From so many elements on the pivot is a median of medians, and elements out of place are shifted. */
const LONG = 50
/** Elements out of place that are shifted before a nearly sorted list counts as unsorted. */
const SHIFTS = 5

const Hint = { Unknown: 0, Increasing: 1, Decreasing: 2 } as const
type Hint = (typeof Hint)[keyof typeof Hint]

class Sorting<T> {
  readonly #items: T[]
  readonly #isLess: IsLess<T>
  /** Comparisons of the last choice of a pivot that found two elements out of order. */
  #swaps = 0

  constructor(items: T[], isLess: IsLess<T>) {
    this.#items = items
    this.#isLess = isLess
  }

  sort(from: number, to: number, badPartitionsLeft: number): void {
    let first = from
    let end = to
    let left = badPartitionsLeft
    let wasBalanced = true
    let wasPartitioned = true
    for (;;) {
      const length = end - first
      if (length <= INSERTED) return this.#insertAll(first, end)
      if (left === 0) return this.#heapSort(first, end)
      if (!wasBalanced) {
        this.#breakPatterns(first, end)
        left--
      }
      let [pivot, hint] = this.#choosePivot(first, end)
      if (hint === Hint.Decreasing) {
        this.#reverse(first, end)
        pivot = end - 1 - (pivot - first)
        hint = Hint.Increasing
      }
      const isNearlySorted = wasBalanced && wasPartitioned && hint === Hint.Increasing
      if (isNearlySorted && this.#shiftMisplaced(first, end)) return
      // Nothing here is less than what stands before it: those equal to the pivot are done.
      if (first > 0 && !this.#less(first - 1, pivot)) {
        first = this.#partitionEqual(first, end, pivot)
        continue
      }
      const partition = this.#partition(first, end, pivot)
      const { middle } = partition
      wasPartitioned = partition.wasPartitioned
      const before = middle - first
      const after = end - middle
      wasBalanced = Math.min(before, after) >= Math.floor(length / 8)
      if (before < after) {
        this.sort(first, middle, left)
        first = middle + 1
      } else {
        this.sort(middle + 1, end, left)
        end = middle
      }
    }
  }

  #less(a: number, b: number): boolean {
    return this.#isLess(this.#items[a], this.#items[b])
  }

  #swap(a: number, b: number): void {
    const kept = this.#items[a]
    this.#items[a] = this.#items[b]
    this.#items[b] = kept
  }

  #insertAll(first: number, end: number): void {
    for (let i = first + 1; i < end; i++) {
      for (let j = i; j > first && this.#less(j, j - 1); j--) this.#swap(j, j - 1)
    }
  }

  #heapSort(first: number, end: number): void {
    const length = end - first
    for (let i = Math.floor((length - 1) / 2); i >= 0; i--) this.#siftDown(i, length, first)
    for (let i = length - 1; i >= 0; i--) {
      this.#swap(first, first + i)
      this.#siftDown(0, i, first)
    }
  }

  #siftDown(from: number, end: number, first: number): void {
    let root = from
    for (;;) {
      let child = 2 * root + 1
      if (child >= end) return
      if (child + 1 < end && this.#less(first + child, first + child + 1)) child++
      if (!this.#less(first + root, first + child)) return
      this.#swap(first + root, first + child)
      root = child
    }
  }

  /** Moves three elements around, by numbers that depend on the length alone. */
  #breakPatterns(first: number, end: number): void {
    const length = end - first
    if (length < 8) return
    let random = BigInt(length)
    const mask = (1n << BigInt(32 - Math.clz32(length))) - 1n
    const place = first + Math.floor(length / 4) * 2 - 1
    for (let i = 0; i < 3; i++) {
      random = BigInt.asUintN(64, random ^ (random << 13n))
      random ^= random >> 7n
      random = BigInt.asUintN(64, random ^ (random << 17n))
      const other = Number(random & mask)
      this.#swap(place + i, first + (other >= length ? other - length : other))
    }
  }

  #choosePivot(first: number, end: number): [pivot: number, hint: Hint] {
    const length = end - first
    const quarter = Math.floor(length / 4)
    let places = [first + quarter, first + quarter * 2, first + quarter * 3]
    this.#swaps = 0
    if (length >= LONG) places = places.map(place => this.#median(place - 1, place, place + 1))
    const pivot = this.#median(places[0], places[1], places[2])
    if (this.#swaps === 0) return [pivot, Hint.Increasing]
    return [pivot, this.#swaps === 12 ? Hint.Decreasing : Hint.Unknown]
  }

  #median(first: number, second: number, third: number): number {
    const [a, b] = this.#ordered(first, second)
    const [c] = this.#ordered(b, third)
    return this.#ordered(a, c)[1]
  }

  #ordered(a: number, b: number): [number, number] {
    if (!this.#less(b, a)) return [a, b]
    this.#swaps++
    return [b, a]
  }

  #reverse(first: number, end: number): void {
    for (let i = first, j = end - 1; i < j; i++, j--) this.#swap(i, j)
  }

  /** Puts a few elements into their places; false when there are more of them, or the list is short. */
  #shiftMisplaced(first: number, end: number): boolean {
    let i = first + 1
    for (let shift = 0; shift < SHIFTS; shift++) {
      while (i < end && !this.#less(i, i - 1)) i++
      if (i === end) return true
      if (end - first < LONG) return false
      this.#swap(i, i - 1)
      if (i - first >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1)
      if (end - i >= 2) for (let j = i + 1; j < end && this.#less(j, j - 1); j++) this.#swap(j, j - 1)
    }
    return false
  }

  /** Those less than the pivot first, then the pivot, then the others; answers where the pivot came to be. */
  #partition(first: number, end: number, pivot: number): { middle: number; wasPartitioned: boolean } {
    this.#swap(first, pivot)
    let i = first + 1
    let j = end - 1
    let wasPartitioned = true
    for (;;) {
      while (i <= j && this.#less(i, first)) i++
      while (i <= j && !this.#less(j, first)) j--
      if (i > j) break
      wasPartitioned = false
      this.#swap(i++, j--)
    }
    this.#swap(j, first)
    return { middle: j, wasPartitioned }
  }

  /** Those equal to the pivot first, then those greater; answers where they begin. */
  #partitionEqual(first: number, end: number, pivot: number): number {
    this.#swap(first, pivot)
    let i = first + 1
    let j = end - 1
    for (;;) {
      while (i <= j && !this.#less(first, i)) i++
      while (i <= j && this.#less(first, j)) j--
      if (i > j) return i
      this.#swap(i++, j--)
    }
  }
}
