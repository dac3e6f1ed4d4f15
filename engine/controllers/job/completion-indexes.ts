/**
 * Sets of completion indexes as a Job's status writes them: `0,2-4`, ordered intervals. What cannot be read
 * is left out; what is out of order is kept as written.
 *
 * Upstream: pkg/controller/job/indexed_job_utils.go orderedIntervals, parseIndexesFromString (1.36).
 * Simplified: nothing known.
 */
import { atoi } from '../../model/go-integer.js'

interface Interval {
  readonly first: number
  last: number
}

export class CompletionIndexes {
  readonly #intervals: readonly Readonly<Interval>[]

  private constructor(intervals: readonly Readonly<Interval>[]) {
    this.#intervals = intervals
  }

  static readonly none = new CompletionIndexes([])

  /** Reads a list; indexes from `completions` on do not count. */
  static parse(text: string, completions: number): CompletionIndexes {
    if (text === '') return CompletionIndexes.none
    const intervals: Interval[] = []
    for (const part of text.split(',')) {
      const [from, to] = part.split('-')
      const first = atoi(from)
      if (typeof first !== 'number') continue
      if (first >= completions) break
      const end = to === undefined ? first : atoi(to)
      if (typeof end !== 'number') continue
      const last = Math.min(end, completions - 1)
      const previous = intervals.at(-1)
      if (previous !== undefined && previous.last === first - 1) previous.last = last
      else intervals.push({ first, last })
    }
    return new CompletionIndexes(intervals)
  }

  get isEmpty(): boolean {
    return this.#intervals.length === 0
  }

  /** How many indexes there are. */
  get total(): number {
    let total = 0
    for (const { first, last } of this.#intervals) total += last - first + 1
    return total
  }

  has(index: number): boolean {
    let low = 0
    let high = this.#intervals.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#intervals[middle].last >= index) high = middle
      else low = middle + 1
    }
    return low < this.#intervals.length && this.#intervals[low].first <= index
  }

  with(indexes: Iterable<number>): CompletionIndexes {
    const added = [...indexes].sort((a, b) => a - b).map(index => ({ first: index, last: index }))
    return added.length === 0 ? this : this.merge(new CompletionIndexes(added))
  }

  merge(other: CompletionIndexes): CompletionIndexes {
    const merged: Interval[] = []
    const add = ({ first, last }: Readonly<Interval>): void => {
      const previous = merged.at(-1)
      if (previous === undefined || first > previous.last + 1) merged.push({ first, last })
      else if (previous.last < last) previous.last = last
    }
    const a = this.#intervals
    const b = other.#intervals
    let i = 0
    let j = 0
    while (i < a.length && j < b.length) add(a[i].first < b[j].first ? a[i++] : b[j++])
    while (i < a.length) add(a[i++])
    while (j < b.length) add(b[j++])
    return new CompletionIndexes(merged)
  }

  /** How many indexes of both sets are the same, both being in order. */
  overlap(other: CompletionIndexes): number {
    const a = this.#intervals
    const b = other.#intervals
    let shared = 0
    let i = 0
    let j = 0
    while (i < a.length && j < b.length) {
      const common = Math.min(a[i].last, b[j].last) - Math.max(a[i].first, b[j].first) + 1
      if (common > 0) shared += common
      const ends = a[i].last - b[j].last
      if (ends <= 0) i++
      if (ends >= 0) j++
    }
    return shared
  }

  /** The first `count` indexes below `completions` that are not in the set. */
  firstMissing(count: number, completions: number): number[] {
    const missing: number[] = []
    let candidate = 0
    for (const { first, last } of this.#intervals) {
      for (; candidate < first && candidate < completions && missing.length < count; candidate++) {
        missing.push(candidate)
      }
      candidate = Math.max(candidate, last + 1)
    }
    for (; candidate < completions && missing.length < count; candidate++) missing.push(candidate)
    return missing
  }

  *[Symbol.iterator](): Generator<number> {
    for (const { first, last } of this.#intervals) for (let index = first; index <= last; index++) yield index
  }

  toString(): string {
    return this.#intervals
      .map(({ first, last }) => {
        if (last <= first) return String(first)
        return last === first + 1 ? `${first},${last}` : `${first}-${last}`
      })
      .join(',')
  }
}
