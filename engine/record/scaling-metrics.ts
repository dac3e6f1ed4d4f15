/**
 * Figures of the summary about node autoscaling and costs. A run that has neither leaves them out.
 */
import type { Accounts } from './accounts.js'
import type { MetricDefinition } from './metric.js'

export const SCALING_METRICS: readonly MetricDefinition[] = [
  { name: 'scale_ups', unit: 'count', about: 'Times that a node group was made larger.' },
  { name: 'nodes_added', unit: 'count', about: 'Nodes that a node autoscaler asked for.' },
  { name: 'nodes_removed', unit: 'count', about: 'Nodes that a node autoscaler removed.' },
  {
    name: 'scaling_failures',
    unit: 'count',
    about: 'Scale-ups and removals that failed or came to nothing.',
    better: 'lower',
  },
  {
    name: 'cost_total',
    unit: 'money',
    about: 'Price of all machines for the time they were paid for.',
    better: 'lower',
  },
  { name: 'cost_on_demand', unit: 'money', about: 'The part of it at on-demand prices.' },
  { name: 'cost_spot', unit: 'money', about: 'The part of it at spot prices.' },
  {
    name: 'cost_idle',
    unit: 'money',
    about: 'The part of it for what no pod requested, mean of cpu and memory, boots included.',
    better: 'lower',
  },
  {
    name: 'cost_idle_share',
    unit: 'share',
    label: 'idle share of cost',
    about: 'Idle cost as a share of all cost.',
    better: 'lower',
  },
  { name: 'machine_hours', unit: 'count', about: 'Hours of machines that were paid for.', better: 'lower' },
]

/** Values of the metrics that the run has. */
export function scalingValues({ costs, autoscaler }: Accounts): Readonly<Record<string, number>> {
  return {
    ...(autoscaler === undefined
      ? {}
      : {
          scale_ups: autoscaler.scaleUps,
          nodes_added: autoscaler.nodesAdded,
          nodes_removed: autoscaler.nodesRemoved,
          scaling_failures: autoscaler.failures,
        }),
    ...(costs === undefined
      ? {}
      : {
          cost_total: costs.total,
          cost_on_demand: costs.total - costs.spot,
          cost_spot: costs.spot,
          cost_idle: costs.idle,
          cost_idle_share: costs.idle / costs.total,
          machine_hours: costs.hours,
        }),
  }
}
