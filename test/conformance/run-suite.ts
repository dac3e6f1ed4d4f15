/** Runs the cases of one suite file and collects what differs. */
import { type GoldenCase, messageOf } from './golden-files.js'
import type { Difference, Suite } from './suite.js'

export interface FailedCase {
  readonly id: string
  readonly differences: readonly Difference[]
}

export interface SuiteResult {
  readonly name: string
  readonly total: number
  readonly failed: readonly FailedCase[]
}

/** Without a suite of that name every case fails: nothing recorded is passed over in silence. */
export function runSuite(name: string, suite: Suite | undefined, cases: readonly GoldenCase[]): SuiteResult {
  const failed: FailedCase[] = []
  for (const golden of cases) {
    const differences = suite === undefined ? [failure('unknown suite')] : runCase(suite, golden)
    if (differences.length > 0) failed.push({ id: golden.id, differences })
  }
  return { name, total: cases.length, failed }
}

function runCase(suite: Suite, { id, record, unreadable }: GoldenCase): Difference[] {
  if (unreadable !== undefined) return [failure(unreadable)]
  try {
    return suite.run(record, { id })
  } catch (error) {
    return [failure(messageOf(error))]
  }
}

/** A case that gave no result to compare. */
export function failure(reason: string): Difference {
  return { path: '', want: 'a result', got: reason }
}
