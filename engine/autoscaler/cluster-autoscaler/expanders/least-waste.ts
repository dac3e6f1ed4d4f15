/**
 * The group that would leave the least cpu and memory of its new nodes unused, as shares of their capacity.
 * Upstream: expander/waste/waste.go of cluster-autoscaler 1.36.1.
 * Simplified: nothing known.
 */
import { type Expander, type ExpansionOption, lowest } from '../expander.js'

export const leastWaste: Expander = {
  name: 'least-waste',
  about: 'the group whose new nodes would be fullest of what is pending',
  best: options => lowest(options, wasteOf),
}

function wasteOf(option: ExpansionOption): number {
  const cpu = option.capacityMilliCPU * option.nodeCount
  const memory = option.capacityMemoryBytes * option.nodeCount
  return (cpu - option.requestedMilliCPU) / cpu + (memory - option.requestedMemoryBytes) / memory
}
