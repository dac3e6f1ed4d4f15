import type { DigestLog, TracedEvent } from '../kernel/digest.js'
import type { RunOutcome } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { RecordTable } from './record-table.js'
import type { RunSummary } from './summary.js'

/** What one run leaves behind: plain figures, the digest, and the records that had no sink. */
export interface RunResult {
  /** Name of the run: the model's. */
  readonly name: string
  readonly seed: string
  /** Why the run ended. */
  readonly outcome: RunOutcome['reason']
  /** Virtual time at the end. */
  readonly end: SimTime
  readonly digest: DigestLog
  readonly summary: RunSummary
  readonly records: readonly RecordTable[]
  /** The events asked for with `RunOptions.trace`. */
  readonly traced: readonly TracedEvent[]
  /** The trail asked for with `RunOptions.trail`; empty else. */
  readonly trail: Uint16Array
}
