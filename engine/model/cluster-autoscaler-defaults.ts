import { HOUR, MILLISECOND, MINUTE, SECOND, type SimTime } from '../kernel/time.js'
import type { ClientLimit } from './defaults.js'

/**
 * The settings of a Cluster Autoscaler, with the flag each comes from, and the defaults of release 1.36.1
 * (config/flags/flags.go and config/const.go). Groups of nodes, and what their provider does, are the scenario's.
 */
export interface ClusterAutoscalerSettings {
  /** `--expander`: names, asked one after another until one option is left. */
  readonly expanders: readonly string[]
  /** `--scan-interval` */
  readonly scanInterval: SimTime
  /** `--frequent-loops-enabled`: unschedulable pods and productive loops start a loop at once. */
  readonly frequentLoops: boolean
  /** What one loop takes: the least time between two of them. No flag. */
  readonly loopTime: SimTime
  /** `--max-nodes-total`; 0: no limit. */
  readonly maxNodesTotal: number
  /** `--cores-total` and `--memory-total`, in cores and bytes. */
  readonly minCores: number
  readonly maxCores: number
  readonly minMemoryBytes: number
  readonly maxMemoryBytes: number
  /** `--max-nodes-per-scaleup` */
  readonly maxNodesPerScaleUp: number
  /** `--new-pod-scale-up-delay` */
  readonly newPodScaleUpDelay: SimTime
  /** `--expendable-pods-priority-cutoff` */
  readonly expendablePodsPriorityCutoff: number
  /** `--max-node-provision-time` */
  readonly maxNodeProvisionTime: SimTime
  /** `--max-node-startup-time` */
  readonly maxNodeStartupTime: SimTime
  /** `--initial-node-group-backoff-duration`, `--max-...` and `--node-group-backoff-reset-timeout` */
  readonly initialBackoff: SimTime
  readonly maxBackoff: SimTime
  readonly backoffReset: SimTime
  /** `--max-total-unready-percentage` and `--ok-total-unready-count` */
  readonly maxTotalUnreadyPercentage: number
  readonly okTotalUnreadyCount: number
  /** `--scale-down-enabled` */
  readonly scaleDownEnabled: boolean
  /** `--scale-down-delay-after-add`, `-after-delete` and `-after-failure` */
  readonly scaleDownDelayAfterAdd: SimTime
  readonly scaleDownDelayAfterDelete: SimTime
  /** `--scale-down-unneeded-time` and `--scale-down-unready-time` */
  readonly scaleDownUnneededTime: SimTime
  readonly scaleDownUnreadyTime: SimTime
  /** `--scale-down-unready-enabled` */
  readonly scaleDownUnreadyEnabled: boolean
  /** `--scale-down-utilization-threshold` */
  readonly utilizationThreshold: number
  /** `--ignore-daemonsets-utilization` and `--ignore-mirror-pods-utilization` */
  readonly ignoreDaemonSetsUtilization: boolean
  readonly ignoreMirrorPodsUtilization: boolean
  /** `--unremovable-node-recheck-timeout` */
  readonly unremovableNodeRecheck: SimTime
  /** `--max-scale-down-parallelism` and `--max-drain-parallelism` */
  readonly maxScaleDownParallelism: number
  readonly maxDrainParallelism: number
  /** `--max-bulk-soft-taint-count` */
  readonly maxBulkSoftTaintCount: number
  /** `--node-delete-delay-after-taint` */
  readonly nodeDeleteDelayAfterTaint: SimTime
  /** `--cordon-node-before-terminating` */
  readonly cordonNodeBeforeTerminating: boolean
  /** `--max-graceful-termination-sec` */
  readonly maxGracefulTerminationSeconds: number
  /** `--max-pod-eviction-time` */
  readonly maxPodEvictionTime: SimTime
  /** `--daemonset-eviction-for-occupied-nodes` and `-for-empty-nodes` */
  readonly daemonSetEvictionForOccupiedNodes: boolean
  readonly daemonSetEvictionForEmptyNodes: boolean
  /** `--skip-nodes-with-system-pods`, `-local-storage` and `-custom-controller-pods`, `--min-replica-count` */
  readonly skipNodesWithSystemPods: boolean
  readonly skipNodesWithLocalStorage: boolean
  readonly skipNodesWithCustomControllerPods: boolean
  readonly minReplicaCount: number
  /** `--blocking-system-pod-distruption-timeout` */
  readonly systemPodTimeout: SimTime
  /** `--kube-client-qps` and `--kube-client-burst` */
  readonly client: ClientLimit
}

const GIB = 2 ** 30

export const DEFAULT_CLUSTER_AUTOSCALER: ClusterAutoscalerSettings = {
  expanders: ['least-waste'],
  scanInterval: 10 * SECOND,
  frequentLoops: true,
  loopTime: 200 * MILLISECOND,
  maxNodesTotal: 0,
  minCores: 0,
  // DefaultMaxClusterCores = 5000 * 64; DefaultMaxClusterMemory = 5000 * 64 * 20 GiB.
  maxCores: 320_000,
  minMemoryBytes: 0,
  maxMemoryBytes: 6_400_000 * GIB,
  maxNodesPerScaleUp: 1000,
  newPodScaleUpDelay: 0,
  expendablePodsPriorityCutoff: -10,
  maxNodeProvisionTime: 15 * MINUTE,
  maxNodeStartupTime: 15 * MINUTE,
  initialBackoff: 5 * MINUTE,
  maxBackoff: 30 * MINUTE,
  backoffReset: 3 * HOUR,
  maxTotalUnreadyPercentage: 45,
  okTotalUnreadyCount: 3,
  scaleDownEnabled: true,
  scaleDownDelayAfterAdd: 10 * MINUTE,
  scaleDownDelayAfterDelete: 0,
  scaleDownUnneededTime: 10 * MINUTE,
  scaleDownUnreadyTime: 20 * MINUTE,
  scaleDownUnreadyEnabled: true,
  utilizationThreshold: 0.5,
  ignoreDaemonSetsUtilization: false,
  ignoreMirrorPodsUtilization: false,
  unremovableNodeRecheck: 5 * MINUTE,
  maxScaleDownParallelism: 10,
  maxDrainParallelism: 1,
  maxBulkSoftTaintCount: 10,
  nodeDeleteDelayAfterTaint: 5 * SECOND,
  cordonNodeBeforeTerminating: true,
  maxGracefulTerminationSeconds: 600,
  maxPodEvictionTime: 2 * MINUTE,
  daemonSetEvictionForOccupiedNodes: true,
  daemonSetEvictionForEmptyNodes: false,
  skipNodesWithSystemPods: true,
  skipNodesWithLocalStorage: true,
  skipNodesWithCustomControllerPods: true,
  minReplicaCount: 0,
  systemPodTimeout: 1 * HOUR,
  // client-go's own defaults: DefaultQPS and DefaultBurst.
  client: { qps: 5, burst: 10 },
}
