/** The parts of a scenario that are about requests, usage and metrics. */
import { z } from 'zod'
import { DEFAULT_NETWORK, DEFAULT_REQUESTS, DEFAULT_SCRAPES } from '../../engine/index.js'
import type { Fault } from '../issue.js'
import {
  addFaults,
  amount,
  duration,
  durationOr,
  filePath,
  integer,
  labels,
  list,
  namespace,
  objectName,
  plainText,
  section,
  share,
} from '../schema/fields.js'
import { readLoad, type WrittenLoad } from './written-load.js'

/** A number that changes over time. */
function load() {
  return z
    .unknown()
    .transform((given, context): WrittenLoad => {
      const faults: Fault[] = []
      const read = readLoad(given, [], faults)
      addFaults(context, given, faults)
      return read
    })
    .meta({ $comment: 'load' })
}

export const serviceSchema = section({
  name: objectName().describe('Name of the Service.'),
  namespace: namespace().default('default').describe('Its namespace.'),
  cpu: duration().prefault('0s').describe('CPU time that one request takes.'),
  other: duration().prefault('0s').describe('Time of a request that takes no CPU.'),
  concurrency: integer(1).default(DEFAULT_REQUESTS.concurrency).describe('Requests a pod works on at once.'),
  queue: integer(0).optional().describe('Requests that may wait in a pod; absent: any number.'),
  variation: amount()
    .default(DEFAULT_REQUESTS.variation)
    .describe('Deviation of the time of a request over its mean: 0 all alike, 1 exponential.'),
  discipline: z
    .enum(['queue', 'share'])
    .default(DEFAULT_REQUESTS.discipline)
    .describe('First come, first served; or all at once, sharing the CPU.'),
})

export const trafficSchema = section({
  name: objectName()
    .optional()
    .describe('Name in records and of random draws; that of the target unless given.'),
  namespace: namespace().default('default').describe('Namespace of the Service.'),
  service: objectName().optional().describe('Service that the requests go to.'),
  pod: objectName().optional().describe('One pod of a headless Service, by its name.'),
  host: plainText().optional().describe('Host of requests that an Ingress leads on; instead of a Service.'),
  path: plainText().default('/').describe('Path of such requests.'),
  demand: load().describe('Requests a second.'),
  clients: integer(1).default(1000).describe('Clients behind them; matters with session affinity.'),
  zones: z
    .record(z.string(), amount())
    .default({})
    .describe('Where clients are, by zone; spread over the nodes unless given.'),
  origin: z
    .enum(['inside', 'outside'])
    .default('inside')
    .describe('Whether they come from pods, or through node ports and load balancers.'),
})

export const usageSchema = section({
  name: objectName().optional().describe('Name of random draws.'),
  namespace: namespace().default('default').describe('Namespace of the pods.'),
  selector: plainText().describe('The pods, as a label selector of kubectl.'),
  container: plainText().default('').describe('The container; the first one unless given.'),
  cpu: load().optional().describe('MilliCPU of each pod.'),
  memory: load().optional().describe('Bytes of each pod.'),
  machines: section({
    file: filePath().describe(
      'CSV with a row a machine and a column a point in time, or a folder with a file a machine; pods draw one each.',
    ),
    every: duration({ positive: true }).prefault('5m').describe('Time between two columns.'),
    unit: amount().default(10).describe('MilliCPU of one unit of the file.'),
    limit: integer(1).optional().describe('Only the first so many machines.'),
  })
    .optional()
    .describe('CPU of recorded machines, instead of `cpu`.'),
})

export const metricsSchema = section({
  period: durationOr(DEFAULT_SCRAPES.period, { positive: true }).describe('Time between two scrapes.'),
  window: durationOr(DEFAULT_SCRAPES.window, { positive: true }).describe('Time a sample is averaged over.'),
  delay: durationOr(DEFAULT_SCRAPES.delay).describe('From a scrape until its samples are served.'),
  missing: share().default(DEFAULT_SCRAPES.missing).describe('Share of the samples that are lost.'),
  customLag: durationOr(DEFAULT_SCRAPES.customLag).describe('Age of custom and external metrics.'),
  external: list(
    section({
      name: plainText().describe('Name of the metric.'),
      labels: labels().prefault({}).describe('Labels of the series.'),
      value: load().describe('Its value.'),
    }),
  )
    .default([])
    .describe('Series of external metrics.'),
})

export const networkSchema = section({
  propagation: durationOr(DEFAULT_NETWORK.propagation).describe(
    'From an EndpointSlice reaching its watchers until the rules on the nodes follow.',
  ),
  dnsTtl: durationOr(DEFAULT_NETWORK.dnsTtl).describe(
    'How long clients keep addresses of headless Services.',
  ),
  balancing: z
    .enum(['random', 'round-robin'])
    .default(DEFAULT_NETWORK.balancing)
    .describe('How nodes deal out connections: by chance (iptables, nftables) or in turn (ipvs).'),
})
