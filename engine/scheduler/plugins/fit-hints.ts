import type { ClusterState } from '../../state/cluster-state.js'
import { NONE, type PodId, type TemplateId } from '../../state/ids.js'
import { PODS } from '../../state/resource-names.js'
import type { ClusterEvent } from '../framework/interface.js'

/**
 * Which events may bring a pod in that found no room: a pod that leaves or shrinks, a node big enough that is new or
 * has grown, a device class for a resource the pod asks for.
 *
 * Upstream: the queueing hints of pkg/scheduler/framework/plugins/noderesources/fit.go (1.36).
 * Simplified: nothing known.
 */
export function mayFitAfterPodEvent(state: ClusterState, pod: PodId, event: ClusterEvent): boolean {
  const { pods, requests } = state
  const { pod: other, oldPod, newPod } = event
  if (other === undefined) return true
  if (newPod === undefined) return pods.node[other] !== NONE || pods.nominatedNode[other] !== NONE
  if (other === pod) return true
  if (pods.node[other] === NONE || oldPod === undefined) return false
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
  const { object, oldSpec, newSpec } = event
  if (object === undefined) return true
  const provided = (newSpec as ClassSpec | undefined)?.extendedResourceName ?? ''
  const asked = state.requests.of(state.pods.templateOf(pod)).resources
  const asks = (name: string): boolean => asked.some(column => state.resources.names[column] === name)
  if (oldSpec !== undefined && ((oldSpec as ClassSpec).extendedResourceName ?? '') === provided) return false
  const implicit = `deviceclass.resource.kubernetes.io/${state.objects.get(object).meta.name}`
  return (oldSpec === undefined && asks(implicit)) || (provided !== '' && asks(provided))
}

function amountOf({ requests }: ClusterState, template: TemplateId, column: number): number {
  const { resources, amounts } = requests.of(template)
  return amounts[resources.indexOf(column)] ?? 0
}
