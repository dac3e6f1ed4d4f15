/**
 * Figures of the summary about what went wrong: about drained nodes in runs that drain any, and those that the records
 * `disruptions` and `availability` bring where they are on.
 */
import type { MetricDefinition } from '../metric.js'
import type { DrainCounts } from './drains-record.js'

export const DRAIN_METRICS: readonly MetricDefinition[] = [
  { name: 'drains', unit: 'count', about: 'Nodes whose drain began.' },
  {
    name: 'drains_undrained',
    unit: 'count',
    about: 'Drains that were given up, refused or failed, or were under way at the end.',
    better: 'lower',
  },
  {
    name: 'drains_foreseen',
    unit: 'count',
    about: 'Drains foreseen not to end as long as nobody changes anything.',
  },
  {
    name: 'drains_confirmed',
    unit: 'count',
    about: 'Of the drains foreseen not to end, those that did not.',
  },
  {
    name: 'drains_unforeseen',
    unit: 'count',
    about: 'Drains that were given up, refused or failed without having been foreseen.',
  },
]

export function drainValues(counts: DrainCounts): Readonly<Record<string, number>> {
  if (counts.drains === 0) return {}
  return {
    drains: counts.drains,
    drains_undrained: counts.undrained,
    drains_foreseen: counts.foreseen,
    drains_confirmed: counts.confirmed,
    drains_unforeseen: counts.unforeseen,
  }
}

export const DISRUPTION_METRICS: readonly MetricDefinition[] = [
  {
    name: 'pods_disrupted',
    unit: 'count',
    about: 'Pods taken away before their time; with the record `disruptions`.',
    better: 'lower',
  },
  {
    name: 'pods_disrupted_involuntarily',
    unit: 'count',
    about: 'Of these, the ones that no eviction was asked for; with the record `disruptions`.',
    better: 'lower',
  },
  {
    name: 'replacement_longest_s',
    unit: 'seconds',
    about: 'Longest time until another pod was ready in the place of one; with the record `disruptions`.',
    better: 'lower',
  },
  {
    name: 'availability_least_share',
    unit: 'share',
    about: 'Least time-weighted share of ready pods of a workload; with the record `availability`.',
    better: 'higher',
  },
  {
    name: 'short_longest_s',
    unit: 'seconds',
    about: 'Longest time to recovery: a workload having fewer ready pods than wanted; with `availability`.',
    better: 'lower',
  },
  {
    name: 'down_longest_s',
    unit: 'seconds',
    about: 'Longest time a workload had no ready pod; with the record `availability`.',
    better: 'lower',
  },
  {
    name: 'below_budget_longest_s',
    unit: 'seconds',
    about: 'Longest time fewer pods were healthy than their budget wants; with the record `availability`.',
    better: 'lower',
  },
  {
    name: 'lost_at_once_most',
    unit: 'count',
    about: 'Most pods of a workload that stopped being ready at one instant; with the record `availability`.',
    better: 'lower',
  },
]
