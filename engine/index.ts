/** The only door of the engine: what scenarios, reports and commands may use. */

export { didYouMean } from './kernel/did-you-mean.js'
export {
  compareDigests,
  type DigestLog,
  type DivergenceWindow,
  type TracedEvent,
} from './kernel/digest.js'
export { formatDuration, NEVER, parseDuration, SECOND, type SimTime } from './kernel/time.js'
export type { SimulationModel } from './model/simulation-model.js'
export { EVENTS_RECORD } from './record/events-record.js'
export { nodesRecord } from './record/nodes-record.js'
export { podsRecord } from './record/pods-record.js'
export {
  type ColumnDefinition,
  type RecordChunk,
  type RecordDefinition,
  type RecordSink,
  RecordTable,
} from './record/record-table.js'
export { recordedResources } from './record/recorded-resources.js'
export { RECORD_NAMES, type RecordName } from './record/recorder.js'
export type { RunOptions } from './record/run-options.js'
export type { RunResult } from './record/run-result.js'
export {
  type MetricDefinition,
  type MetricUnit,
  metricDefinitions,
  type RunSummary,
} from './record/summary.js'
export { timeSeriesRecord } from './record/time-series-record.js'
export { readSchedulerConfiguration, type SchedulerConfiguration } from './scheduler/configuration.js'
