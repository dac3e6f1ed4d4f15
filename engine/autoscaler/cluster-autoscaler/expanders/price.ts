/**
 * The group whose nodes cost least for what the pods on them are worth, unless its nodes are much smaller or larger
 * than a cluster of this size prefers; the more nodes are added, the less their shape matters.
 *
 * Upstream: expander/price/price.go and preferred.go of cluster-autoscaler 1.36.1; what pods are worth as on GCE.
 * Simplified: no provider labels nodes with their GPUs; all groups exist.
 */
import { type Expander, type ExpansionOption, lowest } from '../expander.js'

/** Price of a pod for one hour, by what it requests. */
const CORE_PRICE = 0.033
const GIB_PRICE = 0.0045
const MIB = 2 ** 20
const GIB = 2 ** 30
const MILLI = 1000

/** Pod that steadies the ratio of two small sums: half a core and 500 MiB. */
const STABILIZATION_PRICE = podPrice(500, 500 * MIB)
/** Shapes weigh less the more nodes there are: by half at some eight nodes. */
const SUPPRESSING_NODES = 15
/** Keeps nodes with GPUs for pods that nothing else helps. */
const GPU_UNFITNESS = 1000

/** Preferred cores of a node, by the largest cluster for which it is preferred. */
const PREFERRED_CORES: readonly (readonly [clusterNodes: number, cores: number])[] = [
  [2, 1],
  [6, 2],
  [20, 4],
  [60, 8],
  [200, 16],
  [Infinity, 32],
]

export const price: Expander = {
  name: 'price',
  about:
    'the group with the lowest price for what its new nodes would run, of a shape that suits the cluster',
  best(options, { clusterNodes }) {
    const preferred = PREFERRED_CORES.find(([largest]) => clusterNodes <= largest)![1] * MILLI
    return lowest(
      options.filter(option => option.price !== undefined),
      option => scoreOf(option, preferred),
    )
  },
}

function scoreOf(option: ExpansionOption, preferredMilliCPU: number): number {
  const { nodeCount, capacityMilliCPU, gpus, requestedMilliCPU, requestedMemoryBytes } = option
  const nodes = (option.price ?? 0) * nodeCount + STABILIZATION_PRICE
  const pods = podPrice(requestedMilliCPU, requestedMemoryBytes) + STABILIZATION_PRICE
  const unfitness = Math.max(preferredMilliCPU / capacityMilliCPU, capacityMilliCPU / preferredMilliCPU)
  return (gpus > 0 ? GPU_UNFITNESS : suppressed(unfitness, nodeCount)) * (nodes / pods)
}

/** From the whole unfitness for one node to 1, which is none, for many. */
export function suppressed(unfitness: number, nodeCount: number): number {
  return (unfitness - 1) * (1 - Math.tanh((nodeCount - 1) / SUPPRESSING_NODES)) + 1
}

function podPrice(milliCPU: number, memoryBytes: number): number {
  return (milliCPU / MILLI) * CORE_PRICE + (memoryBytes / GIB) * GIB_PRICE
}
