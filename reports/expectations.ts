/** Checks what a scenario expects of its runs against their summaries. */
import type { RunResult } from '../engine/index.js'

export type Comparison = '<' | '<=' | '==' | '!=' | '>=' | '>'

/** One line of `expect`: a metric of one variant, or of every one, compared with a number. */
export interface Expectation {
  readonly metric: string
  readonly comparison: Comparison
  readonly value: number
  /** Absent: every variant. */
  readonly variant?: string
}

export interface CheckedExpectation {
  readonly run: string
  readonly expectation: Expectation
  /** NaN when the run has no such figure, which fails every comparison. */
  readonly actual: number
  readonly holds: boolean
}

const HOLDS: Readonly<Record<Comparison, (actual: number, value: number) => boolean>> = {
  '<': (actual, value) => actual < value,
  '<=': (actual, value) => actual <= value,
  '==': (actual, value) => actual === value,
  '!=': (actual, value) => !Number.isNaN(actual) && actual !== value,
  '>=': (actual, value) => actual >= value,
  '>': (actual, value) => actual > value,
}

export function checkExpectations(
  expectations: readonly Expectation[],
  results: readonly RunResult[],
): readonly CheckedExpectation[] {
  return expectations.flatMap(expectation =>
    results
      .filter(({ name }) => expectation.variant === undefined || expectation.variant === name)
      .map(({ name, summary }) => {
        const actual = summary.values[expectation.metric] ?? Number.NaN
        const holds = HOLDS[expectation.comparison](actual, expectation.value)
        return { run: name, expectation, actual, holds }
      }),
  )
}
