import { MILLISECOND, SECOND, type SimTime } from '../kernel/time.js'

/**
 * Every default of the control plane in one place, with the flag or field it comes from. Upstream means the
 * Kubernetes 1.36 source; "calibrated" means fitted to recorded runs of a real 1.36.3 control plane.
 */

/** A client's rate limit: `--kube-api-qps` and `--kube-api-burst`. */
export interface ClientLimit {
  readonly qps: number
  readonly burst: number
}

export interface ControlPlaneSettings {
  /**
   * From a write's acceptance to a watcher's handler (calibrated: pod Ready to ReplicaSet status 8 ms
   * median).
   */
  readonly watchLatency: SimTime
  /** From sending a request to its acceptance by the API server (calibrated). */
  readonly requestLatency: SimTime
  readonly schedulerClient: ClientLimit
  readonly controllerManagerClient: ClientLimit
}

export interface KubeletSettings {
  /**
   * From the kubelet seeing a bound pod to its containers running, images present (calibrated, 1 s recorded).
   */
  readonly startDelay: SimTime
  /** From Running to Ready when the pod has no readiness probe. */
  readonly readyDelay: SimTime
  /** From seeing the deletion to the end of the containers, cut at the grace period. */
  readonly stopDelay: SimTime
  /** What a node downloads of images that have a size, shared by the pulls that run at a time. */
  readonly imagePullBytesPerSecond: number
  /** KubeletConfiguration maxParallelImagePulls; 1 is serializeImagePulls. */
  readonly maxParallelImagePulls: number
}

/**
 * Virtual time one scheduling cycle takes: a constant and a part for each node touched. Fractions of a
 * microsecond are summed before rounding.
 */
export interface SchedulerCosts {
  readonly perPodMicros: number
  /** Per node of the cluster: refreshing the snapshot. */
  readonly perNodeMicros: number
  /** Per node of the cluster when a PreFilter counts them all (spreading, inter-pod affinity). */
  readonly perNodePrefilteredMicros: number
  readonly perNodeFilteredMicros: number
  readonly perNodeScoredMicros: number
}

export const DEFAULT_CONTROL_PLANE: ControlPlaneSettings = {
  watchLatency: 4 * MILLISECOND,
  requestLatency: 4 * MILLISECOND,
  // ClientConnectionConfiguration of KubeSchedulerConfiguration: QPS 50, Burst 100.
  schedulerClient: { qps: 50, burst: 100 },
  // kube-controller-manager --kube-api-qps 20, --kube-api-burst 30.
  controllerManagerClient: { qps: 20, burst: 30 },
}

export const DEFAULT_KUBELET: KubeletSettings = {
  startDelay: 1 * SECOND,
  readyDelay: 0,
  stopDelay: 1 * SECOND,
  // 1 Gbit/s.
  imagePullBytesPerSecond: 125_000_000,
  // KubeletConfiguration serializeImagePulls true.
  maxParallelImagePulls: 1,
}

/**
 * Fitted to the real 1.36.3 algorithm in process, without API server: 0.91 ms a basic pod at 1,000 nodes (420
 * filtered and scored), 1.26 ms at 5,000 (500), 1.52 ms and 3.27 ms with hard spreading.
 */
export const DEFAULT_SCHEDULER_COSTS: SchedulerCosts = {
  perPodMicros: 424,
  perNodeMicros: 0.066,
  perNodePrefilteredMicros: 0.4,
  perNodeFilteredMicros: 0.4,
  perNodeScoredMicros: 0.6,
}

/**
 * The kubelet renews its node's lease every quarter of nodeLeaseDurationSeconds (40 s), up to 4 % later:
 * pkg/kubelet/ kubelet.go, component-helpers/apimachinery/lease/controller.go.
 */
export const LEASE_RENEW_INTERVAL: SimTime = 10 * SECOND
export const LEASE_RENEW_JITTER = 0.04

/** `terminationGracePeriodSeconds` of a pod that names none. */
export const DEFAULT_GRACE_PERIOD_SECONDS = 30

/** KubeSchedulerConfiguration podInitialBackoffSeconds 1, podMaxBackoffSeconds 10. */
export const DEFAULT_POD_INITIAL_BACKOFF: SimTime = 1 * SECOND
export const DEFAULT_POD_MAX_BACKOFF: SimTime = 10 * SECOND

/**
 * Keys each controller works on at once: kube-controller-manager's `--concurrent-*-syncs`; 1 without a flag.
 */
export const CONTROLLER_WORKERS = {
  deployment: 5,
  replicaset: 5,
  replicationcontroller: 5,
  statefulset: 5,
  daemonset: 2,
  job: 5,
  cronjob: 5,
  endpoints: 5,
  endpointslice: 5,
  endpointslicemirroring: 5,
  resourcequota: 5,
  namespace: 10,
  garbagecollector: 20,
  podgc: 1,
  horizontalpodautoscaler: 5,
  ttlafterfinished: 5,
  disruption: 1,
  nodelifecycle: 8,
  tainteviction: 8,
  // One for claims and one for volumes.
  persistentvolumebinder: 2,
  ephemeralvolume: 5,
  pvcprotection: 1,
  pvprotection: 1,
} as const

/**
 * kube-controller-manager --node-monitor-period, --node-monitor-grace-period, --node-startup-grace-period.
 */
export const NODE_MONITOR_PERIOD: SimTime = 5 * SECOND
export const NODE_MONITOR_GRACE_PERIOD: SimTime = 50 * SECOND
export const NODE_STARTUP_GRACE_PERIOD: SimTime = 60 * SECOND
/**
 * cloud-controller-manager --node-monitor-period: how often nodes that are not Ready are looked for in the
 * cloud.
 */
export const CLOUD_NODE_MONITOR_PERIOD: SimTime = 5 * SECOND
/**
 * How long a monitor pass with nothing to do takes (calibrated): passes drift by it, so that ten of them take
 * longer than the grace period and a lease is found late after 50.06 s, as recorded, and not after 55 s.
 */
export const NODE_MONITOR_PASS_TIME: SimTime = 2 * MILLISECOND
/**
 * --node-eviction-rate, --secondary-node-eviction-rate, --large-cluster-size-threshold,
 * --unhealthy-zone-threshold.
 */
export const NODE_EVICTION_RATE = 0.1
export const SECONDARY_NODE_EVICTION_RATE = 0.01
export const LARGE_CLUSTER_SIZE_THRESHOLD = 50
export const UNHEALTHY_ZONE_THRESHOLD = 0.55
/** nodelifecycle/scheduler: NodeEvictionPeriod, EvictionRateLimiterBurst. */
export const NO_EXECUTE_PASS_PERIOD: SimTime = 100 * MILLISECOND
export const NODE_EVICTION_BURST = 1
/** node_lifecycle_controller.go nodeUpdateWorkerSize. */
export const NODE_MONITOR_WORKERS = 8
/** taint_eviction.go: tries to delete a pod, and the time between them. */
export const TAINT_EVICTION_ATTEMPTS = 5
export const TAINT_EVICTION_RETRY_DELAY: SimTime = 10 * MILLISECOND

/**
 * Flags of kube-controller-manager, --horizontal-pod-autoscaler-...:
 * pkg/controller/podautoscaler/config/v1alpha1.
 */
export const AUTOSCALER_SYNC_PERIOD: SimTime = 15 * SECOND
export const AUTOSCALER_DOWNSCALE_STABILIZATION: SimTime = 300 * SECOND
export const AUTOSCALER_CPU_INITIALIZATION_PERIOD: SimTime = 300 * SECOND
export const AUTOSCALER_INITIAL_READINESS_DELAY: SimTime = 30 * SECOND
export const AUTOSCALER_TOLERANCE = 0.1

/** Samples of the recorded control planes: rewritten every 5 s, averaged over 15 s. */
export const DEFAULT_METRICS_SERVER = { period: 5 * SECOND, window: 15 * SECOND }

/** A controller waits no longer than this to see its own writes: controller_utils.go ExpectationsTimeout. */
export const EXPECTATIONS_TIMEOUT: SimTime = 300 * SECOND
/** Pods one reconciliation of a ReplicaSet creates or deletes at most: replicaset.BurstReplicas. */
export const REPLICA_SET_BURST = 500
/** Pods one step of a DaemonSet creates or deletes at most: daemon_controller.go BurstReplicas. */
export const DAEMON_SET_BURST = 250
/**
 * From the last creation of a batch of pods to its answer (calibrated: batches of one ReplicaSet are 20 to 40
 * ms apart, though watchers see the first pods after 14 ms).
 */
export const POD_CREATION_ANSWER_DELAY: SimTime = 28 * MILLISECOND
/**
 * From a Deployment's or ReplicaSet's write to its answer (calibrated: from the creation of a ReplicaSet over the
 * status to the scaling of the old one, two requests later, it is 17 to 31 ms in half of 49 recorded rollouts).
 */
export const DEPLOYMENT_ANSWER_DELAY: SimTime = 6 * MILLISECOND
/** The first batch of a slow start; each further one doubles: controller_utils.go SlowStartInitialBatchSize. */
export const SLOW_START_INITIAL_BATCH = 1
/**
 * Events of one type an object may cause at once, and how often one more: events_cache.go defaultSpamBurst,
 * defaultSpamQPS.
 */
export const EVENT_BURST_PER_OBJECT = 25
export const EVENTS_PER_OBJECT_PER_SECOND = 1 / 300
/** Events of one component that wait to be sent; what comes when so many do is dropped: event.go maxQueuedEvents. */
export const EVENT_QUEUE_LENGTH = 1000
/** From an event's acceptance to its answer, after which the next is sent (calibrated: 80 pods in 2.9 s). */
export const EVENT_ANSWER_DELAY: SimTime = 8 * MILLISECOND
/** More than so many different messages of one reason within the interval are combined: events_cache.go. */
export const EVENT_AGGREGATE_MAX = 10
export const EVENT_AGGREGATE_INTERVAL: SimTime = 600 * SECOND

/**
 * eviction.go EvictionsRetry: evictions that meet on one budget try again after so long, up to a tenth more.
 */
export const EVICTION_RETRY_DELAY: SimTime = SECOND / 2
export const EVICTION_RETRY_JITTER = 0.1
export const EVICTION_ATTEMPTS = 20
/** From an eviction's look at its budget to its write; others that looked meanwhile fail (calibrated). */
export const EVICTION_WRITE_DELAY: SimTime = 8 * MILLISECOND
/** eviction.go MaxDisruptedPodSize: evictions the disruption controller may not have seen yet. */
export const DISRUPTED_PODS_MAX = 2000
/** disruption.go DeletionTimeout: an evicted pod still not being deleted then counts as staying. */
export const DISRUPTION_TIMEOUT: SimTime = 120 * SECOND
/**
 * disruption.go stalePodDisruptionTimeout: DisruptionTarget is taken back from a pod still not being deleted.
 */
export const STALE_DISRUPTION_TIMEOUT: SimTime = 120 * SECOND

/** kube-controller-manager --max-endpoints-per-slice. */
export const ENDPOINTS_PER_SLICE = 100
/**
 * endpointslice_controller.go defaultSyncBackOff, maxSyncBackOff; also before slices changed by others are
 * seen to.
 */
export const ENDPOINT_SLICE_RETRY = { first: 1 * SECOND, longest: 1000 * SECOND }
export const ENDPOINT_SLICE_MAX_RETRIES = 15
/** endpointslicemirroring_controller.go defaultSyncBackOff, maxSyncBackOff. */
export const MIRRORING_RETRY = { first: 1 * SECOND, longest: 100 * SECOND }
/** kube-controller-manager --mirroring-max-endpoints-per-subset. */
export const MIRRORED_ENDPOINTS_PER_SUBSET = 1000
/** From the answer to a slice's write to its return by the watch, uniform up to this (calibrated). */
export const ENDPOINT_SLICE_CACHE_LAG: SimTime = 20 * MILLISECOND

/** job_controller.go: pod events and status changes of a Job are gathered so long before it is looked at. */
export const JOB_BATCH_PERIOD: SimTime = 1 * SECOND
/**
 * job_controller.go DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff: before a failed pod is replaced.
 */
export const JOB_POD_BACKOFF: SimTime = 10 * SECOND
export const JOB_POD_BACKOFF_MAX: SimTime = 600 * SECOND
/**
 * job_controller.go DefaultJobApiBackOff, MaxJobApiBackOff: before a Job whose sync failed is tried again.
 */
export const JOB_RETRY_DELAY = { first: 1 * SECOND, longest: 60 * SECOND }
/** job_controller.go MaxPodCreateDeletePerSync, MaxUncountedPods. */
export const JOB_PODS_PER_SYNC = 500
export const JOB_UNCOUNTED_PODS = 500

/** pkg/kubelet/kubelet.go: a container that exits again waits 10 s, doubling to MaxContainerBackOff. */
export const CRASH_LOOP_INITIAL: SimTime = 10 * SECOND
export const CRASH_LOOP_MAX: SimTime = 300 * SECOND

/** pkg/kubelet/kubelet.go imageBackOffPeriod, MaxImageBackOff: before a failed pull is tried again. */
export const IMAGE_BACK_OFF_INITIAL: SimTime = 10 * SECOND
export const IMAGE_BACK_OFF_MAX: SimTime = 300 * SECOND

/** How many times the usual client limit some controllers have: kube-controller-manager app/core.go. */
export const GARBAGE_COLLECTOR_CLIENT = { qps: 2, burst: 1 }
export const NAMESPACE_CLIENT = { qps: 20, burst: 100 }
/** namespace_controller.go namespaceDeletionGracePeriod: content is deleted so long after the namespace. */
export const NAMESPACE_DELETION_GRACE: SimTime = 5 * SECOND
/** namespace_controller.go: back-off of a namespace whose content cannot be deleted. */
export const NAMESPACE_RETRY_DELAY = { first: 5 * MILLISECOND, longest: 60 * SECOND }
/** namespaced_resources_deleter.go finalizerEstimateSeconds: how long finalizers are thought to take. */
export const FINALIZER_ESTIMATE_SECONDS = 15
/** Kinds of content looked at in a round, and requests for each: estimate, delete, list (calibrated). */
export const NAMESPACE_ROUND_REQUESTS = 120
/** --terminated-pod-gc-threshold; gc_controller.go gcCheckPeriod, quarantineTime. */
export const TERMINATED_POD_THRESHOLD = 12_500
export const POD_GC_PERIOD: SimTime = 20 * SECOND
export const POD_GC_QUARANTINE: SimTime = 40 * SECOND
/** --resource-quota-sync-period. */
export const RESOURCE_QUOTA_RESYNC: SimTime = 300 * SECOND
/**
 * How long the quotas of a namespace are busy with one pod: their use is written before the pod is
 * (calibrated).
 */
export const QUOTA_ADMISSION_DELAY: SimTime = 10 * MILLISECOND
/**
 * kube-controller-manager --pvclaimbinder-sync-period: claims and volumes that did not change are looked at
 * again.
 */
export const VOLUME_SYNC_PERIOD: SimTime = 15 * SECOND
