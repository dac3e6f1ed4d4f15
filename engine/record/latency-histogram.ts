/**
 * Latencies of very many requests in buckets that grow by a fifth, so that those of any span of time can be added up.
 * Upstream: nothing; the buckets of DDSketch (Masson, Rim, Lee, VLDB 2019).
 * Simplified: a quantile is off by less than a tenth; times below 0.1 ms and above an hour count as these.
 */
const LEAST_SECONDS = 1e-4
const GROWTH = 1.2
const BUCKETS = 97

/** Upper bounds of the buckets, seconds; the last one takes everything above. */
export const LATENCY_BOUNDS: Float64Array = Float64Array.from(
  { length: BUCKETS },
  (_, i) => LEAST_SECONDS * GROWTH ** i,
)

export interface LatencyTimes {
  /** Share of the requests that take longer than so many seconds. */
  longerThan(seconds: number): number
}

export class LatencyHistogram {
  readonly counts = new Float64Array(BUCKETS + 1)
  total = 0

  add(requests: number, times: LatencyTimes): void {
    if (requests <= 0) return
    const { counts } = this
    this.total += requests
    let above = 1
    for (let i = 0; i < BUCKETS; i++) {
      const next = above > 1e-9 ? times.longerThan(LATENCY_BOUNDS[i]) : 0
      counts[i] += requests * (above - next)
      above = next
      if (above <= 1e-9) return
    }
    counts[BUCKETS] += requests * above
  }

  addAll(other: LatencyHistogram): void {
    for (let i = 0; i <= BUCKETS; i++) this.counts[i] += other.counts[i]
    this.total += other.total
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
  }

  /** NaN without requests. */
  quantile(q: number): number {
    if (this.total <= 0) return Number.NaN
    const wanted = q * this.total
    let sum = 0
    for (let i = 0; i < BUCKETS; i++) {
      const count = this.counts[i]
      if (sum + count >= wanted && count > 0) {
        const low = i === 0 ? 0 : LATENCY_BOUNDS[i - 1]
        return low + ((LATENCY_BOUNDS[i] - low) * (wanted - sum)) / count
      }
      sum += count
    }
    return LATENCY_BOUNDS[BUCKETS - 1]
  }
}
