import type { Suite } from '../suite.js'
import { runScenario as simulateScenario } from '../timeline/run-scenario.js'
import type { RunScenario } from '../timelines.js'
import { apimachinerySuite } from './apimachinery.js'
import { clusterAutoscalerSuite } from './cluster-autoscaler.js'
import { cronSuite } from './cron.js'
import { cronjobSuite } from './cronjob.js'
import { daemonsetSuite } from './daemonset.js'
import { deploymentSuite } from './deployment.js'
import { deschedulerSuite } from './descheduler.js'
import { hpaSuite } from './hpa.js'
import { jobSuite } from './job.js'
import { karpenterSuite } from './karpenter.js'
import { kubeletSuite } from './kubelet.js'
import { nodelifecycleSuite } from './nodelifecycle.js'
import { pdbSuite } from './pdb.js'
import { quantitySuite } from './quantity.js'
import { replicasetSuite } from './replicaset.js'
import { schedulerSuites } from './scheduler.js'
import { queueSuite } from './scheduler-queue.js'
import { selectorSuite } from './selector.js'
import { statefulsetSuite } from './statefulset.js'
import { vpaSuite } from './vpa.js'

/** Every suite; one line each. */
export const suites: readonly Suite[] = [
  apimachinerySuite,
  clusterAutoscalerSuite,
  cronSuite,
  cronjobSuite,
  daemonsetSuite,
  deploymentSuite,
  deschedulerSuite,
  hpaSuite,
  jobSuite,
  karpenterSuite,
  kubeletSuite,
  nodelifecycleSuite,
  pdbSuite,
  quantitySuite,
  replicasetSuite,
  queueSuite,
  ...schedulerSuites,
  selectorSuite,
  statefulsetSuite,
  vpaSuite,
]

/** Simulates a recorded scenario. */
export const runScenario: RunScenario | undefined = simulateScenario
