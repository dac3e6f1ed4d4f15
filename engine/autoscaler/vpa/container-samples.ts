/**
 * Turns the samples of one container into what is aggregated: every cpu sample, and one memory peak per window
 * of 24 hours. An out-of-memory kill becomes a made-up memory sample above what the container had.
 * Upstream: vertical-pod-autoscaler/pkg/recommender/model/container.go (VPA 1.8.1).
 * Simplified: quality metrics of earlier recommendations are not kept.
 */
import { RECOMMENDER } from '../../model/vertical-pod-autoscaler-defaults.js'
import type { AggregateState } from './aggregate-state.js'
import type { EpochMicros } from './decaying-histogram.js'
import { scaledAmount, wholeAmount } from './resource-amount.js'

const { memoryInterval, oomBumpUpRatio, oomMinBumpUpBytes } = RECOMMENDER

export class ContainerSamples {
  requestedMemoryBytes: number
  #state: () => AggregateState
  #lastCPUSample = -Infinity
  #lastMemorySample: EpochMicros | undefined
  #windowEnd: EpochMicros | undefined
  #memoryPeak = 0
  #oomPeak = 0

  /** @param state where samples go; asked for each time, since a collected state is made anew */
  constructor(requestedMemoryBytes: number, state: () => AggregateState) {
    this.requestedMemoryBytes = requestedMemoryBytes
    this.#state = state
  }

  /** From here on samples go to this very state, collected or not: upstream's way when labels change. */
  bindTo(state: AggregateState): void {
    this.#state = () => state
  }

  /** Answers whether the sample counted: it has to be newer than the last. */
  addCPUSample(milliCPU: number, time: EpochMicros): boolean {
    if (milliCPU < 0 || time <= this.#lastCPUSample) return false
    this.#state().addCPUSample(milliCPU, time)
    this.#lastCPUSample = time
    return true
  }

  /** Answers whether the sample counted: it must not be older than the last. */
  addMemorySample(bytes: number, time: EpochMicros): boolean {
    return this.#addMemory(bytes, time, false)
  }

  /** Answers whether the kill counted: those a window older than the last sample do not. */
  recordOOM(requestedMemoryBytes: number, time: EpochMicros): boolean {
    const last = this.#lastMemorySample
    if (last !== undefined && time < last - memoryInterval) return false
    // Earlier kills are left out, or each would raise the next.
    const used = Math.max(requestedMemoryBytes, this.#memoryPeak)
    const needed = Math.max(used + wholeAmount(oomMinBumpUpBytes), scaledAmount(used, oomBumpUpRatio))
    return this.#addMemory(needed, time, true)
  }

  /** Takes the peak of the window that is still open out of a copy of the state, before that is stored. */
  subtractOpenPeak(state: AggregateState, now: EpochMicros): void {
    if (this.#windowEnd === undefined || now >= this.#windowEnd) return
    state.subtractMemoryPeak(Math.max(this.#memoryPeak, this.#oomPeak), this.#windowEnd)
  }

  #addMemory(bytes: number, time: EpochMicros, isOOM: boolean): boolean {
    const last = this.#lastMemorySample
    if (bytes < 0 || (!isOOM && last !== undefined && time < last)) return false
    this.#lastMemorySample = time
    this.#windowEnd ??= time
    let isNewPeak = false
    if (time < this.#windowEnd) {
      const peak = Math.max(this.#memoryPeak, this.#oomPeak)
      if (peak !== 0 && bytes > peak) {
        this.#state().subtractMemoryPeak(peak, this.#windowEnd)
        isNewPeak = true
      }
    } else {
      const windows = Math.floor((time - this.#windowEnd) / memoryInterval) + 1
      this.#windowEnd += windows * memoryInterval
      this.#memoryPeak = 0
      this.#oomPeak = 0
      isNewPeak = true
    }
    if (!isNewPeak) return true
    this.#state().addMemoryPeak(bytes, this.#windowEnd)
    if (isOOM) this.#oomPeak = bytes
    else this.#memoryPeak = bytes
    return true
  }
}
