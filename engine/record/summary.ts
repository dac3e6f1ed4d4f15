/**
 * The summary of a run: named figures with their units. The list of metrics is data, so that expectations,
 * tables and files all speak of the same ones.
 */
import { SECOND, type SimTime } from '../kernel/time.js'
import type { Accounts } from './accounts.js'
import type { FoundBlocker } from './disruption/blockers-record.js'
import { DISRUPTION_METRICS, DRAIN_METRICS } from './disruption/drain-metrics.js'
import type { MetricDefinition } from './metric.js'
import { OUTCOMES, type Outcome } from './pods-record.js'
import { REASON_GROUPS } from './reason-groups.js'
import { resourceLabels } from './recorded-resources.js'
import { SCALING_METRICS, scalingValues } from './scaling-metrics.js'
import { TRAFFIC_METRICS } from './traffic-metrics.js'

export type { MetricDefinition } from './metric.js'

/** Value of every metric by name; NaN where there is nothing to measure, as the wait of no pod. */
export type MetricValues = Readonly<Record<string, number>>

export interface RunSummary {
  readonly metrics: readonly MetricDefinition[]
  readonly values: MetricValues
  /** What drains could not get past, as foreseen; absent while the run is not over. */
  readonly blockers?: readonly FoundBlocker[]
}

const OUTCOME_ABOUT: Readonly<Record<Outcome, string>> = {
  succeeded: 'Pods that ended by themselves, successfully.',
  failed: 'Pods that ended by themselves, not successfully.',
  evicted: 'Pods evicted or preempted.',
  deleted: 'Pods deleted before they ended by themselves.',
  running: 'Pods running when the run ended.',
  pending: 'Pods at the end of the run that were starting, or not yet tried.',
  unschedulable: 'Pods at the end of the run that were tried and fit nowhere.',
}

const WAIT_QUANTILES = [
  ['wait_p50_s', 0.5, 'Median'],
  ['wait_p90_s', 0.9, '90th percentile'],
  ['wait_p99_s', 0.99, '99th percentile'],
  ['wait_max_s', 1, 'Longest'],
] as const

const FAULTS: readonly MetricDefinition[] = [
  { name: 'failures', unit: 'count', about: 'Failures of nodes, domains, pods and of the control plane.' },
  {
    name: 'failure_mean_s',
    unit: 'seconds',
    about: 'Mean duration of the failures that were mended before the end.',
  },
  {
    name: 'oom_kills',
    unit: 'count',
    about: 'Containers killed because they, their pod or their node ran out of memory.',
    better: 'lower',
  },
]

/** Every metric of a run that records these resources, in the order of tables and columns. */
export function metricDefinitions(resources: readonly string[]): readonly MetricDefinition[] {
  const about = 'pod to be scheduled, over the pods that were'
  return [
    { name: 'duration_s', unit: 'seconds', about: 'Virtual time from the start to the end of the run.' },
    { name: 'pods_created', unit: 'count', about: 'Pods created.' },
    {
      name: 'pods_scheduled',
      unit: 'count',
      about: 'Pods the scheduler bound to a node.',
      better: 'higher',
    },
    {
      name: 'pods_never_scheduled',
      unit: 'count',
      about: 'Pods that never got a node: deleted before, or still without one at the end.',
      better: 'lower',
    },
    ...REASON_GROUPS.map(
      ({ name, about: reason }): MetricDefinition => ({
        name: `pods_never_scheduled_${name}`,
        unit: 'count',
        about: `Pods that never got a node, by the last reason: ${reason}.`,
        better: 'lower',
      }),
    ),
    ...OUTCOMES.map(
      (outcome): MetricDefinition => ({
        name: `pods_${outcome}`,
        unit: 'count',
        about: OUTCOME_ABOUT[outcome],
      }),
    ),
    ...WAIT_QUANTILES.map(
      ([name, , which]): MetricDefinition => ({
        name,
        unit: 'seconds',
        about: `${which} wait of a ${about}.`,
        better: 'lower',
      }),
    ),
    { name: 'wait_mean_s', unit: 'seconds', about: `Mean wait of a ${about}.`, better: 'lower' },
    ...resourceLabels(resources).flatMap(({ resource, word }): MetricDefinition[] => [
      {
        name: `allocation_${word}_mean_share`,
        unit: 'share',
        label: `${resource} allocated, mean`,
        about: `Time-weighted mean share of allocatable ${resource} requested by pods.`,
        better: 'higher',
      },
      {
        name: `allocation_${word}_peak_share`,
        unit: 'share',
        label: `${resource} allocated, peak`,
        about: `Highest share of allocatable ${resource} requested by pods.`,
      },
    ]),
    { name: 'nodes_created', unit: 'count', about: 'Nodes that ever were in the cluster.' },
    { name: 'nodes_mean', unit: 'count', about: 'Time-weighted mean number of nodes.', better: 'lower' },
    { name: 'nodes_peak', unit: 'count', about: 'Most nodes at once.', better: 'lower' },
    {
      name: 'nodes_in_use_mean',
      unit: 'count',
      about: 'Time-weighted mean number of nodes with at least one pod that has not finished.',
      better: 'lower',
    },
    { name: 'nodes_in_use_peak', unit: 'count', about: 'Most nodes in use at once.', better: 'lower' },
    ...SCALING_METRICS,
    { name: 'scheduling_attempts', unit: 'count', about: 'Scheduling cycles of pods.', better: 'lower' },
    ...FAULTS,
    {
      name: 'operations_rejected',
      unit: 'count',
      about: 'Objects that the API server refused to operations of the timeline.',
    },
    ...DRAIN_METRICS,
    ...DISRUPTION_METRICS,
    ...TRAFFIC_METRICS,
    { name: 'store_writes', unit: 'count', about: 'Writes the API server accepted.' },
    { name: 'simulation_events', unit: 'count', about: 'Events in the digest of the simulation.' },
  ]
}

/** @param others values of metrics that are reckoned elsewhere */
export function summarise(
  accounts: Accounts,
  simulationEvents: number,
  end: SimTime,
  others: MetricValues,
): RunSummary {
  const { statistics, waits, neverScheduled, outcomes } = accounts
  const values: Record<string, number> = {
    duration_s: end / SECOND,
    pods_created: accounts.created,
    pods_scheduled: waits.length,
    pods_never_scheduled: neverScheduled.reduce((sum, count) => sum + count, 0),
    wait_mean_s: waits.length > 0 ? accounts.waitSum / waits.length / SECOND : Number.NaN,
    nodes_created: accounts.nodesCreated,
    nodes_mean: end > 0 ? statistics.nodesMean : Number.NaN,
    nodes_peak: Math.max(statistics.nodesPeak, statistics.nodes),
    nodes_in_use_mean: end > 0 ? statistics.nodesInUseMean : Number.NaN,
    nodes_in_use_peak: Math.max(statistics.nodesInUsePeak, statistics.nodesInUse),
    scheduling_attempts: accounts.attempts,
    failures: accounts.failures,
    failure_mean_s: accounts.mendedTime / accounts.mended / SECOND,
    operations_rejected: accounts.rejections,
    oom_kills: accounts.memoryKills,
    store_writes: accounts.state.log.end - 1,
    simulation_events: simulationEvents,
    ...scalingValues(accounts),
    ...others,
  }
  REASON_GROUPS.forEach(({ name }, group) => {
    values[`pods_never_scheduled_${name}`] = neverScheduled[group]
  })
  OUTCOMES.forEach((outcome, i) => {
    values[`pods_${outcome}`] = outcomes[i]
  })
  for (const [name, q] of WAIT_QUANTILES) values[name] = waits.quantile(q) / SECOND
  resourceLabels(accounts.resources).forEach(({ word }, slot) => {
    values[`allocation_${word}_mean_share`] = statistics.meanShare(slot)
    values[`allocation_${word}_peak_share`] = statistics.peakShareOf(slot)
  })
  return { metrics: metricDefinitions(accounts.resources).filter(({ name }) => name in values), values }
}
