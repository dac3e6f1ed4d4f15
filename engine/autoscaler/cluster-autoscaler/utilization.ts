/**
 * How much of a node its pods request: the larger of cpu and memory, as shares of what is allocatable. Pods of
 * DaemonSets and mirror pods may be left out, on both sides of the fraction.
 *
 * Upstream: simulator/utilization/info.go of cluster-autoscaler 1.36.1.
 * Simplified: no provider marks nodes as having GPUs, so no node counts by them; dynamic resources do not count.
 */
import type { SimTime } from '../../kernel/time.js'
import type { NodeId } from '../../state/ids.js'
import { CPU, MEMORY } from '../../state/resource-names.js'
import { type ControllerOf, isDaemonSetPod, isLongTerminating, isMirrorPod } from '../controlled-pods.js'
import type { SimulatedCluster } from '../simulated-cluster.js'

export interface Utilization {
  readonly cpu: number
  readonly memory: number
  /** The resource the node is fuller of. */
  readonly resource: 'cpu' | 'memory'
  readonly utilization: number
}

export interface UtilizationOptions {
  readonly ignoreDaemonSets: boolean
  readonly ignoreMirrorPods: boolean
}

/** Undefined where the node has no cpu or no memory. */
export function nodeUtilization(
  cluster: SimulatedCluster,
  node: NodeId,
  controllerOf: ControllerOf,
  options: UtilizationOptions,
  now: SimTime,
): Utilization | undefined {
  const { state } = cluster
  const { allocatable, resourceWidth } = state.nodes
  let availableCPU = allocatable[node * resourceWidth + CPU]
  let availableMemory = allocatable[node * resourceWidth + MEMORY]
  if (availableCPU === 0 || availableMemory === 0) return undefined
  let requestedCPU = 0
  let requestedMemory = 0
  for (const pod of cluster.podsOn(node)) {
    const { milliCPU, memoryBytes } = cluster.snapshot.shapes.of(pod)
    const isLeftOut =
      (options.ignoreDaemonSets && isDaemonSetPod(state, pod, controllerOf(pod))) ||
      (options.ignoreMirrorPods && isMirrorPod(state, pod))
    if (isLeftOut) {
      availableCPU -= milliCPU
      availableMemory -= memoryBytes
    } else if (!isLongTerminating(state, pod, now)) {
      requestedCPU += milliCPU
      requestedMemory += memoryBytes
    }
  }
  const cpu = requestedCPU / availableCPU
  const memory = requestedMemory / availableMemory
  const resource = cpu > memory ? 'cpu' : 'memory'
  return { cpu, memory, resource, utilization: resource === 'cpu' ? cpu : memory }
}
