/** The section of a scenario about Karpenter. */
import { z } from 'zod'
import { DEFAULT_KARPENTER as FLAGS } from '../../engine/index.js'
import { timeDistribution } from '../schema/distribution.js'
import {
  addFaults,
  amount,
  amounts,
  clientLimit,
  duration,
  durationOr,
  integer,
  labels,
  list,
  objectName,
  plainText,
  section,
  share,
} from '../schema/fields.js'

const BOOT_TIME = { constant: { value: '60s' } }
const SHUTDOWN_TIME = { constant: { value: '30s' } }

/** What becomes of machines: for all of them, with defaults. */
const machines = section({
  bootTime: timeDistribution()
    .prefault(BOOT_TIME)
    .describe('From the launch of a machine until its node registers.'),
  readyDelay: duration().prefault('10s').describe('From its registration until it is ready.'),
  startupTime: duration()
    .prefault('0s')
    .describe('From then until what its startup taints wait for is done, and they are taken off.'),
  shutdownTime: timeDistribution()
    .prefault(SHUTDOWN_TIME)
    .describe('From the request to terminate a machine until it is gone.'),
  lostShare: share().default(0).describe('Share of machines that start and never register.'),
})

/** The same for one type, where it differs. */
const ownMachines = section({
  bootTime: timeDistribution().optional().describe('For this type.'),
  readyDelay: duration().optional().describe('For this type.'),
  startupTime: duration().optional().describe('For this type.'),
  shutdownTime: timeDistribution().optional().describe('For this type.'),
  lostShare: share().optional().describe('For this type.'),
})

const offering = section({
  zones: list(plainText()).describe('Zones in which it is sold at this price.'),
  capacityType: z.enum(['on-demand', 'spot']).default('on-demand').describe('How it is sold.'),
  price: amount().describe('Price of one machine for one hour.'),
  available: z.boolean().default(true).describe('Whether it can be launched at all.'),
  quota: integer(0).optional().describe('Machines of it at a time in each zone; more are refused.'),
  stockoutShare: share().default(0).describe('Share of launches that find no capacity there.'),
})

const instanceType = section({
  name: objectName().describe('Its value of the label node.kubernetes.io/instance-type.'),
  capacity: amounts().describe('Quantities as in Kubernetes; `pods` is 110 unless given.'),
  overhead: amounts().prefault({}).describe('What of it no pod may use.'),
  labels: labels()
    .prefault({})
    .describe('Labels of its nodes; system (`linux`) and architecture (`amd64`) are added.'),
  offerings: list(offering).describe('Where it is sold, how and at what price.'),
  machines: ownMachines.prefault({}).describe('What its machines do otherwise than others.'),
}).check(({ value: { capacity, overhead, offerings }, issues }) => {
  for (const resource of ['cpu', 'memory']) {
    if (capacity[resource] === undefined)
      addFaults({ issues }, capacity, [{ path: ['capacity'], message: `"${resource}" is missing` }])
  }
  for (const [name, kept] of Object.entries(overhead)) {
    if (kept <= (capacity[name] ?? 0)) continue
    addFaults({ issues }, overhead, [{ path: ['overhead', name], message: 'is more than the capacity' }])
  }
  if (offerings.length === 0)
    addFaults({ issues }, offerings, [{ path: ['offerings'], message: 'it is sold nowhere' }])
})

/** The section `karpenter`. */
export const karpenterSchema = section({
  nodePools: list(
    section({
      name: objectName().describe(
        'Name of the NodePool; its nodes are called `<name>-0`, `<name>-1` and so on.',
      ),
      spec: z
        .record(z.string(), z.unknown())
        .describe('Spec of the NodePool (karpenter.sh/v1): template, disruption, limits, weight.'),
    }),
  )
    .default([])
    .describe(
      'NodePools that are there from the start; others are manifests. Where the cloud sells only one capacity type a ' +
        'pool must require it: else consolidation takes spot for granted, as upstream.',
    ),
  instanceTypes: list(instanceType).describe('What the cloud sells.'),
  machines: machines.prefault({}).describe('What becomes of machines that are launched.'),
  batchIdleDuration: durationOr(FLAGS.batchIdleDuration, { positive: true }).describe(
    'So long without a new pod that waits, and nodes are launched for those that do.',
  ),
  batchMaxDuration: durationOr(FLAGS.batchMaxDuration, { positive: true }).describe(
    'So long at most they are waited for.',
  ),
  spotToSpotConsolidation: z
    .boolean()
    .default(FLAGS.spotToSpotConsolidation)
    .describe('Whether spot nodes are replaced by cheaper spot nodes.'),
  preferencePolicy: z
    .enum(['Respect', 'Ignore'])
    .default(FLAGS.preferencePolicy)
    .describe('Whether preferences of pods count.'),
  minValuesPolicy: z
    .enum(['Strict', 'BestEffort'])
    .default(FLAGS.minValuesPolicy)
    .describe('Whether `minValues` may be lowered.'),
  launchTime: durationOr(FLAGS.launchTime).describe(
    'From the request for a machine until the cloud says yes or no; not a flag.',
  ),
  unavailableFor: durationOr(FLAGS.unavailableFor, { positive: true }).describe(
    'How long an offering that was refused is not asked for again; not a flag.',
  ),
  client: clientLimit(FLAGS.client, "Karpenter's"),
})
