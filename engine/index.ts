/** The only door of the engine: what scenarios, reports and commands may use. */

export { expanders } from './autoscaler/cluster-autoscaler/expanders/index.js'
export { deschedulerPolicyFaults } from './autoscaler/descheduler/policy-faults.js'
export type { AnyFailureModel, FailureModel } from './failure/failure-model.js'
export { FAILURE_MODELS } from './failure/models/index.js'
export { resolveArgs } from './kernel/definition.js'
export { didYouMean } from './kernel/did-you-mean.js'
export {
  compareDigests,
  type DigestLog,
  type DivergenceWindow,
  type TracedEvent,
} from './kernel/digest.js'
export { type DistributionSpec, distributionIssues } from './kernel/distributions.js'
export { Stream } from './kernel/rng.js'
export { formatDuration, NEVER, parseDuration, SECOND, type SimTime } from './kernel/time.js'
export type { HorizontalPodAutoscalerSpec } from './model/autoscaling.js'
export { horizontalPodAutoscalerErrors } from './model/autoscaling-validation.js'
export {
  type ClusterAutoscalerSettings,
  DEFAULT_CLUSTER_AUTOSCALER,
} from './model/cluster-autoscaler-defaults.js'
export { parseCron } from './model/cron.js'
export { nextCronTime } from './model/cron-next.js'
export { cronErrors } from './model/cron-validation.js'
export {
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_POD_INITIAL_BACKOFF,
  DEFAULT_POD_MAX_BACKOFF,
  DEFAULT_SCHEDULER_COSTS,
} from './model/defaults.js'
export type { DeschedulerPolicy, DeschedulerSettings } from './model/descheduler.js'
export { DESCHEDULING_INTERVAL } from './model/descheduler-defaults.js'
export type { FailureSettings, FailureSubjects, FailureTiming, RecordedOutages } from './model/failures.js'
export { DEFAULT_GPU_NAMES, MILLI_PER_DEVICE } from './model/gpu-demand.js'
export { Rounding, resolveIntOrPercent } from './model/int-or-percent.js'
export type { NodePoolSpec } from './model/karpenter.js'
export { DEFAULT_KARPENTER } from './model/karpenter-defaults.js'
export type {
  InstanceTypeSettings,
  KarpenterModel,
  MachineSettings,
  OfferingSettings,
} from './model/karpenter-run.js'
export { type KubeletFlags, kubeletAnnotations, kubeletConfig, kubeletFault } from './model/kubelet-config.js'
export {
  DEFAULT_EVICTION_HARD,
  IMAGE_GC_HIGH_PERCENT,
  IMAGE_GC_LOW_PERCENT,
  IMAGE_MINIMUM_GC_AGE,
  PRESSURE_TRANSITION_PERIOD,
} from './model/kubelet-defaults.js'
export { selectorErrors } from './model/label-validation.js'
export type { LabelSelector } from './model/labels.js'
export type { LoadSpec } from './model/load.js'
export {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from './model/names.js'
export { newWorkload } from './model/new-workload.js'
export { compileNodeSelector, readNodePreferences } from './model/node-affinity.js'
export { allocatableAmounts } from './model/node-allocatable.js'
export type { ClusterAutoscalerModel, NodeGroupSettings, Provisioning } from './model/node-groups.js'
export type { DrainSettings, NodeChoice } from './model/node-operations.js'
export { patchDocument } from './model/patch/patch-document.js'
export { defaultPod } from './model/pod-defaults.js'
export { budgetSpecErrors } from './model/pod-disruption-budget.js'
export type { Container, Labels, PodAffinity, PodSpec, ResourceRequirements } from './model/pod-spec.js'
export { canonicalJson } from './model/pod-template.js'
export { admitPriority, type PriorityClass, SYSTEM_PRIORITY_CLASSES } from './model/priority.js'
export { quantityFromJson } from './model/quantity.js'
export { amountOf } from './model/resources.js'
export { lastKnownInstant } from './model/run-limit.js'
export { parseSelector } from './model/selector-text.js'
export type {
  LabelledTemplate,
  Manifest,
  NodePool,
  Operation,
  PluginChoice,
  PodTrace,
  SchedulerProfile,
  SchedulerSettings,
  SimulationModel,
  StaticPod,
  TraceInflation,
} from './model/simulation-model.js'
export { type Taint, TaintEffect } from './model/taints.js'
export type { Demand, Traffic, UsageProfile } from './model/traffic.js'
export { DEFAULT_NETWORK, DEFAULT_REQUESTS, DEFAULT_SCRAPES } from './model/traffic-defaults.js'
export { cronJobErrors, type WrittenSpec, workloadErrors } from './model/workload-validation.js'
export { UTC, type ZoneTable } from './model/zone-table.js'
export { AUTOSCALER_RECORD } from './record/autoscaler-record.js'
export { AUTOSCALERS_RECORD } from './record/autoscalers-record.js'
export { COST_RECORD } from './record/cost-record.js'
export { CRON_JOBS_RECORD } from './record/cron-jobs-record.js'
export { DISRUPTION_RECORDS } from './record/disruption/disruption-records.js'
export { EVENTS_RECORD } from './record/events-record.js'
export { ATTEMPTS_RECORD, SCORES_RECORD } from './record/explanations.js'
export { FAILURES_RECORD } from './record/failures-record.js'
export { GPU_ARRIVALS_RECORD } from './record/gpu-arrivals-record.js'
export { JOBS_RECORD } from './record/jobs-record.js'
export type { MetricDefinition, MetricUnit } from './record/metric.js'
export { nodesRecord } from './record/nodes-record.js'
export { OPERATIONS_RECORD } from './record/operations-record.js'
export { podsRecord } from './record/pods-record.js'
export { RECORD_NAMES, type RecordName } from './record/record-names.js'
export {
  type ColumnDefinition,
  type RecordChunk,
  type RecordDefinition,
  type RecordSink,
  RecordTable,
} from './record/record-table.js'
export { recordedResources } from './record/recorded-resources.js'
export { ROLLOUTS_RECORD } from './record/rollouts-record.js'
export type { RunOptions } from './record/run-options.js'
export type { RunResult } from './record/run-result.js'
export { SERVICES_RECORD } from './record/services-record.js'
export { metricDefinitions, type RunSummary } from './record/summary.js'
export { timeSeriesRecord } from './record/time-series-record.js'
export { WORKLOADS_RECORD } from './record/workloads-record.js'
export { readSchedulerConfiguration, type SchedulerConfiguration } from './scheduler/configuration.js'
export { PLUGIN_SETS } from './scheduler/default-plugins.js'
export {
  type AnyPlugin,
  definePlugin,
  type KnownPlugin,
  type PluginDefinition,
} from './scheduler/framework/define-plugin.js'
export { PLUGINS } from './scheduler/plugins/index.js'
export { EXTENSION_POINTS } from './scheduler/profile.js'
export { Simulation, type SimulationOptions, simulate } from './simulation.js'
