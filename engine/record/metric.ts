/** What a figure of the summary is: its name, its unit and which direction is the better one. */
export type MetricUnit = 'seconds' | 'share' | 'count' | 'money'

export interface MetricDefinition {
  readonly name: string
  readonly unit: MetricUnit
  /** How tables call it, when its name alone reads badly. */
  readonly label?: string
  readonly about: string
  /** Which direction is the better one; absent where neither is. */
  readonly better?: 'lower' | 'higher'
}
