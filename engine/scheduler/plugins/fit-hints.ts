import { DEVICE_CLASS_RESOURCE_PREFIX } from '../../model/devices.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type PodId, type TemplateId } from '../../state/ids.js'
import { PODS } from '../../state/resource-names.js'
import type { ClusterEvent, ObjectVersion } from '../framework/interface.js'

/**
 * Which events may bring a pod in that found no room: a pod that leaves or shrinks, a node big enough that is new or
 * has grown, a device class for a resource the pod asks for.
 *
 * Upstream: the queueing hints of pkg/scheduler/framework/plugins/noderesources/fit.go (1.36).
 * Simplified: nothing known.
 */
export function mayFitAfterPodEvent(state: ClusterState, pod: PodId, event: ClusterEvent): boolean {
  const { pods, requests } = state
  const { oldPod, newPod } = event
  if (oldPod === undefined) return true
  if (newPod === undefined) return oldPod.node !== NONE || oldPod.nominatedNode !== NONE
  if (event.pod === pod) return true
  if (newPod.node === NONE) return false
  const { resources, amounts } = requests.of(pods.templateOf(pod))
  return resources.some(
    (column, i) =>
      amounts[i] > 0 && amountOf(state, oldPod.template, column) > amountOf(state, newPod.template, column),
  )
}

export function mayFitAfterNodeEvent(state: ClusterState, pod: PodId, event: ClusterEvent): boolean {
  const { oldNode, newNode } = event
  if (newNode === undefined) return true
  const has = (column: number): number => newNode.allocatable[column] ?? 0
  const { resources, amounts } = state.requests.of(state.pods.templateOf(pod))
  if (has(PODS) < 1 || resources.some((column, i) => amounts[i] > has(column))) return false
  if (oldNode === undefined) return true
  const hasGrown = (column: number): boolean => has(column) > (oldNode.allocatable[column] ?? 0)
  return hasGrown(PODS) || resources.some(hasGrown)
}

interface ClassSpec {
  readonly extendedResourceName?: string
}

export function mayFitAfterDeviceClassEvent(state: ClusterState, pod: PodId, event: ClusterEvent): boolean {
  const { oldObject, newObject } = event
  if (newObject === undefined) return true
  const provided = providedBy(newObject)
  const asked = state.requests.of(state.pods.templateOf(pod)).resources
  const asks = (name: string): boolean => asked.some(column => state.resources.names[column] === name)
  if (oldObject !== undefined && providedBy(oldObject) === provided) return false
  const implicit = `${DEVICE_CLASS_RESOURCE_PREFIX}${newObject.name}`
  return (oldObject === undefined && asks(implicit)) || (provided !== '' && asks(provided))
}

function providedBy({ spec }: ObjectVersion): string {
  return (spec as ClassSpec).extendedResourceName ?? ''
}

function amountOf({ requests }: ClusterState, template: TemplateId, column: number): number {
  const { resources, amounts } = requests.of(template)
  return amounts[resources.indexOf(column)] ?? 0
}
