import type { DistributionSpec } from '../kernel/distributions.js'
import type { SimTime } from '../kernel/time.js'
import type { Labels } from './pod-spec.js'

/** What a failure model strikes. */
export type FailureSubjects =
  /** Each node by itself, of these pools (none: of all) and with these labels. */
  | { readonly kind: 'nodes'; readonly pools: readonly string[]; readonly labels: Labels }
  /** All nodes with one value of a label at once: a zone, a rack, a power feed. */
  | { readonly kind: 'domains'; readonly label: string }
  /** Each pod by itself; `selector` as kubectl writes it. */
  | { readonly kind: 'pods'; readonly namespace: string; readonly selector: string }
  /** The cluster as one. */
  | { readonly kind: 'cluster' }

/** When it strikes, and for how long. Distributions are in seconds. */
export type FailureTiming =
  /** Each subject fails, is mended and fails again; no state lasts less than `minimum`. */
  | {
      readonly kind: 'renewal'
      readonly every: DistributionSpec
      readonly lasts: DistributionSpec
      readonly minimum: SimTime
    }
  /** At fixed times `pick` subjects chosen at random, all for 0. */
  | {
      readonly kind: 'at'
      readonly times: readonly SimTime[]
      readonly pick: number
      readonly lasts: DistributionSpec
      readonly minimum: SimTime
    }
  /** Recorded outages: those of the i-th recorded subject happen to the i-th subject. */
  | { readonly kind: 'recorded'; readonly outages: readonly RecordedOutages[] }

/** Outages of one subject in order, in columns. */
export interface RecordedOutages {
  readonly at: Float64Array
  readonly lasts: Float64Array
}

/** One source of failures in a run. */
export interface FailureSettings {
  /** Names its random stream and its rows in records. */
  readonly name: string
  /** Name of the failure model. */
  readonly model: string
  readonly args: Readonly<Record<string, unknown>>
  readonly subjects: FailureSubjects
  readonly timing: FailureTiming
}
