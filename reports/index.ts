/** The reports there are, and what commands need around them. */
import { recordCsv } from './csv/record-csv.js'
import { runsCsv } from './csv/runs-csv.js'
import type { Report } from './report.js'
import { charts } from './svg/charts.js'
import { perfetto } from './trace/perfetto.js'

/** Every report in the order in which they are listed. A new one is a file of its own and a line here. */
export const REPORTS: readonly Report[] = [
  runsCsv,
  recordCsv('pods', 'pods.csv: one row a pod with its times, node, attempts, outcome and reason'),
  recordCsv('nodes', 'nodes.csv: one row a node with its life, capacity and mean allocation'),
  recordCsv('time-series', 'time-series.csv: the cluster at fixed intervals of virtual time'),
  recordCsv('events', 'events.csv: the Kubernetes events that components emit'),
  recordCsv('services', 'services.csv: one row a Service and interval with requests, losses and latencies'),
  recordCsv('hpa', 'hpa.csv: what autoscalers saw and wanted, and why they were limited'),
  recordCsv('failures', 'failures.csv: one row a failure of a node, zone or pod, with its beginning and end'),
  recordCsv('workloads', 'workloads.csv: desired, updated, ready and available pods of workloads over time'),
  recordCsv(
    'rollouts',
    'rollouts.csv: one row a rollout with its end, stalls, and how few and many pods it had',
  ),
  recordCsv('jobs', 'jobs.csv: one row a Job with its times, pods and outcome'),
  recordCsv('cronjobs', 'cronjobs.csv: when CronJobs were due, what was started, how late, what was skipped'),
  recordCsv(
    'operations',
    'operations.csv: what became of the operations of the timeline, and what was refused',
  ),
  recordCsv(
    'disruptions',
    'disruptions.csv: one row a pod taken away before its time, why, and when it was replaced',
  ),
  recordCsv(
    'evictions',
    'evictions.csv: every answer of the eviction API, refusals and their budgets included',
  ),
  recordCsv('drains', 'drains.csv: one row a drained node, how long it took and which budgets held it up'),
  recordCsv(
    'drain-blockers',
    'drain-blockers.csv: budgets and pods that drains cannot get past, as foreseen, and if it came so',
  ),
  recordCsv('availability', 'availability.csv: one row a workload, how much of it was ready over time'),
  recordCsv('budgets', 'budgets.csv: one row each time the status of a disruption budget changes'),
  recordCsv('node-conditions', 'node-conditions.csv: one row each time a condition of a node changes'),
  recordCsv(
    'autoscaler',
    'autoscaler.csv: what the node autoscaler did, when, to which group, and what failed',
  ),
  recordCsv('cost', 'cost.csv: one row a machine with its price, life, cost and idle share'),
  recordCsv('attempts', 'attempts.csv: one row a scheduling attempt with its result, runner-up and message'),
  recordCsv('scores', 'scores.csv: what each plugin said about each node in each attempt'),
  recordCsv('gpu-arrivals', 'gpu-arrivals.csv: how the GPUs stood, by how much of them had been asked for'),
  charts,
  perfetto,
]

export { AUDITED_RECORDS, audit } from './audit/audit.js'
export { rowsOfFiles, UnreadableFile } from './audit/csv-rows.js'
export type { AuditFinding } from './audit/finding.js'
export { rowsOfTables } from './audit/rows.js'
export { columnReference, projectReference } from './csv/column-reference.js'
export { firstDifference, TRAIL_FILE, trailOf, trailText } from './digest-trail.js'
export {
  type CheckedExpectation,
  type Comparison,
  checkExpectations,
  type Expectation,
} from './expectations.js'
export { capacityLines, triedLine, writeCapacity } from './experiment/capacity.js'
export { nodeLoads } from './experiment/page/node-loads.js'
export { experimentPage } from './experiment/page/page.js'
export { sweepTable, writeSweepCharts } from './experiment/sweep.js'
export { comparisonSentence, verdictLines } from './experiment/verdict.js'
export { writeResults } from './experiment/write-results.js'
export {
  type HashedFile,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestRun,
  parseManifest,
  type RunChoices,
} from './manifest.js'
export type { Output, TextFile } from './output.js'
export { OutputDirectory, refusalOf, type WrittenFile } from './output-directory.js'
export { defineReport, type Report, type ReportWriter } from './report.js'
export { explainedPods } from './terminal/explained-pods.js'
export { type AttemptRow, explainAttempts, type ScoreRow } from './terminal/explanation.js'
export { summaryTable } from './terminal/summary-table.js'
export { warningsOf } from './terminal/warnings.js'
