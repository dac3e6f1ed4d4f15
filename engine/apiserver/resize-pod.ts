/**
 * The resize subresource of pods: other requests and limits for containers that exist. Until the kubelet has made the
 * change the pod counts for the larger of what it has and what it shall have.
 *
 * Upstream: pkg/registry/core/pod/strategy.go podResizeStrategy (1.36).
 * Simplified: a quota is not charged for what a resize adds.
 */
import { largerSpec, resizeFault } from '../model/in-place-resize.js'
import type { PodSpec } from '../model/pod-spec.js'
import { isStaticPod } from '../model/qos.js'
import type { ClusterState } from '../state/cluster-state.js'
import { NONE, type PodId, type TemplateId } from '../state/ids.js'
import type { PodResize } from '../state/pods.js'
import type { ApiServer } from './api-server.js'
import { ACCEPTED, type Answer } from './patch.js'
import { Result } from './result.js'

/** The spec as its author wants it, which a resize under way may not have brought about. */
export function desiredTemplate({ pods }: ClusterState, pod: PodId): TemplateId {
  return pods.resizes[pod]?.desired ?? pods.templateOf(pod)
}

export function resizePod(api: ApiServer, pod: PodId, spec: PodSpec): Answer {
  const { state } = api
  const { pods, templates } = state
  const before = templates.get(desiredTemplate(state, pod))
  const fault = isStaticPod(before.annotations)
    ? 'metadata.annotations: Forbidden: static pods cannot be resized'
    : resizeFault(before.spec, spec)
  if (fault !== undefined)
    return { result: Result.Invalid, message: `Pod "${pods.name[pod]}" is invalid: ${fault}` }
  const desired = state.templateId({ spec, annotations: before.annotations })
  if (pods.node[pod] === NONE) {
    api.pods.patchTemplate(pod, pods.uid[pod], desired)
    return ACCEPTED
  }
  const present = pods.templateOf(pod)
  const { allocated = present, actual = present, inProgress } = pods.resizes[pod] ?? {}
  writeResize(api, pod, { desired, allocated, actual, inProgress, pending: undefined })
  return ACCEPTED
}

/** Writes how far a resize has come; one that has come about is forgotten. */
export function writeResize(api: ApiServer, pod: PodId, resize: PodResize): void {
  const { state } = api
  const { desired, allocated, actual, pending } = resize
  if (desired === allocated && allocated === actual) {
    api.pods.patchResize(pod, undefined, desired)
    return
  }
  const isInfeasible = pending?.reason === 'Infeasible'
  const wanted = isInfeasible ? allocated : larger(state, desired, allocated)
  api.pods.patchResize(pod, resize, larger(state, wanted, actual))
}

function larger(state: ClusterState, wanted: TemplateId, present: TemplateId): TemplateId {
  if (wanted === present) return wanted
  const { templates } = state
  const { spec, annotations } = templates.get(wanted)
  return state.templateId({ spec: largerSpec(spec, templates.get(present).spec), annotations })
}
