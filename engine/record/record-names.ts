/** The records there are, and what a recorder is told to write. */
import type { SimTime } from '../kernel/time.js'
import type { Calendar } from './cron-jobs-record.js'
import { DISRUPTION_RECORD_NAMES } from './disruption/disruption-records.js'
import type { RecordSink } from './record-table.js'
import type { ScalingOptions } from './scaling-records.js'
import { TRAFFIC_RECORD_NAMES } from './traffic-records.js'

/** The records there are, in the order in which they are listed. */
export const RECORD_NAMES = [
  'pods',
  'nodes',
  'time-series',
  'events',
  'attempts',
  'scores',
  'failures',
  'gpu-arrivals',
  'workloads',
  'rollouts',
  'jobs',
  'cronjobs',
  'operations',
  ...DISRUPTION_RECORD_NAMES,
  'autoscaler',
  'cost',
  ...TRAFFIC_RECORD_NAMES,
] as const
export type RecordName = (typeof RECORD_NAMES)[number]

export interface RecorderOptions extends ScalingOptions {
  /** Records to write; the summary is made in any case. */
  readonly records: readonly string[]
  /** Distance of two rows of the time series. */
  readonly interval: SimTime
  /** Resources with columns of their own, from `recordedResources`. */
  readonly resources: readonly string[]
  /** Names of the model's node pools, by index. */
  readonly pools: readonly string[]
  /** Pods that `attempts` and `scores` are about, by name; none: all. */
  readonly explain?: readonly string[]
  /** The time of day, for CronJobs. */
  readonly calendar?: Calendar
  /** Where the rows of a record go; undefined keeps them in memory. */
  readonly sink?: (record: RecordName) => RecordSink | undefined
}
