/**
 * Defaults of the Vertical Pod Autoscaler's three programs.
 * Upstream: vertical-pod-autoscaler/pkg/recommender (config/config.go, model/aggregations_config.go,
 * routines), pkg/updater (config/config.go, restriction), docs/flags.md (VPA 1.8.1).
 */
import { HOUR, MINUTE } from '../kernel/time.js'
import type { ClientLimit } from './defaults.js'
import { UpdateMode, type VerticalPodAutoscalerSpec } from './vertical-pod-autoscaler.js'

/** `--recommender-interval` and `--updater-interval`. */
export const VPA_INTERVAL = MINUTE

/** `--kube-api-qps` and `--kube-api-burst` of the updater. */
export const VPA_CLIENT: ClientLimit = { qps: 50, burst: 100 }

/** What the recommender does with usage. */
export const RECOMMENDER = {
  /** `--cpu-histogram-decay-half-life`, `--memory-histogram-decay-half-life`. */
  halfLife: 24 * HOUR,
  /** `--memory-aggregation-interval`: one peak per container and interval is kept. */
  memoryInterval: 24 * HOUR,
  /** `--memory-aggregation-interval-count`: after so many intervals without a sample a state is dropped. */
  memoryIntervalCount: 8,
  /** `--oom-bump-up-ratio`. */
  oomBumpUpRatio: 1.2,
  /** `--oom-min-bump-up-bytes`. */
  oomMinBumpUpBytes: 100 * 1024 * 1024,
  /** minSampleWeight: what every cpu sample weighs. */
  cpuSampleWeight: 0.1,
  /** `--target-cpu-percentile`, `--target-memory-percentile`. */
  targetPercentile: 0.9,
  /** `--recommendation-lower-bound-cpu-percentile` and its like for memory. */
  lowerBoundPercentile: 0.5,
  /** `--recommendation-upper-bound-cpu-percentile` and its like for memory. */
  upperBoundPercentile: 0.95,
  /** `--recommendation-margin-fraction`. */
  marginFraction: 0.15,
  /** `--confidence-interval-cpu`, `--confidence-interval-memory`. */
  confidenceInterval: 24 * HOUR,
  /** `--pod-recommendation-min-cpu-millicores`. */
  podMinMilliCPU: 25,
  /** `--pod-recommendation-min-memory-mb`, which are MiB. */
  podMinMemoryBytes: 250 * 1024 * 1024,
  /** AggregateContainerStateGCInterval. */
  collectionInterval: HOUR,
} as const

/** The histograms' buckets: each 5 % larger than the one before. */
export const HISTOGRAM = {
  growth: 1.05,
  cpu: { firstBucketSize: 0.01, maxValue: 1000 },
  memory: { firstBucketSize: 1e7, maxValue: 1e12 },
  /** A bucket that weighs less counts as empty: a thousandth of the smallest sample. */
  epsilon: 0.0001,
} as const

export interface UpdaterSettings {
  /** `--min-replicas`: groups with fewer live pods are left alone. */
  readonly minReplicas: number
  /** `--eviction-tolerance`: the share of a group that may be missing. */
  readonly evictionTolerance: number
  /** `--pod-update-threshold`: smaller changes alone are no reason. */
  readonly updateThreshold: number
  /** `--in-recommendation-bounds-eviction-lifetime-threshold`. */
  readonly lifetimeThreshold: number
  /** `--evict-after-oom-threshold`: who dies of memory sooner after its start is updated at once. */
  readonly quickOomThreshold: number
}

export const UPDATER: UpdaterSettings = {
  minReplicas: 2,
  evictionTolerance: 0.5,
  updateThreshold: 0.1,
  lifetimeThreshold: 12 * HOUR,
  quickOomThreshold: 10 * MINUTE,
}

/** After these a resize in place that is put off, or goes on, is given up for an eviction. */
export const DEFERRED_RESIZE_TIMEOUT = 5 * MINUTE
export const RESIZE_IN_PROGRESS_TIMEOUT = HOUR

/** What the admission controller fills in: without an update policy pods are recreated. */
export function defaultVerticalPodAutoscalerSpec(
  written: VerticalPodAutoscalerSpec,
): VerticalPodAutoscalerSpec {
  const { updatePolicy } = written
  if (updatePolicy !== undefined && updatePolicy !== null) return written
  return { ...written, updatePolicy: { updateMode: UpdateMode.Recreate } }
}
