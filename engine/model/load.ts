/**
 * Loads as plain data: a number that changes in steps over time, such as requests a second, milliCPU or bytes.
 * Upstream: nothing; real load comes from outside.
 * Simplified: nothing known.
 */
import type { DistributionSpec } from '../kernel/distributions.js'
import type { SimTime } from '../kernel/time.js'

export interface LoadPoint {
  readonly at: SimTime
  readonly value: number
}

interface LoadFields {
  constant: { readonly value: number }
  /** The value of the latest step; 0 before the first. With `every` the steps come again. */
  steps: { readonly steps: readonly LoadPoint[]; readonly every: SimTime }
  /** Straight lines between points, walked in steps of `step`; constant before the first and after the last. */
  ramps: { readonly points: readonly LoadPoint[]; readonly step: SimTime }
  /** A day between `low` and `high` with its peak at a time of day, times a factor for each day from Monday on. */
  diurnal: {
    readonly low: number
    readonly high: number
    readonly peakAt: SimTime
    readonly week: readonly number[]
    readonly step: SimTime
  }
  /** Nothing but for bursts: the pause before each, its length and its height are drawn, times in seconds. */
  bursts: {
    readonly pause: DistributionSpec
    readonly length: DistributionSpec
    readonly height: DistributionSpec
  }
  /** Another load as the mean of arrivals that are counted over each `per`. */
  poisson: { readonly of: LoadSpec; readonly per: SimTime }
  /** Recorded values, each until the next one; the last until `end`, and then 0, or all of it again. */
  trace: {
    readonly name: string
    readonly at: Float64Array
    readonly value: Float64Array
    readonly end: SimTime
    readonly repeat: boolean
  }
  sum: { readonly of: readonly LoadSpec[] }
  /** Another load, later, times a factor, and within bounds. */
  scaled: {
    readonly of: LoadSpec
    readonly factor: number
    readonly delay: SimTime
    readonly least: number
    readonly most: number
  }
}

export type LoadKind = keyof LoadFields

export type LoadOf<Kind extends LoadKind> = LoadFields[Kind] & { readonly kind: Kind }

export type LoadSpec = { [Kind in LoadKind]: LoadOf<Kind> }[LoadKind]
