import type { MetricDefinition } from './metric.js'

/** Figures about requests and autoscalers, over all Services together; unknown where there are none. */
export const TRAFFIC_METRICS: readonly MetricDefinition[] = [
  { name: 'requests', unit: 'count', about: 'Requests sent to Services.' },
  { name: 'requests_served', unit: 'count', about: 'Requests answered.' },
  {
    name: 'requests_refused',
    unit: 'count',
    about: 'Requests turned away by full queues of pods.',
    better: 'lower',
  },
  {
    name: 'requests_lost',
    unit: 'count',
    about: 'Requests without an endpoint, or sent to a pod that was gone.',
    better: 'lower',
  },
  {
    name: 'requests_backlog',
    unit: 'count',
    about:
      'Requests that overloaded pods have not got round to in the end: neither served nor refused nor lost.',
    better: 'lower',
  },
  {
    name: 'requests_failed_share',
    unit: 'share',
    about: 'Share of the requests that were refused or lost.',
    better: 'lower',
  },
  {
    name: 'latency_p50_s',
    unit: 'seconds',
    about: 'Median time of the requests answered.',
    better: 'lower',
  },
  {
    name: 'latency_p99_s',
    unit: 'seconds',
    about: '99th percentile of the time of the requests answered.',
    better: 'lower',
  },
  {
    name: 'endpoints_mean',
    unit: 'count',
    about: 'Time-weighted mean number of endpoints of all Services that get requests.',
    better: 'lower',
  },
  { name: 'hpa_scale_ups', unit: 'count', about: 'Times an autoscaler asked for more replicas.' },
  { name: 'hpa_scale_downs', unit: 'count', about: 'Times an autoscaler asked for fewer replicas.' },
  {
    name: 'hpa_tracking_error_share',
    unit: 'share',
    about: 'Time-weighted mean distance of actual replicas from those that the metrics ask for.',
    better: 'lower',
  },
]
