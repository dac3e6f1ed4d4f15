import { Change } from '../state/change-log.js'
import type { NodeId } from '../state/ids.js'
import { Action } from './framework/interface.js'
import type { Snapshot } from './framework/snapshot.js'

/** Fields of a node that its conditions are made of. */
const CONDITIONS = Change.NodeReady | Change.Pressure

/**
 * What an update changed about a node, seen against the scheduler's own copy of it: bits of Action, 0 for nothing that
 * could help a pod. Of the cordon only its end counts, as a changed taint.
 *
 * Upstream: NodeSchedulingPropertiesChange of pkg/scheduler/framework/events.go (1.36), one event for each bit.
 * Simplified: nothing known.
 */
export function nodeChanges(snapshot: Snapshot, node: NodeId, fields: number): number {
  const { nodes } = snapshot.state
  let actions = 0
  if (snapshot.unschedulable[node] === 1 && nodes.unschedulable[node] === 0) actions |= Action.UpdateNodeTaint
  if (isAllocatableChanged(snapshot, node)) actions |= Action.UpdateNodeAllocatable
  if (snapshot.labels[node] !== nodes.labels[node]) actions |= Action.UpdateNodeLabel
  if (snapshot.taints[node] !== nodes.taints[node]) actions |= Action.UpdateNodeTaint
  if ((fields & CONDITIONS) !== 0) actions |= Action.UpdateNodeCondition
  if ((fields & Change.Annotations) !== 0) actions |= Action.UpdateNodeAnnotation
  return actions
}

/** Whether the row is a node of the copy. The overlay row, which may look like one, becomes a node's own in time. */
export function isKnownNode(snapshot: Snapshot, node: NodeId): boolean {
  return node < snapshot.overlay && snapshot.known[node] === 1
}

function isAllocatableChanged({ state: { nodes }, allocatable, width }: Snapshot, node: NodeId): boolean {
  const seen = node * width
  const fresh = node * nodes.resourceWidth
  for (let r = 0; r < width; r++) if (allocatable[seen + r] !== nodes.allocatable[fresh + r]) return true
  return false
}
