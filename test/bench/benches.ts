import type { Bench } from './bench.js'
import { claimsBench } from './claims.bench.js'
import { csvBench } from './csv.bench.js'
import { drainsBench } from './drains.bench.js'
import { failuresBench } from './failures.bench.js'
import { kernelBench } from './kernel.bench.js'
import { queueingBench } from './queueing.bench.js'
import { schedulingCycleBench } from './scheduling-cycle.bench.js'
import { servicesBench } from './services.bench.js'
import { spreadAffinityBench } from './spread-affinity.bench.js'
import { wholeRunBench } from './whole-run.bench.js'
import { workloadsBench } from './workloads.bench.js'

/** Every benchmark, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  claimsBench,
  drainsBench,
  csvBench,
  failuresBench,
  kernelBench,
  queueingBench,
  schedulingCycleBench,
  servicesBench,
  spreadAffinityBench,
  wholeRunBench,
  workloadsBench,
]
