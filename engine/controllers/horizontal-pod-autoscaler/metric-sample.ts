import type { SimTime } from '../../kernel/time.js'

export interface MetricSample {
  readonly milli: number
  readonly timestamp: SimTime
  readonly window: SimTime
}

/** Samples by pod name. */
export type MetricSamples = ReadonlyMap<string, MetricSample>
