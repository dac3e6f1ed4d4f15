import type { SimTime } from '../kernel/time.js'
import type { RecordName } from './record-names.js'
import type { RecordSink } from './record-table.js'

/** What the caller of one run decides beside the model. None of it changes the digest. */
export interface RunOptions {
  /** Records to write instead of those the model measures. */
  readonly records?: readonly string[]
  /** Pods that the records `attempts` and `scores` are about, by name, `*` for any text; none: all. */
  readonly explain?: readonly string[]
  /** Resources with columns of their own; by default those the model mentions. */
  readonly resources?: readonly string[]
  /** Where the rows of a record go; undefined keeps them in memory. */
  readonly sink?: (record: RecordName) => RecordSink | undefined
  /** Keeps the events with these numbers in the digest, for `RunResult.traced`. */
  readonly trace?: { readonly from: number; readonly to: number }
  /** Keeps 16 bits of the digest after every event, for `RunResult.trail`. */
  readonly trail?: boolean
  /** Called now and then while the run goes on. */
  readonly progress?: (now: SimTime, events: number) => void
}
