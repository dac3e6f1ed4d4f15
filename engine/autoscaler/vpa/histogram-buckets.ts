/**
 * The buckets of a usage histogram: the first starts at 0, each is 5 % larger than the one before, and the
 * last has no end.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/util/histogram_options.go (VPA 1.8.1).
 * Simplified: linear buckets, which the recommender does not use.
 */
import { HISTOGRAM } from '../../model/vertical-pod-autoscaler-defaults.js'

export class HistogramBuckets {
  readonly count: number
  readonly #starts: Float64Array
  readonly #growth: number
  readonly #firstBucketSize: number

  constructor(firstBucketSize: number, maxValue: number, growth: number = HISTOGRAM.growth) {
    this.#growth = growth
    this.#firstBucketSize = firstBucketSize
    this.count = Math.ceil(this.#position(maxValue)) + 1
    this.#starts = new Float64Array(this.count)
    for (let bucket = 1; bucket < this.count; bucket++) {
      this.#starts[bucket] = (firstBucketSize * (wholePower(growth, bucket) - 1)) / (growth - 1)
    }
  }

  /** The bucket a value falls into; values beyond the largest fall into the last. */
  find(value: number): number {
    if (value < this.#firstBucketSize) return 0
    return Math.min(Math.trunc(this.#position(value)), this.count - 1)
  }

  start(bucket: number): number {
    return this.#starts[bucket]
  }

  /** The sum of a geometric series, solved for its length. */
  #position(value: number): number {
    const series = (value * (this.#growth - 1)) / this.#firstBucketSize + 1
    return Math.log(series) / Math.log(this.#growth)
  }
}

/** By repeated squaring, as Go's math.Pow takes whole powers: every bit of a boundary counts. */
function wholePower(base: number, exponent: number): number {
  let power = 1
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power *= square
    square *= square
  }
  return power
}

const { cpu, memory } = HISTOGRAM

/** In cores. */
export const CPU_BUCKETS = new HistogramBuckets(cpu.firstBucketSize, cpu.maxValue)
/** In bytes. */
export const MEMORY_BUCKETS = new HistogramBuckets(memory.firstBucketSize, memory.maxValue)
