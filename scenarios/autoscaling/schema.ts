/**
 * Node groups and the cluster autoscaler as a scenario writes them.
 */
import { z } from 'zod'
import { expanders, DEFAULT_CLUSTER_AUTOSCALER as FLAGS } from '../../engine/index.js'
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
  taints,
} from '../schema/fields.js'
import { KUBELET, kubeletConfigSchema, staticPodsSchema } from '../schema/kubelet-config.js'

const EXPANDERS = expanders.map(({ name }) => name)

/** Price and kind of machines, of pools and of groups. */
export const priceFields = {
  price: amount()
    .optional()
    .describe('Price of one node for one hour; without one it costs nothing that is counted.'),
  spot: z.boolean().default(false).describe('Whether that is a spot price: `cost_spot` sums them up.'),
}

/** One entry of `nodeGroups`. */
export const nodeGroupSchema = section({
  name: objectName().describe('The nodes are called `<name>-0`, `<name>-1` and so on.'),
  min: integer(0).default(0).describe('Least nodes the autoscaler leaves.'),
  max: integer(1).describe('Most nodes it asks for.'),
  initial: integer(0).optional().describe('Nodes that are there from the start; `min` unless given.'),
  capacity: amounts().describe('Quantities as in Kubernetes; `pods` is 110 unless given.'),
  allocatable: amounts()
    .optional()
    .describe('What pods may use; unless given, the capacity less what `kubelet` reserves.'),
  labels: labels().prefault({}).describe('Labels; hostname and zone are added.'),
  taints: taints().prefault([]).describe('Taints: `key`, `value`, `effect`.'),
  zone: plainText().optional().describe('Zone of all nodes of the group.'),
  images: amounts().prefault({}).describe('Images on every new node, with their size.'),
  kubelet: kubeletConfigSchema.optional().describe(KUBELET),
  staticPods: staticPodsSchema,
  ...priceFields,
  bootTime: timeDistribution()
    .prefault({ constant: { value: '60s' } })
    .describe('From the request for a node until it registers.'),
  readyDelay: duration().prefault('10s').describe('From its registration until it is ready.'),
  shutdownTime: timeDistribution()
    .prefault({ constant: { value: '30s' } })
    .describe('From the request to delete a node until it is gone.'),
  quota: integer(0).optional().describe('Nodes the provider grants at most; more are refused.'),
  stockoutShare: share()
    .default(0)
    .describe('Share of requested nodes that the provider has no capacity for.'),
  lostShare: share().default(0).describe('Share of requested nodes that start and never register.'),
  refusalDelay: duration().prefault('30s').describe('From a request until its refusal is known.'),
}).check(({ value: { min, max, initial }, issues }) => {
  if (min > max) addFaults({ issues }, min, [{ path: ['min'], message: 'is more than max' }])
  if (initial !== undefined && initial > max)
    addFaults({ issues }, initial, [{ path: ['initial'], message: 'is more than max' }])
})

const expanderName = z.enum(EXPANDERS as [string, ...string[]])

/** The section `clusterAutoscaler`. */
export const clusterAutoscalerSchema = section({
  expander: z
    .union([expanderName, list(expanderName)])
    .transform(names => (typeof names === 'string' ? [names] : names))
    .prefault([...FLAGS.expanders])
    .describe(
      `Which group grows: one of ${EXPANDERS.map(name => `\`${name}\``).join(', ')}, or several, one after another.`,
    ),
  scanInterval: durationOr(FLAGS.scanInterval, { positive: true }).describe('Time between two loops.'),
  frequentLoops: z
    .boolean()
    .default(FLAGS.frequentLoops)
    .describe('Unschedulable pods start a loop at once.'),
  loopTime: durationOr(FLAGS.loopTime, { positive: true }).describe('What a loop takes; not a flag.'),
  maxNodesTotal: integer(0).default(FLAGS.maxNodesTotal).describe('Most nodes of the cluster; 0: no limit.'),
  minCores: integer(0, 1e9).default(FLAGS.minCores).describe('Least cores that a scale-down leaves.'),
  maxCores: integer(0, 1e9).default(FLAGS.maxCores).describe('Most cores that a scale-up reaches.'),
  minMemoryBytes: integer(0, Number.MAX_SAFE_INTEGER)
    .default(FLAGS.minMemoryBytes)
    .describe('The same for memory.'),
  maxMemoryBytes: integer(0, Number.MAX_SAFE_INTEGER)
    .default(FLAGS.maxMemoryBytes)
    .describe('The same for memory.'),
  maxNodesPerScaleUp: integer(1).default(FLAGS.maxNodesPerScaleUp).describe('Most nodes added at once.'),
  newPodScaleUpDelay: durationOr(FLAGS.newPodScaleUpDelay).describe('Pods younger than this wait.'),
  expendablePodsPriorityCutoff: z
    .int()
    .default(FLAGS.expendablePodsPriorityCutoff)
    .describe('Pods of a lower priority neither get nodes nor keep them.'),
  maxNodeProvisionTime: durationOr(FLAGS.maxNodeProvisionTime).describe(
    'A node that has not registered by then has failed.',
  ),
  maxNodeStartupTime: durationOr(FLAGS.maxNodeStartupTime).describe(
    'A node that is not ready by then is unready.',
  ),
  initialBackoff: durationOr(FLAGS.initialBackoff).describe('A group that failed is left alone for so long.'),
  maxBackoff: durationOr(FLAGS.maxBackoff).describe('Longest such time; it doubles with each failure.'),
  backoffReset: durationOr(FLAGS.backoffReset).describe('After so long without a failure it starts anew.'),
  maxTotalUnreadyPercentage: amount()
    .default(FLAGS.maxTotalUnreadyPercentage)
    .describe('With more unready nodes nothing is done.'),
  okTotalUnreadyCount: integer(0)
    .default(FLAGS.okTotalUnreadyCount)
    .describe('Unready nodes that never matter.'),
  scaleDownEnabled: z.boolean().default(FLAGS.scaleDownEnabled).describe('Whether nodes are removed at all.'),
  scaleDownDelayAfterAdd: durationOr(FLAGS.scaleDownDelayAfterAdd).describe(
    'No removal for so long after a scale-up.',
  ),
  scaleDownDelayAfterDelete: durationOr(FLAGS.scaleDownDelayAfterDelete).describe(
    'The same after a removal.',
  ),
  scaleDownUnneededTime: durationOr(FLAGS.scaleDownUnneededTime).describe(
    'How long a node must have been unneeded.',
  ),
  scaleDownUnreadyTime: durationOr(FLAGS.scaleDownUnreadyTime).describe('The same for an unready node.'),
  scaleDownUnreadyEnabled: z
    .boolean()
    .default(FLAGS.scaleDownUnreadyEnabled)
    .describe('Whether unready nodes are removed.'),
  utilizationThreshold: amount()
    .default(FLAGS.utilizationThreshold)
    .describe('A node with more requested is needed.'),
  ignoreDaemonSetsUtilization: z
    .boolean()
    .default(FLAGS.ignoreDaemonSetsUtilization)
    .describe('DaemonSets do not count.'),
  ignoreMirrorPodsUtilization: z
    .boolean()
    .default(FLAGS.ignoreMirrorPodsUtilization)
    .describe('Mirror pods do not count.'),
  unremovableNodeRecheck: durationOr(FLAGS.unremovableNodeRecheck).describe(
    'A node that cannot go is left alone for so long.',
  ),
  maxScaleDownParallelism: integer(1)
    .default(FLAGS.maxScaleDownParallelism)
    .describe('Most removals at a time.'),
  maxDrainParallelism: integer(1)
    .default(FLAGS.maxDrainParallelism)
    .describe('Most drained nodes at a time.'),
  maxBulkSoftTaintCount: integer(0)
    .default(FLAGS.maxBulkSoftTaintCount)
    .describe('Soft taints changed in a loop.'),
  nodeDeleteDelayAfterTaint: durationOr(FLAGS.nodeDeleteDelayAfterTaint).describe(
    'From the taint to the removal.',
  ),
  cordonNodeBeforeTerminating: z
    .boolean()
    .default(FLAGS.cordonNodeBeforeTerminating)
    .describe('Nodes are cordoned, too.'),
  maxGracefulTerminationSeconds: integer(0)
    .default(FLAGS.maxGracefulTerminationSeconds)
    .describe('Longest grace period that a drain respects.'),
  maxPodEvictionTime: durationOr(FLAGS.maxPodEvictionTime).describe(
    'How long refused evictions are tried again.',
  ),
  daemonSetEvictionForOccupiedNodes: z
    .boolean()
    .default(FLAGS.daemonSetEvictionForOccupiedNodes)
    .describe('Pods of DaemonSets are evicted from drained nodes.'),
  daemonSetEvictionForEmptyNodes: z
    .boolean()
    .default(FLAGS.daemonSetEvictionForEmptyNodes)
    .describe('The same from nodes with no other pods.'),
  skipNodesWithSystemPods: z
    .boolean()
    .default(FLAGS.skipNodesWithSystemPods)
    .describe('Pods of kube-system keep nodes.'),
  skipNodesWithLocalStorage: z
    .boolean()
    .default(FLAGS.skipNodesWithLocalStorage)
    .describe('Local storage keeps nodes.'),
  skipNodesWithCustomControllerPods: z
    .boolean()
    .default(FLAGS.skipNodesWithCustomControllerPods)
    .describe('Pods of unknown controllers keep nodes.'),
  minReplicaCount: integer(0)
    .default(FLAGS.minReplicaCount)
    .describe('Controllers with fewer replicas keep nodes.'),
  systemPodTimeout: durationOr(FLAGS.systemPodTimeout).describe(
    'Pods of kube-system keep nodes only for so long.',
  ),
  client: clientLimit(FLAGS.client, "the autoscaler's"),
})
