/**
 * The workloads of scheduler_perf that are recreated as scenarios, and what upstream demands of each.
 *
 * Sizes and thresholds are those of test/integration/scheduler_perf/<area>/performance-config.yaml in Kubernetes' own
 * continuous integration, which fails below them; undefined where upstream has none.
 */
export interface PerfWorkload {
  /** Upstream's name of the test case. */
  readonly name: string
  /** The scenario, in scenarios/examples/scheduler-perf, without its ending. */
  readonly file: string
  /** Pods a second. */
  readonly threshold: number | undefined
}

export const PERF_WORKLOADS: readonly PerfWorkload[] = [
  { name: 'SchedulingBasic', file: 'scheduling-basic', threshold: 810 },
  { name: 'SchedulingDaemonset', file: 'scheduling-daemonset', threshold: 1100 },
  { name: 'TopologySpreading', file: 'topology-spreading', threshold: 460 },
  { name: 'PreferredTopologySpreading', file: 'preferred-topology-spreading', threshold: 340 },
  { name: 'DefaultTopologySpreading', file: 'default-topology-spreading', threshold: 160 },
  { name: 'SchedulingWithNodeInclusionPolicy', file: 'node-inclusion-policy', threshold: 270 },
  { name: 'SchedulingPodAntiAffinity', file: 'pod-anti-affinity', threshold: 60 },
  { name: 'SchedulingPodMatchingAntiAffinity', file: 'pod-matching-anti-affinity', threshold: 543 },
  { name: 'SchedulingPodAffinity', file: 'pod-affinity', threshold: 35 },
  { name: 'SchedulingPreferredPodAffinity', file: 'preferred-pod-affinity', threshold: 90 },
  { name: 'SchedulingPreferredPodAntiAffinity', file: 'preferred-pod-anti-affinity', threshold: 90 },
  { name: 'SchedulingNodeAffinity', file: 'node-affinity', threshold: 220 },
  { name: 'MixedSchedulingBasePod', file: 'mixed-base-pod', threshold: 140 },
  { name: 'SchedulingWithExtendedResource', file: 'extended-resource', threshold: 180 },
  { name: 'Unschedulable', file: 'unschedulable', threshold: 600 },
  { name: 'SchedulingWhileGated', file: 'while-gated', threshold: 910 },
  { name: 'PreemptionAsync', file: 'preemption-async', threshold: 570 },
  { name: 'PreemptionBasic', file: 'preemption-basic', threshold: undefined },
]
