/**
 * A histogram of usage in which a sample loses half its weight with every half-life. Nothing is ever aged:
 * a newer sample is added with a greater weight, 2^(time since a reference / half-life), and the reference is
 * moved on only when weights grow too large or two histograms are merged.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/util (histogram.go, decaying_histogram.go, VPA 1.8.1).
 * Simplified: nothing known.
 */
import { SECOND } from '../../kernel/time.js'
import { HISTOGRAM } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { HistogramBuckets } from './histogram-buckets.js'

/** A point in time as microseconds since 1970; the reference times depend on the calendar. */
export type EpochMicros = number

/** A histogram as it is stored: weights in parts of 10,000 of the heaviest bucket. */
export interface HistogramCheckpoint {
  readonly referenceTimestamp: EpochMicros | undefined
  readonly bucketWeights: ReadonlyMap<number, number>
  readonly totalWeight: number
}

const MAX_CHECKPOINT_WEIGHT = 10_000
/** The reference moves on when a weight would be multiplied by more than 2^100. */
const MAX_DECAY_EXPONENT = 100
/** Upstream counts half-lives from the year 1. */
const SECONDS_BEFORE_1970 = 62_135_596_800n
const { epsilon } = HISTOGRAM

export class DecayingHistogram {
  readonly #buckets: HistogramBuckets
  readonly #halfLife: number
  readonly #weights: Float64Array
  #totalWeight = 0
  /** Undefined until the first sample: the year 1, from which every time is too far. */
  #reference: EpochMicros | undefined
  #first: number
  #last = 0

  constructor(buckets: HistogramBuckets, halfLife: number) {
    this.#buckets = buckets
    this.#halfLife = halfLife
    this.#weights = new Float64Array(buckets.count)
    this.#first = buckets.count - 1
  }

  add(value: number, weight: number, time: EpochMicros): void {
    const decayed = weight * this.#decayFactor(time)
    const bucket = this.#buckets.find(value)
    this.#weights[bucket] += decayed
    this.#totalWeight += decayed
    if (this.#weights[bucket] < epsilon) return
    this.#first = Math.min(this.#first, bucket)
    this.#last = Math.max(this.#last, bucket)
  }

  /** Takes a sample out again that was added before, with the same value, weight and time. */
  subtract(value: number, weight: number, time: EpochMicros): void {
    const decayed = weight * this.#decayFactor(time)
    const bucket = this.#buckets.find(value)
    this.#totalWeight = withoutRemainder(this.#totalWeight - decayed)
    this.#weights[bucket] = withoutRemainder(this.#weights[bucket] - decayed)
    this.#narrow()
  }

  /** Adds all of another histogram, of the same buckets and half-life; the older one's reference moves on. */
  merge(other: DecayingHistogram): void {
    const own = this.#reference ?? -Infinity
    const others = other.#reference ?? -Infinity
    if (own < others) this.#shiftReference(others)
    else if (others < own) other.#shiftReference(own)
    for (let bucket = other.#first; bucket <= other.#last; bucket++) {
      this.#weights[bucket] += other.#weights[bucket]
    }
    this.#totalWeight += other.#totalWeight
    this.#first = Math.min(this.#first, other.#first)
    this.#last = Math.max(this.#last, other.#last)
  }

  get isEmpty(): boolean {
    return this.#weights[this.#first] < epsilon
  }

  /** The end of the bucket in which so much of the weight is reached (0 to 1); 0 when nothing was added. */
  percentile(share: number): number {
    if (this.isEmpty) return 0
    const threshold = share * this.#totalWeight
    let sum = 0
    let bucket = this.#first
    for (; bucket < this.#last; bucket++) {
      sum += this.#weights[bucket]
      if (sum >= threshold) break
    }
    return this.#buckets.start(Math.min(bucket + 1, this.#buckets.count - 1))
  }

  checkpoint(): HistogramCheckpoint {
    let heaviest = 0
    for (let bucket = this.#first; bucket <= this.#last; bucket++) {
      heaviest = Math.max(heaviest, this.#weights[bucket])
    }
    const ratio = MAX_CHECKPOINT_WEIGHT / heaviest
    const bucketWeights = new Map<number, number>()
    for (let bucket = this.#first; bucket <= this.#last; bucket++) {
      const weight = Math.floor(this.#weights[bucket] * ratio + 0.5)
      if (weight > 0) bucketWeights.set(bucket, weight)
    }
    return { referenceTimestamp: this.#reference, bucketWeights, totalWeight: this.#totalWeight }
  }

  /** Takes a checkpoint's weights and its reference; called on a histogram to which nothing was added. */
  load({ referenceTimestamp, bucketWeights, totalWeight }: HistogramCheckpoint): void {
    this.#reference = referenceTimestamp
    let sum = 0
    for (const weight of bucketWeights.values()) sum += weight
    if (sum === 0) return
    const ratio = totalWeight / sum
    for (const [bucket, weight] of bucketWeights) {
      this.#first = Math.min(this.#first, bucket)
      this.#last = Math.max(this.#last, bucket)
      this.#weights[bucket] += weight * ratio
    }
    this.#totalWeight += totalWeight
    this.#narrow()
  }

  #decayFactor(time: EpochMicros): number {
    const reference = this.#reference
    if (reference === undefined || time > reference + this.#halfLife * MAX_DECAY_EXPONENT) {
      this.#shiftReference(time)
    }
    return powerOfTwo((time - (this.#reference as EpochMicros)) / this.#halfLife)
  }

  #shiftReference(time: EpochMicros): void {
    const old = this.#reference
    const next = this.#nearestMultiple(time)
    this.#reference = next
    if (old !== undefined) this.#scale(2 ** Math.floor((old - next) / this.#halfLife + 0.5))
    // From the year 1 on the exponent is so low that nothing is left of any weight.
    else this.#scale(0)
  }

  /** Of the half-life since the year 1; the half is rounded up. */
  #nearestMultiple(time: EpochMicros): EpochMicros {
    const halfLife = BigInt(this.#halfLife)
    const sinceYearOne = BigInt(time) + SECONDS_BEFORE_1970 * BigInt(SECOND)
    const past = Number(sinceYearOne % halfLife)
    return past + past < this.#halfLife ? time - past : time + (this.#halfLife - past)
  }

  /** Buckets that count as empty at the ends keep what little they hold. */
  #scale(factor: number): void {
    for (let bucket = this.#first; bucket <= this.#last; bucket++) this.#weights[bucket] *= factor
    this.#totalWeight *= factor
    this.#narrow()
  }

  #narrow(): void {
    const end = this.#buckets.count - 1
    while (this.#weights[this.#first] < epsilon && this.#first < end) this.#first++
    while (this.#weights[this.#last] < epsilon && this.#last > 0) this.#last--
  }
}

function withoutRemainder(weight: number): number {
  return weight < epsilon ? 0 : weight
}

const LN2_HIGH = 6.9314718036912381649e-1
const LN2_LOW = 1.9082149292705877e-10
/** Coefficients of the usual approximation of r * (e^r + 1) / (e^r - 1) on 0 to ln(2) / 2. */
const REMEZ = [
  1.66666666666666657415e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
]

/** To the last bit what Go computes, since sums of these weights are compared with those of real clusters. */
function powerOfTwo(x: number): number {
  const whole = Math.trunc(x + (x > 0 ? 0.5 : -0.5))
  const rest = x - whole
  const high = rest * LN2_HIGH
  const low = -rest * LN2_LOW
  const r = high - low
  const t = r * r
  const [p1, p2, p3, p4, p5] = REMEZ
  const c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
  const y = 1 - (low - (r * c) / (2 - c) - high)
  return y * 2 ** whole
}
