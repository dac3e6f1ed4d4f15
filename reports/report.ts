import type { RecordName, RecordSink, RunResult } from '../engine/index.js'
import type { Output } from './output.js'

/** One kind of output of one or several runs. */
export interface Report {
  readonly name: string
  /** One sentence for `kubelapse list reports`. */
  readonly about: string
  /** Records that must be on. */
  readonly needs: readonly RecordName[]
  /** Starts the report for one invocation; nothing is kept between two of them. */
  create(out: Output): ReportWriter
}

/** A report at work. */
export interface ReportWriter {
  /** Takes the rows of a record while the run goes on; undefined: the report reads no rows of it. */
  sink?(record: RecordName, run: string): RecordSink | undefined
  /** All runs are over. */
  write(results: readonly RunResult[]): void
}

/** Declares a report; the list of reports is in `index.ts`. */
export function defineReport(report: Report): Report {
  return report
}
