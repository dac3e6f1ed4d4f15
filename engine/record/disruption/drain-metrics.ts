/** Figures of the summary about drained nodes; there are none in a run without drains. */
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
