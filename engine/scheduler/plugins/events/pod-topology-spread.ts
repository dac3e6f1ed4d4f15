import { type CompiledSelector, compileSelector, type Labels } from '../../../model/labels.js'
import type { TopologySpreadConstraint } from '../../../model/pod-spec.js'
import type { PodId } from '../../../state/ids.js'
import {
  Action,
  type ClusterEvent,
  type EventRegistration,
  type FrameworkHandle,
} from '../../framework/interface.js'
import type { PodShapeId } from '../../framework/pod-shape.js'
import { isAssigned, shapeOfVersion } from './pod-versions.js'

/** A constraint that must hold, as far as events are concerned. */
export interface HardConstraint {
  readonly topologyKey: string
  readonly selector: Pick<CompiledSelector, 'matches'>
  readonly honorsTaints: boolean
}

/**
 * A pod that would be spread unevenly waits for pods that its constraints count to come, go or change their labels, for
 * nodes that join or leave a domain, and for changes of its own. `defaultsOf` gives the hard constraints of pods that
 * have no constraints of their own.
 *
 * Upstream: EventsToRegister of pkg/scheduler/framework/plugins/podtopologyspread/plugin.go (1.36).
 * Simplified: nothing known.
 */
export function podTopologySpreadEvents(
  handle: FrameworkHandle,
  defaultsOf: (pod: PodId) => readonly HardConstraint[],
): readonly EventRegistration[] {
  const known = new Map<PodShapeId, readonly HardConstraint[]>()
  const constraintsOf = (pod: PodId): readonly HardConstraint[] => {
    const shape = handle.shapeOf(pod)
    const own = shape.template.spec.topologySpreadConstraints ?? []
    if (own.length === 0) return defaultsOf(pod)
    let constraints = known.get(shape.id)
    if (constraints === undefined) {
      constraints = own.filter(isHard).map(compiled)
      known.set(shape.id, constraints)
    }
    return constraints
  }
  const labelsOf = (version: ClusterEvent['newNode']): Labels | undefined =>
    version === undefined ? undefined : handle.state.labelSets.get(version.labels)
  return [
    {
      resource: 'Pod',
      actions: Action.Add | Action.Delete | Action.UpdatePodLabel | Action.UpdatePodToleration,
      hint: (pod, event) =>
        isInvolved(handle, pod, event) && mayBalance(handle, constraintsOf(pod), event, event.pod === pod),
    },
    {
      resource: 'Node',
      actions: Action.Add | Action.Delete | Action.UpdateNodeLabel | Action.UpdateNodeTaint,
      hint: (pod, { oldNode, newNode }) =>
        mayOpen(
          constraintsOf(pod),
          labelsOf(oldNode),
          labelsOf(newNode),
          oldNode?.taints !== newNode?.taints,
        ),
    },
  ]
}

function isHard({ whenUnsatisfiable }: TopologySpreadConstraint): boolean {
  return whenUnsatisfiable === 'DoNotSchedule'
}

function compiled({
  topologyKey,
  labelSelector,
  nodeTaintsPolicy,
}: TopologySpreadConstraint): HardConstraint {
  const selector = compileSelector(labelSelector) ?? { matches: () => false }
  return { topologyKey, selector, honorsTaints: nodeTaintsPolicy === 'Honor' }
}

/** Only pods on nodes and in the pod's own namespace count, and the pod itself. */
function isInvolved(handle: FrameworkHandle, pod: PodId, event: ClusterEvent): boolean {
  if (event.pod === pod) return true
  const namespace = handle.shapeOf(pod).namespaceId
  const counts = (version: ClusterEvent['newPod']): boolean =>
    version === undefined || (isAssigned(version) && version.namespace === namespace)
  return counts(event.oldPod) && counts(event.newPod)
}

function mayBalance(
  handle: FrameworkHandle,
  constraints: readonly HardConstraint[],
  { oldPod, newPod }: ClusterEvent,
  isOwn: boolean,
): boolean {
  const labelsOf = (version: ClusterEvent['newPod']): Labels =>
    version === undefined ? {} : handle.state.labelSets.get(version.labels)
  if (oldPod === undefined || newPod === undefined) {
    const labels = labelsOf(oldPod ?? newPod)
    return constraints.some(({ selector }) => selector.matches(labels))
  }
  if (isOwn && constraints.some(({ honorsTaints }) => honorsTaints)) {
    const before = shapeOfVersion(handle, oldPod).template.spec.tolerations ?? []
    const after = shapeOfVersion(handle, newPod).template.spec.tolerations ?? []
    if (before.length !== after.length) return true
  }
  if (oldPod.labels === newPod.labels) return false
  return constraints.some(
    ({ selector }) => selector.matches(labelsOf(oldPod)) !== selector.matches(labelsOf(newPod)),
  )
}

function mayOpen(
  constraints: readonly HardConstraint[],
  before: Labels | undefined,
  after: Labels | undefined,
  haveTaintsChanged: boolean,
): boolean {
  const hasKeys = (labels: Labels | undefined): boolean =>
    labels !== undefined && constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined)
  if (before === undefined || after === undefined) return hasKeys(before) || hasKeys(after)
  if (hasKeys(before) !== hasKeys(after)) return true
  if (!hasKeys(after)) return false
  return (
    haveTaintsChanged || constraints.some(({ topologyKey }) => before[topologyKey] !== after[topologyKey])
  )
}
