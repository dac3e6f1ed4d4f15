/** An experiment with everything decided: plain data, as the plan of a result directory holds it. */
import type { SimTime } from '../engine/index.js'
import type { Path } from '../scenarios/index.js'

/** What an axis says in one run: a value of the file, or the name of one of its variants. */
export type AxisValue = string | number | boolean

export interface Axis {
  readonly name: string
  readonly values: readonly AxisValue[]
}

/** A value put over the base scenario's own. */
export interface Change {
  readonly path: Path
  readonly value: unknown
}

/** One combination of axis values: what statistics calls a treatment. Its repetitions differ only in the seed. */
export interface Variant {
  readonly index: number
  /** For tables: the value of the only axis, or `policy=pack nodes=20`. */
  readonly name: string
  readonly values: Readonly<Record<string, AxisValue>>
  readonly changes: readonly Change[]
}

/** How small the half-width of a metric's interval has to become. */
export interface Precision {
  readonly metric: string
  readonly halfWidth: number
  /** Whether `halfWidth` is a part of the mean and not in the metric's unit. */
  readonly relative: boolean
}

export type Repetitions =
  | { readonly kind: 'fixed'; readonly count: number }
  | {
      readonly kind: 'precision'
      readonly first: number
      readonly most: number
      readonly lookAhead: number
      readonly targets: readonly Precision[]
    }
  | {
      readonly kind: 'best'
      readonly first: number
      readonly most: number
      readonly metric: string
      /** Differences below this are not worth finding. */
      readonly indifference: number
    }

/** Columns of a record that each run keeps, against the column `x`. */
export interface SeriesChoice {
  readonly record: string
  readonly x: string
  /** None: every column that holds numbers. */
  readonly columns: readonly string[]
  /** Most points kept; longer series keep evenly spaced rows. */
  readonly points: number
  /** Values of `x` at which the columns are metrics of the run. */
  readonly at: readonly number[]
  /** Which direction of these metrics is the better one. */
  readonly better?: 'lower' | 'higher' | undefined
}

/** A published mean and standard deviation of a table's cell. */
export interface PublishedCell {
  /** Index of the variant. */
  readonly variant: number
  readonly column: string
  readonly x: number
  readonly mean: number
  readonly sd: number
}

/** Published results, and how near ours have to be: within so many deviations, or the least amount if that is more. */
export interface Published {
  readonly deviations: number
  readonly least: number
  /** The least amount by column, where it is another. */
  readonly leastOf: Readonly<Record<string, number>>
  readonly cells: readonly PublishedCell[]
}

/** A file of means over repetitions of the series of a record. */
export interface SeriesTable {
  readonly file: string
  readonly record: string
  readonly published?: Published
}

/** A column of a record whose quantiles each run keeps. */
export interface DistributionChoice {
  readonly record: string
  readonly column: string
  /** Number of quantiles, evenly spaced from the smallest to the largest value. */
  readonly quantiles: number
}

export type WarmUp =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly length: SimTime }
  /** By MSER-5 over a column of the time series, run by run. */
  | { readonly kind: 'auto'; readonly column: string }
  /** Pods with these names (`*` for any text) fill the cluster first; it ends when the last of them has a node. */
  | { readonly kind: 'prefill'; readonly pods: string }

/** The part of a run that steady-state figures are about. */
export interface MeasureWindow {
  readonly warmUp: WarmUp
  /** Pods created in this last stretch of the run do not count: too little of their life is seen. */
  readonly coolDown: SimTime
  /** Column of the time series that must not grow for ever. */
  readonly stability: string
}

export interface Comparison {
  readonly axis: string
  readonly baseline: AxisValue
}

export interface Experiment {
  readonly name: string
  readonly about: string
  /** The base scenario: a file, or a scenario inside the experiment's own file. */
  readonly base: { readonly file: string; readonly inline?: Readonly<Record<string, unknown>> }
  /** Modules with plugins of the user's own. */
  readonly use: readonly string[]
  readonly parameters: Readonly<Record<string, unknown>>
  readonly axes: readonly Axis[]
  readonly variants: readonly Variant[]
  readonly seed: string
  /** Seeds of the repetitions, when they are given one by one. */
  readonly seeds?: readonly string[]
  /** common: repetition r has one seed under every variant, so that runs can be compared in pairs. */
  readonly randomNumbers: 'common' | 'independent'
  readonly repetitions: Repetitions
  /** Metrics that verdicts are about; none: every metric of which one direction is the better. */
  readonly metrics: readonly string[]
  readonly confidence: number
  readonly comparison?: Comparison
  readonly series: readonly SeriesChoice[]
  readonly distributions: readonly DistributionChoice[]
  readonly tables: readonly SeriesTable[]
  readonly window?: MeasureWindow
}
