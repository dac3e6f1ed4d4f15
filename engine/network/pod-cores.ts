/**
 * CPUs that the first container of a pod may use at once: its limit, or all of its node.
 * Upstream: the CFS quota of pkg/kubelet/cm/helpers_linux.go MilliCPUToQuota (1.36).
 * Simplified: throttling is a lower speed all the time; neighbours on the node take nothing away.
 */
import type { PodTemplate } from '../model/pod-template.js'
import { amountOf } from '../model/resources.js'
import type { ClusterState } from '../state/cluster-state.js'
import type { PodId } from '../state/ids.js'

const known = new WeakMap<PodTemplate, number>()

export function podCores({ pods, nodes, templates, resources }: ClusterState, pod: PodId): number {
  const template = templates.get(pods.templateOf(pod))
  let limit = known.get(template)
  if (limit === undefined) {
    const written = template.spec.containers[0]?.resources?.limits?.['cpu']
    limit = written === undefined ? Infinity : (amountOf('cpu', written) ?? Infinity) / 1000
    known.set(template, limit)
  }
  const node = pods.nodeOf(pod)
  const ofNode = nodes.capacityAmounts[node * nodes.resourceWidth + resources.index('cpu')] / 1000
  return Math.min(limit, ofNode)
}
