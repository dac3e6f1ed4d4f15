/**
 * What is known of all containers of one name in pods of one set of labels: how cpu use and memory peaks are
 * distributed, and since when.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/model/aggregate_container_state.go (VPA 1.8.1), gate
 * PerVPAConfig off.
 * Simplified: quality metrics of earlier recommendations are not kept.
 */
import { RECOMMENDER } from '../../model/vertical-pod-autoscaler-defaults.js'
import { DecayingHistogram, type EpochMicros, type HistogramCheckpoint } from './decaying-histogram.js'
import { CPU_BUCKETS, MEMORY_BUCKETS } from './histogram-buckets.js'

/** A state as a VerticalPodAutoscalerCheckpoint keeps it. */
export interface StateCheckpoint {
  readonly firstSampleStart: EpochMicros | undefined
  readonly lastSampleStart: EpochMicros | undefined
  readonly totalSamplesCount: number
  readonly memoryHistogram: HistogramCheckpoint
  readonly cpuHistogram: HistogramCheckpoint
}

const { halfLife, memoryInterval, memoryIntervalCount, cpuSampleWeight } = RECOMMENDER

export class AggregateState {
  readonly cpuUsage = new DecayingHistogram(CPU_BUCKETS, halfLife)
  readonly memoryPeaks = new DecayingHistogram(MEMORY_BUCKETS, halfLife)
  readonly #created: EpochMicros
  /** These three know cpu samples only. */
  #firstSample: EpochMicros | undefined
  #lastSample: EpochMicros | undefined
  #samples = 0

  constructor(now: EpochMicros) {
    this.#created = now
  }

  get isEmpty(): boolean {
    return this.#samples === 0
  }

  get samples(): number {
    return this.#samples
  }

  /** Microseconds from the first cpu sample to the last. */
  get lifespan(): number {
    return (this.#lastSample ?? 0) - (this.#firstSample ?? 0)
  }

  addCPUSample(milliCPU: number, time: EpochMicros): void {
    this.cpuUsage.add(milliCPU / 1000, cpuSampleWeight, time)
    if (this.#lastSample === undefined || time > this.#lastSample) this.#lastSample = time
    if (this.#firstSample === undefined || time < this.#firstSample) this.#firstSample = time
    this.#samples++
  }

  addMemoryPeak(bytes: number, windowEnd: EpochMicros): void {
    this.memoryPeaks.add(bytes, 1, windowEnd)
  }

  subtractMemoryPeak(bytes: number, windowEnd: EpochMicros): void {
    this.memoryPeaks.subtract(bytes, 1, windowEnd)
  }

  merge(other: AggregateState): void {
    this.cpuUsage.merge(other.cpuUsage)
    this.memoryPeaks.merge(other.memoryPeaks)
    const first = other.#firstSample
    if (this.#firstSample === undefined || (first !== undefined && first < this.#firstSample)) {
      this.#firstSample = first
    }
    const last = other.#lastSample
    if (last !== undefined && (this.#lastSample === undefined || last > this.#lastSample)) {
      this.#lastSample = last
    }
    this.#samples += other.#samples
  }

  /** Eight days after its last cpu sample; one without any, eight days after it was made. */
  isExpired(now: EpochMicros): boolean {
    return now >= this.expiresAt
  }

  get expiresAt(): EpochMicros {
    const last = this.isEmpty ? this.#created : (this.#lastSample ?? -Infinity)
    return last + memoryInterval * memoryIntervalCount
  }

  checkpoint(): StateCheckpoint {
    return {
      firstSampleStart: this.#firstSample,
      lastSampleStart: this.#lastSample,
      totalSamplesCount: this.#samples,
      memoryHistogram: this.memoryPeaks.checkpoint(),
      cpuHistogram: this.cpuUsage.checkpoint(),
    }
  }

  /** The state a checkpoint was made of, but for what rounding has taken. */
  static restored(checkpoint: StateCheckpoint, now: EpochMicros): AggregateState {
    const state = new AggregateState(now)
    state.#firstSample = checkpoint.firstSampleStart
    state.#lastSample = checkpoint.lastSampleStart
    state.#samples = checkpoint.totalSamplesCount
    state.memoryPeaks.load(checkpoint.memoryHistogram)
    state.cpuUsage.load(checkpoint.cpuHistogram)
    return state
  }
}
