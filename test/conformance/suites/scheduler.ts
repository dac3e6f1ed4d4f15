import type { CaseRecord, Suite } from '../suite.js'
import { runSchedulerCase, type SchedulerCase } from './scheduler-case.js'
import { replaySuite } from './scheduler-replay.js'
import { samplingSuite } from './scheduler-sampling.js'

/** Suites of single pods, all in one format. */
const SINGLE_POD_SUITES = [
  'resources',
  'fit-strategies',
  'taints',
  'node-affinity',
  'ports-images-names-gates',
  'mixed',
  'topology-spread',
  'pod-affinity',
  'volumes',
  'preemption',
  'dra',
]

/** What the real scheduler answers for generated clusters. */
export const schedulerSuites: readonly Suite[] = [
  ...SINGLE_POD_SUITES.map(name => ({
    name,
    run: (record: CaseRecord) => runSchedulerCase(record as CaseRecord & SchedulerCase),
  })),
  replaySuite,
  samplingSuite,
]
