/**
 * What the node lifecycle controller can be told: its flags, and what upstream leaves to chance.
 *
 * Upstream: cmd/kube-controller-manager/app/options/nodelifecyclecontroller.go (1.36).
 * Simplified: nothing known.
 */
import {
  LARGE_CLUSTER_SIZE_THRESHOLD,
  NODE_EVICTION_RATE,
  NODE_MONITOR_GRACE_PERIOD,
  NODE_MONITOR_PASS_TIME,
  NODE_MONITOR_PERIOD,
  NODE_STARTUP_GRACE_PERIOD,
  SECONDARY_NODE_EVICTION_RATE,
  UNHEALTHY_ZONE_THRESHOLD,
} from '../../model/defaults.js'

export const NODE_LIFECYCLE_ARGS = {
  nodeMonitorPeriod: NODE_MONITOR_PERIOD,
  nodeMonitorGracePeriod: NODE_MONITOR_GRACE_PERIOD,
  nodeStartupGracePeriod: NODE_STARTUP_GRACE_PERIOD,
  nodeEvictionRate: NODE_EVICTION_RATE,
  secondaryNodeEvictionRate: SECONDARY_NODE_EVICTION_RATE,
  largeClusterSizeThreshold: LARGE_CLUSTER_SIZE_THRESHOLD,
  unhealthyZoneThreshold: UNHEALTHY_ZONE_THRESHOLD,
  nodeMonitorPassTime: NODE_MONITOR_PASS_TIME,
  /** When the loops pass first: at a time drawn from the seed, or at time 0. */
  phase: 'random' as 'random' | 'zero',
  /** Order of the nodes in a pass: upstream's is that of a hash map, so it is drawn anew for each pass. */
  nodeOrder: 'random' as 'random' | 'name',
}
export type NodeLifecycleArgs = typeof NODE_LIFECYCLE_ARGS
