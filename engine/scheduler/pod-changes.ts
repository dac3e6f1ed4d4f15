import type { ClusterState } from '../state/cluster-state.js'
import type { TemplateId } from '../state/ids.js'
import { Action, type PodVersion } from './framework/interface.js'

/**
 * What an update changed about a pod, as far as scheduling is concerned: one bit each, or the general Update when it
 * was nothing of the kind. `hasNewClaims`: claims were made for the pod.
 *
 * Upstream: PodSchedulingPropertiesChange of pkg/scheduler/framework/events.go (1.36), one event there for each bit.
 * Simplified: in-place resize shows in the template, not in the status.
 */
export function podChanges(
  state: ClusterState,
  before: PodVersion,
  after: PodVersion,
  hasNewClaims: boolean,
): number {
  let actions = 0
  if (before.labels !== after.labels) actions |= Action.UpdatePodLabel
  if (hasNewClaims) actions |= Action.UpdatePodGeneratedResourceClaim
  if (before.template !== after.template) actions |= templateChanges(state, before.template, after.template)
  return actions === 0 ? Action.Update : actions
}

function templateChanges(state: ClusterState, before: TemplateId, after: TemplateId): number {
  let actions = 0
  if (isScaledDown(state, before, after)) actions |= Action.UpdatePodScaleDown
  const { spec: old } = state.templates.get(before)
  const { spec } = state.templates.get(after)
  // Tolerations can only be added, so their number tells.
  if ((old.tolerations ?? []).length !== (spec.tolerations ?? []).length)
    actions |= Action.UpdatePodToleration
  if ((old.schedulingGates ?? []).length > 0 && (spec.schedulingGates ?? []).length === 0) {
    actions |= Action.UpdatePodSchedulingGatesEliminated
  }
  return actions
}

function isScaledDown({ requests }: ClusterState, before: TemplateId, after: TemplateId): boolean {
  const old = requests.of(before)
  const now = requests.of(after)
  return old.resources.some(
    (resource, i) => old.amounts[i] > (now.amounts[now.resources.indexOf(resource)] ?? 0),
  )
}
